#include "formats/text/time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <limits>
#include <random>
#include <string>

namespace bowyer {
namespace {

using arrow::TimeUnit;

template <typename Write>
std::string Text(Write write) {
  char text[2 * kMaxTimeText];
  char* end = write(text);
  EXPECT_LE(end - text, kMaxTimeText);
  return std::string(text, end);
}

std::string Date(int64_t days) {
  return Text([&](char* at) { return WriteDate(at, days); });
}
std::string Timestamp(int64_t value, TimeUnit::type unit, bool instant = false) {
  return Text([&](char* at) { return WriteTimestamp(at, value, unit, instant); });
}
std::string Duration(int64_t value, TimeUnit::type unit) {
  return Text([&](char* at) { return WriteDuration(at, value, unit); });
}
std::string Interval(int32_t months, int32_t days, int64_t nanoseconds) {
  return Text(
      [&](char* at) { return WriteInterval(at, months, days, nanoseconds, TimeUnit::NANO); });
}

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

TEST(TimeText, DatesAgreeWithTheStandardCalendar) {
  for (int64_t day = -4000000; day < 4000000; day += 13) {
    const std::chrono::year_month_day expected{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(day)}}};
    const int year = static_cast<int>(expected.year());
    char text[64];
    std::snprintf(text, sizeof(text), "%s%04d-%02u-%02u",
                  year < 0      ? "-"
                  : year > 9999 ? "+"
                                : "",
                  std::abs(year), static_cast<unsigned>(expected.month()),
                  static_cast<unsigned>(expected.day()));
    ASSERT_EQ(Date(day), text) << day;
  }
}

TEST(TimeText, DatesBeyondFourDigitsCarryASign) {
  EXPECT_EQ(Date(0), "1970-01-01");
  EXPECT_EQ(Date(-719528), "0000-01-01");
  EXPECT_EQ(Date(-719529), "-0001-12-31");
  EXPECT_EQ(Date(2932896), "9999-12-31");
  EXPECT_EQ(Date(2932897), "+10000-01-01");
  EXPECT_EQ(Date(std::numeric_limits<int32_t>::max()), "+5881580-07-11");
  EXPECT_EQ(Date(std::numeric_limits<int32_t>::min()), "-5877641-06-23");
}

TEST(TimeText, TimestampsHaveTheDigitsOfTheirUnit) {
  EXPECT_EQ(Timestamp(0, TimeUnit::SECOND), "1970-01-01T00:00:00");
  EXPECT_EQ(Timestamp(-1, TimeUnit::MILLI), "1969-12-31T23:59:59.999");
  EXPECT_EQ(Timestamp(1700000000123456, TimeUnit::MICRO, true), "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(Timestamp(1700000000000000007, TimeUnit::NANO), "2023-11-14T22:13:20.000000007");
}

TEST(TimeText, TimestampsReachTheEndsOfTheirRange) {
  EXPECT_EQ(Timestamp(kMost, TimeUnit::NANO), "2262-04-11T23:47:16.854775807");
  EXPECT_EQ(Timestamp(kLeast, TimeUnit::NANO), "1677-09-21T00:12:43.145224192");
  EXPECT_EQ(Timestamp(kMost, TimeUnit::MICRO), "+294247-01-10T04:00:54.775807");
  EXPECT_EQ(Timestamp(kLeast, TimeUnit::MICRO), "-290308-12-21T19:59:05.224192");
  EXPECT_EQ(Timestamp(kMost, TimeUnit::SECOND, true), "+292277026596-12-04T15:30:07Z");
  EXPECT_EQ(Timestamp(kLeast, TimeUnit::SECOND, true), "-292277022657-01-27T08:29:52Z");
}

TEST(TimeText, TimesOfDayEndAtMidnight) {
  const auto time = [](int64_t value, TimeUnit::type unit) {
    return Text([&](char* at) { return WriteTimeOfDay(at, value, unit); });
  };
  EXPECT_EQ(time(45296, TimeUnit::SECOND), "12:34:56");
  EXPECT_EQ(time(45296007, TimeUnit::MILLI), "12:34:56.007");
  EXPECT_EQ(time(86399999999, TimeUnit::MICRO), "23:59:59.999999");
  EXPECT_EQ(time(86400000000000, TimeUnit::NANO), "24:00:00.000000000");
  EXPECT_FALSE(IsTimeOfDay(-1, TimeUnit::SECOND));
  EXPECT_FALSE(IsTimeOfDay(86401, TimeUnit::SECOND));
  EXPECT_TRUE(IsTimeOfDay(86400, TimeUnit::SECOND));
}

TEST(TimeText, DurationsLeaveOutWhatIsZero) {
  EXPECT_EQ(Duration(0, TimeUnit::MILLI), "PT0S");
  EXPECT_EQ(Duration(93784500, TimeUnit::MILLI), "P1DT2H3M4.500S");
  EXPECT_EQ(Duration(-1, TimeUnit::MICRO), "-PT0.000001S");
  EXPECT_EQ(Duration(86400, TimeUnit::SECOND), "P1D");
  EXPECT_EQ(Duration(3600, TimeUnit::SECOND), "PT1H");
  EXPECT_EQ(Duration(61, TimeUnit::SECOND), "PT1M1S");
  EXPECT_EQ(Duration(kLeast, TimeUnit::NANO), "-P106751DT23H47M16.854775808S");
  EXPECT_EQ(Duration(kLeast, TimeUnit::SECOND), "-P106751991167300DT15H30M8S");
}

TEST(TimeText, IntervalPartsKeepTheirOwnSigns) {
  EXPECT_EQ(Interval(0, 0, 0), "PT0S");
  EXPECT_EQ(Interval(14, 0, 0), "P14M");
  EXPECT_EQ(Interval(0, -3, 0), "P-3D");
  EXPECT_EQ(Interval(14, -3, -1), "P14M-3DT-0.000000001S");
  EXPECT_EQ(
      Interval(std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::min(), kLeast),
      "P-2147483648M-2147483648DT-9223372036.854775808S");
}

}  // namespace
}  // namespace bowyer
