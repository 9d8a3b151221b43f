#include "core/validate.h"

#include <arrow/array/array_base.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/json/from_string.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include "matchers.h"

namespace bowyer {
namespace {

template <typename T>
std::shared_ptr<arrow::Buffer> Bytes(std::vector<T> values) {
  return arrow::Buffer::FromVector(std::move(values));
}

std::shared_ptr<arrow::ArrayData> Text(std::vector<int32_t> offsets, const std::string& bytes) {
  const auto rows = static_cast<int64_t>(offsets.size()) - 1;
  return arrow::ArrayData::Make(
      arrow::utf8(), rows, {nullptr, Bytes(std::move(offsets)), arrow::Buffer::FromString(bytes)},
      0);
}

TEST(CheckLayout, SoundArraysOfAllKindsPass) {
  const std::pair<std::shared_ptr<arrow::DataType>, const char*> cases[] = {
      {arrow::null(), "[null]"},
      {arrow::boolean(), "[true, null]"},
      {arrow::int16(), "[1, null]"},
      {arrow::utf8(), R"(["a", null, ""])"},
      {arrow::large_utf8(), R"(["a", null])"},
      {arrow::utf8_view(), R"(["short", null, "long enough to lie elsewhere"])"},
      {arrow::list(arrow::int32()), "[[1, 2], null, []]"},
      {arrow::list_view(arrow::int32()), "[[1, 2], null, []]"},
      {arrow::fixed_size_list(arrow::int32(), 2), "[[1, 2], null]"},
      {arrow::map(arrow::utf8(), arrow::int8()), R"([[["k", 1]], null])"},
      {arrow::struct_({arrow::field("a", arrow::int8())}), R"([{"a": 1}, null])"},
      {arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["a", null, "a"])"},
      {arrow::dense_union({arrow::field("a", arrow::int8())}, {3}), "[[3, 1], [3, null]]"},
      {arrow::decimal128(5, 2), R"(["1.23", null])"},
      // No matter what values mean: not a whole day.
      {arrow::date64(), "[1]"},
  };
  for (const auto& [type, json] : cases) {
    ASSERT_OK_AND_ASSIGN(const auto array, arrow::json::ArrayFromJSONString(type, json));
    for (int64_t from = 0; from <= array->length(); ++from) {
      ASSERT_OK(CheckLayout(*array->Slice(from)->data(), "c"));
      ASSERT_OK(CheckUtf8(*array->Slice(from)->data(), "c", 0));
    }
  }
}

TEST(CheckLayout, OffsetsMustAscendWithinTheirBytes) {
  ASSERT_OK(CheckLayout(*Text({0, 1, 3}, "abc"), "c"));
  EXPECT_ERROR(CheckLayout(*Text({0, 2, 1}, "abc"), "c"), ErrorCode::kData, "column c");
  EXPECT_ERROR(CheckLayout(*Text({-1, 1, 2}, "abc"), "c"), ErrorCode::kData, "ascend");
  EXPECT_ERROR(CheckLayout(*Text({0, 1, 4}, "abc"), "c"), ErrorCode::kData, "offsets reach 4");
  auto few = Text({0, 1}, "abc");
  few->length = 2;
  EXPECT_ERROR(CheckLayout(*few, "c"), ErrorCode::kData, "too short");
}

TEST(CheckLayout, BuffersMustBeThereAndLongEnough) {
  auto ints = arrow::ArrayData::Make(arrow::int32(), 3, {nullptr, Bytes<int32_t>({1, 2})}, 0);
  EXPECT_ERROR(CheckLayout(*ints, "c"), ErrorCode::kData, "8 bytes");
  ints->buffers[1] = nullptr;
  EXPECT_ERROR(CheckLayout(*ints, "c"), ErrorCode::kData, "missing");
  ints->buffers.pop_back();
  EXPECT_ERROR(CheckLayout(*ints, "c"), ErrorCode::kData, "number of buffers");
}

TEST(CheckLayout, NullCountsMustBeTrue) {
  auto ints = arrow::ArrayData::Make(arrow::int8(), 3,
                                     {Bytes<uint8_t>({0b101}), Bytes<int8_t>({1, 2, 3})}, 1);
  ASSERT_OK(CheckLayout(*ints, "c"));
  ints->null_count = 0;
  EXPECT_ERROR(CheckLayout(*ints, "c"), ErrorCode::kData, "nulls");
}

TEST(CheckLayout, DictionaryIndicesMustExistUnlessNull) {
  auto data = arrow::ArrayData::Make(arrow::dictionary(arrow::int8(), arrow::utf8()), 3,
                                     {nullptr, Bytes<int8_t>({0, 1, 2})}, 0);
  EXPECT_ERROR(CheckLayout(*data, "c"), ErrorCode::kData, "dictionary is missing");
  data->dictionary = Text({0, 1, 2}, "ab");
  EXPECT_ERROR(CheckLayout(*data, "c"), ErrorCode::kData, "index 2");
  data->buffers[0] = Bytes<uint8_t>({0b011});
  data->null_count = 1;
  ASSERT_OK(CheckLayout(*data, "c"));
  data->buffers[1] = Bytes<int8_t>({0, -1, 0});
  EXPECT_ERROR(CheckLayout(*data, "c"), ErrorCode::kData, "index -1");
}

TEST(CheckLayout, UnionsListViewsAndRunEndsStayWithinTheirChildren) {
  const auto values = arrow::ArrayData::Make(arrow::int8(), 2, {nullptr, Bytes<int8_t>({1, 2})}, 0);
  auto dense =
      arrow::ArrayData::Make(arrow::dense_union({arrow::field("a", arrow::int8())}, {3}), 2,
                             {nullptr, Bytes<int8_t>({3, 3}), Bytes<int32_t>({0, 2})}, {values}, 0);
  EXPECT_ERROR(CheckLayout(*dense, "c"), ErrorCode::kData, "outside");
  dense->buffers[1] = Bytes<int8_t>({3, 4});
  EXPECT_ERROR(CheckLayout(*dense, "c"), ErrorCode::kData, "unknown type");
  auto views =
      arrow::ArrayData::Make(arrow::list_view(arrow::int8()), 1,
                             {nullptr, Bytes<int32_t>({1}), Bytes<int32_t>({2})}, {values}, 0);
  EXPECT_ERROR(CheckLayout(*views, "c"), ErrorCode::kData, "outside");
  const auto ends = arrow::ArrayData::Make(arrow::int32(), 2, {nullptr, Bytes<int32_t>({2, 3})}, 0);
  auto runs = arrow::ArrayData::Make(arrow::run_end_encoded(arrow::int32(), arrow::int8()), 4,
                                     {nullptr}, {ends, values}, 0);
  EXPECT_ERROR(CheckLayout(*runs, "c"), ErrorCode::kData, "too early");
  runs->length = 3;
  ASSERT_OK(CheckLayout(*runs, "c"));
}

TEST(CheckUtf8, NamesTheRowAndOverlooksNulls) {
  auto text = Text({0, 1, 3, 4}, "a\xC3\xA9z");
  ASSERT_OK(CheckUtf8(*text, "c", 0));
  // The whole is well-formed, but a value ends within a character.
  text = Text({0, 2, 3, 4}, "a\xC3\xA9z");
  EXPECT_ERROR(CheckUtf8(*text, "c", 100), ErrorCode::kData, "row 101");
  text = Text({0, 1, 2}, "a\xFF");
  EXPECT_ERROR(CheckUtf8(*text, "c", 0), ErrorCode::kData, "row 2");
  text->buffers[0] = Bytes<uint8_t>({0b01});
  text->null_count = 1;
  ASSERT_OK(CheckUtf8(*text, "c", 0));
}

}  // namespace
}  // namespace bowyer
