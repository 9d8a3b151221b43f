// Batches -> Arrow IPC files and streams.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "formats/format.h"

namespace bowyer {

// Batches of a few MiB, or of exactly options.row_group_rows. Uncompressed unless asked for.
// A stream replaces a dictionary where it changes. A file can have only one dictionary for each
// column: those of the batches are unified, and written behind the batches.
// Errors: kUsage for a codec that IPC has not; kData where dictionaries cannot be unified.
arrow::Result<std::unique_ptr<Encoder>> MakeIpcFileEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options);
arrow::Result<std::unique_ptr<Encoder>> MakeIpcStreamEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options);

// A stream for another process: at its end it tells how many batches and rows it held
// (kEndBatches).
arrow::Result<std::unique_ptr<Encoder>> MakeIpcChannelEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options);

}  // namespace bowyer
