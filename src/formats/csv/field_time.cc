// Dates, times and timestamps: text -> whole units since the epoch, exactly or not at all.
#include <arrow/type.h>

#include <algorithm>
#include <array>
#include <limits>

#include "formats/csv/field.h"

namespace bowyer {
namespace {

constexpr int64_t kNanosPerSecond = 1000000000;
constexpr int kMaxYearDigits = 7;  // as many as days in 32 bits span

bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// A calendar date and time of day, as written.
struct Moment {
  int64_t year = 1970;
  int month = 1, day = 1;
  int hour = 0, minute = 0, second = 0;
  int64_t nanos = 0;
  int fraction_digits = 0;
  bool has_date = false, has_time = false, has_offset = false;
  int offset_minutes = 0;
};

// Days since 1970-01-01 of a proleptic Gregorian date; months count from March, so that the leap
// day ends a year.
int64_t DaysOf(int64_t year, int month, int day) {
  const int64_t y = month > 2 ? year : year - 1;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t year_of_era = y - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

int DaysInMonth(int64_t year, int month) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

bool RealMoment(const Moment& moment) {
  return moment.month >= 1 && moment.month <= 12 && moment.day >= 1 &&
         moment.day <= DaysInMonth(moment.year, moment.month) && moment.hour <= 23 &&
         moment.minute <= 59 && moment.second <= 59;
}

// Takes text apart from the left.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  bool Is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool Take(char c) {
    if (!Is(c)) return false;
    ++at_;
    return true;
  }
  char TakeAny() { return text_[at_++]; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  // Between `least` and `most` digits.
  bool Number(int least, int most, int64_t* out) {
    int64_t value = 0;
    int digits = 0;
    for (; digits < most && at_ < text_.size() && IsDigit(text_[at_]); ++digits) {
      value = value * 10 + (text_[at_++] - '0');
    }
    *out = value;
    return digits >= least;
  }
  bool TwoDigits(int* out) {
    int64_t value = 0;
    if (!Number(2, 2, &value)) return false;
    *out = static_cast<int>(value);
    return true;
  }
  // 1 to 9 digits behind a decimal point, and any zeros behind them.
  FieldFault Fraction(Moment* moment) {
    int digits = 0;
    int64_t value = 0;
    bool more = false;
    for (; at_ < text_.size() && IsDigit(text_[at_]); ++at_, ++digits) {
      if (digits < 9) {
        value = value * 10 + (text_[at_] - '0');
      } else {
        more = more || text_[at_] != '0';
      }
    }
    if (digits == 0) return FieldFault::kSyntax;
    if (more) return FieldFault::kPrecision;
    moment->fraction_digits = std::min(digits, 9);
    for (; digits < 9; ++digits) value *= 10;
    moment->nanos = value;
    return FieldFault::kNone;
  }
  // Z, +HH, +HHMM, +HH:MM
  bool Offset(Moment* moment) {
    moment->has_offset = true;
    if (Take('Z') || Take('z')) return true;
    if (!Is('+') && !Is('-')) return false;
    const bool west = TakeAny() == '-';
    int hours = 0, minutes = 0;
    if (!TwoDigits(&hours)) return false;
    if (!done() && (Is(':') || IsDigit(peek()))) {
      (void)Take(':');
      if (!TwoDigits(&minutes)) return false;
    }
    if (hours > 23 || minutes > 59) return false;
    moment->offset_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
    return true;
  }
  // One of `names` in any case, by at least its first three letters where `brief`.
  template <size_t kCount>
  int Name(const std::array<std::string_view, kCount>& names, bool brief) {
    for (size_t i = 0; i < kCount; ++i) {
      for (const std::string_view name :
           {names[i], names[i].substr(0, brief ? 3 : names[i].size())}) {
        const std::string_view here = text_.substr(at_, name.size());
        if (here.size() == name.size() &&
            std::equal(here.begin(), here.end(), name.begin(),
                       [](char a, char b) { return (a | 32) == b; })) {
          at_ += name.size();
          return static_cast<int>(i);
        }
      }
    }
    return -1;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

FieldFault IsoDate(Cursor* cursor, Moment* moment) {
  moment->has_date = true;
  const bool negative = cursor->Is('-');
  const bool signed_year = negative || cursor->Is('+');
  if (signed_year) cursor->TakeAny();
  if (!cursor->Number(4, kMaxYearDigits, &moment->year)) return FieldFault::kSyntax;
  if (negative) moment->year = -moment->year;
  if (!cursor->Take('-') || !cursor->TwoDigits(&moment->month) || !cursor->Take('-') ||
      !cursor->TwoDigits(&moment->day)) {
    return FieldFault::kSyntax;
  }
  return FieldFault::kNone;
}

FieldFault IsoTime(Cursor* cursor, Moment* moment) {
  moment->has_time = true;
  if (!cursor->TwoDigits(&moment->hour) || !cursor->Take(':') ||
      !cursor->TwoDigits(&moment->minute)) {
    return FieldFault::kSyntax;
  }
  if (!cursor->Take(':')) return FieldFault::kNone;
  if (!cursor->TwoDigits(&moment->second)) return FieldFault::kSyntax;
  return cursor->Take('.') ? cursor->Fraction(moment) : FieldFault::kNone;
}

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 7> kWeekdays = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
constexpr std::array<std::string_view, 2> kHalves = {"am", "pm"};
constexpr std::string_view kDirectives = "YymdejHIMSfpzbBhaATFRD%nt";

// The composite directives in terms of the others.
std::string Expanded(std::string_view format) {
  std::string result;
  for (size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%' || at + 1 == format.size()) {
      result += format[at];
      continue;
    }
    switch (format[++at]) {
      case 'T':
        result += "%H:%M:%S";
        break;
      case 'F':
        result += "%Y-%m-%d";
        break;
      case 'R':
        result += "%H:%M";
        break;
      case 'D':
        result += "%m/%d/%y";
        break;
      default:
        result += '%';
        result += format[at];
    }
  }
  return result;
}

FieldFault ByFormat(std::string_view text, std::string_view format_text, Moment* moment) {
  const std::string format = Expanded(format_text);
  Cursor cursor(text);
  bool half_day = false;
  int half = 0;
  int64_t day_of_year = -1;
  for (size_t at = 0; at < format.size(); ++at) {
    const char c = format[at];
    const bool space = c == ' ' || c == '\t';
    if (c != '%' || at + 1 == format.size()) {
      if (space) {
        while (cursor.Take(' ') || cursor.Take('\t')) {
        }
      } else if (!cursor.Take(c)) {
        return FieldFault::kSyntax;
      }
      continue;
    }
    int64_t number = 0;
    bool fits = true;
    switch (format[++at]) {
      case 'Y':
        fits = cursor.Number(4, 4, &moment->year);
        moment->has_date = true;
        break;
      case 'y':  // as POSIX: 69 to 99 are of the 20th century
        fits = cursor.Number(2, 2, &number);
        moment->year = number + (number >= 69 ? 1900 : 2000);
        moment->has_date = true;
        break;
      case 'm':
        fits = cursor.Number(1, 2, &number);
        moment->month = static_cast<int>(number);
        break;
      case 'e':
        (void)cursor.Take(' ');
        [[fallthrough]];
      case 'd':
        fits = cursor.Number(1, 2, &number);
        moment->day = static_cast<int>(number);
        break;
      case 'j':
        fits = cursor.Number(1, 3, &day_of_year);
        break;
      case 'b':
      case 'B':
      case 'h':
        moment->month = cursor.Name(kMonths, true) + 1;
        fits = moment->month > 0;
        break;
      case 'a':
      case 'A':
        fits = cursor.Name(kWeekdays, true) >= 0;
        break;
      case 'I':
        half_day = true;
        [[fallthrough]];
      case 'H':
        fits = cursor.Number(1, 2, &number);
        moment->hour = static_cast<int>(number);
        moment->has_time = true;
        break;
      case 'M':
        fits = cursor.Number(1, 2, &number);
        moment->minute = static_cast<int>(number);
        break;
      case 'S':
        fits = cursor.Number(1, 2, &number);
        moment->second = static_cast<int>(number);
        break;
      case 'f': {
        const FieldFault fault = cursor.Fraction(moment);
        if (fault != FieldFault::kNone) return fault;
        break;
      }
      case 'p':
        half = cursor.Name(kHalves, false);
        fits = half >= 0;
        break;
      case 'z':
        fits = cursor.Offset(moment);
        break;
      case 'n':
      case 't':
        while (cursor.Take(' ') || cursor.Take('\t') || cursor.Take('\n')) {
        }
        break;
      default:
        fits = cursor.Take(format[at]);
    }
    if (!fits) return FieldFault::kSyntax;
  }
  if (!cursor.done()) return FieldFault::kSyntax;
  if (half_day) {
    if (moment->hour < 1 || moment->hour > 12) return FieldFault::kRange;
    moment->hour = moment->hour % 12 + half * 12;
  }
  if (day_of_year >= 0) {
    const bool leap = DaysInMonth(moment->year, 2) == 29;
    if (day_of_year < 1 || day_of_year > (leap ? 366 : 365)) return FieldFault::kRange;
    for (moment->month = 1; day_of_year > DaysInMonth(moment->year, moment->month);) {
      day_of_year -= DaysInMonth(moment->year, moment->month++);
    }
    moment->day = static_cast<int>(day_of_year);
  }
  return FieldFault::kNone;
}

int64_t PerSecond(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1000;
    case arrow::TimeUnit::MICRO:
      return 1000000;
    default:
      return kNanosPerSecond;
  }
}

// seconds and nanos -> unit.
FieldFault InUnit(int64_t seconds, int64_t nanos, arrow::TimeUnit::type unit, int64_t* out) {
  const int64_t per_second = PerSecond(unit);
  const int64_t nanos_per_unit = kNanosPerSecond / per_second;
  if (nanos % nanos_per_unit != 0) return FieldFault::kPrecision;
  const __int128 value = static_cast<__int128>(seconds) * per_second + nanos / nanos_per_unit;
  if (value > std::numeric_limits<int64_t>::max() || value < std::numeric_limits<int64_t>::min()) {
    return FieldFault::kRange;
  }
  *out = static_cast<int64_t>(value);
  return FieldFault::kNone;
}

}  // namespace

FieldFault ParseDate32(std::string_view text, std::string_view format, int32_t* out) {
  Moment moment;
  if (format.empty()) {
    Cursor cursor(text);
    const FieldFault fault = IsoDate(&cursor, &moment);
    if (fault != FieldFault::kNone) return fault;
    if (!cursor.done()) return FieldFault::kSyntax;
  } else {
    const FieldFault fault = ByFormat(text, format, &moment);
    if (fault != FieldFault::kNone) return fault;
    if (moment.hour != 0 || moment.minute != 0 || moment.second != 0 || moment.nanos != 0) {
      return FieldFault::kPrecision;
    }
  }
  if (!RealMoment(moment)) return FieldFault::kRange;
  const int64_t days = DaysOf(moment.year, moment.month, moment.day);
  *out = static_cast<int32_t>(days);
  return *out == days ? FieldFault::kNone : FieldFault::kRange;
}

FieldFault ParseTime(std::string_view text, arrow::TimeUnit::type unit, int64_t* out, int* digits) {
  Moment moment;
  Cursor cursor(text);
  const FieldFault fault = IsoTime(&cursor, &moment);
  if (fault != FieldFault::kNone) return fault;
  if (!cursor.done()) return FieldFault::kSyntax;
  const bool end_of_day =
      moment.hour == 24 && moment.minute == 0 && moment.second == 0 && moment.nanos == 0;
  if (!end_of_day && !RealMoment(moment)) return FieldFault::kRange;
  if (digits != nullptr) *digits = moment.fraction_digits;
  return InUnit(moment.hour * 3600 + moment.minute * 60 + moment.second, moment.nanos, unit, out);
}

FieldFault ParseTimestamp(std::string_view text, arrow::TimeUnit::type unit,
                          std::string_view format, TimestampParts* out) {
  Moment moment;
  if (format.empty()) {
    Cursor cursor(text);
    FieldFault fault = IsoDate(&cursor, &moment);
    if (fault != FieldFault::kNone) return fault;
    if (!cursor.done()) {
      if (!cursor.Take('T') && !cursor.Take(' ') && !cursor.Take('t')) return FieldFault::kSyntax;
      fault = IsoTime(&cursor, &moment);
      if (fault != FieldFault::kNone) return fault;
      if (!cursor.done()) {
        (void)cursor.Take(' ');
        if (!cursor.Offset(&moment) || !cursor.done()) return FieldFault::kSyntax;
      }
    }
  } else {
    const FieldFault fault = ByFormat(text, format, &moment);
    if (fault != FieldFault::kNone) return fault;
  }
  if (!RealMoment(moment)) return FieldFault::kRange;
  const int64_t seconds = DaysOf(moment.year, moment.month, moment.day) * 86400 +
                          moment.hour * 3600 + moment.minute * 60 + moment.second -
                          moment.offset_minutes * 60;
  out->has_offset = moment.has_offset;
  out->has_time = moment.has_time;
  out->fraction_digits = moment.fraction_digits;
  return InUnit(seconds, moment.nanos, unit, &out->value);
}

FieldFault ParseDuration(std::string_view text, arrow::TimeUnit::type unit, int64_t* out) {
  constexpr std::string_view kParts = "DHMS";
  constexpr std::array<int64_t, 4> kSeconds = {86400, 3600, 60, 1};
  constexpr int kMostDigits = 18;
  Cursor cursor(text);
  const bool negative = cursor.Take('-');
  if (!cursor.Take('P')) return FieldFault::kSyntax;
  Moment moment;
  __int128 seconds = 0;
  bool time = false;
  size_t next = 0;   // of kParts: each may come once, in their order
  bool open = true;  // behind P or T something must follow
  while (!cursor.done()) {
    if (!time && cursor.Take('T')) {
      time = open = true;
      next = 1;
      continue;
    }
    int64_t number = 0;
    if (!cursor.Number(1, kMostDigits, &number)) return FieldFault::kSyntax;
    const bool fraction = cursor.Take('.');
    if (fraction) {
      const FieldFault fault = cursor.Fraction(&moment);
      if (fault != FieldFault::kNone) return fault;
    }
    const size_t part = kParts.find(cursor.peek(), next);
    if (part == std::string_view::npos || (part > 0) != time || (fraction && part != 3)) {
      return FieldFault::kSyntax;
    }
    cursor.TakeAny();
    seconds += static_cast<__int128>(number) * kSeconds[part];
    next = part + 1;
    open = false;
  }
  if (open) return FieldFault::kSyntax;
  if (seconds > std::numeric_limits<int64_t>::max()) return FieldFault::kRange;
  const auto whole = static_cast<int64_t>(seconds);
  return negative ? InUnit(-whole, -moment.nanos, unit, out)
                  : InUnit(whole, moment.nanos, unit, out);
}

std::string UnknownDirective(std::string_view format) {
  for (size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') continue;
    if (at + 1 == format.size()) return "%";
    ++at;
    if (kDirectives.find(format[at]) == std::string_view::npos) {
      return std::string("%") + format[at];
    }
  }
  return "";
}

}  // namespace bowyer
