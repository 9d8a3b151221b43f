// Pages -> arrays, for columns that are not nested. A page holds definition levels (is the value
// there?) as runs, then the values that are there, plain or as runs of indices into the dictionary
// page. Blocks of some thousand rows are decoded in simple loops over flat memory: levels (which
// are the array's bitmap), indices, values, each in its turn. Values go to their rows without a
// branch: a null takes the next value, too, and does not count it.
#pragma once

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>
#include <parquet/column_page.h>
#include <parquet/types.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "formats/parquet/hybrid_runs.h"
#include "formats/parquet/source_flat.h"
#include "formats/parquet/source_pages.h"

namespace bowyer {

// What is the same for all types: pages, levels, indices.
class FlatDecoder : public ChoosingDecoder {
 public:
  FlatDecoder(PageUnpacker pages, bool optional, std::shared_ptr<arrow::DataType> type,
              int64_t batch_rows, arrow::MemoryPool* pool)
      : type_(std::move(type)),
        batch_rows_(batch_rows),
        pool_(pool),
        pages_(std::move(pages)),
        optional_(optional) {}

  arrow::Result<std::shared_ptr<arrow::Array>> Next() override;
  arrow::Result<std::shared_ptr<arrow::Array>> NextOf(uint32_t first, int64_t rows,
                                                      std::span<const uint32_t> chosen,
                                                      int64_t* passed) override;

 protected:
  static constexpr int64_t kBlockRows = 4096;

  static arrow::Status Fault(std::string what) { return arrow::Status::Invalid(std::move(what)); }

  virtual arrow::Status Begin(int64_t rows) = 0;
  virtual bool Full() const { return false; }
  virtual int64_t BlockRows() const { return kBlockRows; }
  virtual arrow::Status TakeDictionary(const uint8_t* data, int64_t size, int64_t values) = 0;
  // Values that are stored in no dictionary.
  virtual arrow::Status TakeValues(parquet::Encoding::type encoding, const uint8_t* at,
                                   const uint8_t* end);
  // `rows` rows, of which `there` have a value (the bitmap tells which, if not all).
  virtual arrow::Status Append(int64_t rows, int64_t there) = 0;
  // The same with those of the next `there` values, stored in no dictionary, that `values` says
  // (rising); passes over all of them, also where there are no `rows`.
  virtual arrow::Status AppendOf(std::span<const uint32_t> values, int64_t there, int64_t rows) = 0;
  virtual arrow::Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() = 0;
  // Of what End gave.
  virtual arrow::Status Complete(arrow::ArrayData*) { return arrow::Status::OK(); }

  // Calls put(i, 1 if row i of the block has a value, else 0) for the rows up to the last that has
  // one, so that there always is a next value; gives the number of these rows. (Some rows are
  // null.)
  template <typename Put>
  int64_t ForRows(int64_t rows, Put put) const {
    const uint8_t* bits = bitmap_->data();
    while (rows > 0 && !arrow::bit_util::GetBit(bits, rows_ + rows - 1)) --rows;
    for (int64_t i = 0; i < rows; i += 64) {
      const uint8_t* from = bits + (rows_ + i) / 8;
      const int shift = static_cast<int>((rows_ + i) % 8);
      uint64_t word;
      std::memcpy(&word, from, sizeof(word));
      if (shift != 0) word = word >> shift | uint64_t{from[8]} << (64 - shift);
      const int64_t count = std::min<int64_t>(64, rows - i);
      for (int64_t k = 0; k < count; ++k, word >>= 1) put(i + k, word & 1);
    }
    return rows;
  }

  // Of the batch.
  bool IsNull(int64_t i) const {
    return bitmap_ != nullptr && !arrow::bit_util::GetBit(bitmap_->data(), i);
  }

  std::shared_ptr<arrow::DataType> type_;
  int64_t batch_rows_;
  arrow::MemoryPool* pool_;
  int64_t rows_ = 0;  // of the batch, so far
  uint32_t indices_[kBlockRows];
  bool by_dictionary_ = false;
  uint32_t dictionary_values_ = 0;
  const uint8_t *plain_ = nullptr, *plain_end_ = nullptr;

 private:
  void BeginArray(int64_t most_rows);
  arrow::Result<std::shared_ptr<arrow::Array>> Finish();
  // False at the end. Passes over a page of up to `unwanted` rows and counts them.
  arrow::Result<bool> NextPage(int64_t unwanted, int64_t* passed);
  arrow::Status AppendBlock(int64_t rows);
  arrow::Status AppendChosen(int64_t rows, std::span<const uint32_t> chosen, uint32_t first);
  arrow::Status ReadIndices(int64_t count);
  // From here on the array has nulls.
  arrow::Status NeedBitmap();
  arrow::Status ReadLevelsOfPage(const parquet::DataPageV1& page, const uint8_t** at,
                                 const uint8_t* end);
  // Gives how many of the next rows have a value; which ones goes to the bitmap.
  arrow::Result<int64_t> ReadLevels(int64_t rows);

  PageUnpacker pages_;  // keeps what plain_ and the runs point into
  const bool optional_;
  int64_t page_left_ = 0;
  bool has_dictionary_ = false;
  HybridRuns level_runs_, runs_;
  std::vector<uint8_t> turned_;  // what level_runs_ points into, for bit-packed levels
  int64_t most_rows_ = 0;        // of the array
  int64_t nulls_ = 0;
  std::shared_ptr<arrow::Buffer> bitmap_;
  uint32_t picked_[kBlockRows];
};

}  // namespace bowyer
