// A leaf's array -> blocks of physical values: nulls left out, widened, scaled, turned to
// big-endian as the leaf says. Blocks are small, so that gathering, statistics and encoding share
// the cache.
#pragma once

#include <arrow/array/data.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "formats/parquet/schema.h"

namespace bowyer::parquet {

inline constexpr int kBlockValues = 2048;

// Which values of an array: `count` from `base` on, or those at base + positions[i].
struct Selected {
  int64_t base = 0;
  int32_t count = 0;
  const int32_t* positions = nullptr;
};

struct ValueBlock {
  int32_t count = 0;
  const uint8_t* fixed = nullptr;           // count * width bytes; booleans: a byte each
  const std::string_view* bytes = nullptr;  // byte arrays
};

// The values of one array of a leaf's type (or the dictionary of one).
class ValueArray {
 public:
  ValueArray(const Leaf* leaf, std::shared_ptr<arrow::ArrayData> data)
      : leaf_(leaf), data_(std::move(data)) {}

  // Selected values, of which none is null, at most kBlockValues. The block points into the array
  // or into `scratch`, and is good until the next call. On an error `*bad` is the position (in the
  // selection) of the value that Parquet cannot hold; the message has no place yet.
  arrow::Status Gather(const Selected& selected, class GatherScratch* scratch, ValueBlock* block,
                       int32_t* bad) const;

  // Bytes that the values [from, to) take in plain encoding (an estimate for views).
  int64_t PlainBytes(int64_t from, int64_t to) const;

  const arrow::ArrayData& data() const { return *data_; }
  int64_t length() const { return data_->length; }

 private:
  const Leaf* leaf_;
  std::shared_ptr<arrow::ArrayData> data_;
};

class GatherScratch {
 public:
  uint8_t* fixed(int64_t size) {
    if (static_cast<int64_t>(fixed_.size()) < size) fixed_.resize(size);
    return fixed_.data();
  }
  std::string_view* bytes() {
    if (bytes_.empty()) bytes_.resize(kBlockValues);
    return bytes_.data();
  }
  int32_t* positions() {
    if (positions_.empty()) positions_.resize(kBlockValues);
    return positions_.data();
  }

 private:
  std::vector<uint8_t> fixed_;
  std::vector<std::string_view> bytes_;
  std::vector<int32_t> positions_;
};

}  // namespace bowyer::parquet
