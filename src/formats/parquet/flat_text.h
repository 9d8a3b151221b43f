// Text and bytes out of Parquet's pages.
#pragma once

#include <memory>

#include "formats/parquet/flat_decoder.h"

namespace bowyer {

// `compact`: as ScanOptions has it. The rest as FlatDecoder takes it.
std::unique_ptr<ChoosingDecoder> MakeTextDecoder(PageUnpacker pages, bool optional,
                                                 std::shared_ptr<arrow::DataType> type,
                                                 int64_t batch_rows, arrow::MemoryPool* pool,
                                                 bool compact);

}  // namespace bowyer
