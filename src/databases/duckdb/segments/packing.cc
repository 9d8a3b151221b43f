#include "databases/duckdb/segments/packing.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "formats/parquet/kernels.h"

namespace bowyer::segments {
namespace {

template <typename T>
void PackAll(std::span<const T> values, int width, std::vector<uint8_t>* out) {
  const auto& kernels = parquet::BestKernels();
  const size_t begin = out->size(), bytes = PackedBytes(values.size(), width);
  if (bytes == 0) return;
  out->resize(begin + bytes);
  uint8_t* to = out->data() + begin;
  const auto pack = [&](const T* block) {
    if constexpr (sizeof(T) == 4) {
      kernels.pack32(block, width, to);
    } else {
      kernels.pack64(block, width, to);
    }
    to += 4 * static_cast<size_t>(width);
  };
  size_t i = 0;
  for (; i + 32 <= values.size(); i += 32) pack(values.data() + i);
  if (i == values.size()) return;
  std::array<T, 32> last{};
  std::copy(values.begin() + static_cast<ptrdiff_t>(i), values.end(), last.begin());
  pack(last.data());
}

}  // namespace

void AppendPacked(std::span<const uint32_t> values, int width, std::vector<uint8_t>* out) {
  PackAll(values, width, out);
}

void AppendPacked(std::span<const uint64_t> values, int width, std::vector<uint8_t>* out) {
  PackAll(values, width, out);
}

// 128 bits a value: its low half, then what is left of it.
void AppendPacked(std::span<const UInt128> values, int width, std::vector<uint8_t>* out) {
  const size_t begin = out->size();
  out->resize(begin + PackedBytes(values.size(), width) + sizeof(UInt128));
  uint8_t* const base = out->data() + begin;
  size_t bit = 0;
  const auto put = [&](uint64_t part, int bits) {
    if (bits == 0) return;
    if (bits < 64) part &= (uint64_t{1} << bits) - 1;
    UInt128 there;
    std::memcpy(&there, base + bit / 8, sizeof(there));
    there |= static_cast<UInt128>(part) << (bit % 8);
    std::memcpy(base + bit / 8, &there, sizeof(there));
    bit += static_cast<size_t>(bits);
  };
  for (const UInt128 value : values) {
    put(static_cast<uint64_t>(value), std::min(width, 64));
    put(static_cast<uint64_t>(value >> 64), std::max(width - 64, 0));
  }
  out->resize(begin + PackedBytes(values.size(), width));
}

}  // namespace bowyer::segments
