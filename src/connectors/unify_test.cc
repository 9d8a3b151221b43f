#include "connectors/unify.h"

#include <arrow/array.h>
#include <arrow/json/from_string.h>
#include <arrow/type.h>

#include "core/common_type.h"
#include "matchers.h"

namespace bowyer {
namespace {

using TypePtr = std::shared_ptr<arrow::DataType>;

TEST(CommonType, HoldsEveryValueOfBoth) {
  const std::array<TypePtr, 3> common[] = {
      {arrow::int8(), arrow::int64(), arrow::int64()},
      {arrow::uint8(), arrow::int8(), arrow::int16()},
      {arrow::uint32(), arrow::int32(), arrow::int64()},
      {arrow::uint64(), arrow::int64(), arrow::decimal128(20, 0)},
      {arrow::int32(), arrow::float32(), arrow::float64()},
      {arrow::int16(), arrow::float32(), arrow::float32()},
      {arrow::float32(), arrow::float64(), arrow::float64()},
      {arrow::int64(), arrow::decimal128(5, 2), arrow::decimal128(21, 2)},
      {arrow::decimal128(38, 0), arrow::decimal128(10, 4), arrow::decimal256(42, 4)},
      {arrow::utf8(), arrow::large_utf8(), arrow::large_utf8()},
      {arrow::null(), arrow::list(arrow::int8()), arrow::list(arrow::int8())},
      {arrow::dictionary(arrow::int8(), arrow::utf8()), arrow::utf8(), arrow::utf8()},
      {arrow::timestamp(arrow::TimeUnit::SECOND), arrow::timestamp(arrow::TimeUnit::NANO),
       arrow::timestamp(arrow::TimeUnit::NANO)}};
  for (const auto& [left, right, expected] : common) {
    for (const auto& type : {CommonType(left, right), CommonType(right, left)}) {
      ASSERT_NE(type, nullptr) << left->ToString() << ", " << right->ToString();
      EXPECT_TRUE(type->Equals(*expected)) << type->ToString();
    }
  }
}

TEST(CommonType, IsNoneWhereSomethingWouldBeLost) {
  const std::pair<TypePtr, TypePtr> apart[] = {
      {arrow::int64(), arrow::float64()},
      {arrow::decimal128(5, 2), arrow::float64()},
      {arrow::decimal256(76, 0), arrow::decimal256(76, 10)},
      {arrow::int64(), arrow::utf8()},
      {arrow::boolean(), arrow::int8()},
      {arrow::date32(), arrow::timestamp(arrow::TimeUnit::MICRO)},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::timestamp(arrow::TimeUnit::MICRO)}};
  for (const auto& [left, right] : apart) {
    EXPECT_EQ(CommonType(left, right), nullptr) << left->ToString() << ", " << right->ToString();
    EXPECT_EQ(CommonType(right, left), nullptr) << right->ToString() << ", " << left->ToString();
  }
}

std::shared_ptr<arrow::Schema> Schema(arrow::FieldVector fields) {
  return arrow::schema(std::move(fields));
}

TEST(UnifySchemas, DifferencesAreShownAsATable) {
  const auto a = Schema({arrow::field("k", arrow::utf8()), arrow::field("n", arrow::int64())});
  const auto b = Schema({arrow::field("n", arrow::float64()), arrow::field("k", arrow::utf8())});
  EXPECT_ERROR(UnifySchemas({{"a.csv", a}, {"b.csv", b}}, false), ErrorCode::kData,
               "  column  a.csv  b.csv\n  n       int64  float64\n");
  const auto turned = Schema({a->field(1), a->field(0)});
  EXPECT_ERROR(UnifySchemas({{"a.csv", a}, {"b.csv", turned}}, false), ErrorCode::kData,
               "(order)  k, n   n, k");
}

TEST(UnifySchemas, ByNameColumnsAreJoinedGapsAreNullAndIntegersMayBecomeFloats) {
  const auto a =
      Schema({arrow::field("k", arrow::utf8(), false), arrow::field("n", arrow::int64())});
  const auto b = Schema({arrow::field("n", arrow::float64()), arrow::field("x", arrow::int8())});
  ASSERT_OK_AND_ASSIGN(const auto unified, UnifySchemas({{"a", a}, {"b", b}}, true));
  EXPECT_TRUE(unified.schema->Equals(
      *Schema({arrow::field("k", arrow::utf8()), arrow::field("n", arrow::float64()),
               arrow::field("x", arrow::int8())})))
      << unified.schema->ToString();
  EXPECT_EQ(unified.positions, (std::vector<std::vector<int>>{{0, 1, -1}, {-1, 0, 1}}));

  ASSERT_OK_AND_ASSIGN(const auto context, Context::Make());
  const auto batch = [&](const std::string& numbers) {
    return arrow::RecordBatch::Make(
        a, 2,
        {arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["p", "q"])").ValueOrDie(),
         arrow::json::ArrayFromJSONString(arrow::int64(), numbers).ValueOrDie()});
  };
  ASSERT_OK_AND_ASSIGN(const auto adapted, AdaptBatch(*context, batch("[9007199254740992, null]"),
                                                      unified.schema, unified.positions[0]));
  ASSERT_OK(adapted->ValidateFull());
  EXPECT_EQ(static_cast<const arrow::DoubleArray&>(*adapted->column(1)).Value(0),
            9007199254740992.0);
  EXPECT_EQ(adapted->column(1)->null_count(), 1);
  EXPECT_EQ(adapted->column(2)->null_count(), 2);
  // 2^53 + 1 has no float64.
  EXPECT_ERROR(
      AdaptBatch(*context, batch("[9007199254740993, null]"), unified.schema, unified.positions[0]),
      ErrorCode::kData, "column n");
}

TEST(UnifySchemas, ByNameRefusesTypesWithoutACommonOneAndRepeatedNames) {
  const auto a = Schema({arrow::field("k", arrow::utf8())});
  const auto b = Schema({arrow::field("k", arrow::int64())});
  EXPECT_ERROR(UnifySchemas({{"a", a}, {"b", b}}, true), ErrorCode::kData,
               "no type holds both string and int64 without loss");
  const auto twice = Schema({a->field(0), a->field(0)});
  EXPECT_ERROR(UnifySchemas({{"a", a}, {"b", twice}}, true), ErrorCode::kData, "the same name");
}

}  // namespace
}  // namespace bowyer
