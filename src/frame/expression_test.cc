#include "frame/expression.h"

#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include "frame/bind.h"
#include "matchers.h"

namespace bowyer {
namespace {

std::shared_ptr<arrow::Array> Column(const std::shared_ptr<arrow::DataType>& type,
                                     const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, json);
  EXPECT_TRUE(array.ok()) << array.status().ToString();
  return array.ok() ? *array : nullptr;
}

// One row for each kind of trouble.
std::shared_ptr<arrow::RecordBatch> Orders() {
  const auto schema = arrow::schema({
      arrow::field("id", arrow::int64()),
      arrow::field("small", arrow::int32()),
      arrow::field("amount", arrow::float64()),
      arrow::field("price", arrow::decimal128(12, 2)),
      arrow::field("name", arrow::utf8()),
      arrow::field("day", arrow::date32()),
      arrow::field("at", arrow::timestamp(arrow::TimeUnit::MILLI)),
      arrow::field("at_utc", arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Berlin")),
      arrow::field("ok", arrow::boolean()),
      arrow::field("kind", arrow::dictionary(arrow::int8(), arrow::utf8())),
      arrow::field("place", arrow::struct_({arrow::field("city", arrow::utf8())})),
      arrow::field("Total Sum, net", arrow::int64()),
      arrow::field("view", arrow::utf8_view()),
      arrow::field("tags", arrow::list(arrow::int64())),
      arrow::field("single", arrow::float32()),
      arrow::field("big", arrow::uint64()),
  });
  const auto dictionary = std::make_shared<arrow::DictionaryArray>(
      schema->field(9)->type(), Column(arrow::int8(), "[0, 1, null, 0]"),
      Column(arrow::utf8(), R"(["new", "old"])"));
  return arrow::RecordBatch::Make(
      schema, 4,
      {Column(arrow::int64(), "[1, 2, 9007199254740993, null]"),
       Column(arrow::int32(), "[10, -20, 30, null]"),
       Column(arrow::float64(), "[0.1, 2.5, NaN, null]"),
       Column(arrow::decimal128(12, 2), R"(["0.10", "1.50", "-7.25", null])"),
       Column(arrow::utf8(), R"(["apple", "Ärger%", "", null])"),
       Column(arrow::date32(), "[20393, 20394, 0, null]"),  // 2025-11-01, 02, 1970-01-01
       Column(schema->field(6)->type(), "[1761955200000, 1761955200500, 0, null]"),
       Column(schema->field(7)->type(), "[1761955200000000, 1761955200500000, 0, null]"),
       Column(arrow::boolean(), "[true, false, null, true]"), dictionary,
       Column(schema->field(10)->type(),
              R"([{"city": "Ulm"}, {"city": null}, null, {"city": "Ulm"}])"),
       Column(arrow::int64(), "[5, 6, 7, 8]"),
       Column(arrow::utf8_view(), R"(["a long text, beyond twelve bytes", "b", null, "d"])"),
       Column(arrow::list(arrow::int64()), "[[1], [], null, [2]]"),
       Column(arrow::float32(), "[0.1, 2.5, null, 1]"),
       Column(arrow::uint64(), "[18446744073709551615, 1, null, 2]")});
}

// The condition for each row: "T", "F" or "-" for null.
arrow::Result<std::string> Truth(const std::string& text) {
  const auto batch = Orders();
  ARROW_ASSIGN_OR_RAISE(const auto expression, ParseExpression(text));
  ARROW_ASSIGN_OR_RAISE(const auto bound,
                        BoundExpression::BindCondition(expression, text, *batch->schema()));
  ARROW_ASSIGN_OR_RAISE(const auto array, bound.Evaluate(*batch, arrow::default_memory_pool()));
  std::string truth;
  for (int64_t row = 0; row < array->length(); ++row) {
    truth += array->IsNull(row)                                           ? '-'
             : static_cast<const arrow::BooleanArray&>(*array).Value(row) ? 'T'
                                                                          : 'F';
  }
  return truth;
}

#define EXPECT_TRUTH(text, expected)                                       \
  do {                                                                     \
    const auto truth_ = Truth(text);                                       \
    ASSERT_TRUE(truth_.ok()) << text << ": " << Describe(truth_.status()); \
    EXPECT_EQ(*truth_, expected) << text;                                  \
  } while (false)

TEST(Expression, ComparesNumbersExactly) {
  EXPECT_TRUTH("id = 1", "TFF-");
  EXPECT_TRUTH("id > 1.5", "FTT-");
  EXPECT_TRUTH("id = 9007199254740993", "FFT-");
  EXPECT_TRUTH("id = 9007199254740992", "FFF-");
  EXPECT_TRUTH("id < 99999999999999999999", "TTT-");
  EXPECT_TRUTH("price = 0.1", "TFF-");
  EXPECT_TRUTH("price < 1.505", "TTT-");
  EXPECT_TRUTH("price <> 1.500", "TFT-");
  EXPECT_TRUTH("price > -7.25", "TTF-");
  EXPECT_TRUTH("amount = 0.1", "TFF-");
  EXPECT_TRUTH("single = 0.1", "TF-F");
  EXPECT_TRUTH("small >= 1e1", "TFT-");
  EXPECT_TRUTH("big > 18446744073709551614", "TF-F");
  EXPECT_TRUTH("small < price", "FTF-");
  EXPECT_TRUTH("id <= small", "TFF-");
}

TEST(Expression, NaNIsEqualToNothingAndNullIsUnknown) {
  EXPECT_TRUTH("amount = amount", "TTF-");
  EXPECT_TRUTH("ok", "TF-T");
  EXPECT_TRUTH("not ok", "FT-F");
  EXPECT_TRUTH("ok or id = 2", "TT-T");
  EXPECT_TRUTH("ok and id = 1", "TFF-");
  EXPECT_TRUTH("id = null", "----");
  EXPECT_TRUTH("id is null", "FFFT");
  EXPECT_TRUTH("tags is not null", "TTFT");
  EXPECT_TRUTH("null", "----");
}

TEST(Expression, InAndBetweenFollowSqlsLogic) {
  EXPECT_TRUTH("id in (1, 3)", "TFF-");
  EXPECT_TRUTH("id in (1, null)", "T---");
  EXPECT_TRUTH("id not in (1, null)", "F---");
  EXPECT_TRUTH("id in (1, 2, 3, 4, 5, null)", "TT--");
  EXPECT_TRUTH("id not in (1, 2, 3, 4, 5)", "FFT-");
  EXPECT_TRUTH("id in (1.5, 2.0, 3.0, 4.0, 9)", "FTF-");
  EXPECT_TRUTH("kind in ('new', 'x', 'y', 'z')", "TF-T");
  EXPECT_TRUTH("small between -20 and 10", "TTF-");
  EXPECT_TRUTH("small not between -20 and 10 or ok", "TFTT");
}

TEST(Expression, TextPatternsAndFunctions) {
  EXPECT_TRUTH("name like 'a%'", "TFF-");
  EXPECT_TRUTH("name ilike 'Är___%'", "FTF-");
  EXPECT_TRUTH("name not like '%'", "FFF-");
  EXPECT_TRUTH("name like '%\\%'", "FTF-");
  EXPECT_TRUTH("name = ''", "FFT-");
  EXPECT_TRUTH("lower(name) = 'ärger%'", "FTF-");
  EXPECT_TRUTH("length(name) = 6", "FTF-");
  EXPECT_TRUTH("name || '!' = 'apple!'", "TFF-");
  EXPECT_TRUTH("coalesce(name, 'none') = 'none'", "FFFT");
  EXPECT_TRUTH("kind = 'new'", "TF-T");
  EXPECT_TRUTH("view = 'a long text, beyond twelve bytes'", "TF-F");
  EXPECT_TRUTH("upper(view) like 'A LONG%'", "TF-F");
  EXPECT_TRUTH("place.city = 'Ulm'", "T--T");
}

TEST(Expression, ArithmeticIsExactOrSaysSo) {
  EXPECT_TRUTH("small + 1 = 11", "TFF-");
  EXPECT_TRUTH("small / 4 = 2.5", "TFF-");
  EXPECT_TRUTH("small % 7 = 3", "TFF-");
  EXPECT_TRUTH("small % 7 = -6", "FTF-");
  EXPECT_TRUTH("price * 2 = 3.00", "FTF-");
  EXPECT_TRUTH("price + 0.005 = 1.505", "FTF-");
  EXPECT_TRUTH("-price = 7.25", "FFT-");
  EXPECT_TRUTH("abs(small) = 20", "FTF-");
  EXPECT_TRUTH("2 + 3 * 4 = 14", "TTTT");
  EXPECT_TRUTH("(2 + 3) * 4 - -1 = 21", "TTTT");
  EXPECT_TRUTH("-9223372036854775808 < id", "TTT-");
  EXPECT_ERROR(Truth("id + 9223372036854775807 > 0"), ErrorCode::kData, "overflow");
  EXPECT_ERROR(Truth("small / 0 = 1"), ErrorCode::kData, "small / 0: divide by zero");
  // 9007199254740993 has no float64.
  EXPECT_ERROR(Truth("id / 2 = 0.5"), ErrorCode::kData, "id: ");
  EXPECT_ERROR(Truth("id = amount"), ErrorCode::kData, "9007199254740993");
  EXPECT_ERROR(Truth("cast(name as int64) = 1"), ErrorCode::kData, "int64");
  EXPECT_TRUTH("cast(small as text) = '10'", "TFF-");
  EXPECT_TRUTH("cast(price as decimal(20, 4)) = 1.5", "FTF-");
  EXPECT_TRUTH("cast(at as timestamp[us, UTC]) = at_utc", "TTT-");
}

TEST(Expression, DatesAndTimestamps) {
  EXPECT_TRUTH("day = date '2025-11-01'", "TFF-");
  EXPECT_TRUTH("day > '2025-11-01'", "FTF-");
  EXPECT_TRUTH("at = timestamp '2025-11-01 00:00:00.5'", "FTF-");
  EXPECT_TRUTH("at >= '2025-11-01'", "TTF-");
  EXPECT_TRUTH("at > day", "FFF-");
  EXPECT_TRUTH("at >= timestamp '2025-11-01 00:00:00.000000001'", "FTF-");
  EXPECT_TRUTH("at_utc = timestamp '2025-11-01T01:00:00+01:00'", "TFF-");
  EXPECT_ERROR(Truth("at_utc = timestamp '2025-11-01 00:00:00'"), ErrorCode::kUsage, "time zone");
  EXPECT_ERROR(Truth("day = '11/01/2025'"), ErrorCode::kUsage, "as it must be written here");
  EXPECT_ERROR(Truth("day = date '2025-02-30'"), ErrorCode::kUsage, "not a date");
}

TEST(Expression, NamesWithBlanksAndKeywordsAreQuoted) {
  EXPECT_TRUTH("\"Total Sum, net\" >= 7", "FFTT");
  EXPECT_ERROR(Truth("\"total sum, net\" >= 7"), ErrorCode::kUsage, "did you mean");
  EXPECT_ERROR(Truth("like = 7"), ErrorCode::kUsage, "double quotes");
}

TEST(Expression, FaultsAreShownInTheText) {
  EXPECT_ERROR(Truth("id > 1 and amuont > 2"), ErrorCode::kUsage,
               "there is no column \"amuont\"; did you mean \"amount\"?\n"
               "  id > 1 and amuont > 2\n"
               "             ^^^^^^");
  EXPECT_ERROR(Truth("ä > 1"), ErrorCode::kUsage, "  ä > 1\n  ^\n");
  EXPECT_ERROR(Truth("name > 5"), ErrorCode::kUsage, "put the number in quotes");
  EXPECT_ERROR(Truth("small > '5'"), ErrorCode::kUsage, "leave the quotes out");
  EXPECT_ERROR(Truth("name > small"), ErrorCode::kUsage, "try cast(name as int32)");
  EXPECT_ERROR(Truth("price = amount"), ErrorCode::kUsage, "try cast(price as float64)");
  EXPECT_ERROR(Truth("small"), ErrorCode::kUsage, "is true or false");
  EXPECT_ERROR(Truth("small or ok"), ErrorCode::kUsage, "not true or false");
  EXPECT_ERROR(Truth("tags = 1"), ErrorCode::kUsage, "cannot be compared");
  EXPECT_ERROR(Truth("name + 1 > 2"), ErrorCode::kUsage, "+ takes numbers");
  EXPECT_ERROR(Truth("amount % 2 = 1"), ErrorCode::kUsage, "whole numbers");
  EXPECT_ERROR(Truth("place.town = 'Ulm'"), ErrorCode::kUsage, "no field \"town\"");
  EXPECT_ERROR(Truth("id ="), ErrorCode::kUsage, "ends too early");
  EXPECT_ERROR(Truth(""), ErrorCode::kUsage, "empty");
  EXPECT_ERROR(Truth("(id = 1"), ErrorCode::kUsage, "')' is missing");
  EXPECT_ERROR(Truth("id = 1)"), ErrorCode::kUsage, "nothing should follow");
  EXPECT_ERROR(Truth("id = 1 ok"), ErrorCode::kUsage, "an operator is missing");
  EXPECT_ERROR(Truth("1 < id < 3"), ErrorCode::kUsage, "join two with and");
  EXPECT_ERROR(Truth("name = 'x"), ErrorCode::kUsage, "not closed");
  EXPECT_ERROR(Truth("lowr(name) = 'x'"), ErrorCode::kUsage, "did you mean \"lower\"?");
  EXPECT_ERROR(Truth("lower(name, name) = 'x'"), ErrorCode::kUsage, "one argument");
  EXPECT_ERROR(Truth("id ; 1"), ErrorCode::kUsage, "here");
  EXPECT_ERROR(Truth("id = 2x"), ErrorCode::kUsage, "begin with a digit");
  EXPECT_ERROR(Truth("name like name"), ErrorCode::kUsage, "pattern must be a text");
  EXPECT_ERROR(Truth("cast(id as int46) = 1"), ErrorCode::kUsage, "there is no type");
  EXPECT_ERROR(Truth("id = 1" + std::string(77, '0')), ErrorCode::kUsage, "76 digits");
  EXPECT_ERROR(Truth("id = \xff"), ErrorCode::kUsage, "UTF-8");
}

TEST(Expression, LongConditionsAreShallowAndDeepOnesRefused) {
  std::string many = "id = 1";
  for (int i = 0; i < 5000; ++i) many += " or id = " + std::to_string(i + 100);
  EXPECT_TRUTH(many, "TFF-");
  std::string brackets(100000, '(');
  EXPECT_ERROR(Truth(brackets.append("id")), ErrorCode::kUsage, "too deeply nested");
  EXPECT_ERROR(Truth("id = " + std::string(100000, '-') + "id"), ErrorCode::kUsage, "nested");
  std::string chain = "id = 1";
  for (int i = 0; i < 5000; ++i) chain += " + 1";
  EXPECT_ERROR(Truth(chain), ErrorCode::kUsage, "too long a chain");
  EXPECT_TRUTH("id = " + std::string(1000, '+') + "1", "TFF-");
}

TEST(Expression, ColumnsOfNamesWhatIsRead) {
  const std::string text = "place.city = 'Ulm' and (id > 1 or id < 0)";
  ASSERT_OK_AND_ASSIGN(const auto expression, ParseExpression(text));
  ASSERT_OK_AND_ASSIGN(const auto columns, ColumnsOf(expression, text, *Orders()->schema()));
  EXPECT_EQ(columns, (std::vector<int>{0, 10}));
}

TEST(Expression, TwoColumnsOfOneNameAreAmbiguous) {
  const auto field = arrow::field("a", arrow::int64());
  ASSERT_OK_AND_ASSIGN(const auto expression, ParseExpression("a = 1"));
  EXPECT_ERROR(BoundExpression::Bind(expression, "a = 1", *arrow::schema({field, field})),
               ErrorCode::kUsage, "2 columns are named \"a\"");
}

}  // namespace
}  // namespace bowyer
