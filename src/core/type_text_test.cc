#include "bowyer/type_text.h"

#include <arrow/type.h>

#include "matchers.h"

namespace bowyer {
namespace {

TEST(TypeText, WhatIsPrintedParsesBackToAnEqualType) {
  const auto item = arrow::field("element", arrow::int32(), false);
  const std::shared_ptr<arrow::DataType> types[] = {
      arrow::null(),
      arrow::boolean(),
      arrow::uint8(),
      arrow::int64(),
      arrow::float16(),
      arrow::float32(),
      arrow::float64(),
      arrow::utf8(),
      arrow::large_utf8(),
      arrow::utf8_view(),
      arrow::binary(),
      arrow::fixed_size_binary(16),
      arrow::date32(),
      arrow::date64(),
      arrow::time32(arrow::TimeUnit::SECOND),
      arrow::time64(arrow::TimeUnit::NANO),
      arrow::timestamp(arrow::TimeUnit::MICRO),
      arrow::timestamp(arrow::TimeUnit::NANO, "Europe/Berlin"),
      arrow::timestamp(arrow::TimeUnit::MILLI, "+05:30"),
      arrow::duration(arrow::TimeUnit::MILLI),
      arrow::month_day_nano_interval(),
      arrow::decimal128(12, 2),
      arrow::decimal256(12, 2),
      arrow::decimal256(76, 10),
      arrow::decimal32(7, 3),
      arrow::decimal128(5, -2),
      arrow::list(arrow::list(arrow::utf8())),
      arrow::list(item),
      arrow::large_list(arrow::int64()),
      arrow::list_view(arrow::int64()),
      arrow::fixed_size_list(arrow::float32(), 3),
      arrow::map(arrow::utf8(), arrow::int64()),
      arrow::dictionary(arrow::int8(), arrow::utf8()),
      arrow::dictionary(arrow::int32(), arrow::utf8(), true),
      arrow::run_end_encoded(arrow::int32(), arrow::float64()),
      arrow::struct_({arrow::field("a", arrow::int64(), false),
                      arrow::field("b \"c\", d", arrow::list(arrow::boolean()))}),
      arrow::struct_({}),
  };
  for (const auto& type : types) {
    ASSERT_OK_AND_ASSIGN(const auto back, ParseType(TypeText(*type)));
    EXPECT_TRUE(back->Equals(*type)) << TypeText(*type) << " became " << back->ToString();
  }
}

TEST(TypeText, PeoplesNamesMeanTheWideTypes) {
  ASSERT_OK_AND_ASSIGN(const auto integer, ParseType(" INT "));
  EXPECT_TRUE(integer->Equals(arrow::int64()));
  ASSERT_OK_AND_ASSIGN(const auto real, ParseType("float"));
  EXPECT_TRUE(real->Equals(arrow::float64()));
  ASSERT_OK_AND_ASSIGN(const auto wide, ParseType("decimal(60, 4)"));
  EXPECT_TRUE(wide->Equals(arrow::decimal256(60, 4)));
}

TEST(TypeText, WrongTypesAreRefusedWithAReason) {
  EXPECT_ERROR(ParseType("strng"), ErrorCode::kUsage, "did you mean \"string\"?");
  EXPECT_ERROR(ParseType("decimal"), ErrorCode::kUsage, "decimal(12,2)");
  EXPECT_ERROR(ParseType("decimal(0,2)"), ErrorCode::kUsage, "is not a type");
  EXPECT_ERROR(ParseType("decimal(99,2)"), ErrorCode::kUsage, "is not a type");
  EXPECT_ERROR(ParseType("list<int64"), ErrorCode::kUsage, "'>' is missing");
  EXPECT_ERROR(ParseType("int64 x"), ErrorCode::kUsage, "nothing should follow");
  EXPECT_ERROR(ParseType("timestamp[h]"), ErrorCode::kUsage, "unit");
  EXPECT_ERROR(ParseType("dictionary<text, text>"), ErrorCode::kUsage, "is not a type");
  EXPECT_ERROR(ParseType(""), ErrorCode::kUsage, "there is no type");
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "list<";
  EXPECT_ERROR(ParseType(deep), ErrorCode::kUsage, "deeply");
}

}  // namespace
}  // namespace bowyer
