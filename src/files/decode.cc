// Runs of ASCII are narrowed 8 (or copied 16) characters at a time; the rest goes one by one.
#include "files/decode.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace bowyer {
namespace {

uint8_t* AppendUtf8(uint32_t c, uint8_t* out) {
  const auto put = [&out](uint32_t byte) { *out++ = static_cast<uint8_t>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | c >> 6);
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
    put(0x80 | (c & 0x3f));
  }
  return out;
}

// Narrows units of ASCII until one is none or fewer than 8 are left.
void NarrowAscii(const uint8_t** in, const uint8_t* end, bool big_endian, uint8_t** out) {
#if defined(__SSE2__)
  const __m128i above = _mm_set1_epi16(static_cast<int16_t>(0xff80));
  while (end - *in >= 16) {
    __m128i units = _mm_loadu_si128(reinterpret_cast<const __m128i*>(*in));
    if (big_endian) units = _mm_or_si128(_mm_slli_epi16(units, 8), _mm_srli_epi16(units, 8));
    const __m128i ascii = _mm_cmpeq_epi16(_mm_and_si128(units, above), _mm_setzero_si128());
    if (_mm_movemask_epi8(ascii) != 0xffff) return;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(*out), _mm_packus_epi16(units, units));
    *in += 16;
    *out += 8;
  }
#else
  (void)in, (void)end, (void)big_endian, (void)out;
#endif
}

}  // namespace

Decoded DecodeUtf16(std::string_view text, bool big_endian, uint8_t* out) {
  const auto* const begin = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* in = begin;
  const uint8_t* const end = begin + text.size();
  uint8_t* to = out;
  const auto unit = [big_endian](const uint8_t* at) -> uint32_t {
    return big_endian ? at[0] << 8 | at[1] : at[1] << 8 | at[0];
  };
  Decoded decoded;
  while (end - in >= 2) {
    NarrowAscii(&in, end, big_endian, &to);
    // A run of other characters: no need to try the fast way for each of them.
    for (int i = 0; i < 16 && end - in >= 2; ++i) {
      const uint32_t first = unit(in);
      if (first < 0xd800 || first > 0xdfff) {
        to = AppendUtf8(first, to);
        in += 2;
        continue;
      }
      const bool high = first <= 0xdbff;
      if (high && end - in < 4) {
        decoded.consumed = in - begin;
        decoded.produced = to - out;
        return decoded;
      }
      const uint32_t second = high ? unit(in + 2) : 0;
      if (second < 0xdc00 || second > 0xdfff) {
        decoded.malformed = true;
        decoded.consumed = in - begin;
        decoded.produced = to - out;
        return decoded;
      }
      to = AppendUtf8(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), to);
      in += 4;
    }
  }
  decoded.consumed = in - begin;
  decoded.produced = to - out;
  return decoded;
}

Decoded DecodeLatin1(std::string_view text, uint8_t* out) {
  const auto* in = reinterpret_cast<const uint8_t*>(text.data());
  const uint8_t* const end = in + text.size();
  uint8_t* to = out;
  while (in < end) {
#if defined(__SSE2__)
    while (end - in >= 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
      if (_mm_movemask_epi8(bytes) != 0) break;
      _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
      in += 16;
      to += 16;
    }
#endif
    for (int i = 0; i < 16 && in < end; ++i) to = AppendUtf8(*in++, to);
  }
  return {.consumed = static_cast<int64_t>(text.size()), .produced = to - out};
}

}  // namespace bowyer
