// Numbers and truth values: text -> value, exactly or not at all.
#include "formats/csv/field.h"

#include <arrow/util/float16.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace bowyer {
namespace {

bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(),
                                                   [](char a, char b) { return Lower(a) == b; });
}

// A number taken apart: [sign] integer [point fraction] [e exponent]. The digits of `integer` may
// hold thousands marks, whose places have been checked.
struct NumberParts {
  bool negative = false;
  bool plus = false;
  bool has_point = false;
  bool has_exponent = false;
  std::string_view integer;
  std::string_view fraction;
  int64_t exponent = 0;  // clamped to +-1e9
};

// Are the marks of "1,234,567" where they belong: groups of three behind a first group of 1 to 3?
bool GroupsOfThree(std::string_view digits, char mark) {
  size_t since_mark = 0;
  bool marked = false;
  for (const char c : digits) {
    if (c != mark) {
      ++since_mark;
    } else {
      if (marked ? since_mark != 3 : since_mark == 0 || since_mark > 3) return false;
      marked = true;
      since_mark = 0;
    }
  }
  return !marked || since_mark == 3;
}

FieldFault TakeApart(std::string_view text, const NumberStyle& style, NumberParts* parts) {
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
    parts->negative = text[at] == '-';
    parts->plus = text[at] == '+';
    ++at;
  }
  const size_t integer_begin = at;
  bool marks = false;
  while (at < text.size() &&
         (IsDigit(text[at]) || (style.thousands != '\0' && text[at] == style.thousands))) {
    marks = marks || !IsDigit(text[at]);
    ++at;
  }
  parts->integer = text.substr(integer_begin, at - integer_begin);
  if (marks && !GroupsOfThree(parts->integer, style.thousands)) return FieldFault::kSyntax;
  if (at < text.size() && text[at] == style.decimal_point) {
    parts->has_point = true;
    const size_t fraction_begin = ++at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    parts->fraction = text.substr(fraction_begin, at - fraction_begin);
  }
  if (parts->integer.empty() && parts->fraction.empty()) return FieldFault::kSyntax;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    parts->has_exponent = true;
    ++at;
    bool negative = false;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
    if (at == text.size()) return FieldFault::kSyntax;
    for (; at < text.size() && IsDigit(text[at]); ++at) {
      parts->exponent = std::min<int64_t>(parts->exponent * 10 + (text[at] - '0'), 1000000000);
    }
    if (negative) parts->exponent = -parts->exponent;
    // "1e" and "1e+" end in no digit.
    if (!IsDigit(text.back())) return FieldFault::kSyntax;
  }
  if (at != text.size()) return FieldFault::kSyntax;
  if (style.plain) {
    if (parts->plus) return FieldFault::kSpelling;
    if (parts->integer.size() > 1 && parts->integer[0] == '0') return FieldFault::kSpelling;
  }
  return FieldFault::kNone;
}

// The digits of a number without marks, leading and trailing zeros: value = 0.DIGITS * 10^point.
struct SignificantDigits {
  std::string digits;
  int64_t point = 0;
};

SignificantDigits DigitsOf(const NumberParts& parts) {
  SignificantDigits result;
  result.digits.reserve(parts.integer.size() + parts.fraction.size());
  for (const char c : parts.integer) {
    if (IsDigit(c)) result.digits += c;
  }
  result.point = static_cast<int64_t>(result.digits.size()) + parts.exponent;
  result.digits += parts.fraction;
  const size_t first = result.digits.find_first_not_of('0');
  if (first == std::string::npos) return {"", 0};
  result.point -= static_cast<int64_t>(first);
  result.digits.erase(result.digits.find_last_not_of('0') + 1);
  result.digits.erase(0, first);
  return result;
}

// Digits of a printed "d.ddde+xx".
SignificantDigits DigitsOfPrinted(std::string_view text) {
  NumberParts parts;
  const NumberStyle style{.plain = false};
  (void)TakeApart(text, style, &parts);
  return DigitsOf(parts);
}

bool SameDigits(const SignificantDigits& a, const SignificantDigits& b) {
  return a.digits == b.digits && (a.digits.empty() || a.point == b.point);
}

// Does `value` say what the text's digits say? See ParseDouble.
template <typename Real>
bool SaysTheSame(const SignificantDigits& text, Real value) {
  std::array<char, 1200> buffer;
  value = std::abs(value);
  auto printed = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                               std::chars_format::scientific);
  const auto digits_of = [&](char* end) {
    return DigitsOfPrinted(
        std::string_view(buffer.data(), static_cast<size_t>(end - buffer.data())));
  };
  if (SameDigits(text, digits_of(printed.ptr))) return true;
  // No double has more than 767 significant digits.
  const int digits = static_cast<int>(std::min<size_t>(text.digits.size(), 800));
  printed = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                          std::chars_format::scientific, std::max(0, digits - 1));
  return printed.ec == std::errc() && SameDigits(text, digits_of(printed.ptr));
}

// For most numbers of 16 to 19 digits, in a few integer operations: is the decimal spelled in the
// text nearer to `value` than half a unit of its last digit? Then printing the value with as many
// digits gives the text. False if it is not, or where the integers are too small to tell.
bool SurelySaysTheSame(const NumberParts& parts, double value) {
  constexpr int64_t kMostPower = 21;  // 2 * 2^53 * 10^21 < 2^127
  const int64_t power = static_cast<int64_t>(parts.fraction.size()) - parts.exponent;
  if (power < 0 || power > kMostPower || parts.integer.size() + parts.fraction.size() > 19) {
    return false;
  }
  uint64_t digits = 0;
  for (const std::string_view part : {parts.integer, parts.fraction}) {
    for (const char c : part) {
      if (!IsDigit(c)) return false;  // a thousands mark
      digits = digits * 10 + static_cast<uint64_t>(c - '0');
    }
  }
  // |value| = mantissa / 2^shift, so compare mantissa * 10^power with digits * 2^shift.
  int exponent = 0;
  const auto mantissa =
      static_cast<uint64_t>(std::ldexp(std::frexp(std::abs(value), &exponent), 53));
  const int shift = 53 - exponent;
  if (shift < 0 || shift + static_cast<int>(std::bit_width(digits)) > 125) return false;
  __int128 scaled = 2 * static_cast<__int128>(mantissa);
  for (int64_t i = power; i > 0; --i) scaled *= 10;
  const __int128 spelled = static_cast<__int128>(digits) << (shift + 1);
  const __int128 difference = scaled > spelled ? scaled - spelled : spelled - scaled;
  return difference < (static_cast<__int128>(1) << shift);
}

template <typename Real>
bool ParseSpecial(std::string_view text, Real* out) {
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (EqualsIgnoringCase(text, "nan")) {
    *out = std::numeric_limits<Real>::quiet_NaN();
  } else if (EqualsIgnoringCase(text, "inf") || EqualsIgnoringCase(text, "infinity")) {
    *out = std::numeric_limits<Real>::infinity();
  } else {
    return false;
  }
  if (negative) *out = -*out;
  return true;
}

template <typename Real>
FieldFault ParseReal(std::string_view text, const NumberStyle& style, Real* out) {
  NumberParts parts;
  const FieldFault fault = TakeApart(text, style, &parts);
  if (fault != FieldFault::kNone) {
    return fault == FieldFault::kSyntax && ParseSpecial(text, out) ? FieldFault::kNone : fault;
  }
  std::string respelled;  // as from_chars wants it, where the text is not
  std::string_view standard = text.substr(parts.plus ? 1 : 0);
  if ((parts.has_point && style.decimal_point != '.') || style.thousands != '\0') {
    for (const char c : standard) {
      if (style.thousands != '\0' && c == style.thousands) continue;
      respelled += c == style.decimal_point ? '.' : c;
    }
    standard = respelled;
  }
  Real value = 0;
  const auto [end, error] =
      std::from_chars(standard.data(), standard.data() + standard.size(), value);
  if (error == std::errc::result_out_of_range) return FieldFault::kRange;
  if (error != std::errc() || end != standard.data() + standard.size()) return FieldFault::kSyntax;
  if (std::isinf(value)) return FieldFault::kRange;
  // Digits, leading zeros and all: few enough are safe without a closer look.
  const size_t digits = parts.integer.size() + parts.fraction.size();
  const bool normal = std::abs(value) >= std::numeric_limits<Real>::min();
  const bool many = digits > static_cast<size_t>(std::numeric_limits<Real>::digits10);
  if (!normal || (many && !(std::is_same_v<Real, double> && SurelySaysTheSame(parts, value)))) {
    const SignificantDigits significant = DigitsOf(parts);
    const bool few = normal && significant.digits.size() <=
                                   static_cast<size_t>(std::numeric_limits<Real>::digits10);
    if (!few && !SaysTheSame(significant, value)) {
      return value == 0 ? FieldFault::kRange : FieldFault::kPrecision;
    }
  }
  *out = value;
  return FieldFault::kNone;
}

// Digits of an integer text, sign and marks set apart. "1.0" and "1e3" are no integers.
FieldFault IntegerParts(std::string_view text, const NumberStyle& style, NumberParts* parts) {
  const FieldFault fault = TakeApart(text, style, parts);
  if (fault == FieldFault::kSyntax) return fault;
  if (parts->has_point || parts->has_exponent || parts->integer.empty()) return FieldFault::kSyntax;
  return fault;
}

FieldFault ParseMagnitude(std::string_view digits, uint64_t* out) {
  uint64_t value = 0;
  for (const char c : digits) {
    if (!IsDigit(c)) continue;  // a thousands mark
    if (__builtin_mul_overflow(value, uint64_t{10}, &value) ||
        __builtin_add_overflow(value, static_cast<uint64_t>(c - '0'), &value)) {
      return FieldFault::kRange;
    }
  }
  *out = value;
  return FieldFault::kNone;
}

template <typename Decimal>
FieldFault ParseDecimal(std::string_view text, const NumberStyle& style, int32_t precision,
                        int32_t scale, Decimal* out) {
  NumberParts parts;
  const FieldFault fault = TakeApart(text, style, &parts);
  if (fault != FieldFault::kNone) return fault;
  const SignificantDigits significant = DigitsOf(parts);
  const auto count = static_cast<int64_t>(significant.digits.size());
  if (count == 0) {
    *out = Decimal(0);
    return FieldFault::kNone;
  }
  // value * 10^scale = DIGITS * 10^zeros, an integer of `count + zeros` digits.
  const int64_t zeros = significant.point - count + scale;
  if (zeros < 0) return FieldFault::kPrecision;
  if (count + zeros > precision) return FieldFault::kRange;
  Decimal value(0);
  for (size_t at = 0; at < significant.digits.size(); at += 18) {
    const std::string_view part = std::string_view(significant.digits).substr(at, 18);
    int64_t number = 0;
    std::from_chars(part.data(), part.data() + part.size(), number);
    value = value * Decimal(Decimal::GetScaleMultiplier(static_cast<int32_t>(part.size()))) +
            Decimal(number);
  }
  if (zeros > 0) value = value * Decimal(Decimal::GetScaleMultiplier(static_cast<int32_t>(zeros)));
  if (parts.negative) value.Negate();
  *out = value;
  return FieldFault::kNone;
}

FieldFault ParseInteger(std::string_view text, const NumberStyle& style, bool* negative,
                        uint64_t* magnitude) {
  NumberParts parts;
  const FieldFault fault = IntegerParts(text, style, &parts);
  if (fault != FieldFault::kNone) return fault;
  *negative = parts.negative;
  const FieldFault range = ParseMagnitude(parts.integer, magnitude);
  if (range != FieldFault::kNone) return range;
  // A minus zero would be given back as 0.
  return style.plain && parts.negative && *magnitude == 0 ? FieldFault::kSpelling
                                                          : FieldFault::kNone;
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

FieldFault ParseBool(std::string_view text, bool loose, bool* out) {
  constexpr std::string_view kTrue[] = {"true", "t", "yes", "y", "1"};
  constexpr std::string_view kFalse[] = {"false", "f", "no", "n", "0"};
  const size_t spellings = loose ? std::size(kTrue) : 1;
  for (size_t i = 0; i < spellings; ++i) {
    if (EqualsIgnoringCase(text, kTrue[i])) {
      *out = true;
      return FieldFault::kNone;
    }
    if (EqualsIgnoringCase(text, kFalse[i])) {
      *out = false;
      return FieldFault::kNone;
    }
  }
  return FieldFault::kSyntax;
}

FieldFault ParseInt64(std::string_view text, const NumberStyle& style, int64_t* out) {
  bool negative = false;
  uint64_t magnitude = 0;
  const FieldFault fault = ParseInteger(text, style, &negative, &magnitude);
  if (fault != FieldFault::kNone) return fault;
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (magnitude > kMax + (negative ? 1 : 0)) return FieldFault::kRange;
  *out = static_cast<int64_t>(negative ? 0 - magnitude : magnitude);
  return FieldFault::kNone;
}

FieldFault ParseUInt64(std::string_view text, const NumberStyle& style, uint64_t* out) {
  bool negative = false;
  const FieldFault fault = ParseInteger(text, style, &negative, out);
  if (fault != FieldFault::kNone) return fault;
  return negative && *out != 0 ? FieldFault::kRange : FieldFault::kNone;
}

FieldFault ParseDouble(std::string_view text, const NumberStyle& style, double* out) {
  return ParseReal(text, style, out);
}

FieldFault ParseFloat(std::string_view text, const NumberStyle& style, float* out) {
  return ParseReal(text, style, out);
}

FieldFault ParseHalf(std::string_view text, const NumberStyle& style, uint16_t* out) {
  float value = 0;
  const FieldFault fault = ParseReal(text, style, &value);
  if (fault != FieldFault::kNone) return fault;
  const auto half = arrow::util::Float16::FromFloat(value);
  *out = half.bits();
  if (std::isfinite(value) && !half.is_finite()) return FieldFault::kRange;
  if (half.ToFloat() == value || std::isnan(value)) return FieldFault::kNone;
  NumberShape shape;
  const FieldFault shapeless = ShapeOfNumber(text, style, &shape);
  if (shapeless != FieldFault::kNone) return shapeless;
  if (half.is_zero()) return FieldFault::kRange;
  return shape.significant_digits <= 3 ? FieldFault::kNone : FieldFault::kPrecision;
}

FieldFault ParseDecimal128(std::string_view text, const NumberStyle& style, int32_t precision,
                           int32_t scale, arrow::Decimal128* out) {
  return ParseDecimal(text, style, precision, scale, out);
}

FieldFault ParseDecimal256(std::string_view text, const NumberStyle& style, int32_t precision,
                           int32_t scale, arrow::Decimal256* out) {
  return ParseDecimal(text, style, precision, scale, out);
}

FieldFault ShapeOfNumber(std::string_view text, const NumberStyle& style, NumberShape* out) {
  NumberStyle loose = style;
  loose.plain = false;
  NumberParts parts;
  const FieldFault fault = TakeApart(text, loose, &parts);
  if (fault != FieldFault::kNone) return fault;
  const SignificantDigits significant = DigitsOf(parts);
  const auto count = static_cast<int64_t>(significant.digits.size());
  const auto clamp = [](int64_t digits) {
    return static_cast<int32_t>(std::clamp<int64_t>(digits, 0, 1000000000));
  };
  out->integer = !parts.has_point && !parts.has_exponent;
  out->negative = parts.negative;
  out->plain = !parts.plus && !(parts.integer.size() > 1 && parts.integer[0] == '0');
  out->integer_digits = clamp(significant.point);
  out->fraction_digits = clamp(count - significant.point);
  out->significant_digits = clamp(count);
  return FieldFault::kNone;
}

}  // namespace bowyer
