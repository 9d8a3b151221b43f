// Values -> small numbers in the order of first appearance: open addressing, one cache line a
// probe. Doubles are told apart by their bits, so that -0 and every NaN arrive as they were.
#pragma once

#include <arrow/buffer_builder.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "formats/parquet/values.h"

namespace bowyer::parquet {

class Dictionary {
 public:
  virtual ~Dictionary() = default;

  // The number of each value of the block.
  virtual arrow::Status Encode(const ValueBlock& block, uint32_t* codes) = 0;

  uint32_t size() const { return size_; }
  // Slots that were looked at in vain: many more than values mean keys made to collide.
  uint64_t collisions() const { return collisions_; }
  // Bytes of all values in plain encoding.
  virtual int64_t plain_bytes() const = 0;
  // Appends the values in plain encoding.
  virtual arrow::Status AppendPlain(arrow::BufferBuilder* out) const = 0;
  // Updates the statistics with every value.
  virtual void Visit(class Statistics* statistics) const = 0;

 protected:
  uint32_t size_ = 0;
  uint64_t collisions_ = 0;
};

// For the leaf's physical type (not for booleans). So many different values, and bytes of them in
// plain encoding, are expected; there may be more or less.
arrow::Result<std::unique_ptr<Dictionary>> MakeDictionary(const Leaf& leaf, int64_t expected,
                                                          int64_t expected_bytes,
                                                          arrow::MemoryPool* pool);

}  // namespace bowyer::parquet
