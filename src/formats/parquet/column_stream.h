// One column of one row group, as arrays: from the fast decoder where it takes the column, from
// Arrow's otherwise. What a file claims and does not keep is an error here.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "bowyer/error.h"
#include "formats/parquet/source_file.h"
#include "formats/parquet/source_flat.h"

namespace bowyer {

// Used by one thread at a time. Errors: kData, with the place; who was told one is told it again, as
// nothing is decoded with what a damaged page left behind.
class ColumnStream {
 public:
  // Of the row group `group`, the field `field`; `compact`: as ScanOptions has it.
  ColumnStream(std::shared_ptr<const ParquetFile> file, int group, int field, bool compact);

  // Rows of the row group that were not yet given.
  int64_t rows_left() const { return rows_left_; }

  // The next values, at least one; null when there are no rows left.
  arrow::Result<std::shared_ptr<arrow::Array>> Next();

  // Passes the next `rows` rows, at most rows_left(), and appends to `out` those `chosen` among
  // them (rising, below `rows`), in one array or several.
  arrow::Status NextOf(int64_t rows, std::span<const uint32_t> chosen, arrow::ArrayVector* out);

 private:
  // Runs `call`, which returns a Status or a Result, unless one failed before.
  template <typename Call>
  auto Guarded(Call call) -> decltype(call());
  arrow::Status Open();
  ErrorPlace place() const;
  arrow::Status Ended() const;

  std::shared_ptr<const ParquetFile> file_;
  const int group_, field_;
  const bool compact_;
  int64_t rows_left_;
  arrow::Status failed_;
  int64_t first_row_ = 0;  // of the next row in the file
  std::unique_ptr<ColumnDecoder> decoder_;
  ChoosingDecoder* choosing_ = nullptr;  // the same one, or null
  std::shared_ptr<arrow::Array> rest_;   // of what Arrow decoded, for NextOf
};

}  // namespace bowyer
