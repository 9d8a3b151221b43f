// Batches -> a Parquet file. Row groups are gathered batch by batch; each of their columns is
// encoded by a task of its own, behind on the workers, and written in order.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "formats/format.h"

namespace bowyer {

// Key-value metadata that is known only when all rows are written: it is read by Encoder::Finish.
using ParquetFacts = std::vector<std::pair<std::string, std::string>>;

// As Format::encode. Compression: zstd at level 3 unless told otherwise. Errors: kData for a schema
// that Parquet cannot hold exactly, kUsage for a codec or level that it does not know.
arrow::Result<std::unique_ptr<Encoder>> MakeParquetEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options);
arrow::Result<std::unique_ptr<Encoder>> MakeParquetEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options,
    std::shared_ptr<const ParquetFacts> facts);

}  // namespace bowyer
