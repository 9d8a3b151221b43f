#include "formats/text/time.h"

#include <arrow/type.h>

#include <type_traits>

#include "formats/text/number.h"

namespace bowyer {
namespace {

using arrow::TimeUnit;

constexpr int64_t kDaySeconds = 86400;

// The quotient rounded towards minus infinity, so that the remainder is not negative.
struct Floored {
  int64_t quotient;
  int64_t remainder;
};
inline Floored FloorDivide(int64_t value, int64_t by) {
  const int64_t quotient = value / by;
  const int64_t remainder = value % by;
  return remainder < 0 ? Floored{quotient - 1, remainder + by} : Floored{quotient, remainder};
}

char* WriteClock(char* at, uint32_t seconds) {
  const uint32_t minutes = seconds / 60;
  WriteTwoDigits(at, minutes / 60);
  at[2] = ':';
  WriteTwoDigits(at + 3, minutes % 60);
  at[5] = ':';
  WriteTwoDigits(at + 6, seconds % 60);
  return at + 8;
}

template <TimeUnit::type kUnit>
char* WriteFraction(char* at, uint32_t fraction) {
  if constexpr (kUnit == TimeUnit::SECOND) return at;
  *at++ = '.';
  if constexpr (kUnit == TimeUnit::MILLI) {
    WriteFourDigits(at, fraction * 10);
    return at + 3;
  } else if constexpr (kUnit == TimeUnit::MICRO) {
    at = WriteFourDigits(at, fraction / 100);
    return WriteTwoDigits(at, fraction % 100);
  } else {
    at = WriteFourDigits(at, fraction / 100000);
    WriteEightDigits(at, fraction % 100000 * 1000);
    return at + 5;
  }
}

// Calls `write` with the unit as a constant: divisions by constants are multiplications.
template <typename Write>
char* WithUnit(TimeUnit::type unit, Write write) {
  switch (unit) {
    case TimeUnit::SECOND:
      return write(std::integral_constant<TimeUnit::type, TimeUnit::SECOND>());
    case TimeUnit::MILLI:
      return write(std::integral_constant<TimeUnit::type, TimeUnit::MILLI>());
    case TimeUnit::MICRO:
      return write(std::integral_constant<TimeUnit::type, TimeUnit::MICRO>());
    default:
      return write(std::integral_constant<TimeUnit::type, TimeUnit::NANO>());
  }
}

// Seconds with a fraction where there is one: 4, 4.500.
char* WriteSeconds(char* at, uint64_t seconds, uint64_t fraction, TimeUnit::type unit) {
  at = WriteUnsigned(at, seconds);
  if (fraction == 0) return at;
  return WithUnit(unit, [&](auto constant) {
    return WriteFraction<decltype(constant)::value>(at, static_cast<uint32_t>(fraction));
  });
}

uint64_t Magnitude(int64_t value) {
  return value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
}

}  // namespace

// The algorithm of C. Neri and L. Schneider, "Euclidean affine functions and their application to
// calendar algorithms" (2022): years begin in March, so that the leap day is the last.
char* WriteDate(char* at, int64_t days) {
  constexpr int64_t kEraDays = 146097;    // 400 years
  const int64_t shifted = days + 719468;  // since 0000-03-01
  const auto [era, rest] = FloorDivide(shifted, kEraDays);
  const auto day_of_era = static_cast<uint32_t>(rest);

  const uint32_t n1 = 4 * day_of_era + 3;
  const uint32_t century = n1 / 146097;
  const uint32_t n2 = (n1 % 146097) | 3;
  const uint64_t p2 = uint64_t{2939745} * n2;
  const auto year_of_century = static_cast<uint32_t>(p2 >> 32);
  const uint32_t day_of_year = static_cast<uint32_t>(p2) / 2939745 / 4;
  const uint32_t n3 = 2141 * day_of_year + 197913;
  const bool next_year = day_of_year >= 306;
  const uint32_t month = (n3 >> 16) - (next_year ? 12 : 0);
  const uint32_t day = (n3 & 0xFFFF) / 2141 + 1;
  const int64_t year = era * 400 + 100 * century + year_of_century + (next_year ? 1 : 0);

  if (year >= 0 && year <= 9999) [[likely]] {
    at = WriteFourDigits(at, static_cast<uint32_t>(year));
  } else {
    *at++ = year < 0 ? '-' : '+';
    const uint64_t magnitude = Magnitude(year);
    at = magnitude < 10000 ? WriteFourDigits(at, static_cast<uint32_t>(magnitude))
                           : WriteUnsigned(at, magnitude);
  }
  at[0] = '-';
  WriteTwoDigits(at + 1, month);
  at[3] = '-';
  WriteTwoDigits(at + 4, day);
  return at + 6;
}

bool IsTimeOfDay(int64_t value, TimeUnit::type unit) {
  return value >= 0 && value <= kDaySeconds * PerSecond(unit);
}

char* WriteTimeOfDay(char* at, int64_t value, TimeUnit::type unit) {
  return WithUnit(unit, [&](auto constant) {
    constexpr TimeUnit::type kUnit = decltype(constant)::value;
    constexpr auto kPerSecond = static_cast<uint64_t>(PerSecond(kUnit));
    char* end = WriteClock(at, static_cast<uint32_t>(static_cast<uint64_t>(value) / kPerSecond));
    return WriteFraction<kUnit>(end,
                                static_cast<uint32_t>(static_cast<uint64_t>(value) % kPerSecond));
  });
}

char* WriteTimestamp(char* at, int64_t value, TimeUnit::type unit, bool instant) {
  return WithUnit(unit, [&](auto constant) {
    constexpr TimeUnit::type kUnit = decltype(constant)::value;
    constexpr int64_t kPerSecond = PerSecond(kUnit);
    const auto [seconds, fraction] = FloorDivide(value, kPerSecond);
    const auto [days, second_of_day] = FloorDivide(seconds, kDaySeconds);
    char* end = WriteDate(at, days);
    *end++ = 'T';
    end = WriteClock(end, static_cast<uint32_t>(second_of_day));
    end = WriteFraction<kUnit>(end, static_cast<uint32_t>(fraction));
    *end = 'Z';
    return end + (instant ? 1 : 0);
  });
}

char* WriteDuration(char* at, int64_t value, TimeUnit::type unit) {
  if (value < 0) *at++ = '-';
  const auto per_second = static_cast<uint64_t>(PerSecond(unit));
  uint64_t seconds = Magnitude(value) / per_second;
  const uint64_t fraction = Magnitude(value) % per_second;
  *at++ = 'P';
  if (const uint64_t days = seconds / kDaySeconds; days != 0) {
    at = WriteUnsigned(at, days);
    *at++ = 'D';
    seconds %= kDaySeconds;
    if (seconds == 0 && fraction == 0) return at;
  }
  *at++ = 'T';
  const bool nothing = value == 0;
  if (const uint64_t hours = seconds / 3600; hours != 0) {
    at = WriteUnsigned(at, hours);
    *at++ = 'H';
  }
  if (const uint64_t minutes = seconds / 60 % 60; minutes != 0) {
    at = WriteUnsigned(at, minutes);
    *at++ = 'M';
  }
  if (seconds % 60 != 0 || fraction != 0 || nothing) {
    at = WriteSeconds(at, seconds % 60, fraction, unit);
    *at++ = 'S';
  }
  return at;
}

char* WriteInterval(char* at, int32_t months, int32_t days, int64_t value, TimeUnit::type unit) {
  *at++ = 'P';
  if (months != 0) {
    at = WriteInteger(at, months);
    *at++ = 'M';
  }
  if (days != 0) {
    at = WriteInteger(at, days);
    *at++ = 'D';
  }
  if (value == 0 && (months != 0 || days != 0)) return at;
  *at++ = 'T';
  if (value < 0) *at++ = '-';
  const auto per_second = static_cast<uint64_t>(PerSecond(unit));
  at = WriteSeconds(at, Magnitude(value) / per_second, Magnitude(value) % per_second, unit);
  *at++ = 'S';
  return at;
}

}  // namespace bowyer
