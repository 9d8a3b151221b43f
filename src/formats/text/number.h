// Numbers -> decimal text. Each function writes at `at`, where its kMax... bytes must be writable
// (bytes behind the text may be overwritten up to that many), and returns the end of the text.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace bowyer {

inline constexpr int kMaxIntegerText = 32;  // 20 digits or a sign and 19; stores are 8 bytes wide
inline constexpr int kMaxFloatText = 40;    // -1.7976931348623157e+308, or 17 digits and zeros

namespace text_internal {

// "00" to "99".
inline constexpr auto kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (int i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// The eight decimal digits of a number below 10^8, the first in the lowest byte, as values 0 to 9.
// All quotients are computed side by side in one word.
inline uint64_t EightDigits(uint32_t number) {
  const uint64_t halves = (number / 10000) | (uint64_t{number % 10000} << 32);
  const uint64_t hundreds = ((halves * 10486) >> 20) & 0x0000007F0000007F;
  const uint64_t pairs = hundreds + ((halves - 100 * hundreds) << 16);
  const uint64_t tens = ((pairs * 103) >> 10) & 0x000F000F000F000F;
  return tens + ((pairs - 10 * tens) << 8);
}

inline constexpr uint64_t kZeros = 0x3030303030303030;

inline void StoreWord(char* at, uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  std::memcpy(at, &word, sizeof(word));
}

char* WriteLargeInteger(char* at, uint64_t number);
char* WriteShortest(char* at, double value);
char* WriteShortest(char* at, float value);

}  // namespace text_internal

inline char* WriteTwoDigits(char* at, uint32_t number) {
  std::memcpy(at, &text_internal::kDigitPairs[2 * number], 2);
  return at + 2;
}

// Exactly eight digits.
inline char* WriteEightDigits(char* at, uint32_t number) {
  text_internal::StoreWord(at, text_internal::EightDigits(number) | text_internal::kZeros);
  return at + 8;
}

// Exactly `digits` (1 to 9) digits of a number that has no more.
inline char* WritePadded(char* at, uint32_t number, int digits) {
  if (digits == 9) {
    *at++ = static_cast<char>('0' + number / 100000000);
    return WriteEightDigits(at, number % 100000000);
  }
  const uint64_t word = text_internal::EightDigits(number) | text_internal::kZeros;
  text_internal::StoreWord(at, word >> (8 * (8 - digits)));
  return at + digits;
}

inline char* WriteUnsigned(char* at, uint64_t number) {
  if (number < 100000000) {
    const uint64_t digits = text_internal::EightDigits(static_cast<uint32_t>(number));
    // Leading zeros are whole zero bytes at the low end; the last digit always stays.
    const int skip = std::countr_zero(digits | (uint64_t{1} << 56)) & ~7;
    text_internal::StoreWord(at, (digits | text_internal::kZeros) >> skip);
    return at + 8 - skip / 8;
  }
  return text_internal::WriteLargeInteger(at, number);
}

inline char* WriteInteger(char* at, int64_t number) {
  *at = '-';
  at += number < 0;
  return WriteUnsigned(
      at, number < 0 ? ~static_cast<uint64_t>(number) + 1 : static_cast<uint64_t>(number));
}

// The shortest digits that read back as the same number. Always with a point or an exponent, so
// that it reads back as a floating-point number: 1.0, -0.0, 0.0001, 1e-05, 1e+16; plain notation
// from 1e-4 up to below 1e16. "nan", "inf", "-inf" for the rest.
inline char* WriteFloating(char* at, double value) {
  // Most numbers that people keep have a few decimals: when value * 10^4 is a whole number that
  // divides back to the same value, its digits are the shortest (up to 15 digits no two decimals
  // share a float64).
  const double magnitude = std::fabs(value);
  if (magnitude < 1e11) {
    const auto scaled = static_cast<uint64_t>(magnitude * 1e4 + 0.5);
    if (static_cast<double>(scaled) / 1e4 == magnitude) {
      *at = '-';
      at += std::signbit(value);
      at = WriteUnsigned(at, scaled / 10000);
      const auto fraction = static_cast<uint32_t>(scaled % 10000);
      const uint32_t high = fraction / 100, low = fraction % 100;
      *at = '.';
      WriteTwoDigits(at + 1, high);
      WriteTwoDigits(at + 3, low);
      const uint32_t last = low != 0 ? low : high;
      const int zeros = (low == 0 ? 2 : 0) + (last % 10 == 0 ? 1 : 0);
      return at + 5 - zeros;
    }
  }
  return text_internal::WriteShortest(at, value);
}

inline char* WriteFloating(char* at, float value) {
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude < 100) {  // up to 6 digits no two decimals share a float32
    const auto scaled = static_cast<uint32_t>(magnitude * 1e4 + 0.5);
    if (static_cast<float>(static_cast<double>(scaled) / 1e4) == std::fabs(value)) {
      return WriteFloating(
          at, std::copysign(static_cast<double>(scaled) / 1e4, static_cast<double>(value)));
    }
  }
  return text_internal::WriteShortest(at, value);
}

// IEEE 754 binary16 -> the float that it equals.
float FloatOfHalf(uint16_t half);

// Bytes that WriteDecimal may write for a scale.
constexpr int64_t MaxDecimalText(int32_t scale) {
  return 96 + (scale < 0 ? -static_cast<int64_t>(scale) : scale);
}

// A little-endian two's complement integer of `width` (4, 8, 16 or 32) bytes, scaled by 10^-scale:
// exactly `scale` decimals; a negative scale appends zeros.
char* WriteDecimal(char* at, const uint8_t* bytes, int width, int32_t scale);

}  // namespace bowyer
