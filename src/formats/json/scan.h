// The byte-level scans of JSON text: where a string stops being plain, runs of digits, line ends,
// and 64 bytes at a time as bit masks of quotes, escapes and brackets. SSE2 is part of every
// x86-64; other machines take the portable functions, which the tests hold against the others.
// All of them may read up to 64 bytes beyond what they are asked about.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace bowyer::json {

inline uint64_t Load64(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

constexpr uint64_t Repeat(uint8_t byte) { return 0x0101010101010101U * byte; }

// 16 bytes of a string: bit i of `stop` is set where byte i is a quote, a backslash or a control
// character, bit i of `high` where it is not ASCII.
struct StringMasks {
  uint32_t stop;
  uint32_t high;
};

inline StringMasks StringMasksPortable(const char* p) {
  StringMasks masks{0, 0};
  for (uint32_t i = 0; i < 16; ++i) {
    const auto byte = static_cast<uint8_t>(p[i]);
    masks.stop |= static_cast<uint32_t>(byte == '"' || byte == '\\' || byte < 0x20) << i;
    masks.high |= static_cast<uint32_t>(byte >> 7) << i;
  }
  return masks;
}

// Copies the 16 bytes to `copy` as well, unless it is null.
inline StringMasks ScanString(const char* p, char* copy) {
#ifdef __SSE2__
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  if (copy != nullptr) _mm_storeu_si128(reinterpret_cast<__m128i*>(copy), bytes);
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i escape = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return {
      static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, escape)))),
      static_cast<uint32_t>(_mm_movemask_epi8(bytes))};
#else
  if (copy != nullptr) std::memcpy(copy, p, 16);
  return StringMasksPortable(p);
#endif
}

// How many of the 8 bytes of `chunk`, from the lowest on, are digits in a row.
inline int DigitRun(uint64_t chunk) {
  const uint64_t wrong = ((chunk & Repeat(0xF0)) ^ Repeat(0x30)) |
                         (((chunk + Repeat(0x06)) & Repeat(0xF0)) ^ Repeat(0x30));
  return wrong == 0 ? 8 : std::countr_zero(wrong) >> 3;
}

// The number that the `count` (1 to 8) lowest bytes of `chunk`, all digits, spell.
inline uint64_t DigitsValue(uint64_t chunk, int count) {
  chunk = (chunk - Repeat('0')) << (8 * (8 - count));
  chunk = chunk * 10 + (chunk >> 8);
  return (((chunk & 0x000000FF000000FFU) * 0x000F424000000064U) +
          (((chunk >> 16) & 0x000000FF000000FFU) * 0x0000271000000001U)) >>
         32;
}

// Line feeds in a text.
int64_t CountLines(std::string_view text);
int64_t CountLinesPortable(std::string_view text);

// 64 bytes as bit masks; bit i stands for byte i.
struct Block64 {
  uint64_t quotes;
  uint64_t backslashes;
  uint64_t opens;   // [ and {
  uint64_t closes;  // ] and }
};
Block64 ScanBlockPortable(const char* p);
Block64 ScanBlock(const char* p);
// Bytes equal to `byte`.
uint64_t MaskOf(const char* p, char byte);

}  // namespace bowyer::json
