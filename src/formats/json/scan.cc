// Bit masks of 64 bytes, and counts of line ends.
#include "formats/json/scan.h"

#include <algorithm>

namespace bowyer::json {

int64_t CountLinesPortable(std::string_view text) {
  return std::count(text.begin(), text.end(), '\n');
}

Block64 ScanBlockPortable(const char* p) {
  Block64 block{0, 0, 0, 0};
  for (uint32_t i = 0; i < 64; ++i) {
    const uint64_t bit = uint64_t{1} << i;
    switch (p[i]) {
      case '"':
        block.quotes |= bit;
        break;
      case '\\':
        block.backslashes |= bit;
        break;
      case '[':
      case '{':
        block.opens |= bit;
        break;
      case ']':
      case '}':
        block.closes |= bit;
        break;
      default:
        break;
    }
  }
  return block;
}

#ifdef __SSE2__

namespace {

uint64_t Equal64(const __m128i (&bytes)[4], char wanted) {
  const __m128i pattern = _mm_set1_epi8(wanted);
  uint64_t mask = 0;
  for (int i = 3; i >= 0; --i) {
    mask = mask << 16 | static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes[i], pattern)));
  }
  return mask;
}

}  // namespace

int64_t CountLines(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const __m128i feed = _mm_set1_epi8('\n');
  __m128i total = _mm_setzero_si128();
  while (end - p >= 16) {
    // Each of 16 byte counters takes up to 255 hits before they are added up.
    __m128i counts = _mm_setzero_si128();
    for (int i = 0; i < 255 && end - p >= 16; ++i, p += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      counts = _mm_sub_epi8(counts, _mm_cmpeq_epi8(bytes, feed));
    }
    total = _mm_add_epi64(total, _mm_sad_epu8(counts, _mm_setzero_si128()));
  }
  alignas(16) int64_t sums[2];
  _mm_store_si128(reinterpret_cast<__m128i*>(sums), total);
  return sums[0] + sums[1] + CountLinesPortable(std::string_view(p, static_cast<size_t>(end - p)));
}

Block64 ScanBlock(const char* p) {
  __m128i bytes[4], folded[4];
  for (int i = 0; i < 4; ++i) {
    bytes[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i);
    // [ and { differ in one bit, and so do ] and }.
    folded[i] = _mm_or_si128(bytes[i], _mm_set1_epi8(0x20));
  }
  return {Equal64(bytes, '"'), Equal64(bytes, '\\'), Equal64(folded, '{'), Equal64(folded, '}')};
}

uint64_t MaskOf(const char* p, char byte) {
  __m128i bytes[4];
  for (int i = 0; i < 4; ++i) {
    bytes[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p) + i);
  }
  return Equal64(bytes, byte);
}

#else

int64_t CountLines(std::string_view text) { return CountLinesPortable(text); }

Block64 ScanBlock(const char* p) { return ScanBlockPortable(p); }

uint64_t MaskOf(const char* p, char byte) {
  uint64_t mask = 0;
  for (uint32_t i = 0; i < 64; ++i) mask |= static_cast<uint64_t>(p[i] == byte) << i;
  return mask;
}

#endif

}  // namespace bowyer::json
