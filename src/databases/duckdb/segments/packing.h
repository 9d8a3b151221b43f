// Numbers in as few bits as the greatest of them needs, 32 at a time, lowest bit first.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

namespace bowyer::segments {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// Bits of a packed value of T: all of them where fewer would save too little, as DuckDB has it.
template <typename T>
int PackedWidth(T greatest) {
  constexpr int kBits = 8 * sizeof(T);
  int width = 0;
  if constexpr (sizeof(T) == 16) {
    const auto high = static_cast<uint64_t>(greatest >> 64);
    width = high != 0 ? 64 + std::bit_width(high) : std::bit_width(static_cast<uint64_t>(greatest));
  } else {
    width = std::bit_width(greatest);
  }
  return width + static_cast<int>(sizeof(T)) > kBits ? kBits : width;
}

// Bytes of `count` packed values: 32 at a time.
constexpr size_t PackedBytes(size_t count, int width) {
  return (count + 31) / 32 * 4 * static_cast<size_t>(width);
}

// Appends them; none needs more bits.
void AppendPacked(std::span<const uint32_t> values, int width, std::vector<uint8_t>* out);
void AppendPacked(std::span<const uint64_t> values, int width, std::vector<uint8_t>* out);
void AppendPacked(std::span<const UInt128> values, int width, std::vector<uint8_t>* out);

}  // namespace bowyer::segments
