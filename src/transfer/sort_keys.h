// Rows as byte strings whose order (memcmp) is the order asked for.
#pragma once

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <compare>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "transfer/sort.h"

namespace bowyer {

// Sixteen bytes of a key as numbers: they nearly always decide, without a look at the key itself.
struct KeyPrefix {
  uint64_t high = 0, low = 0;

  // The bytes from `skip` on; zeros where the key ends.
  static KeyPrefix Of(std::string_view key, size_t skip = 0);
  // Whether the bytes behind those of `skip` all fit, so that equal prefixes are equal keys.
  static bool IsWhole(int64_t width, size_t skip = 0) {
    return width >= 0 && width <= static_cast<int64_t>(skip + 16);
  }
  auto operator<=>(const KeyPrefix&) const = default;
};

// One key for each row of a batch. No key is the beginning of another. Immutable once made.
class EncodedKeys {
 public:
  // Values are decoded from dictionaries and runs on the way.
  static arrow::Result<EncodedKeys> Make(const arrow::RecordBatch& batch,
                                         const std::vector<SortKey>& keys, arrow::MemoryPool* pool);

  int64_t rows() const { return rows_; }
  // Bytes of every key; -1: they differ.
  int64_t width() const { return width_; }
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
