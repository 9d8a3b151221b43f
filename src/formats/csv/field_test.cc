#include "formats/csv/field.h"

#include <arrow/type.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace bowyer {
namespace {

using arrow::TimeUnit;
constexpr NumberStyle kLoose{.plain = false};

FieldFault Int(std::string_view text, int64_t* out, const NumberStyle& style = {}) {
  return ParseInt64(text, style, out);
}

TEST(CsvField, IntegersAreExactOrRefused) {
  int64_t value = 0;
  EXPECT_EQ(Int("-9223372036854775808", &value), FieldFault::kNone);
  EXPECT_EQ(value, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Int("9223372036854775807", &value), FieldFault::kNone);
  EXPECT_EQ(value, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Int("9223372036854775808", &value), FieldFault::kRange);
  EXPECT_EQ(Int("-9223372036854775809", &value), FieldFault::kRange);
  EXPECT_EQ(Int("99999999999999999999999", &value), FieldFault::kRange);
  for (const char* text : {"", "-", "+", "1.0", "1e3", "0x10", "1 2", "1,2", "\xD9\xA1"}) {
    EXPECT_EQ(Int(text, &value), FieldFault::kSyntax) << text;
  }
}

TEST(CsvField, SpellingsThatANumberWouldLoseAreRefusedUnlessTheUserGaveTheType) {
  int64_t value = 0;
  for (const char* text : {"007", "+49", "-0", "00"}) {
    EXPECT_EQ(Int(text, &value), FieldFault::kSpelling) << text;
    EXPECT_EQ(Int(text, &value, kLoose), FieldFault::kNone) << text;
  }
  EXPECT_EQ(Int("0", &value), FieldFault::kNone);
}

TEST(CsvField, ThousandsMarksStandBetweenGroupsOfThree) {
  const NumberStyle style{.decimal_point = ',', .thousands = '.'};
  int64_t value = 0;
  EXPECT_EQ(Int("-1.234.567", &value, style), FieldFault::kNone);
  EXPECT_EQ(value, -1234567);
  for (const char* text : {"1.5", "1234.567", ".123", "1..234", "1.234.", "12.34.567"}) {
    EXPECT_EQ(Int(text, &value, style), FieldFault::kSyntax) << text;
  }
  double real = 0;
  EXPECT_EQ(ParseDouble("1.234,5", style, &real), FieldFault::kNone);
  EXPECT_EQ(real, 1234.5);
  EXPECT_EQ(ParseDouble("1.5", style, &real), FieldFault::kSyntax);
}

TEST(CsvField, UnsignedIntegersHaveNoNegativeValues) {
  uint64_t value = 0;
  EXPECT_EQ(ParseUInt64("18446744073709551615", {}, &value), FieldFault::kNone);
  EXPECT_EQ(value, std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(ParseUInt64("18446744073709551616", {}, &value), FieldFault::kRange);
  EXPECT_EQ(ParseUInt64("-1", {}, &value), FieldFault::kRange);
}

TEST(CsvField, DoublesPrintedByProgramsAreAccepted) {
  const double values[] = {0.1,
                           1.0 / 3,
                           -2.5e-8,
                           1e23,
                           5e-324,
                           2.2250738585072014e-308,
                           std::numeric_limits<double>::max(),
                           123456.78901234567,
                           5.684341886080802e-14};
  for (const double expected : values) {
    for (const char* format : {"%.15g", "%.17g", "%.25g", "%.60f"}) {
      char text[500];
      snprintf(text, sizeof(text), format, expected);
      double value = 0;
      if (std::strtod(text, nullptr) != expected) continue;
      EXPECT_EQ(ParseDouble(text, {}, &value), FieldFault::kNone) << text;
      EXPECT_EQ(value, expected) << text;
    }
  }
}

TEST(CsvField, DigitsThatADoubleCannotHoldAreRefused) {
  double value = 0;
  for (const char* text : {"9007199254740993", "12345678901234567.0", "999999999999999.99",
                           "0.1234567890123456789", "3.14159265358979323846", "6e-324"}) {
    EXPECT_EQ(ParseDouble(text, {}, &value), FieldFault::kPrecision) << text;
  }
  for (const char* text : {"1e400", "-1e400", "1e-400"}) {
    EXPECT_EQ(ParseDouble(text, {}, &value), FieldFault::kRange) << text;
  }
  for (const char* text : {"", ".", "-", "1e", "1e+", "1.2.3", "0x1p3", "1,5", "nanx", "1f"}) {
    EXPECT_EQ(ParseDouble(text, {}, &value), FieldFault::kSyntax) << text;
  }
}

TEST(CsvField, RandomDoublesPrintedWithManyDigitsAreAccepted) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50000; ++i) {
    const double expected =
        std::ldexp(static_cast<double>(random() >> 11), -static_cast<int>(random() % 110));
    char text[64];
    snprintf(text, sizeof(text), "%.*g", static_cast<int>(16 + random() % 4), expected);
    double value = 0;
    ASSERT_EQ(ParseDouble(text, {}, &value), FieldFault::kNone) << text;
    ASSERT_EQ(value, std::strtod(text, nullptr)) << text;
  }
}

TEST(CsvField, RandomDecimalsAreAcceptedOnlyIfTheDoublePrintsThem) {
  std::mt19937_64 random(2);
  int accepted = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string text = "0.";
    for (int digit = 0; digit < 17; ++digit) {
      text += static_cast<char>('1' + random() % 9);
    }
    char printed[64];
    snprintf(printed, sizeof(printed), "%.17f", std::strtod(text.c_str(), nullptr));
    double value = 0;
    const bool same = printed == text;
    ASSERT_EQ(ParseDouble(text, {}, &value) == FieldFault::kNone, same) << text;
    accepted += same ? 1 : 0;
  }
  EXPECT_GT(accepted, 1000);
}

TEST(CsvField, DoublesInOtherSpellings) {
  double value = 0;
  EXPECT_EQ(ParseDouble("-Inf", {}, &value), FieldFault::kNone);
  EXPECT_EQ(value, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(ParseDouble("NaN", {}, &value), FieldFault::kNone);
  EXPECT_TRUE(std::isnan(value));
  EXPECT_EQ(ParseDouble("-0", {}, &value), FieldFault::kNone);
  EXPECT_TRUE(std::signbit(value));
  EXPECT_EQ(ParseDouble("5.", {}, &value), FieldFault::kNone);
  EXPECT_EQ(ParseDouble(".5E+1", {}, &value), FieldFault::kNone);
  EXPECT_EQ(value, 5);
  EXPECT_EQ(ParseDouble("0.50000000000000000000000", {}, &value), FieldFault::kNone);
  EXPECT_EQ(ParseDouble("1,5", {.decimal_point = ','}, &value), FieldFault::kNone);
  EXPECT_EQ(value, 1.5);
}

TEST(CsvField, DecimalsAreNeverRounded) {
  arrow::Decimal128 value;
  EXPECT_EQ(ParseDecimal128("-12.50", {}, 4, 2, &value), FieldFault::kNone);
  EXPECT_EQ(value.ToString(2), "-12.50");
  EXPECT_EQ(ParseDecimal128("12.5000", {}, 4, 2, &value), FieldFault::kNone);
  EXPECT_EQ(ParseDecimal128("12.501", {}, 4, 2, &value), FieldFault::kPrecision);
  EXPECT_EQ(ParseDecimal128("123.4", {}, 4, 2, &value), FieldFault::kRange);
  EXPECT_EQ(ParseDecimal128("1.5e1", {}, 4, 2, &value), FieldFault::kNone);
  EXPECT_EQ(value.ToString(2), "15.00");
  EXPECT_EQ(ParseDecimal128("1e999999999999", {}, 38, 0, &value), FieldFault::kRange);
  EXPECT_EQ(ParseDecimal128("99999999999999999999999999999999999999", {}, 38, 0, &value),
            FieldFault::kNone);
  EXPECT_EQ(value.ToString(0), std::string(38, '9'));
  arrow::Decimal256 wide;
  EXPECT_EQ(ParseDecimal256("-" + std::string(76, '9'), {}, 76, 0, &wide), FieldFault::kNone);
  EXPECT_EQ(wide.ToString(0), "-" + std::string(76, '9'));
  EXPECT_EQ(ParseDecimal256("1" + std::string(76, '0'), {}, 76, 0, &wide), FieldFault::kRange);
}

TEST(CsvField, TheShapeOfANumber) {
  NumberShape shape;
  ASSERT_EQ(ShapeOfNumber("-0012.3400", {}, &shape), FieldFault::kNone);
  EXPECT_FALSE(shape.integer);
  EXPECT_FALSE(shape.plain);
  EXPECT_EQ(shape.integer_digits, 2);
  EXPECT_EQ(shape.fraction_digits, 2);
  EXPECT_EQ(shape.significant_digits, 4);
  ASSERT_EQ(ShapeOfNumber("100", {}, &shape), FieldFault::kNone);
  EXPECT_TRUE(shape.integer);
  EXPECT_EQ(shape.integer_digits, 3);
}

TEST(CsvField, DatesAreRealDays) {
  int32_t days = 0;
  EXPECT_EQ(ParseDate32("1970-01-01", "", &days), FieldFault::kNone);
  EXPECT_EQ(days, 0);
  EXPECT_EQ(ParseDate32("2000-02-29", "", &days), FieldFault::kNone);
  EXPECT_EQ(days, 11016);
  EXPECT_EQ(ParseDate32("0001-01-01", "", &days), FieldFault::kNone);
  EXPECT_EQ(days, -719162);
  EXPECT_EQ(ParseDate32("294276-12-31", "", &days), FieldFault::kNone);
  EXPECT_EQ(days, 106762939);
  for (const char* text : {"2001-02-29", "2026-13-01", "2026-00-10", "2026-04-31"}) {
    EXPECT_EQ(ParseDate32(text, "", &days), FieldFault::kRange) << text;
  }
  for (const char* text : {"2026-1-1", "26-01-01", "2026/01/01", "2026-01-01 ", "20260101"}) {
    EXPECT_EQ(ParseDate32(text, "", &days), FieldFault::kSyntax) << text;
  }
  EXPECT_EQ(ParseDate32("31.12.1999", "%d.%m.%Y", &days), FieldFault::kNone);
  EXPECT_EQ(days, 10956);
  EXPECT_EQ(ParseDate32("Fri, 31 Dec 1999", "%a, %d %b %Y", &days), FieldFault::kNone);
  EXPECT_EQ(days, 10956);
  EXPECT_EQ(ParseDate32("1999365", "%Y%j", &days), FieldFault::kNone);
  EXPECT_EQ(days, 10956);
  EXPECT_EQ(ParseDate32("100%1999-12-31", "100%%%F", &days), FieldFault::kNone);
}

TEST(CsvField, TimesOfDay) {
  int64_t value = 0;
  EXPECT_EQ(ParseTime("23:59:59.999999", TimeUnit::MICRO, &value), FieldFault::kNone);
  EXPECT_EQ(value, 86399999999);
  EXPECT_EQ(ParseTime("00:00:00.0000005", TimeUnit::MICRO, &value), FieldFault::kPrecision);
  EXPECT_EQ(ParseTime("24:00:00.000", TimeUnit::MICRO, &value), FieldFault::kNone);
  EXPECT_EQ(value, int64_t{86400} * 1000000);
  EXPECT_EQ(ParseTime("24:00:01", TimeUnit::MICRO, &value), FieldFault::kRange);
  EXPECT_EQ(ParseTime("07:30", TimeUnit::SECOND, &value), FieldFault::kNone);
  EXPECT_EQ(value, 27000);
  EXPECT_EQ(ParseTime("7:30", TimeUnit::SECOND, &value), FieldFault::kSyntax);
}

TEST(CsvField, TimestampsWithAndWithoutOffsets) {
  TimestampParts parts;
  EXPECT_EQ(ParseTimestamp("2001-09-09T01:46:40", TimeUnit::SECOND, "", &parts), FieldFault::kNone);
  EXPECT_EQ(parts.value, 1000000000);
  EXPECT_FALSE(parts.has_offset);
  for (const char* text : {"2001-09-09 03:46:40+02:00", "2001-09-09 03:46:40+02",
                           "2001-09-09T03:46:40+0200", "2001-09-09 01:46:40 Z"}) {
    EXPECT_EQ(ParseTimestamp(text, TimeUnit::SECOND, "", &parts), FieldFault::kNone) << text;
    EXPECT_EQ(parts.value, 1000000000) << text;
    EXPECT_TRUE(parts.has_offset) << text;
  }
  EXPECT_EQ(ParseTimestamp("1969-12-31 23:59:59.5", TimeUnit::MILLI, "", &parts),
            FieldFault::kNone);
  EXPECT_EQ(parts.value, -500);
  EXPECT_EQ(ParseTimestamp("2262-04-11 23:47:16.854775807", TimeUnit::NANO, "", &parts),
            FieldFault::kNone);
  EXPECT_EQ(parts.value, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ParseTimestamp("2262-04-11 23:47:16.854775808", TimeUnit::NANO, "", &parts),
            FieldFault::kRange);
  EXPECT_EQ(ParseTimestamp("1677-09-21 00:12:43.145224192", TimeUnit::NANO, "", &parts),
            FieldFault::kNone);
  EXPECT_EQ(ParseTimestamp("2026-01-01 00:00:00.1234567", TimeUnit::MICRO, "", &parts),
            FieldFault::kPrecision);
  EXPECT_EQ(ParseTimestamp("2026-06-30 23:59:60", TimeUnit::MICRO, "", &parts), FieldFault::kRange);
  EXPECT_EQ(ParseTimestamp("2026-06-30 24:00", TimeUnit::MICRO, "", &parts), FieldFault::kRange);
  EXPECT_EQ(ParseTimestamp("2026-06-30x", TimeUnit::MICRO, "", &parts), FieldFault::kSyntax);
  EXPECT_EQ(ParseTimestamp("09/09/01 01:46:40 AM", TimeUnit::SECOND, "%D %I:%M:%S %p", &parts),
            FieldFault::kNone);
  EXPECT_EQ(parts.value, 1000000000);
}

TEST(CsvField, UnknownDirectivesAreFound) {
  EXPECT_EQ(UnknownDirective("%Y-%m-%d %% %T"), "");
  EXPECT_EQ(UnknownDirective("%Y %Q"), "%Q");
  EXPECT_EQ(UnknownDirective("%Y%"), "%");
}

TEST(CsvField, TruthValues) {
  bool value = false;
  EXPECT_EQ(ParseBool("TRUE", false, &value), FieldFault::kNone);
  EXPECT_TRUE(value);
  EXPECT_EQ(ParseBool("yes", false, &value), FieldFault::kSyntax);
  EXPECT_EQ(ParseBool("No", true, &value), FieldFault::kNone);
  EXPECT_FALSE(value);
}

}  // namespace
}  // namespace bowyer
