// Batches -> an ORC file.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "formats/format.h"

namespace bowyer {

// The type in which ORC holds values of `type` exactly. What comes back when the file is read:
// unsigned integers as the next wider signed type (uint64 as decimal(20, 0)), float16 as float32,
// large, view and dictionary-encoded types as plain ones, fixed-size binary as binary, timestamps
// in nanoseconds, with a zone as UTC, decimals as decimal128.
// Errors: kData for what ORC cannot hold, with a hint; the place's column is `column`.
arrow::Result<std::shared_ptr<arrow::DataType>> OrcTypeOf(
    const std::shared_ptr<arrow::DataType>& type, const std::string& column);

arrow::Result<std::unique_ptr<Encoder>> MakeOrcEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options);

}  // namespace bowyer
