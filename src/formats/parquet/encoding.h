// Values -> bytes of a page: the RLE/bit-packing hybrid (levels, dictionary indices) and
// DELTA_BINARY_PACKED, as the format's Encodings.md defines them.
#pragma once

#include <arrow/buffer_builder.h>
#include <arrow/status.h>

#include <cstdint>
#include <span>

namespace bowyer::parquet {

// The format's numbers.
enum class ValueEncoding : int {
  kPlain = 0,
  kRle = 3,
  kDeltaBinaryPacked = 5,
  kDeltaLengthByteArray = 6,
  kRleDictionary = 8,
};

// Bits that hold every number up to `largest`.
int BitWidth(uint64_t largest);

// Appends `values`, each below 2^width, as runs and bit-packed groups. width: 0 to 32.
arrow::Status AppendHybrid(std::span<const uint32_t> values, int width, arrow::BufferBuilder* out);
arrow::Status AppendHybrid(std::span<const uint8_t> values, int width, arrow::BufferBuilder* out);
// The same for one-bit values that are packed already; bits behind `count` in the last byte are 0.
arrow::Status AppendHybridBits(const uint8_t* bits, int64_t count, arrow::BufferBuilder* out);
// One run of `count` times `value`.
arrow::Status AppendRun(uint64_t count, uint32_t value, int width, arrow::BufferBuilder* out);

void AppendVarint(uint64_t value, arrow::BufferBuilder* out);  // room for 10 bytes is reserved

// DELTA_BINARY_PACKED of one page. S: int32_t or int64_t.
template <typename S>
class DeltaEncoder {
 public:
  using U = std::make_unsigned_t<S>;

  // `count` values follow in all.
  arrow::Status Begin(int64_t count, arrow::BufferBuilder* out);
  arrow::Status Put(const S* values, int64_t count, arrow::BufferBuilder* out);
  arrow::Status End(arrow::BufferBuilder* out);

  // Bytes that a block of 128 values takes, values[-1] being the one before.
  static int64_t BlockBytes(const S* values);

 private:
  arrow::Status Block(int filled, arrow::BufferBuilder* out);

  bool first_ = true;
  int pending_ = 0;
  S values_[129] = {};  // the one before, then what waits for a whole block
};

extern template class DeltaEncoder<int32_t>;
extern template class DeltaEncoder<int64_t>;

}  // namespace bowyer::parquet
