// Is text well-formed UTF-8? Sixty bytes at a step: bit masks tell leads and continuations apart,
// and each lead announces its continuations by shifts. SSE2 is part of every x86-64.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "core/text.h"

namespace bowyer {

#if defined(__SSE2__)

namespace {

constexpr size_t kStep = 64;

// For each of 64 bytes a bit that tells what it is.
struct Utf8Bits {
  uint64_t high = 0;          // not ASCII
  uint64_t continuation = 0;  // 80 to BF
  uint64_t from_e0 = 0;       // leads of three bytes and more
  uint64_t from_f0 = 0;       // leads of four bytes
  uint64_t never = 0;         // C0, C1, F5 to FF
  uint64_t narrow = 0;        // E0, ED, F0, F4: not every continuation may come next
};

bool AllAscii(const unsigned char* data) {
  const auto* words = reinterpret_cast<const __m128i*>(data);
  const __m128i all =
      _mm_or_si128(_mm_or_si128(_mm_loadu_si128(words), _mm_loadu_si128(words + 1)),
                   _mm_or_si128(_mm_loadu_si128(words + 2), _mm_loadu_si128(words + 3)));
  return _mm_movemask_epi8(all) == 0;
}

Utf8Bits Utf8BitsOf(const unsigned char* data) {
  Utf8Bits bits;
  for (size_t i = 0; i < kStep; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + i));
    const auto mask = [i](__m128i which) {
      return static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(which))) << i;
    };
    const auto splat = [](int value) { return _mm_set1_epi8(static_cast<char>(value)); };
    const auto is = [&](int value) { return _mm_cmpeq_epi8(bytes, splat(value)); };
    const auto from = [&](int value) {
      return _mm_cmpeq_epi8(_mm_max_epu8(bytes, splat(value)), bytes);
    };
    const uint64_t high = mask(bytes);
    if (high == 0) continue;
    bits.high |= high;
    bits.continuation |= mask(_mm_cmplt_epi8(bytes, splat(0xC0)));
    bits.from_e0 |= mask(from(0xE0));
    bits.from_f0 |= mask(from(0xF0));
    bits.never |= mask(
        _mm_or_si128(from(0xF5), _mm_cmpeq_epi8(_mm_and_si128(bytes, splat(0xFE)), splat(0xC0))));
    bits.narrow |=
        mask(_mm_or_si128(_mm_or_si128(is(0xE0), is(0xED)), _mm_or_si128(is(0xF0), is(0xF4))));
  }
  return bits;
}

// May `second` follow `lead`: no overlong form, no surrogate, nothing beyond U+10FFFF?
bool MayFollow(unsigned char lead, unsigned char second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second < 0xA0;
    case 0xF0:
      return second >= 0x90;
    default:
      return second < 0x90;
  }
}

// Are the `length` (at most 60) bytes at `data`, of which 64 can be read, whole characters?
bool AreCharacters(const unsigned char* data, size_t length) {
  const Utf8Bits bits = Utf8BitsOf(data);
  const uint64_t within = (uint64_t{1} << length) - 1;
  const uint64_t leads = bits.high & ~bits.continuation & within;
  const uint64_t announced =
      leads << 1 | (bits.from_e0 & within) << 2 | (bits.from_f0 & within) << 3;
  if ((bits.continuation & within) != announced || (bits.never & within) != 0) return false;
  for (uint64_t left = bits.narrow & within; left != 0; left &= left - 1) {
    const int i = std::countr_zero(left);
    if (!MayFollow(data[i], data[i + 1])) return false;
  }
  return true;
}

// Skips well-formed text; stops before a character, early where something is malformed.
size_t SkipUtf8(const unsigned char* data, size_t size) {
  constexpr size_t kWindow = kStep - 4;  // what its last character announces fits the bits
  size_t at = 0;
  for (; size - at >= kStep; at += kStep) {
    if (AllAscii(data + at)) continue;
    size_t length = kWindow;
    while (length > kWindow - 3 && (data[at + length] & 0xC0) == 0x80) --length;
    if (!AreCharacters(data + at, length)) return at;
    at -= kStep - length;
  }
  while (at < size) {
    unsigned char rest[kStep] = {};  // zeros behind the text: a cut character is found
    std::memcpy(rest, data + at, size - at);
    if (AllAscii(rest)) return size;
    size_t length = size - at;
    if (length > kWindow) {
      length = kWindow;
      while (length > kWindow - 3 && (rest[length] & 0xC0) == 0x80) --length;
    }
    if (!AreCharacters(rest, length)) return at;
    at += length;
  }
  return at;
}

}  // namespace

size_t ValidUtf8Prefix(std::string_view bytes) {
  const size_t valid = SkipUtf8(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return valid == bytes.size() ? valid : valid + ValidUtf8PrefixPortable(bytes.substr(valid));
}

#else

size_t ValidUtf8Prefix(std::string_view bytes) { return ValidUtf8PrefixPortable(bytes); }

#endif

size_t ValidUtf8PrefixPortable(std::string_view bytes) {
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const size_t size = bytes.size();
  const auto continues = [&](size_t at) { return at < size && (data[at] & 0xC0) == 0x80; };
  size_t at = 0;
  while (at < size) {
    // Runs of ASCII, eight bytes a step.
    while (at + sizeof(uint64_t) <= size) {
      uint64_t word = 0;
      std::memcpy(&word, data + at, sizeof(word));
      const uint64_t high = word & 0x8080808080808080;
      at += high == 0 ? 8 : static_cast<size_t>(std::countr_zero(high) >> 3);
      if (high != 0) break;
    }
    if (at == size) break;
    const unsigned char lead = data[at];
    if (lead < 0x80) {
      ++at;
    } else if (lead >= 0xC2 && lead <= 0xDF) {
      if (!continues(at + 1)) return at;
      at += 2;
    } else if ((lead & 0xF0) == 0xE0) {
      if (!continues(at + 1) || !continues(at + 2)) return at;
      if (lead == 0xE0 && data[at + 1] < 0xA0) return at;  // overlong
      if (lead == 0xED && data[at + 1] > 0x9F) return at;  // surrogate
      at += 3;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      if (!continues(at + 1) || !continues(at + 2) || !continues(at + 3)) return at;
      if (lead == 0xF0 && data[at + 1] < 0x90) return at;  // overlong
      if (lead == 0xF4 && data[at + 1] > 0x8F) return at;  // beyond U+10FFFF
      at += 4;
    } else {
      return at;
    }
  }
  return size;
}

}  // namespace bowyer
