// Exact parsers of one field: the text of a value (quotes undone) -> the value, or why not.
// Detection and conversion share them, so that what detection promises, conversion keeps.
//
// Blanks (spaces and tabs) around a value that is not text have no meaning: callers take them off
// with TrimBlanks. Nothing is rounded, wrapped or cut: what does not fit is refused.
#pragma once

#include <arrow/type_fwd.h>
#include <arrow/util/decimal.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace bowyer {

enum class FieldFault : uint8_t {
  kNone,
  kSyntax,     // not a value of this kind
  kRange,      // too large, too small, no such day
  kPrecision,  // more digits than the type can hold
  kZone,       // an offset where the type has no zone, or none where the type needs one
  kSpelling,   // leading zeros or '+', which a number would lose (NumberStyle::plain)
};

struct NumberStyle {
  char decimal_point = '.';
  char thousands = '\0';  // mark between groups of exactly three digits; '\0': none
  // Refuse spellings that look like numbers but are probably names: "007", "+49". Set where the
  // type was detected; not where the user gave it.
  bool plain = true;
};

std::string_view TrimBlanks(std::string_view text);

// "true", "false" in any case; with `loose` (a type that the user gave) also t, f, yes, no, y, n,
// 1, 0.
FieldFault ParseBool(std::string_view text, bool loose, bool* out);

FieldFault ParseInt64(std::string_view text, const NumberStyle& style, int64_t* out);
FieldFault ParseUInt64(std::string_view text, const NumberStyle& style, uint64_t* out);

// The nearest double, if it says the same: up to 15 significant digits always do; with more digits
// the double, printed with as many digits or as its shortest text, must give the number back (as
// it does for everything that a program printed from a double). Otherwise kPrecision; beyond the
// largest or below the smallest double kRange. Also nan, inf, infinity in any case, with a sign.
FieldFault ParseDouble(std::string_view text, const NumberStyle& style, double* out);
// Likewise with 6 digits.
FieldFault ParseFloat(std::string_view text, const NumberStyle& style, float* out);
// Likewise with 3 digits, or the digits of a float that equals a half.
FieldFault ParseHalf(std::string_view text, const NumberStyle& style, uint16_t* out);

// Value times 10^scale. kPrecision if digits behind the scale are not zero, kRange if there are
// more than `precision` digits. Exponents (1.5e3) are understood.
FieldFault ParseDecimal128(std::string_view text, const NumberStyle& style, int32_t precision,
                           int32_t scale, arrow::Decimal128* out);
FieldFault ParseDecimal256(std::string_view text, const NumberStyle& style, int32_t precision,
                           int32_t scale, arrow::Decimal256* out);

// [+-]digits[.digits][e[+-]digits] without thousands marks: what the number's digits ask of a type.
struct NumberShape {
  bool integer = false;  // neither point nor exponent
  bool plain = true;     // no leading zeros, no '+'
  bool negative = false;
  int32_t integer_digits = 0;   // without leading zeros
  int32_t fraction_digits = 0;  // without trailing zeros
  int32_t significant_digits = 0;
};
FieldFault ShapeOfNumber(std::string_view text, const NumberStyle& style, NumberShape* out);

// Days since 1970-01-01. ISO 8601 calendar dates (2026-11-21), or `format` when it is not empty.
FieldFault ParseDate32(std::string_view text, std::string_view format, int32_t* out);

// HH:MM, HH:MM:SS, HH:MM:SS.fffffffff since midnight, in `unit`; `digits` (may be null) receives
// the number of fraction digits.
FieldFault ParseTime(std::string_view text, arrow::TimeUnit::type unit, int64_t* out,
                     int* digits = nullptr);

// Since 1970-01-01T00:00:00 in `unit`. ISO 8601: date, then [T| ]HH:MM[:SS[.fffffffff]], then
// nothing, Z, +HH, +HHMM or +HH:MM (a blank before it is allowed); a date alone is its midnight.
// Or `format` when it is not empty. Times with an offset are moved to UTC.
struct TimestampParts {
  int64_t value = 0;
  bool has_offset = false;
  bool has_time = false;
  int fraction_digits = 0;
};
FieldFault ParseTimestamp(std::string_view text, arrow::TimeUnit::type unit,
                          std::string_view format, TimestampParts* out);

// ISO 8601 without years and months, as Bowyer writes it: [-]P1DT2H3M4.5S, a day being 24 hours.
FieldFault ParseDuration(std::string_view text, arrow::TimeUnit::type unit, int64_t* out);

// Is every directive of a date or timestamp format known? Otherwise returns the wrong one.
std::string UnknownDirective(std::string_view format);

}  // namespace bowyer
