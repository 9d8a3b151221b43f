// The pages of a column chunk, unpacked: Arrow's reader finds them and checks their checksums.
#pragma once

#include <arrow/buffer.h>
#include <arrow/result.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>

#include <cstdint>
#include <memory>
#include <span>

#include "formats/parquet/source_file.h"

namespace bowyer {

// Used by one thread at a time; throws what Parquet throws.
class PageUnpacker {
 public:
  // Errors: kData for a column chunk that lies outside of the file.
  static arrow::Result<PageUnpacker> Open(const ParquetFile& file, int group, int leaf);

  // The next page, whose bytes() stay until the one after it; null at the end. Data pages of up to
  // `unwanted` values need not be unpacked.
  arrow::Result<std::shared_ptr<parquet::Page>> Next(int64_t unwanted = 0);
  std::span<const uint8_t> bytes() const { return bytes_; }

 private:
  arrow::Status Unpack();

  std::unique_ptr<parquet::PageReader> pages_;
  bool snappy_ = false;  // pages come as they are stored
  arrow::MemoryPool* pool_ = nullptr;
  std::shared_ptr<parquet::Page> page_;
  std::span<const uint8_t> bytes_;
  std::unique_ptr<arrow::ResizableBuffer> unpacked_;
};

// The greatest number for other pages.
int64_t ValuesOfDataPage(const parquet::Page& page);

}  // namespace bowyer
