// Dates, times, durations and intervals -> ISO 8601 text. Each function writes at `at`, where
// kMaxTimeText bytes must be writable, and returns the end of the text.
//
// Fractions have as many digits as the unit (0, 3, 6 or 9), so that the text tells the unit. Years
// outside 0000 to 9999 carry a sign (-0044-03-15, +12026-01-01); year 0 is 1 BC; the calendar is
// the proleptic Gregorian one.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>

namespace bowyer {

inline constexpr int kMaxTimeText = 80;

// Fractions of a second in one second: 1, 1000, 10^6, 10^9.
constexpr int64_t PerSecond(arrow::TimeUnit::type unit) {
  constexpr int64_t kPerSecond[] = {1, 1000, 1000000, 1000000000};
  return kPerSecond[unit];
}

// Days since 1970-01-01: 2026-11-21.
char* WriteDate(char* at, int64_t days);

// 12:34:56.789; up to 24:00:00. Has to be a time of a day: IsTimeOfDay.
char* WriteTimeOfDay(char* at, int64_t value, arrow::TimeUnit::type unit);
bool IsTimeOfDay(int64_t value, arrow::TimeUnit::type unit);

// 2026-11-21T12:34:56.789, and "Z" at its end if it is an instant (a timestamp with a zone).
char* WriteTimestamp(char* at, int64_t value, arrow::TimeUnit::type unit, bool instant);

// P1DT2H3M4.500S, -PT0.001S, PT0S: days of 24 hours; parts that are zero are left out.
char* WriteDuration(char* at, int64_t value, arrow::TimeUnit::type unit);

// P14M, P3DT0.500S, P14M-3DT-0.000000001S: each part carries its own sign, as none can be
// converted into another; zero is PT0S.
char* WriteInterval(char* at, int32_t months, int32_t days, int64_t value,
                    arrow::TimeUnit::type unit);

}  // namespace bowyer
