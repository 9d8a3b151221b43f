// Values -> type: the narrowest that holds every one exactly, in any order.
#include "formats/csv/detect_types.h"

#include <arrow/type.h>

#include <algorithm>
#include <random>

#include "matchers.h"

namespace bowyer {
namespace {

std::string TypeOf(std::vector<std::string> values, const CsvReadOptions& options = {}) {
  std::sort(values.begin(), values.end());
  std::string first;
  do {
    ColumnType column(&options);
    for (const auto& value : values) column.Add(value);
    const std::string type = column.type()->ToString();
    if (first.empty()) first = type;
    EXPECT_EQ(type, first) << "depends on the order of the values";
  } while (values.size() < 5 && std::next_permutation(values.begin(), values.end()));
  return first;
}

TEST(ColumnType, Numbers) {
  EXPECT_EQ(TypeOf({"1", "-2", "0"}), "int64");
  EXPECT_EQ(TypeOf({"9223372036854775807", "-9223372036854775808"}), "int64");
  EXPECT_EQ(TypeOf({"1", "2.5"}), "double");
  EXPECT_EQ(TypeOf({".5", "-1e-3", "1.5E10"}), "double");
  EXPECT_EQ(TypeOf({" 1", "2 "}), "int64");
}

TEST(ColumnType, IntegersBeyondInt64AreDecimals) {
  EXPECT_EQ(TypeOf({"1", "9223372036854775808"}), "decimal128(38, 0)");
  EXPECT_EQ(TypeOf({std::string(39, '9')}), "decimal256(76, 0)");
  EXPECT_EQ(TypeOf({std::string(77, '9')}), "string");
}

TEST(ColumnType, NothingIsRounded) {
  // 2^53 + 1 is no double; so it is no float64 column if fractions stand beside it.
  EXPECT_EQ(TypeOf({"9007199254740993", "0.5"}), "decimal128(38, 1)");
  EXPECT_EQ(TypeOf({"9007199254740992", "0.5"}), "double");
  EXPECT_EQ(TypeOf({"0.12345678901234567890123", "1"}), "decimal128(38, 23)");
  EXPECT_EQ(TypeOf({"0.1234567890123456789", "nan"}), "string");
}

TEST(ColumnType, SpellingsThatNumbersLoseStayText) {
  EXPECT_EQ(TypeOf({"007", "12"}), "string");
  EXPECT_EQ(TypeOf({"+49", "12"}), "string");
  EXPECT_EQ(TypeOf({"1e5", "2e7"}), "string");
  EXPECT_EQ(TypeOf({"1e5", "2"}), "string");
  EXPECT_EQ(TypeOf({"1e5", "2.5"}), "double");
  EXPECT_EQ(TypeOf({"0x10"}), "string");
  EXPECT_EQ(TypeOf({"1,000"}), "string");
  EXPECT_EQ(TypeOf({"1_000"}), "string");
  EXPECT_EQ(TypeOf({"nan", "inf"}), "string");
}

TEST(ColumnType, NotFiniteAmongNumbers) { EXPECT_EQ(TypeOf({"1.5", "nan", "-inf"}), "double"); }

TEST(ColumnType, MarksOfTheOptions) {
  CsvReadOptions options;
  options.decimal_comma = true;
  EXPECT_EQ(TypeOf({"1,5", "2"}, options), "double");
  options.thousands = '.';
  EXPECT_EQ(TypeOf({"1.234,5", "2.000"}, options), "double");
  EXPECT_EQ(TypeOf({"1.234", "2.000"}, options), "int64");
  options = {};
  options.date_format = "%d/%m/%Y";
  EXPECT_EQ(TypeOf({"31/12/2026"}, options), "date32[day]");
}

TEST(ColumnType, BooleansAreTrueAndFalseOnly) {
  EXPECT_EQ(TypeOf({"true", "FALSE"}), "bool");
  EXPECT_EQ(TypeOf({"true", "1"}), "string");
  EXPECT_EQ(TypeOf({"yes", "no"}), "string");
  EXPECT_EQ(TypeOf({"0", "1"}), "int64");
}

TEST(ColumnType, DatesAndTimes) {
  EXPECT_EQ(TypeOf({"2026-01-31", "1969-12-31"}), "date32[day]");
  EXPECT_EQ(TypeOf({"2026-02-30", "2026-01-01"}), "string");
  EXPECT_EQ(TypeOf({"01/02/2026", "03/04/2026"}), "string");
  EXPECT_EQ(TypeOf({"2026-01-31", "2026-01-31 10:00:00"}), "timestamp[us]");
  EXPECT_EQ(TypeOf({"2026-01-31T10:00:00.123456", "2026-01-31 10:00"}), "timestamp[us]");
  EXPECT_EQ(TypeOf({"2026-01-31T10:00:00.123456789"}), "timestamp[ns]");
  EXPECT_EQ(TypeOf({"2026-01-31T10:00:00.1234567891"}), "string");
  EXPECT_EQ(TypeOf({"2026-01-31T10:00:00Z", "2026-01-31T10:00:00+02:00"}), "timestamp[us, tz=UTC]");
  EXPECT_EQ(TypeOf({"2026-01-31T10:00:00Z", "2026-01-31T10:00:00"}), "string");
  EXPECT_EQ(TypeOf({"2026-01-31T10:00:00Z", "2026-01-31"}), "string");
  EXPECT_EQ(TypeOf({"10:00:00", "23:59:59.5"}), "time64[us]");
  EXPECT_EQ(TypeOf({"10:00", "23:59"}), "string");
  EXPECT_EQ(TypeOf({"10:00:00", "2026-01-31"}), "string");
}

TEST(ColumnType, NanosecondsOnlyWithinTheirRange) {
  EXPECT_EQ(TypeOf({"2026-01-31T10:00:00.123456789", "1500-01-01T00:00:00"}), "string");
  EXPECT_EQ(TypeOf({"2026-01-31T10:00:00.123456", "1500-01-01T00:00:00"}), "timestamp[us]");
}

TEST(ColumnType, FastPathGivesTheSameTypes) {
  const std::vector<std::string> values = {"0",
                                           "-0",
                                           "7",
                                           "-7",
                                           "07",
                                           "+7",
                                           "123456789012345678",
                                           "1234567890123456789",
                                           "9007199254740993",
                                           "9223372036854775808",
                                           "0.5",
                                           "-0.50",
                                           ".5",
                                           "5.",
                                           "1.",
                                           "-",
                                           "-.",
                                           ".",
                                           "00.5",
                                           "1.5e3",
                                           "1e5",
                                           "123456789012345.6",
                                           "0.1234567890123456789",
                                           "nan",
                                           "inf",
                                           "true",
                                           "True",
                                           "false",
                                           "2026-01-31",
                                           "2026-02-29",
                                           "2024-02-29",
                                           "2026-13-01",
                                           "2026-1-31",
                                           "2026-01-31 10:00:00",
                                           "2026-01-31T10:00:00",
                                           "2026-01-31 10:00",
                                           "2026-01-31 24:00:00",
                                           "2026-01-31 10:00:00.123456",
                                           "2026-01-31 10:00:00.123",
                                           "2026-01-31 10:00:00.12345x",
                                           "2026-01-31 10:00:00.123456789",
                                           "2026-01-31 10:00:00Z",
                                           "1500-01-01",
                                           "1500-01-01 00:00:00",
                                           "10:00:00",
                                           " 5",
                                           "x",
                                           "1 2",
                                           "1,5"};
  const CsvReadOptions options;
  const auto type_of = [&](const std::vector<std::string>& some, bool padded) {
    ColumnType column(&options);
    for (std::string value : some) {
      const size_t size = value.size();
      value.resize(size + 16, '9');  // what follows the value must not matter
      const auto view = std::string_view(value).substr(0, size);
      padded ? column.AddPadded(view) : column.Add(view);
    }
    return column.type()->ToString();
  };
  for (const auto& a : values) {
    for (const auto& b : values) {
      EXPECT_EQ(type_of({a, b}, true), type_of({a, b}, false)) << a << " | " << b;
      EXPECT_EQ(type_of({a, b, a}, true), type_of({b, a}, false)) << a << " | " << b;
    }
  }
}

TEST(ColumnType, WithoutValuesIsText) {
  EXPECT_EQ(TypeOf({}), "string");
  EXPECT_EQ(TypeOf({"  "}), "string");
}

TEST(ColumnType, MixedKindsAreText) {
  EXPECT_EQ(TypeOf({"1", "x"}), "string");
  EXPECT_EQ(TypeOf({"1", "true"}), "string");
  EXPECT_EQ(TypeOf({"1", "2026-01-01"}), "string");
}

// However values are dealt out to two columns, their union is what one column makes of all.
TEST(ColumnType, MergedColumnsAreAsIfOneHadSeenAll) {
  const char* const values[] = {"1",
                                "2.5",
                                "true",
                                "2026-01-01",
                                "1e5",
                                "nan",
                                "x",
                                "9223372036854775808",
                                "007",
                                "10:00:00",
                                "0.1234567890123456789",
                                "9007199254740993",
                                "2026-01-01 10:00:00",
                                "2026-01-01T10:00Z",
                                "1500-01-01",
                                "2026-01-01 10:00:00.123456789"};
  const CsvReadOptions options;
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    ColumnType all(&options), left(&options), right(&options);
    std::string seen;
    for (int count = static_cast<int>(random() % 4); count >= 0; --count) {
      const char* value = values[random() % std::size(values)];
      seen += std::string(value) + " ";
      all.Add(value);
      (random() % 2 == 0 ? left : right).Add(value);
    }
    left.Merge(right);
    ASSERT_EQ(left.type()->ToString(), all.type()->ToString()) << seen;
  }
}

}  // namespace
}  // namespace bowyer
