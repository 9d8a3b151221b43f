// A fast decoder for the plain columns that most tables consist of.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <span>

#include "formats/parquet/source_file.h"

namespace bowyer {

// Decodes one column of one row group. Used by one task at a time; may throw what Parquet throws.
class ColumnDecoder {
 public:
  virtual ~ColumnDecoder() = default;
  // The next values; null at the end.
  virtual arrow::Result<std::shared_ptr<arrow::Array>> Next() = 0;
  // Is the text of the last array known to be UTF-8?
  virtual bool text_checked() const { return false; }
};

// Also decodes some rows of many without the others.
class ChoosingDecoder : public ColumnDecoder {
 public:
  // The values of the `chosen` among the next `rows` rows, which are numbered from `first` on.
  // Null: none of them. Passes over `*passed` rows, fewer than `rows` where the array would become
  // too large, 0 at the end.
  virtual arrow::Result<std::shared_ptr<arrow::Array>> NextOf(uint32_t first, int64_t rows,
                                                              std::span<const uint32_t> chosen,
                                                              int64_t* passed) = 0;
};

// For columns that are not nested, of booleans, integers, floats, decimals of up to 64 bits, dates,
// times, timestamps (INT96, too), text or bytes, stored plain or by a dictionary; null for all
// others, which Arrow decodes.
// Values that INT96 holds but the column's type does not are errors (kData). `compact`: as
// ScanOptions has it.
arrow::Result<std::unique_ptr<ChoosingDecoder>> MakeFlatDecoder(const ParquetFile& file, int group,
                                                                int field, int64_t batch_rows,
                                                                bool compact);

}  // namespace bowyer
