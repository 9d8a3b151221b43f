// The inner loops of encoding, once in portable form and once for AVX2; chosen when the process
// starts. All take plain arrays, allocate nothing and may be called from any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bowyer::parquet {

// Values of one delta block: 4 miniblocks of 32.
inline constexpr int kDeltaBlock = 128;
inline constexpr int kDeltaMini = 32;

template <typename T>
struct Range {
  T min, max;
};

template <typename T>
struct FloatRange {
  T min, max;  // of what is no NaN; min > max if there is nothing else
  bool has_nan;
};

struct Kernels {
  // Of `count` > 0 values.
  Range<int32_t> (*range_i32)(const int32_t* values, size_t count);
  Range<uint32_t> (*range_u32)(const uint32_t* values, size_t count);
  Range<int64_t> (*range_i64)(const int64_t* values, size_t count);
  Range<uint64_t> (*range_u64)(const uint64_t* values, size_t count);
  FloatRange<float> (*range_f32)(const float* values, size_t count);
  FloatRange<double> (*range_f64)(const double* values, size_t count);

  // Packs 32 values of `width` bits each (0 to 32, 0 to 64), least significant bit first, into
  // 4 * width bytes. No value may need more bits.
  void (*pack32)(const uint32_t* values, int width, uint8_t* out);
  void (*pack64)(const uint64_t* values, int width, uint8_t* out);

  // The 128 differences values[i] - values[i - 1] (modulo 2^N; values[-1] is read), less their
  // smallest (signed) one, which is returned. any_bits[m]: all differences of miniblock m or-ed.
  int32_t (*deltas32)(const int32_t* values, uint32_t* deltas, uint32_t* any_bits);
  int64_t (*deltas64)(const int64_t* values, uint64_t* deltas, uint64_t* any_bits);
};

const Kernels& PortableKernels();
// Null where the processor lacks AVX2.
const Kernels* Avx2Kernels();
// The fastest of this processor.
const Kernels& BestKernels();

}  // namespace bowyer::parquet
