#include "formats/json/writer.h"

#include <arrow/builder.h>

#include <bit>
#include <cmath>
#include <random>

#include "formats/text/encode_test.h"
#include "matchers.h"

namespace bowyer {
namespace {

std::string Json(const std::shared_ptr<arrow::RecordBatch>& batch) {
  const auto text = Encode(MakeJsonEncoder, {batch});
  return text.ok() ? *text : Describe(text.status());
}

std::string Json(const std::shared_ptr<arrow::DataType>& type, std::string_view json) {
  return Json(BatchOf({{"v", ArrayOf(type, json)}}));
}

TEST(JsonWriter, EveryRowIsAnObjectWithEveryKey) {
  EXPECT_EQ(Json(BatchOf({{"id", ArrayOf(arrow::int64(), "[1, null]")},
                          {"a \"name\" longer than sixteen bytes",
                           ArrayOf(arrow::utf8(), R"(["x", null])")}})),
            "{\"id\":1,\"a \\\"name\\\" longer than sixteen bytes\":\"x\"}\n"
            "{\"id\":null,\"a \\\"name\\\" longer than sixteen bytes\":null}\n");
}

TEST(JsonWriter, LargeIntegersAndDecimalsKeepAllDigits) {
  EXPECT_EQ(Json(arrow::int64(), "[9007199254740993]"), "{\"v\":9007199254740993}\n");
  EXPECT_EQ(Json(arrow::uint64(), "[18446744073709551615]"), "{\"v\":18446744073709551615}\n");
  EXPECT_EQ(Json(arrow::decimal128(38, 10), R"(["1234567890123456789012345678.0123456789"])"),
            "{\"v\":1234567890123456789012345678.0123456789}\n");
}

TEST(JsonWriter, NumbersWithoutAJsonSpellingAreStrings) {
  EXPECT_EQ(Json(arrow::float64(), "[NaN, Inf, -Inf, -0.0]"),
            "{\"v\":\"NaN\"}\n{\"v\":\"Infinity\"}\n{\"v\":\"-Infinity\"}\n{\"v\":-0.0}\n");
}

TEST(JsonWriter, TextIsEscapedWhereJsonAsksForIt) {
  EXPECT_EQ(Json(arrow::utf8(), R"(["\"\\/\b\f\n\r\t\u0001\u001f\u007fé😀"])"),
            "{\"v\":\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7Fé😀\"}\n");
}

TEST(JsonWriter, CharacterToEscapeIsFoundAtEveryPlace) {
  for (int size = 1; size <= 40; ++size) {
    for (int place = 0; place < size; ++place) {
      std::string text(static_cast<size_t>(size), 'x');
      text[static_cast<size_t>(place)] = '\\';
      arrow::StringBuilder builder;
      ASSERT_OK(builder.Append(text));
      ASSERT_OK(builder.Append("yyyyyyyyyyyyyyyyyyyyyyyy"));
      ASSERT_OK_AND_ASSIGN(auto array, builder.Finish());
      text.insert(static_cast<size_t>(place), "\\");
      EXPECT_EQ(Json(BatchOf({{"v", array}})),
                "{\"v\":\"" + text + "\"}\n{\"v\":\"yyyyyyyyyyyyyyyyyyyyyyyy\"}\n");
    }
  }
}

TEST(JsonWriter, BinaryIsBase64) {
  EXPECT_EQ(Json(arrow::binary(), R"(["", "f", "fo", "foo", "foob"])"),
            "{\"v\":\"\"}\n{\"v\":\"Zg==\"}\n{\"v\":\"Zm8=\"}\n{\"v\":\"Zm9v\"}\n"
            "{\"v\":\"Zm9vYg==\"}\n");
}

TEST(JsonWriter, NestedValuesAreNative) {
  const auto type = arrow::struct_({arrow::field("l", arrow::list(arrow::date32())),
                                    arrow::field("m", arrow::map(arrow::utf8(), arrow::int32()))});
  EXPECT_EQ(Json(type, R"([{"l": [0, null], "m": [["a", 1], ["a", null]]}, null])"),
            "{\"v\":{\"l\":[\"1970-01-01\",null],"
            "\"m\":[{\"key\":\"a\",\"value\":1},{\"key\":\"a\",\"value\":null}]}}\n"
            "{\"v\":null}\n");
}

TEST(JsonWriter, RandomValuesAreReadBackByArrow) {
  std::mt19937_64 random(1);
  const std::string alphabet("aaaaaaaaaaaaaa \"\\\n\r\t/\0\x01\x1F\x7F", 25);
  arrow::Int64Builder integers;
  arrow::DoubleBuilder reals;
  arrow::StringBuilder texts;
  for (int row = 0; row < 20000; ++row) {
    ASSERT_OK(integers.Append(static_cast<int64_t>(random() >> (random() % 64))));
    const auto real = std::bit_cast<double>(random());
    ASSERT_OK(std::isfinite(real) ? reals.Append(real) : reals.AppendNull());
    std::string text;
    const size_t length = random() % (row % 100 == 0 ? 9000 : 40);
    while (text.size() < length) text += alphabet[random() % alphabet.size()];
    ASSERT_OK(random() % 10 == 0 ? texts.AppendNull() : texts.Append(text + "é"));
  }
  ASSERT_OK_AND_ASSIGN(auto integer_array, integers.Finish());
  ASSERT_OK_AND_ASSIGN(auto real_array, reals.Finish());
  ASSERT_OK_AND_ASSIGN(auto text_array, texts.Finish());
  const auto lists =
      arrow::ListArray::FromArrays(*ArrayOf(arrow::int32(), "[0, 2, 2, 5]"), *text_array)
          .ValueOrDie();
  const auto batch = BatchOf({{"i", integer_array}, {"r", real_array}, {"t\n", text_array}});
  for (const auto& table : {batch, BatchOf({{"l", lists}})}) {
    std::string text = Json(table);
    text.pop_back();
    for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at)) {
      text[at] = ',';  // line ends within values are escaped
    }
    ASSERT_OK_AND_ASSIGN(const auto expected, table->ToStructArray());
    const auto back = ArrayOf(expected->type(), '[' + text + ']');
    EXPECT_TRUE(back->Equals(*expected));
  }
}

TEST(JsonWriter, TableWithoutColumnsKeepsItsRows) {
  EXPECT_EQ(Json(arrow::RecordBatch::Make(arrow::schema({}), 2, arrow::ArrayVector{})), "{}\n{}\n");
}

TEST(JsonWriter, RepeatedNamesAreRefused) {
  const auto ones = ArrayOf(arrow::int8(), "[1]");
  const auto text = Encode(MakeJsonEncoder, {BatchOf({{"a", ones}, {"a", ones}})});
  EXPECT_ERROR(text, ErrorCode::kData, "there twice");
  const auto nested = ArrayOf(
      arrow::struct_({arrow::field("x", arrow::int8()), arrow::field("x", arrow::int8())}), "[]");
  EXPECT_ERROR(Encode(MakeJsonEncoder, {BatchOf({{"a", nested}})}), ErrorCode::kData,
               "there twice within");
}

TEST(JsonWriter, InvalidUtf8NamesColumnAndRow) {
  arrow::StringBuilder builder;
  ASSERT_OK(builder.Append("good"));
  ASSERT_OK(builder.Append("\xC3"));
  ASSERT_OK_AND_ASSIGN(auto array, builder.Finish());
  EXPECT_ERROR(Encode(MakeJsonEncoder, {BatchOf({{"town", array}})}), ErrorCode::kData,
               "column town");
}

}  // namespace
}  // namespace bowyer
