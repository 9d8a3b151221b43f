// The numbers that most files are made of, read where they stand: integers of up to 19 digits, and
// decimals that a double holds as they are written. All others take the general way: the grammar
// (syntax.h), then the exact parsers of one field (formats/csv/field.h).
#pragma once

#include <cstdint>

#include "formats/json/scan.h"

namespace bowyer::json {

// Up to 16 digits at `p`; returns how many. More digits than that: 17.
inline int ShortDigits(const char* p, uint64_t* value) {
  const uint64_t first = Load64(p);
  const int count = DigitRun(first);
  if (count == 0) {
    *value = 0;
    return 0;
  }
  *value = DigitsValue(first, count);
  if (count < 8) return count;
  const uint64_t second = Load64(p + 8);
  const int more = DigitRun(second);
  if (more == 0) return 8;
  static constexpr uint64_t kPowers[] = {1,      10,      100,      1000,     10000,
                                         100000, 1000000, 10000000, 100000000};
  *value = *value * kPowers[more] + DigitsValue(second, more);
  if (more == 8 && p[16] >= '0' && p[16] <= '9') return 17;
  return 8 + more;
}

// The integer at `p`; null if it is anything but digits with an optional minus within int64 (-0 and
// leading zeros excluded), or goes on as a decimal.
inline const char* FastInt64(const char* p, int64_t* out) {
  const bool negative = *p == '-';
  p += negative ? 1 : 0;
  uint64_t value;
  const int count = ShortDigits(p, &value);
  if (count == 0 || (*p == '0' && (count > 1 || negative))) return nullptr;
  if (count > 16) [[unlikely]] {
    // 19 digits always fit into an unsigned word.
    const char* const end = p + 20;
    for (p += 16; *p >= '0' && *p <= '9'; ++p) {
      if (p + 1 == end) return nullptr;
      value = value * 10 + static_cast<uint64_t>(*p - '0');
    }
    if (value > (uint64_t{1} << 63) - (negative ? 0 : 1)) return nullptr;
  } else {
    p += count;
  }
  if (*p == '.' || (*p | 0x20) == 'e') return nullptr;
  *out = static_cast<int64_t>(negative ? 0 - value : value);
  return p;
}

// The number at `p` as a double; null if it is not digits[.digits] of at most 15 digits together
// (those are exact by Clinger's argument: an integer below 2^53 divided by a power of ten that is a
// double itself rounds once, and 15 digits survive that rounding).
inline const char* FastDouble(const char* p, double* out) {
  static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  static constexpr uint64_t kIntegers[] = {1U,
                                           10U,
                                           100U,
                                           1000U,
                                           10000U,
                                           100000U,
                                           1000000U,
                                           10000000U,
                                           100000000U,
                                           1000000000U,
                                           10000000000U,
                                           100000000000U,
                                           1000000000000U,
                                           10000000000000U,
                                           100000000000000U,
                                           1000000000000000U};
  const bool negative = *p == '-';
  p += negative ? 1 : 0;
  uint64_t mantissa;
  const int whole = ShortDigits(p, &mantissa);
  if (whole == 0 || whole > 15 || (*p == '0' && whole > 1)) return nullptr;
  p += whole;
  double value;
  if (*p == '.') {
    uint64_t fraction;
    const int count = ShortDigits(p + 1, &fraction);
    // A lone 0 before the point is no significant digit, but counts as one here.
    if (count == 0 || count > 15 || whole + count > 16 || (whole + count == 16 && mantissa != 0)) {
      return nullptr;
    }
    p += 1 + count;
    mantissa = mantissa * kIntegers[count] + fraction;
    value = static_cast<double>(mantissa) / kPowers[count];
  } else {
    value = static_cast<double>(mantissa);
  }
  if ((*p | 0x20) == 'e') return nullptr;
  *out = negative ? -value : value;
  return p;
}

// Likewise with up to 19 digits and an exponent. Null as well where the nearest double, printed
// with as many digits, gives another number, or where that takes a closer look.
const char* LongDouble(const char* p, double* out);

}  // namespace bowyer::json
