// Decimals of 16 to 19 digits, as programs print doubles: digits in, the nearest double out, with
// the proof that it says what the digits say, in 128-bit integers.
#include "formats/json/number.h"

#include <bit>

namespace bowyer::json {
namespace {

constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int kMaxPower = 22;  // the largest power of ten that is a double itself

using Wide = __int128;

Wide WidePower(int power) {
  Wide result = 1;
  for (; power > 0; --power) result *= 10;
  return result;
}

// digits / 10^scale, 0 < scale <= 22, for 16 to 19 digits.
//
// Let the double be m * 2^-shift with 2^52 <= m < 2^53. Then error = m * 10^scale - digits *
// 2^shift, in units of 2^-shift * 10^-scale, has at most 128 bits: the double is the nearest if
// 2 |error| < 10^scale, and rounds back to the digits if 2 |error| < 2^shift.
bool Divide(uint64_t digits, int scale, double* out) {
  static const auto kWidePowers = [] {
    struct {
      Wide power[kMaxPower + 1];
    } table;
    for (int i = 0; i <= kMaxPower; ++i) table.power[i] = WidePower(i);
    return table;
  }();
  // Two roundings: off by an ulp or two at most.
  const auto guess = std::bit_cast<uint64_t>(static_cast<double>(digits) / kPowers[scale]);
  const int shift = 1075 - static_cast<int>(guess >> 52);
  uint64_t mantissa = (guess & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52;
  if (shift < 1) return false;
  const Wide power = kWidePowers.power[scale];
  Wide error = static_cast<Wide>(mantissa) * power - (static_cast<Wide>(digits) << shift);
  while (2 * error > power) {
    error -= power;
    --mantissa;
  }
  while (2 * error < -power) {
    error += power;
    ++mantissa;
  }
  if (error < 0) error = -error;
  // Ties, and neighbours of a power of two, where the spacing changes, are for others.
  if (2 * error == power || mantissa <= uint64_t{1} << 52 || mantissa >= (uint64_t{1} << 53) - 1 ||
      2 * error >= Wide{1} << shift) {
    return false;
  }
  *out = std::bit_cast<double>((guess & ~((uint64_t{1} << 52) - 1)) |
                               (mantissa & ((uint64_t{1} << 52) - 1)));
  return true;
}

}  // namespace

const char* LongDouble(const char* p, double* out) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool negative = *p == '-';
  p += negative ? 1 : 0;
  if (!is_digit(*p) || (*p == '0' && is_digit(p[1]))) return nullptr;
  uint64_t digits = 0;
  int count = 0;  // of digits behind leading zeros
  int scale = 0;
  const auto take = [&] {
    for (; is_digit(*p); ++p) {
      digits = digits * 10 + static_cast<uint64_t>(*p - '0');
      count += digits != 0 ? 1 : 0;
      if (count > 19) return false;
    }
    return true;
  };
  if (!take()) return nullptr;
  if (*p == '.') {
    const char* const point = ++p;
    if (!is_digit(*p) || !take()) return nullptr;
    if (p - point > 1000) return nullptr;
    scale = static_cast<int>(p - point);
  }
  if ((*p | 0x20) == 'e') {
    ++p;
    const bool down = *p == '-';
    p += down || *p == '+' ? 1 : 0;
    if (!is_digit(*p)) return nullptr;
    int exponent = 0;
    for (; is_digit(*p); ++p) {
      exponent = exponent * 10 + (*p - '0');
      if (exponent > 1000) return nullptr;
    }
    scale += down ? exponent : -exponent;
  }
  double value;
  if (count <= 15) {
    if (scale < -kMaxPower || scale > kMaxPower) {
      if (digits != 0) return nullptr;
      scale = 0;
    }
    value = static_cast<double>(digits);
    value = scale < 0 ? value * kPowers[-scale] : value / kPowers[scale];
  } else if (scale == 0 && digits <= uint64_t{1} << 53) {
    value = static_cast<double>(digits);
  } else if (scale < 1 || scale > kMaxPower || !Divide(digits, scale, &value)) {
    return nullptr;
  }
  *out = negative ? -value : value;
  return p;
}

}  // namespace bowyer::json
