// Rows as byte strings whose order (memcmp) is the order asked for.
#pragma once

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "transfer/sort.h"

namespace bowyer {

// One key for each row of a batch. No key is the beginning of another. Immutable once made.
class EncodedKeys {
 public:
  // Values are decoded from dictionaries and runs on the way.
  static arrow::Result<EncodedKeys> Make(const arrow::RecordBatch& batch,
                                         const std::vector<SortKey>& keys, arrow::MemoryPool* pool);

  int64_t rows() const { return rows_; }
  std::string_view operator[](int64_t row) const {
    if (width_ >= 0) return {bytes() + row * width_, static_cast<size_t>(width_)};
    const auto* offsets = reinterpret_cast<const int64_t*>(offsets_->data());
    return {bytes() + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
  }

  // The rows in stable order.
  arrow::Result<std::shared_ptr<arrow::UInt32Array>> Order(arrow::MemoryPool* pool) const;

 private:
  const char* bytes() const { return reinterpret_cast<const char*>(bytes_->data()); }

  int64_t rows_ = 0;
  int64_t width_ = -1;  // of every key; -1: keys differ, see offsets_
  std::shared_ptr<arrow::Buffer> bytes_;
  std::shared_ptr<arrow::Buffer> offsets_;
};

}  // namespace bowyer
