// Row groups -> batches of the rows that a scan wants.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <vector>

#include "formats/parquet/source_file.h"

namespace bowyer {

// As ReadParquet; `options` has a choice that leaves some of the columns to be decoded by it.
// Everything happens on the thread that calls ReadNext.
std::shared_ptr<arrow::RecordBatchReader> ReadChosen(std::shared_ptr<const ParquetFile> file,
                                                     std::shared_ptr<arrow::Schema> schema,
                                                     std::vector<int> fields, int first, int end,
                                                     const ScanOptions& options);

}  // namespace bowyer
