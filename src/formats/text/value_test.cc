#include "formats/text/value.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/extension/json.h>
#include <arrow/extension/uuid.h>
#include <arrow/scalar.h>

#include <random>

#include "formats/text/encode_test.h"
#include "formats/text/json_text.h"
#include "matchers.h"

namespace bowyer {
namespace {

std::string Spell(const arrow::Array& array, Notation notation) {
  auto text = ArrayText::Make(*array.data(), notation, "NULL");
  if (!text.ok()) return Describe(text.status());
  TextBuffer buffer(arrow::default_memory_pool());
  char* at = buffer.Restart(1);
  for (int64_t row = 0; row < array.length() && at != nullptr; ++row) {
    at = buffer.Reserve(at, text->bound() + 1);
    if (row > 0) *at++ = ' ';
    at = text->Append(row, at, buffer);
  }
  return at == nullptr ? Describe(buffer.status()) : std::string(buffer.view(at));
}

// All values, one after the other, in plain notation; the same of a slice must be the same.
std::string Plain(const std::shared_ptr<arrow::Array>& array) {
  const std::string all = Spell(*array, Notation::kPlain);
  std::string parts;
  for (int64_t row = 0; row < array->length(); ++row) {
    parts += (row > 0 ? " " : "") + Spell(*array->Slice(row, 1), Notation::kPlain);
  }
  EXPECT_EQ(parts, all);
  return all;
}
std::string Plain(const std::shared_ptr<arrow::DataType>& type, std::string_view json) {
  return Plain(ArrayOf(type, json));
}
std::string Json(const std::shared_ptr<arrow::Array>& array) {
  return Spell(*array, Notation::kJson);
}

TEST(ValueText, ScalarsOfEveryType) {
  EXPECT_EQ(Plain(arrow::null(), "[null, null]"), "NULL NULL");
  EXPECT_EQ(Plain(arrow::boolean(), "[true, false, null]"), "true false NULL");
  EXPECT_EQ(Plain(arrow::int8(), "[-128, 127]"), "-128 127");
  EXPECT_EQ(Plain(arrow::uint8(), "[0, 255]"), "0 255");
  EXPECT_EQ(Plain(arrow::int16(), "[-32768, 32767]"), "-32768 32767");
  EXPECT_EQ(Plain(arrow::uint16(), "[65535]"), "65535");
  EXPECT_EQ(Plain(arrow::int32(), "[-2147483648]"), "-2147483648");
  EXPECT_EQ(Plain(arrow::uint32(), "[4294967295, null]"), "4294967295 NULL");
  EXPECT_EQ(Plain(arrow::uint64(), "[18446744073709551615]"), "18446744073709551615");
  EXPECT_EQ(Plain(arrow::float16(), "[1.5, null]"), "1.5 NULL");
  EXPECT_EQ(Plain(arrow::float32(), "[0.1, NaN]"), "0.1 nan");
  EXPECT_EQ(Plain(arrow::float64(), "[0.1, -Inf]"), "0.1 -inf");
  EXPECT_EQ(Plain(arrow::decimal32(5, 2), R"(["-123.45"])"), "-123.45");
  EXPECT_EQ(Plain(arrow::decimal64(10, 2), R"(["1.00"])"), "1.00");
  EXPECT_EQ(Plain(arrow::decimal256(40, 1), R"(["-100000000000000000000000000000000000000.5"])"),
            "-100000000000000000000000000000000000000.5");
  EXPECT_EQ(Plain(arrow::date32(), "[0, null, -1]"), "1970-01-01 NULL 1969-12-31");
  EXPECT_EQ(Plain(arrow::date64(), "[86400000, 1]"), "1970-01-02 1970-01-01T00:00:00.001");
  EXPECT_EQ(Plain(arrow::time32(arrow::TimeUnit::MILLI), "[1]"), "00:00:00.001");
  EXPECT_EQ(Plain(arrow::time64(arrow::TimeUnit::NANO), "[1]"), "00:00:00.000000001");
  EXPECT_EQ(Plain(arrow::timestamp(arrow::TimeUnit::SECOND), "[0]"), "1970-01-01T00:00:00");
  EXPECT_EQ(Plain(arrow::timestamp(arrow::TimeUnit::SECOND, "Europe/Berlin"), "[0]"),
            "1970-01-01T00:00:00Z");
  EXPECT_EQ(Plain(arrow::duration(arrow::TimeUnit::SECOND), "[61]"), "PT1M1S");
  EXPECT_EQ(Plain(arrow::month_interval(), "[14, null]"), "P14M NULL");
  EXPECT_EQ(Plain(arrow::day_time_interval(), "[[1, -500]]"), "P1DT-0.500S");
  EXPECT_EQ(Plain(arrow::month_day_nano_interval(), "[[1, 2, 3]]"), "P1M2DT0.000000003S");
}

TEST(ValueText, TextAndBinaryOfEveryLayout) {
  const char* texts = R"(["", "abc", null, "long enough to be kept out of line", "é"])";
  const std::string expected = " abc NULL long enough to be kept out of line é";
  EXPECT_EQ(Plain(arrow::utf8(), texts), expected);
  EXPECT_EQ(Plain(arrow::large_utf8(), texts), expected);
  EXPECT_EQ(Plain(arrow::utf8_view(), texts), expected);
  const char* bytes = R"(["", "ab", null, "long enough to be kept out of line"])";
  for (const auto& type : {arrow::binary(), arrow::large_binary(), arrow::binary_view()}) {
    EXPECT_EQ(Plain(type, bytes),
              "\\x \\x6162 NULL "
              "\\x6c6f6e6720656e6f75676820746f206265206b657074206f7574206f66206c696e65");
    EXPECT_EQ(Json(ArrayOf(type, R"(["", "ab", null])")), R"("" "YWI=" NULL)");
  }
  EXPECT_EQ(Plain(arrow::fixed_size_binary(2), R"(["ab", null])"), "\\x6162 NULL");
}

TEST(ValueText, NestedValuesAreJson) {
  EXPECT_EQ(Plain(arrow::list(arrow::utf8()), R"([["a", null], [], null])"),
            R"(["a",null] [] NULL)");
  EXPECT_EQ(Plain(arrow::large_list(arrow::float64()), "[[1, NaN]]"), R"([1.0,"NaN"])");
  EXPECT_EQ(Plain(arrow::list_view(arrow::int8()), "[[1, 2], null, [3]]"), "[1,2] NULL [3]");
  EXPECT_EQ(Plain(arrow::large_list_view(arrow::int8()), "[[1, 2], null, [3]]"), "[1,2] NULL [3]");
  EXPECT_EQ(Plain(arrow::fixed_size_list(arrow::int8(), 2), "[[1, 2], null, [3, null]]"),
            "[1,2] NULL [3,null]");
  EXPECT_EQ(Plain(arrow::struct_({arrow::field("a \"b\"", arrow::int8()),
                                  arrow::field("t", arrow::timestamp(arrow::TimeUnit::SECOND))}),
                  R"([{"a \"b\"": 1, "t": 0}, null, {"t": null}])"),
            R"({"a \"b\"":1,"t":"1970-01-01T00:00:00"} NULL {"a \"b\"":null,"t":null})");
  EXPECT_EQ(Plain(arrow::struct_({}), "[{}, null]"), "{} NULL");
  EXPECT_EQ(Plain(arrow::map(arrow::int8(), arrow::utf8()), R"([[[1, "x"], [1, null]], null])"),
            R"([{"key":1,"value":"x"},{"key":1,"value":null}] NULL)");
  EXPECT_EQ(Plain(arrow::list(arrow::list(arrow::decimal128(3, 1))), R"([[["1.5"], null]])"),
            "[[1.5],null]");
}

TEST(ValueText, UnionsNameTheirMember) {
  const auto fields = {arrow::field("i", arrow::int8()), arrow::field("s", arrow::utf8())};
  for (const auto& type :
       {arrow::sparse_union(fields, {5, 9}), arrow::dense_union(fields, {5, 9})}) {
    EXPECT_EQ(Plain(type, R"([[5, 1], [9, "x"], [5, null]])"), R"({"i":1} {"s":"x"} {"i":null})");
  }
}

TEST(ValueText, DictionariesAndRunsAreTheirValues) {
  for (const auto& index : {arrow::int8(), arrow::uint16(), arrow::int32(), arrow::uint64()}) {
    const auto type = arrow::dictionary(index, arrow::utf8());
    EXPECT_EQ(
        Plain(arrow::json::DictArrayFromJSONString(type, "[1, null, 0, 2]", R"(["a", "b", null])")
                  .ValueOrDie()),
        "b NULL a NULL");
  }
  for (const auto& end : {arrow::int16(), arrow::int32(), arrow::int64()}) {
    const auto runs = arrow::RunEndEncodedArray::Make(5, ArrayOf(end, "[2, 3, 5]"),
                                                      ArrayOf(arrow::utf8(), R"(["a", null, "b"])"))
                          .ValueOrDie();
    EXPECT_EQ(Plain(runs), "a a NULL b b");
  }
}

TEST(ValueText, ExtensionTypesAreTheirStorageOrTheirOwnText) {
  const auto bytes = ArrayOf(arrow::fixed_size_binary(16), R"(["0123456789abcdef", null])");
  const auto uuid = arrow::ExtensionType::WrapArray(arrow::extension::uuid(), bytes);
  EXPECT_EQ(Plain(uuid), "30313233-3435-3637-3839-616263646566 NULL");
  EXPECT_EQ(Json(uuid), "\"30313233-3435-3637-3839-616263646566\" NULL");

  const auto texts = ArrayOf(arrow::utf8(), R"(["{\"a\":\n1}", null])");
  const auto json = arrow::ExtensionType::WrapArray(arrow::extension::json(), texts);
  EXPECT_EQ(Plain(json), "{\"a\":\n1} NULL");
  EXPECT_EQ(Json(json), "{\"a\": 1} NULL");
  const auto broken = arrow::ExtensionType::WrapArray(arrow::extension::json(),
                                                      ArrayOf(arrow::utf8(), R"(["{\"a\""])"));
  EXPECT_NE(Json(broken).find("is not valid JSON"), std::string::npos);
}

TEST(ValueText, TimeOutsideOfADayIsRefused) {
  EXPECT_NE(Plain(arrow::time32(arrow::TimeUnit::SECOND), "[90000]").find("no time of a day"),
            std::string::npos);
}

TEST(ValueText, PeopleAreShownEverything) {
  const auto array = ArrayOf(arrow::utf8(), R"(["x", null])");
  EXPECT_EQ(ValueText(*array, 0), "x");
  EXPECT_EQ(ValueText(*array, 1), "null");
  EXPECT_EQ(ValueText(arrow::Int64Scalar(-7)), "-7");
  EXPECT_EQ(ValueText(*ArrayOf(arrow::time32(arrow::TimeUnit::SECOND), "[90000]"), 0),
            "<90000 is no time of a day (time32[s])>");
}

TEST(ValueText, SchemasThatTextCannotHoldAreRefused) {
  const auto twice =
      arrow::struct_({arrow::field("x", arrow::int8()), arrow::field("x", arrow::int8())});
  EXPECT_ERROR(CheckSpellable(*arrow::field("c", arrow::list(twice))), ErrorCode::kData,
               "column c: the name \"x\" is there twice");
  EXPECT_ERROR(CheckSpellable(*arrow::field("c", arrow::decimal128(5, 2000))), ErrorCode::kData,
               "scale");
  EXPECT_ERROR(
      CheckSpellable(*arrow::field("c", arrow::struct_({arrow::field("\xFF", arrow::int8())}))),
      ErrorCode::kData, "not valid UTF-8");
}

TEST(ValueText, ReadyMadeJsonIsChecked) {
  for (const char* good :
       {"1", "-0.5e+10", "\"a\\u00e9\\n\"", "[1, [], {}]", " {\"a\" : null} ", "[true,false]"}) {
    EXPECT_TRUE(IsJson(good)) << good;
  }
  for (const char* bad :
       {"", " ", "01", "1.", ".5", "+1", "nul", "\"a", "\"\n\"", "\"\\x\"", "[1,]", "[1", "{\"a\"}",
        "{a:1}", "1 2", "NaN", "\"\\u12\"", "\"\xFF\""}) {
    EXPECT_FALSE(IsJson(bad)) << bad;
  }
  EXPECT_TRUE(IsJson(std::string(900, '[') + std::string(900, ']')));
  EXPECT_FALSE(IsJson(std::string(100000, '[') + std::string(100000, ']')));
}

// Random bits as values of `type`, every fifth null.
std::shared_ptr<arrow::Array> RandomOf(const std::shared_ptr<arrow::DataType>& type,
                                       std::mt19937_64* random, int64_t below) {
  auto builder = arrow::MakeBuilder(type).ValueOrDie();
  for (int i = 0; i < 5000; ++i) {
    if ((*random)() % 5 == 0) {
      EXPECT_TRUE(builder->AppendNull().ok());
      continue;
    }
    int64_t value = static_cast<int64_t>((*random)() >> ((*random)() % 64)) % below;
    if (arrow::is_time(type->id())) value = std::abs(value);
    const auto wide = arrow::MakeScalar(arrow::int64(), value).ValueOrDie();
    const auto scalar = wide->CastTo(type).ValueOrDie();
    EXPECT_TRUE(builder->AppendScalar(*scalar).ok());
  }
  return builder->Finish().ValueOrDie();
}

TEST(ValueText, RandomTimesAreReadBackByArrow) {
  std::mt19937_64 random(3);
  constexpr int64_t kYears200 = int64_t{200} * 365 * 86400;
  using Unit = arrow::TimeUnit;
  const std::pair<std::shared_ptr<arrow::DataType>, int64_t> types[] = {
      {arrow::date32(), 200 * 365},
      {arrow::time32(Unit::SECOND), 86400},
      {arrow::time32(Unit::MILLI), 86400000},
      {arrow::time64(Unit::MICRO), 86400000000},
      {arrow::time64(Unit::NANO), 86400000000000},
      {arrow::timestamp(Unit::SECOND), kYears200},
      {arrow::timestamp(Unit::MILLI), kYears200 * 1000},
      {arrow::timestamp(Unit::MICRO), kYears200 * 1000000},
      {arrow::timestamp(Unit::NANO), kYears200 * 1000000000},
      {arrow::timestamp(Unit::MICRO, "UTC"), kYears200 * 1000000}};
  for (const auto& [type, below] : types) {
    const auto array = RandomOf(type, &random, below);
    for (int64_t row = 0; row < array->length(); ++row) {
      if (array->IsNull(row)) continue;
      const std::string text = ValueText(*array, row);
      ASSERT_OK_AND_ASSIGN(const auto back, arrow::Scalar::Parse(type, text));
      ASSERT_OK_AND_ASSIGN(const auto value, array->GetScalar(row));
      ASSERT_TRUE(back->Equals(*value)) << type->ToString() << ' ' << text;
    }
  }
}

}  // namespace
}  // namespace bowyer
