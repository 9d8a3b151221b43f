#include "formats/text/number.h"

#include <arrow/util/decimal.h>
#include <gtest/gtest.h>

#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

namespace bowyer {
namespace {

template <typename Write>
std::string Text(Write write) {
  char text[256];
  return std::string(text, write(text));
}

std::string Real(double value) {
  return Text([&](char* at) { return WriteFloating(at, value); });
}
std::string Real(float value) {
  return Text([&](char* at) { return WriteFloating(at, value); });
}
std::string Integer(int64_t value) {
  return Text([&](char* at) { return WriteInteger(at, value); });
}

uint64_t BitsOf(double value) { return std::bit_cast<uint64_t>(value); }

TEST(NumberText, IntegersOfEveryLengthAreExact) {
  EXPECT_EQ(Integer(std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(Text([](char* at) { return WriteUnsigned(at, UINT64_MAX); }), "18446744073709551615");
  uint64_t power = 1;
  for (int digits = 0; digits < 20; ++digits, power *= 10) {
    for (const uint64_t number : {power - 1, power, power + 1, power * 3 + 7}) {
      EXPECT_EQ(Text([&](char* at) { return WriteUnsigned(at, number); }), std::to_string(number));
      const auto value = static_cast<int64_t>(number);
      EXPECT_EQ(Integer(-value), std::to_string(-value));
    }
  }
}

TEST(NumberText, FloatingPointHasOneNotation) {
  EXPECT_EQ(Real(0.0), "0.0");
  EXPECT_EQ(Real(-0.0), "-0.0");
  EXPECT_EQ(Real(1.0), "1.0");
  EXPECT_EQ(Real(-12.5), "-12.5");
  EXPECT_EQ(Real(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(Real(1e-4), "0.0001");
  EXPECT_EQ(Real(1.5e-4), "0.00015");
  EXPECT_EQ(Real(1e-5), "1e-05");
  EXPECT_EQ(Real(-2.5e-7), "-2.5e-07");
  EXPECT_EQ(Real(123456789012345.0), "123456789012345.0");
  EXPECT_EQ(Real(9007199254740992.0), "9007199254740992.0");
  EXPECT_EQ(Real(1e15), "1000000000000000.0");
  EXPECT_EQ(Real(1e16), "1e+16");
  EXPECT_EQ(Real(1.7976931348623157e308), "1.7976931348623157e+308");
  EXPECT_EQ(Real(-5e-324), "-5e-324");
  EXPECT_EQ(Real(2.2250738585072014e-308), "2.2250738585072014e-308");
  EXPECT_EQ(Real(std::numeric_limits<double>::quiet_NaN()), "nan");
  EXPECT_EQ(Real(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(Real(0.1F), "0.1");
  EXPECT_EQ(Real(16777216.0F), "16777216.0");
  EXPECT_EQ(Real(3.4028235e38F), "3.4028235e+38");
}

// Reads back as the same value, and has no more digits than std::to_chars needs.
template <typename T>
void ExpectShortest(T value) {
  const std::string text = Real(value);
  T back = 0;
  if constexpr (std::is_same_v<T, double>) {
    back = std::strtod(text.c_str(), nullptr);
  } else {
    back = std::strtof(text.c_str(), nullptr);
  }
  ASSERT_EQ(BitsOf(back), BitsOf(value)) << text;
  ASSERT_NE(text.find_first_of(".e"), std::string::npos) << text;
  char reference[64];
  const auto end = std::to_chars(reference, reference + 64, value, std::chars_format::scientific);
  const auto digits = [](std::string_view number) {
    std::string all;
    for (const char c : number.substr(0, number.find('e'))) {
      if (c >= '0' && c <= '9') all += c;
    }
    all.erase(0, all.find_first_not_of('0'));
    all.erase(all.find_last_not_of('0') + 1);
    return all;
  };
  ASSERT_EQ(digits(text), digits(std::string_view(reference, end.ptr))) << text;
}

TEST(NumberText, FloatingPointIsShortestAndReadsBackExactly) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 200000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (std::isfinite(value) && value != 0) ExpectShortest(value);
    const auto narrow = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (std::isfinite(narrow) && narrow != 0) ExpectShortest(narrow);
    // What people write: few decimals, of any size.
    const auto amount = static_cast<double>(random() >> (random() % 54 + 10));
    const double decimals[] = {1, 10, 100, 1000, 10000, 100000, 1e9};
    if (amount != 0) {
      const double divided = amount / decimals[random() % 7];
      ExpectShortest(divided);
      ExpectShortest(-divided);
      ExpectShortest(std::nextafter(divided, 0));
      ExpectShortest(static_cast<float>(divided));
    }
  }
}

TEST(NumberText, EveryHalfIsTheFloatThatItEquals) {
  EXPECT_EQ(Real(FloatOfHalf(0x3C00)), "1.0");
  EXPECT_EQ(Real(FloatOfHalf(0x0001)), "5.9604645e-08");
  EXPECT_EQ(Real(FloatOfHalf(0xFC00)), "-inf");
  EXPECT_EQ(Real(FloatOfHalf(0x2E66)), "0.099975586");
}

TEST(NumberText, DecimalsShowAllTheirDigits) {
  const auto decimal = [](const char* digits, int32_t scale) {
    const arrow::Decimal128 value(digits);
    return Text([&](char* at) {
      return WriteDecimal(at, reinterpret_cast<const uint8_t*>(&value), 16, scale);
    });
  };
  EXPECT_EQ(decimal("0", 0), "0");
  EXPECT_EQ(decimal("0", 3), "0.000");
  EXPECT_EQ(decimal("0", -3), "0");
  EXPECT_EQ(decimal("-5", 3), "-0.005");
  EXPECT_EQ(decimal("12345", 2), "123.45");
  EXPECT_EQ(decimal("12345", 5), "0.12345");
  EXPECT_EQ(decimal("-12345", -3), "-12345000");
  EXPECT_EQ(decimal("99999999999999999999999999999999999999", 38),
            "0.99999999999999999999999999999999999999");
  const int32_t narrow = -1234567;
  EXPECT_EQ(Text([&](char* at) {
              return WriteDecimal(at, reinterpret_cast<const uint8_t*>(&narrow), 4, 2);
            }),
            "-12345.67");
  const int64_t least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(Text([&](char* at) {
              return WriteDecimal(at, reinterpret_cast<const uint8_t*>(&least), 8, 0);
            }),
            "-9223372036854775808");
}

TEST(NumberText, DecimalsOfAnyWidthReadBackExactly) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 20000; ++i) {
    std::string digits;
    const size_t length = random() % 76 + 1;
    while (digits.size() < length) digits += static_cast<char>('0' + random() % 10);
    const auto scale = static_cast<int32_t>(random() % (length + 1));
    arrow::Decimal256 wide(digits);
    if (random() % 2 == 0) wide.Negate();
    const std::string text = Text([&](char* at) {
      return WriteDecimal(at, reinterpret_cast<const uint8_t*>(&wide), 32, scale);
    });
    arrow::Decimal256 back;
    int32_t precision = 0, back_scale = 0;
    ASSERT_TRUE(arrow::Decimal256::FromString(text, &back, &precision, &back_scale).ok()) << text;
    ASSERT_EQ(back, wide) << text;
    ASSERT_EQ(back_scale, scale) << text;
  }
}

}  // namespace
}  // namespace bowyer
