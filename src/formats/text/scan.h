// Which bytes of a text need care on the way out: sixteen bytes at a step with SSE2 (part of every
// x86-64), byte by byte elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <arrow/status.h>

namespace bowyer {

// One bit for each of sixteen bytes.
struct ShortScan {
  uint32_t special;  // must be escaped or quoted
  uint32_t high;     // not ASCII
};

inline bool IsJsonSpecial(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

#if defined(__SSE2__)

inline ShortScan ScanJson16(const char* data) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const __m128i special = _mm_or_si128(control, _mm_or_si128(quote, backslash));
  return {static_cast<uint32_t>(_mm_movemask_epi8(special)),
          static_cast<uint32_t>(_mm_movemask_epi8(bytes))};
}

inline bool IsAscii(std::string_view text) {
  const char* data = text.data();
  size_t left = text.size();
  __m128i all = _mm_setzero_si128();
  for (; left >= 16; data += 16, left -= 16) {
    all = _mm_or_si128(all, _mm_loadu_si128(reinterpret_cast<const __m128i*>(data)));
  }
  unsigned char rest = 0;
  for (; left > 0; ++data, --left) rest |= static_cast<unsigned char>(*data);
  return _mm_movemask_epi8(all) == 0 && rest < 0x80;
}

#else

inline ShortScan ScanJson16(const char* data) {
  ShortScan scan{0, 0};
  for (int i = 0; i < 16; ++i) {
    const auto c = static_cast<unsigned char>(data[i]);
    scan.special |= uint32_t{IsJsonSpecial(c)} << i;
    scan.high |= uint32_t{c >= 0x80} << i;
  }
  return scan;
}

inline bool IsAscii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

#endif

inline constexpr size_t kMaxShortText = 64;

// Copies a text of 1 to kMaxShortText bytes and tells whether anything in it is special or not
// ASCII (any bit). kMaxShortText bytes have to be writable. `padded`: 16 bytes are readable.
template <typename Scan16>
inline ShortScan CopyShortText(std::string_view text, bool padded, char* at, Scan16 scan16) {
  const char* data = text.data();
  const size_t size = text.size();
  if (size <= 16) {
    char copy[16];
    if (!padded) [[unlikely]] {
      std::memset(copy, 0, sizeof(copy));
      std::memcpy(copy, data, size);
      data = copy;
    }
    const ShortScan scan = scan16(data);
    std::memcpy(at, data, 16);
    const uint32_t within = (uint32_t{2} << (size - 1)) - 1;
    return {scan.special & within, scan.high & within};
  }
  // The last step overlaps the one before it, so that nothing behind the text is read.
  ShortScan all = scan16(data + size - 16);
  for (size_t i = 0; i + 16 < size; i += 16) {
    const ShortScan scan = scan16(data + i);
    all.special |= scan.special;
    all.high |= scan.high;
    std::memcpy(at + i, data + i, 16);
  }
  std::memcpy(at + size - 16, data + size - 16, 16);
  return all;
}

// Length of the longest prefix without a character that JSON escapes.
inline size_t PlainJsonPrefix(std::string_view text) {
  size_t at = 0;
  for (; at + 16 <= text.size(); at += 16) {
    const uint32_t special = ScanJson16(text.data() + at).special;
    if (special != 0) return at + static_cast<size_t>(__builtin_ctz(special));
  }
  while (at < text.size() && !IsJsonSpecial(static_cast<unsigned char>(text[at]))) ++at;
  return at;
}

// The error for text that is not UTF-8 (kData; shows the text).
arrow::Status InvalidUtf8(std::string_view text);

}  // namespace bowyer
