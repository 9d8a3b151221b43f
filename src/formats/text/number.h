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
inline constexpr int kMaxFloatText = 48;    // 24 characters; stores are 17 bytes wide

namespace text_internal {

// "0000" to "9999", each as one word of four characters, and "00" to "99". Two look-ups make eight
// digits: half the work of computing them (2.6 ns a number instead of 4.7).
extern const std::array<uint32_t, 10000> kFourDigits;
extern const std::array<uint16_t, 100> kTwoDigits;
static_assert(std::endian::native == std::endian::little, "the first digit is the lowest byte");

// The eight digits of a number below 10^8, the first in the lowest byte.
inline uint64_t EightDigits(uint32_t number) {
  const uint32_t high = number / 10000;
  return kFourDigits[high] | uint64_t{kFourDigits[number - 10000 * high]} << 32;
}

inline void StoreWord(char* at, uint64_t word) { std::memcpy(at, &word, sizeof(word)); }

char* WriteShortest(char* at, double value);
char* WriteShortest(char* at, float value);

}  // namespace text_internal

inline char* WriteTwoDigits(char* at, uint32_t number) {
  std::memcpy(at, &text_internal::kTwoDigits[number], 2);
  return at + 2;
}

inline char* WriteFourDigits(char* at, uint32_t number) {
  std::memcpy(at, &text_internal::kFourDigits[number], 4);
  return at + 4;
}

// Exactly eight digits.
inline char* WriteEightDigits(char* at, uint32_t number) {
  text_internal::StoreWord(at, text_internal::EightDigits(number));
  return at + 8;
}

inline char* WriteUnsigned(char* at, uint64_t number) {
  constexpr uint64_t k8 = 100000000;
  constexpr uint64_t kZeros = 0x3030303030303030;
  uint64_t low = 0;
  int tail = 0;  // groups of eight digits behind the first
  if (number >= k8) {
    low = number % k8;
    number /= k8;
    tail = 1;
    if (number >= k8) [[unlikely]] {
      at = WriteUnsigned(at, number / k8);
      at = WriteEightDigits(at, static_cast<uint32_t>(number % k8));
      return WriteEightDigits(at, static_cast<uint32_t>(low));
    }
  }
  const uint64_t digits = text_internal::EightDigits(static_cast<uint32_t>(number));
  // Leading zeros are whole zero bytes at the low end; the last digit always stays.
  const int skip = std::countr_zero((digits ^ kZeros) | (uint64_t{1} << 56)) & ~7;
  text_internal::StoreWord(at, digits >> skip);
  at += 8 - skip / 8;
  return tail == 0 ? at : WriteEightDigits(at, static_cast<uint32_t>(low));
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
    // Signed conversions are single instructions.
    const auto whole = static_cast<int64_t>(magnitude * 1e4 + 0.5);
    if (static_cast<double>(whole) / 1e4 == magnitude) [[likely]] {
      const auto scaled = static_cast<uint64_t>(whole);
      *at = '-';
      at += std::signbit(value);
      at = WriteUnsigned(at, scaled / 10000);
      const uint32_t fraction = text_internal::kFourDigits[scaled % 10000];
      *at = '.';
      std::memcpy(at + 1, &fraction, 4);
      // Trailing zeros are zero bytes at the high end; the first decimal always stays.
      const int zeros = std::countl_zero((fraction ^ 0x30303030) | 1) / 8;
      return at + 5 - zeros;
    }
  }
  return text_internal::WriteShortest(at, value);
}

inline char* WriteFloating(char* at, float value) {
  const double magnitude = std::fabs(static_cast<double>(value));
  if (magnitude < 100) {  // up to 6 digits no two decimals share a float32
    const auto scaled = static_cast<int32_t>(magnitude * 1e4 + 0.5);
    if (static_cast<float>(static_cast<double>(scaled) / 1e4) == std::fabs(value)) {
      return WriteFloating(
          at, std::copysign(static_cast<double>(scaled) / 1e4, static_cast<double>(value)));
    }
  }
  return text_internal::WriteShortest(at, value);
}

// JSON has no spelling for "NaN", "Infinity" and "-Infinity"; as strings (as in protobuf's JSON)
// they survive.
char* WriteJsonNonFinite(char* at, double value);
template <typename T>
inline char* WriteJsonFloating(char* at, T value) {
  return std::isfinite(value) ? WriteFloating(at, value)
                              : WriteJsonNonFinite(at, static_cast<double>(value));
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
