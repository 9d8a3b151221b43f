// The hybrid of runs and bit-packed groups in which Parquet stores levels and dictionary indices.
#pragma once

#include <cstdint>

namespace bowyer {

// Reads from memory that outlives it; copies are cheap.
class HybridRuns {
 public:
  HybridRuns() = default;
  // Values of `width` bits, 0 to 32.
  HybridRuns(const uint8_t* data, int64_t size, int width)
      : at_(data), end_(data + size), width_(width) {}

  // `count` bits, the lowest of each byte first, without a header.
  static HybridRuns OfBits(const uint8_t* data, int64_t size, int64_t count);

  // Decodes the next `count` values; false when there are fewer or the data is damaged.
  bool Read(uint32_t* out, int64_t count);

  // The same for values of one bit, to the bits of `bitmap` from bit `at` on, which are 0 before.
  // (Whole words are written: the bitmap has 8 bytes behind the last bit.)
  bool ReadBits(uint8_t* bitmap, int64_t at, int64_t count);

  // Passes over `count` values; false as Read.
  bool Skip(int64_t count);

  // How many of the next values, at most `count`, are `value` in one run; consumes them.
  int64_t TakeRun(uint32_t value, int64_t count);

 private:
  bool NextRun();
  void Unpack(uint32_t* out, int64_t count);
  void CopyBits(uint8_t* bitmap, int64_t at, int64_t count);

  const uint8_t *at_ = nullptr, *end_ = nullptr;
  int width_ = 0;
  int64_t repeats_ = 0, packed_ = 0;  // values left of the run; one of them is 0
  uint32_t value_ = 0;
  const uint8_t* bits_ = nullptr;  // of the packed run
  int64_t next_ = 0;               // value of the packed run
};

}  // namespace bowyer
