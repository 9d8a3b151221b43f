#include "formats/csv/convert.h"

#include <arrow/array.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "formats/csv/convert_fast.h"
#include "matchers.h"

namespace bowyer {
namespace {

// The fast functions read 16 bytes from the start of a field.
struct Padded {
  explicit Padded(std::string_view text) : size(text.size()) {
    std::memset(bytes, '7', sizeof(bytes));
    std::memcpy(bytes, text.data(), text.size());
  }
  char bytes[128];
  size_t size;
};

std::string RandomField(std::mt19937* random) {
  constexpr std::string_view kBytes =
      "0123456789012345678901234567890123456789--..,+eE T:Z\r\x80/;";
  std::string text;
  for (size_t length = (*random)() % 22; length > 0; --length) {
    text += kBytes[(*random)() % ((*random)() % 4 == 0 ? kBytes.size() : 11)];
  }
  if ((*random)() % 3 == 0 && text.size() > 2) text[(*random)() % text.size()] = '.';
  return text;
}

TEST(CsvConvert, FastNumbersAreTheExactOnes) {
  std::mt19937 random(3);
  int fast_integers = 0, fast_doubles = 0;
  for (int i = 0; i < 500000; ++i) {
    const std::string text = RandomField(&random);
    const Padded padded(text);
    bool negative = false;
    uint64_t magnitude = 0;
    if (csv_fast::Integer(padded.bytes, padded.size, &negative, &magnitude)) {
      ++fast_integers;
      int64_t exact = 0;
      ASSERT_EQ(ParseInt64(text, {}, &exact), FieldFault::kNone) << text;
      ASSERT_EQ(exact,
                negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude))
          << text;
    }
    double fast = 0;
    if (csv_fast::Double(padded.bytes, padded.size, '.', &fast)) {
      ++fast_doubles;
      double exact = 0;
      ASSERT_EQ(ParseDouble(text, {}, &exact), FieldFault::kNone) << text;
      ASSERT_EQ(fast, exact) << text;
      ASSERT_EQ(std::signbit(fast), std::signbit(exact)) << text;
    }
  }
  EXPECT_GT(fast_integers, 10000);
  EXPECT_GT(fast_doubles, 10000);
}

TEST(CsvConvert, FastNumbersTakeEveryUsualSpelling) {
  for (const char* text : {"0", "7", "-7", "12345678", "123456789", "1234567890123456",
                           "123456789012345678", "-12345678901234567"}) {
    bool negative = false;
    uint64_t magnitude = 0;
    EXPECT_TRUE(csv_fast::Integer(Padded(text).bytes, strlen(text), &negative, &magnitude)) << text;
  }
  for (const char* text : {"0.5", "-0.25", "1234.5678", "123456789.12345", "12.", ".5", "100", "0",
                           "123456789012345"}) {
    double value = 0;
    EXPECT_TRUE(csv_fast::Double(Padded(text).bytes, strlen(text), '.', &value)) << text;
    EXPECT_EQ(value, strtod(text, nullptr)) << text;
  }
}

TEST(CsvConvert, FastDatesAreTheExactOnes) {
  std::mt19937 random(4);
  int taken = 0;
  for (int i = 0; i < 500000; ++i) {
    char text[32];
    snprintf(text, sizeof(text), "%04d-%02d-%02d", static_cast<int>(random() % 10000),
             static_cast<int>(random() % 14), static_cast<int>(random() % 33));
    if (random() % 10 == 0) text[random() % 10] = "0/:-9x"[random() % 6];
    int32_t fast = 0, exact = 0;
    if (!csv_fast::IsoDate(Padded(text).bytes, &fast)) continue;
    ++taken;
    ASSERT_EQ(ParseDate32(text, "", &exact), FieldFault::kNone) << text;
    ASSERT_EQ(fast, exact) << text;
  }
  EXPECT_GT(taken, 300000);
}

TEST(CsvConvert, FastTimesAreTheExactOnes) {
  std::mt19937 random(5);
  int taken = 0;
  for (int i = 0; i < 200000; ++i) {
    char text[32];
    snprintf(text, sizeof(text), "%02d:%02d:%02d", static_cast<int>(random() % 26),
             static_cast<int>(random() % 62), static_cast<int>(random() % 62));
    if (random() % 10 == 0) text[random() % 8] = "0/:-9x"[random() % 6];
    int64_t fast = 0, exact = 0;
    if (!csv_fast::ClockTime(Padded(text).bytes, &fast)) continue;
    ++taken;
    ASSERT_EQ(ParseTime(text, arrow::TimeUnit::SECOND, &exact), FieldFault::kNone) << text;
    ASSERT_EQ(fast, exact) << text;
  }
  EXPECT_GT(taken, 100000);
}

// Converts one column of one-field records, in one run.
struct Converted {
  std::shared_ptr<arrow::Array> array;
  std::vector<BadField> bad;
};
Converted Convert(const std::string& text, const std::shared_ptr<arrow::DataType>& type,
                  bool detected = true, CsvReadOptions options = {}, CsvDialect dialect = {}) {
  const std::string padded = text + std::string(64, '\0');
  const ValueStyle style = MakeValueStyle(options, dialect);
  Tokenizer tokenizer(style.dialect, 1);
  tokenizer.Start(std::string_view(padded).substr(0, text.size()), true);
  auto converter =
      MakeColumnConverter(type, detected, style, arrow::default_memory_pool()).ValueOrDie();
  Converted result;
  FieldTable table;
  std::vector<BadRecord> bad_records;
  while (tokenizer.Next(&table, &bad_records)) {
    EXPECT_TRUE(converter->Append(table, 0, &result.bad).ok());
  }
  EXPECT_TRUE(bad_records.empty());
  result.array = arrow::MakeArray(converter->Finish().ValueOrDie());
  if (!result.bad.empty()) return result;
  EXPECT_TRUE(result.array->ValidateFull().ok()) << result.array->ValidateFull().ToString();
  return result;
}

std::string Values(const Converted& converted) {
  if (!converted.bad.empty()) {
    return "bad " + std::to_string(converted.bad[0].row) + ":" +
           std::to_string(static_cast<int>(converted.bad[0].fault));
  }
  std::string result;
  for (int64_t i = 0; i < converted.array->length(); ++i) {
    result += converted.array->GetScalar(i).ValueOrDie()->ToString() + ";";
  }
  return result;
}

TEST(CsvConvert, IntegersOfAllWidths) {
  EXPECT_EQ(Values(Convert("-128\n127\r\n\n\"5\"\n 6 \n", arrow::int8())), "-128;127;null;5;6;");
  EXPECT_EQ(Values(Convert("128\n", arrow::int8())), "bad 0:2");
  EXPECT_EQ(Values(Convert("0\n-1\n", arrow::uint8())), "bad 1:2");
  EXPECT_EQ(Values(Convert("18446744073709551615\n0\n", arrow::uint64())),
            "18446744073709551615;0;");
  EXPECT_EQ(Values(Convert("9223372036854775807\n-9223372036854775808\n", arrow::int64())),
            "9223372036854775807;-9223372036854775808;");
  EXPECT_EQ(Values(Convert("1\n9223372036854775808\n", arrow::int64())), "bad 1:2");
  EXPECT_EQ(Values(Convert("007\n", arrow::int64())), "bad 0:5");
  EXPECT_EQ(Values(Convert("007\n", arrow::int64(), false)), "7;");
}

TEST(CsvConvert, FloatsAreExactOrRefused) {
  EXPECT_EQ(Values(Convert("0.5\nnan\n-inf\n\n1e3\n", arrow::float64())),
            "0.5;nan;-inf;null;1000;");
  EXPECT_EQ(Values(Convert("1e400\n", arrow::float64())), "bad 0:2");
  EXPECT_EQ(Values(Convert("0.1234567890123456789\n", arrow::float64())), "bad 0:3");
  EXPECT_EQ(Values(Convert("0.1\n16777217\n", arrow::float32())), "bad 1:3");
  EXPECT_EQ(
      Values(Convert("1,5\n", arrow::float64(), true, {.decimal_comma = true}, {.delimiter = ';'})),
      "1.5;");
}

TEST(CsvConvert, DecimalsKeepEveryDigit) {
  EXPECT_EQ(Values(Convert("1.5\n-0.25\n100\n", arrow::decimal128(20, 2))), "1.50;-0.25;100.00;");
  EXPECT_EQ(Values(Convert("1.555\n", arrow::decimal128(20, 2))), "bad 0:3");
  EXPECT_EQ(Values(Convert("1234.5\n", arrow::decimal128(5, 2))), "bad 0:2");
  EXPECT_EQ(Values(Convert("170141183460469231731687303715884105728\n", arrow::decimal256(76, 0))),
            "170141183460469231731687303715884105728;");
}

TEST(CsvConvert, TruthValues) {
  EXPECT_EQ(Values(Convert("true\nFALSE\n\nTrue\n", arrow::boolean())), "true;false;null;true;");
  EXPECT_EQ(Values(Convert("1\n", arrow::boolean())), "bad 0:1");
  EXPECT_EQ(Values(Convert("1\nno\n", arrow::boolean(), false)), "true;false;");
  // Bytes that only differ from letters in the bit of their case.
  EXPECT_EQ(Values(Convert("\x14RUE\n", arrow::boolean())), "bad 0:1");
}

TEST(CsvConvert, TimesWithAndWithoutZones) {
  const auto micro = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  EXPECT_EQ(Values(Convert("2026-11-21 10:20:30\n2026-11-21T10:20:30.5\n2026-11-21\n", micro)),
            "2026-11-21 10:20:30.000000;2026-11-21 10:20:30.500000;2026-11-21 00:00:00.000000;");
  EXPECT_EQ(Values(Convert("2026-11-21 10:20:30Z\n", micro)), "bad 0:4");
  EXPECT_EQ(Values(Convert("2026-11-21 10:20:30Z\n2026-11-21 12:20:30+02:00\n", utc)),
            "2026-11-21 10:20:30.000000Z;2026-11-21 10:20:30.000000Z;");
  EXPECT_EQ(Values(Convert("2026-11-21 10:20:30\n", utc)), "bad 0:4");
  EXPECT_EQ(Values(Convert("2026-11-21 10:20:30\n", utc, false)), "2026-11-21 10:20:30.000000Z;");
  EXPECT_EQ(Values(Convert("2026-11-21 10:20:30.1234567\n", micro)), "bad 0:3");
  EXPECT_EQ(Values(Convert("9999-12-31 00:00:00\n", arrow::timestamp(arrow::TimeUnit::NANO))),
            "bad 0:2");
  EXPECT_EQ(Values(Convert("2026-02-28\n2024-02-29\n", arrow::date32())), "2026-02-28;2024-02-29;");
  EXPECT_EQ(Values(Convert("2026-02-29\n", arrow::date32())), "bad 0:2");
  EXPECT_EQ(Values(Convert("21.11.2026\n", arrow::date32(), true, {.date_format = "%d.%m.%Y"})),
            "2026-11-21;");
  EXPECT_EQ(Values(Convert("P1DT2H\n-PT0.5S\n", arrow::duration(arrow::TimeUnit::MILLI))),
            "93600000;-500;");
}

TEST(CsvConvert, TextKeepsItsBytes) {
  EXPECT_EQ(Values(Convert("a\n\n\"\"\n\"x\"\"y\"\n \n", arrow::utf8())), "a;null;;x\"y; ;");
  const std::string with_nul("a\0b\n", 4);
  EXPECT_EQ(Values(Convert(with_nul, arrow::utf8())), std::string("a\0b;", 4));
  EXPECT_EQ(Values(Convert("NA\n\"NA\"\n\n", arrow::utf8(), true,
                           {.null_spellings = std::vector<std::string>{"NA"}})),
            "null;NA;;");
  EXPECT_EQ(Values(Convert("NA\n\"NA\"\n\n1\n", arrow::int64(), true,
                           {.null_spellings = std::vector<std::string>{"NA"}})),
            "null;null;null;1;");
}

TEST(CsvConvert, TextThatIsNotUtf8IsNamedWithItsByte) {
  const Converted text = Convert("ok\n\xC3\xA4z\xFF\n", arrow::utf8());
  ASSERT_EQ(text.bad.size(), 1U);
  EXPECT_EQ(text.bad[0].row, 1U);
  EXPECT_EQ(text.bad[0].bad_byte, 3);
  EXPECT_TRUE(Convert("ok\n\xC3\xA4z\xFF\n", arrow::binary()).bad.empty());
}

TEST(CsvConvert, BytesAreTakenAsTheyAreOrFromTheirHexSpelling) {
  const Converted bytes = Convert("\\x00fF\n\\x0\n\\xzz\nplain\n\\x\n\"\"\n\n", arrow::binary());
  const auto& array = static_cast<const arrow::BinaryArray&>(*bytes.array);
  EXPECT_EQ(array.GetView(0), std::string_view("\0\xFF", 2));
  EXPECT_EQ(array.GetView(1), "\\x0");
  EXPECT_EQ(array.GetView(2), "\\xzz");
  EXPECT_EQ(array.GetView(3), "plain");
  EXPECT_EQ(array.GetView(4), "");
  EXPECT_EQ(array.GetView(5), "");
  EXPECT_TRUE(array.IsNull(6));
}

TEST(CsvConvert, NullsAnywhereGiveTheRightBitmap) {
  std::mt19937 random(6);
  for (int i = 0; i < 50; ++i) {
    std::string text;
    std::vector<bool> valid;
    const size_t rows = random() % 20000;
    const unsigned rate = 1 + random() % 5000;
    for (size_t row = 0; row < rows; ++row) {
      valid.push_back(random() % rate != 0);
      text += valid.back() ? "17\n" : "\n";
    }
    for (const auto& type : {arrow::int64(), arrow::utf8(), arrow::boolean()}) {
      const Converted result =
          Convert(type->id() == arrow::Type::BOOL ? [&] {
            std::string truth;
            for (const bool value : valid) truth += value ? "true\n" : "\n";
            return truth;
          }() : text, type);
      ASSERT_EQ(result.array->length(), static_cast<int64_t>(rows));
      for (size_t row = 0; row < rows; ++row) {
        ASSERT_EQ(result.array->IsValid(static_cast<int64_t>(row)), valid[row]);
      }
    }
  }
}

TEST(CsvConvert, NestedTypesAreRefused) {
  const ValueStyle style;
  EXPECT_ERROR(
      MakeColumnConverter(arrow::list(arrow::int64()), false, style, arrow::default_memory_pool()),
      ErrorCode::kUsage, "cannot be read as list");
}

}  // namespace
}  // namespace bowyer
