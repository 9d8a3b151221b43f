// Each column keeps a kind and what its values ask of a type of that kind. The common values are
// checked in a few instructions; the exact parsers decide the rest.
#include "formats/csv/detect_types.h"

#include <arrow/type.h>

#include <algorithm>

#include "formats/csv/convert_fast.h"

namespace bowyer {
namespace {

constexpr int64_t kExactInDouble = int64_t{1} << 53;
constexpr int32_t kDecimal128Digits = 38;
constexpr int32_t kDecimal256Digits = 76;
// Microseconds since 1970 between which nanoseconds fit 64 bits.
constexpr int64_t kNanosecondRange = INT64_MAX / 1000;
constexpr int32_t kNanosecondDays = static_cast<int32_t>(kNanosecondRange / 86'400'000'000);

bool MayBeNumber(char first) {
  return (first >= '0' && first <= '9') || first == '-' || first == '+' || first == '.' ||
         first == ',';
}

}  // namespace

ColumnType::ColumnType(const CsvReadOptions* options) : options_(options) {
  style_.decimal_point = options->decimal_comma ? ',' : '.';
  style_.thousands = options->thousands;
}

void ColumnType::Add(std::string_view value) {
  if (kind_ == Kind::kText) return;
  value = TrimBlanks(value);
  if (value.empty()) return;  // blanks alone are no value of any type but text
  if (kind_ == Kind::kNothing) {
    kind_ = KindOfFirst(value);
    return;
  }
  bool fits = false;
  bool flag = false;
  switch (kind_) {
    case Kind::kBool:
      fits = ParseBool(value, false, &flag) == FieldFault::kNone;
      break;
    case Kind::kNumber:
      fits = AddNumber(value);
      break;
    case Kind::kDate:
      fits = AddDate(value) || AddTimestamp(value);
      break;
    case Kind::kTime:
      fits = AddTime(value);
      break;
    case Kind::kTimestamp:
      fits = AddTimestamp(value);
      break;
    case Kind::kNothing:
    case Kind::kText:
      break;
  }
  if (!fits) kind_ = Kind::kText;
}

void ColumnType::Merge(const ColumnType& other) {
  if (other.kind_ == Kind::kNothing || kind_ == Kind::kText) return;
  if (kind_ == Kind::kNothing || other.kind_ == Kind::kText) {
    *this = other;
    return;
  }
  integers_ |= other.integers_;
  fractions_ |= other.fractions_;
  exponents_ |= other.exponents_;
  not_finite_ |= other.not_finite_;
  beyond_int64_ |= other.beyond_int64_;
  beyond_double_ |= other.beyond_double_;
  int_beyond_double_ |= other.int_beyond_double_;
  largest_ = std::max(largest_, other.largest_);
  integer_digits_ = std::max(integer_digits_, other.integer_digits_);
  fraction_digits_ = std::max(fraction_digits_, other.fraction_digits_);
  digits_ = std::max(digits_, other.digits_);
  offsets_ |= other.offsets_;
  no_offsets_ |= other.no_offsets_;
  beyond_nanoseconds_ |= other.beyond_nanoseconds_;
  if (kind_ != other.kind_) {
    const auto day_or_time = [](Kind kind) {
      return kind == Kind::kDate || kind == Kind::kTimestamp;
    };
    // Dates are midnights among timestamps, but only ISO spells both alike.
    const bool iso = options_->date_format.empty() && options_->timestamp_format.empty();
    const bool times = day_or_time(kind_) && day_or_time(other.kind_) && iso;
    kind_ = times ? Kind::kTimestamp : Kind::kText;
  }
  if (kind_ == Kind::kTimestamp &&
      ((offsets_ && no_offsets_) || (digits_ > 6 && beyond_nanoseconds_))) {
    kind_ = Kind::kText;
  }
}

ColumnType::Kind ColumnType::KindOfFirst(std::string_view value) {
  bool flag = false;
  if (ParseBool(value, false, &flag) == FieldFault::kNone) return Kind::kBool;
  if (AddNumber(value)) return Kind::kNumber;
  if (AddDate(value)) return Kind::kDate;
  kind_ = Kind::kTimestamp;
  if (AddTimestamp(value)) return Kind::kTimestamp;
  return AddTime(value) ? Kind::kTime : Kind::kText;
}

void ColumnType::AddPadded(std::string_view value) {
  if (!AddUsual(value)) Add(value);
}

// The spellings that nearly all values have, in a few instructions; false leaves the value to Add.
bool ColumnType::AddUsual(std::string_view value) {
  const char* text = value.data();
  bool negative = false;
  uint64_t magnitude = 0;
  uint32_t fraction = 0;
  switch (kind_) {
    case Kind::kNumber:
      if (style_.thousands != '\0') return false;
      if (csv_fast::Integer(text, value.size(), &negative, &magnitude)) {
        integers_ = true;
        largest_ = std::max(largest_, magnitude);
        return true;
      }
      if (!csv_fast::Fixed(text, value.size(), style_.decimal_point, &negative, &magnitude,
                           &fraction) ||
          fraction == 0) {  // "-0", "5."
        return false;
      }
      fractions_ = true;
      if (const size_t digits = value.size() - 1 - fraction - (negative ? 1 : 0);
          text[negative ? 1 : 0] != '0') {
        integer_digits_ = std::max(integer_digits_, static_cast<int32_t>(digits));
      }
      if (static_cast<int32_t>(fraction) > fraction_digits_) {
        for (; fraction > 0 && magnitude % 10 == 0; magnitude /= 10) --fraction;
        fraction_digits_ = std::max(fraction_digits_, static_cast<int32_t>(fraction));
      }
      return true;
    case Kind::kDate:
    case Kind::kTimestamp: {
      if (!options_->date_format.empty() || !options_->timestamp_format.empty()) return false;
      int32_t days = 0;
      int64_t seconds = 0;
      if (value.size() < 10 || offsets_ || !csv_fast::IsoDate(text, &days)) return false;
      beyond_nanoseconds_ |= days >= kNanosecondDays || days <= -kNanosecondDays;
      no_offsets_ = true;
      if (value.size() == 10) return kind_ == Kind::kDate || digits_ <= 6;
      if (kind_ == Kind::kDate || digits_ > 6 || (text[10] != ' ' && text[10] != 'T') ||
          value.size() < 19 || !csv_fast::ClockTime(text + 11, &seconds)) {
        return false;
      }
      if (value.size() == 19) return true;
      if (value.size() != 26 || text[19] != '.' || !csv_fast::UpTo8(text + 20, 6, &magnitude)) {
        return false;
      }
      digits_ = 6;
      return true;
    }
    case Kind::kBool:
      return value == "true" || value == "false";
    case Kind::kText:
      return true;
    default:
      return false;
  }
}

bool ColumnType::AddNumber(std::string_view value) {
  NumberShape shape;
  double number = 0;
  if (!MayBeNumber(value[0]) && value[0] != 'n' && value[0] != 'N' && value[0] != 'i' &&
      value[0] != 'I') {
    return false;
  }
  if (ShapeOfNumber(value, style_, &shape) != FieldFault::kNone) {
    // With thousands marks or nan and inf, or no number at all.
    if (ParseDouble(value, style_, &number) == FieldFault::kNone) {
      if (value.find_first_of("nN") != std::string_view::npos) {
        not_finite_ = true;
        return true;
      }
    }
    if (style_.thousands == '\0' || value.find(style_.thousands) == std::string_view::npos) {
      return false;
    }
    int64_t integer = 0;
    if (ParseInt64(value, style_, &integer) == FieldFault::kNone) {
      integers_ = true;
      int_beyond_double_ |= integer > kExactInDouble || integer < -kExactInDouble;
      integer_digits_ = std::max<int32_t>(integer_digits_, 19);
      return true;
    }
    if (ParseDouble(value, style_, &number) != FieldFault::kNone) return false;
    fractions_ = true;
    return true;
  }
  if (!shape.plain) return false;
  integer_digits_ = std::max(integer_digits_, shape.integer_digits);
  fraction_digits_ = std::max(fraction_digits_, shape.fraction_digits);
  if (shape.integer) {
    integers_ = true;
    if (shape.integer_digits > 15) {
      int64_t integer = 0;
      if (ParseInt64(value, style_, &integer) != FieldFault::kNone) {
        beyond_int64_ = int_beyond_double_ = true;
      } else {
        int_beyond_double_ |= integer > kExactInDouble || integer < -kExactInDouble;
      }
    }
    return true;
  }
  if (value.find(style_.decimal_point) != std::string_view::npos) {
    fractions_ = true;
  } else {
    exponents_ = true;
  }
  if (shape.significant_digits > 15 || shape.integer_digits > 300 || shape.fraction_digits > 300) {
    const FieldFault fault = ParseDouble(value, style_, &number);
    if (fault == FieldFault::kPrecision || fault == FieldFault::kRange) {
      beyond_double_ = true;
    } else if (fault != FieldFault::kNone) {
      return false;
    }
  }
  return true;
}

bool ColumnType::AddDate(std::string_view value) {
  int32_t days = 0;
  if (ParseDate32(value, options_->date_format, &days) != FieldFault::kNone) return false;
  beyond_nanoseconds_ |= days >= kNanosecondDays || days <= -kNanosecondDays;
  no_offsets_ = true;
  return true;
}

bool ColumnType::AddTime(std::string_view value) {
  // HH:MM alone may as well be minutes and seconds, or a ratio.
  if (std::count(value.begin(), value.end(), ':') != 2) return false;
  int64_t time = 0;
  int digits = 0;
  if (ParseTime(value, arrow::TimeUnit::NANO, &time, &digits) != FieldFault::kNone) return false;
  digits_ = std::max(digits_, digits);
  return true;
}

// Also called for a column of dates, which becomes one of timestamps; midnights then, which only
// the ISO spelling can say.
bool ColumnType::AddTimestamp(std::string_view value) {
  const bool own_format = !options_->timestamp_format.empty();
  if (kind_ == Kind::kDate && (own_format || !options_->date_format.empty())) return false;
  TimestampParts parts;
  if (ParseTimestamp(value, arrow::TimeUnit::MICRO, options_->timestamp_format, &parts) !=
      FieldFault::kNone) {
    // More digits than microseconds hold?
    if (ParseTimestamp(value, arrow::TimeUnit::NANO, options_->timestamp_format, &parts) !=
        FieldFault::kNone) {
      return false;
    }
    parts.value /= 1000;
  }
  digits_ = std::max(digits_, parts.fraction_digits);
  (parts.has_offset ? offsets_ : no_offsets_) = true;
  beyond_nanoseconds_ |= parts.value >= kNanosecondRange || parts.value <= -kNanosecondRange;
  if (offsets_ && no_offsets_) return false;
  if (digits_ > 9 || (digits_ > 6 && beyond_nanoseconds_)) return false;
  kind_ = Kind::kTimestamp;
  return true;
}

std::shared_ptr<arrow::DataType> ColumnType::type() const {
  switch (kind_) {
    case Kind::kNothing:
    case Kind::kText:
      return arrow::utf8();
    case Kind::kBool:
      return arrow::boolean();
    case Kind::kDate:
      return arrow::date32();
    case Kind::kTime:
      return arrow::time64(digits_ > 6 ? arrow::TimeUnit::NANO : arrow::TimeUnit::MICRO);
    case Kind::kTimestamp:
      return arrow::timestamp(digits_ > 6 ? arrow::TimeUnit::NANO : arrow::TimeUnit::MICRO,
                              offsets_ ? "UTC" : "");
    case Kind::kNumber:
      break;
  }
  // "1e5" is a number among 0.5 and 2.75e3, but where nothing has a point it is a name.
  if (exponents_ && !fractions_) return arrow::utf8();
  if (!integers_ && !fractions_) return arrow::utf8();  // nothing but nan or inf
  const bool whole = !fractions_ && !not_finite_;
  if (whole && !beyond_int64_) return arrow::int64();
  const bool int_beyond_double = int_beyond_double_ || largest_ > uint64_t{kExactInDouble};
  if (!whole && !beyond_double_ && !int_beyond_double) return arrow::float64();
  if (not_finite_) return arrow::utf8();
  // The largest precision leaves room for values behind the sample.
  int32_t integer_digits = integer_digits_;
  for (uint64_t left = largest_, digits = 0; left > 0; left /= 10) {
    integer_digits = std::max(integer_digits, static_cast<int32_t>(++digits));
  }
  const int32_t digits = integer_digits + fraction_digits_;
  if (digits <= kDecimal128Digits) return arrow::decimal128(kDecimal128Digits, fraction_digits_);
  if (digits <= kDecimal256Digits) return arrow::decimal256(kDecimal256Digits, fraction_digits_);
  return arrow::utf8();
}

}  // namespace bowyer
