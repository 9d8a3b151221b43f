// The usual spellings of values, eight digits a step: each function either gives what the exact
// parser of field.h gives, or says false and leaves the field to it. All read up to 16 bytes from
// the field's first byte, whatever its length.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

// The loops live on these being inlined, which the compiler's own measure of size would not do.
#define BOWYER_INLINE [[gnu::always_inline]] inline

namespace bowyer::csv_fast {

static_assert(std::endian::native == std::endian::little,
              "digits are taken from little-endian words");

BOWYER_INLINE uint64_t Load8(const char* text) {
  uint64_t word = 0;
  std::memcpy(&word, text, 8);
  return word;
}

inline constexpr uint64_t kZeros = 0x3030303030303030;  // "00000000"

// Are all eight bytes of digits (characters minus '0') 0 to 9?
BOWYER_INLINE bool AllDigits(uint64_t digits) {
  return (((digits + 0x7676767676767676) | digits) & 0x8080808080808080) == 0;
}

// Eight digits (0 to 9 a byte, the first in the lowest byte) -> their number.
BOWYER_INLINE uint64_t EightDigits(uint64_t digits) {
  digits = digits * 10 + (digits >> 8);
  return (((digits & 0x000000FF000000FF) * 0x000F424000000064) +
          (((digits >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >>
         32;
}

// 1 to 8 digits.
BOWYER_INLINE bool UpTo8(const char* text, size_t length, uint64_t* out) {
  const uint64_t digits = (Load8(text) ^ kZeros) << (64 - 8 * length);
  *out = EightDigits(digits);
  return AllDigits(digits);
}

// 1 to 18 digits.
BOWYER_INLINE bool Digits(const char* text, size_t length, uint64_t* out) {
  if (length <= 8) return UpTo8(text, length, out);
  const uint64_t last = Load8(text + length - 8) ^ kZeros;
  uint64_t head = 0;
  if (length <= 16) {
    if (!AllDigits(last) || !UpTo8(text, length - 8, &head)) return false;
    *out = head * 100000000 + EightDigits(last);
    return true;
  }
  const uint64_t middle = Load8(text + length - 16) ^ kZeros;
  if (!AllDigits(last) || !AllDigits(middle) || !UpTo8(text, length - 16, &head)) return false;
  *out = (head * 100000000 + EightDigits(middle)) * 100000000 + EightDigits(last);
  return true;
}

// [-]digits, at most 18 of them, spelled plainly (no leading zero).
BOWYER_INLINE bool Integer(const char* text, size_t length, bool* negative, uint64_t* magnitude) {
  *negative = *text == '-';
  text += *negative;
  length -= *negative;
  // One comparison for "empty" and "too long".
  if (length - 1 >= 18) return false;
  if (*text == '0' && (length > 1 || *negative)) return false;
  return Digits(text, length, magnitude);
}

// [-]digits[.digits], at most 15 digits, spelled plainly: value = magnitude / 10^fraction.
BOWYER_INLINE bool Fixed(const char* text, size_t length, char point, bool* negative,
                         uint64_t* magnitude, uint32_t* fraction) {
  *negative = *text == '-';
  text += *negative;
  length -= *negative;
  if (length - 1 >= 16) return false;
  if (*text == '0' && length > 1 && text[1] != point) return false;
  const uint64_t points = 0x0101010101010101 * static_cast<unsigned char>(point);
  const auto found = [&](uint64_t word) {
    const uint64_t x = word ^ points;
    return (x - 0x0101010101010101) & ~x & 0x8080808080808080;
  };
  if (length <= 8) {
    const uint64_t word = Load8(text);
    const uint64_t hit = found(word) & (~uint64_t{0} >> (64 - 8 * length));
    if (hit == 0) {
      *fraction = 0;
      return UpTo8(text, length, magnitude);
    }
    if (length == 1) return false;
    // Squeezes the point out: the digits before it stay, those behind it move down a byte.
    const auto at = static_cast<uint32_t>(std::countr_zero(hit) >> 3);
    const uint64_t before = (uint64_t{1} << (8 * at)) - 1;
    const uint64_t squeezed = (word & before) | ((word >> 8) & ~before);
    const uint64_t digits = (squeezed ^ kZeros) << (64 - 8 * (length - 1));
    *fraction = static_cast<uint32_t>(length) - 1 - at;
    *magnitude = EightDigits(digits);
    return AllDigits(digits);
  }
  const uint64_t low_word = Load8(text);
  const uint64_t high_word = Load8(text + 8);
  const uint64_t low_hit = found(low_word);
  const uint64_t high_hit = found(high_word) & (~uint64_t{0} >> (128 - 8 * length));
  if ((low_hit | high_hit) == 0) {
    *fraction = 0;
    return length <= 15 && Digits(text, length, magnitude);
  }
  const auto at = static_cast<uint32_t>(low_hit != 0 ? std::countr_zero(low_hit) >> 3
                                                     : 8 + (std::countr_zero(high_hit) >> 3));
  using Wide = unsigned __int128;
  const Wide words = (static_cast<Wide>(high_word) << 64) | low_word;
  const Wide before = (Wide{1} << (8 * at)) - 1;
  const Wide zeros = (static_cast<Wide>(kZeros) << 64) | kZeros;
  const Wide squeezed = (words & before) | ((words >> 8) & ~before);
  const Wide digits = (squeezed ^ zeros) << (128 - 8 * (length - 1));
  const auto low = static_cast<uint64_t>(digits);
  const auto high = static_cast<uint64_t>(digits >> 64);
  *fraction = static_cast<uint32_t>(length) - 1 - at;
  *magnitude = EightDigits(low) * 100000000 + EightDigits(high);
  return AllDigits(low) && AllDigits(high);
}

inline constexpr double kPowersOfTen[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// Both magnitude (below 10^15) and the power are exact doubles, so that the one division rounds
// once and correctly (Clinger 1990).
BOWYER_INLINE bool Double(const char* text, size_t length, char point, double* out) {
  bool negative = false;
  uint64_t magnitude = 0;
  uint32_t fraction = 0;
  if (!Fixed(text, length, point, &negative, &magnitude, &fraction)) return false;
  const double value =
      static_cast<double>(static_cast<int64_t>(magnitude)) / kPowersOfTen[fraction];
  *out = negative ? -value : value;
  return true;
}

// YYYY-MM-DD, ten bytes -> days since 1970-01-01. Days beyond the 28th are left to the exact
// parser in all but the months that certainly have them.
BOWYER_INLINE bool IsoDate(const char* text, int32_t* days) {
  // "YYYY-MM-" and "MM-DD" with the marks turned into '0'.
  const uint64_t marks = Load8(text) ^ 0x2D30302D30303030;
  const uint64_t day_digits = (static_cast<uint64_t>(static_cast<unsigned char>(text[8])) |
                               (static_cast<uint64_t>(static_cast<unsigned char>(text[9])) << 8)) ^
                              0x3030;
  if ((marks & 0xFF0000FF00000000) != 0) return false;
  if (!AllDigits(marks) || !AllDigits(day_digits)) return false;
  const auto digit = [&](int i) { return static_cast<uint32_t>((marks >> (8 * i)) & 0xFF); };
  const uint32_t year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3);
  const uint32_t month = digit(5) * 10 + digit(6);
  const auto day = static_cast<uint32_t>((day_digits & 0xFF) * 10 + (day_digits >> 8));
  if (month - 1 >= 12 || day - 1 >= 31) return false;
  if (day > 28 && (month == 2 || (day == 31 && ((0b101001010010 >> month) & 1) != 0))) return false;
  // Months count from March, so that the leap day ends a year.
  const uint32_t shifted = month > 2 ? year + 400 : year + 399;
  const uint32_t from_march = month > 2 ? month - 3 : month + 9;
  const uint32_t day_of_year = (153 * from_march + 2) / 5 + day - 1;
  *days = static_cast<int32_t>(shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 +
                               day_of_year) -
          719468 - 146097;
  return true;
}

// HH:MM:SS, eight bytes -> seconds.
BOWYER_INLINE bool ClockTime(const char* text, int64_t* seconds) {
  const uint64_t digits = Load8(text) ^ 0x30303A30303A3030;
  if ((digits & 0x0000FF0000FF0000) != 0 || !AllDigits(digits)) return false;
  const auto two = [&](int i) {
    return static_cast<uint32_t>(((digits >> (8 * i)) & 0xFF) * 10 +
                                 ((digits >> (8 * i + 8)) & 0xFF));
  };
  const uint32_t hours = two(0), minutes = two(3), rest = two(6);
  *seconds = hours * 3600 + minutes * 60 + rest;
  return hours < 24 && minutes < 60 && rest < 60;
}

#undef BOWYER_INLINE

}  // namespace bowyer::csv_fast
