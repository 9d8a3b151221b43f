#include "channels/batch_table.h"

#include <arrow/array/array_dict.h>
#include <arrow/array/array_run_end.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/device.h>
#include <arrow/extension/uuid.h>
#include <gtest/gtest.h>

#include <cstring>

#include "matchers.h"
#include "table_of.h"

namespace bowyer {
namespace {

using arrow::field;

struct Shared {
  std::shared_ptr<arrow::Buffer> bytes;
  int64_t table_bytes = 0;
};

arrow::Result<Shared> Write(const arrow::RecordBatch& batch) {
  ARROW_ASSIGN_OR_RAISE(const auto plan, BatchPlan::Of(batch));
  ARROW_ASSIGN_OR_RAISE(auto bytes, arrow::AllocateBuffer(plan.bytes()));
  std::memset(bytes->mutable_data(), 0xA5, static_cast<size_t>(bytes->size()));
  plan.WriteTo(bytes->mutable_data());
  return Shared{.bytes = std::move(bytes), .table_bytes = plan.table_bytes()};
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> Read(
    const Shared& shared, const std::shared_ptr<arrow::Schema>& schema, int64_t rows) {
  const std::string table(reinterpret_cast<const char*>(shared.bytes->data()),
                          static_cast<size_t>(shared.table_bytes));
  const BatchPart part{.data = shared.bytes->data(), .length = shared.bytes->size()};
  return ReadBatchTable(schema, table, {&part, 1}, shared.bytes, rows);
}

// Arrays of each layout, with nulls, 20 values each.
arrow::ArrayVector AllTypes() {
  const auto json = [](const std::shared_ptr<arrow::DataType>& type, std::string values) {
    std::string twice = values.substr(1, values.size() - 2);
    std::string text = "[" + twice + "," + twice + "," + twice + "," + twice + "]";
    return arrow::json::ArrayFromJSONString(type, text).ValueOrDie();
  };
  const std::string numbers = "[1, null, 3, 4, -5]";
  const std::string texts = R"(["a", null, "", "a text that is too long for a view", "é"])";
  const auto dictionary = arrow::dictionary(arrow::int8(), arrow::utf8());
  arrow::ArrayVector arrays = {
      json(arrow::null(), "[null, null, null, null, null]"),
      json(arrow::boolean(), "[true, null, false, true, true]"),
      json(arrow::int8(), numbers),
      json(arrow::int64(), "[1, 2, 3, 4, 5]"),
      json(arrow::float64(), "[1.5, null, -0.0, 4, 1e300]"),
      json(arrow::decimal256(50, 3), R"(["1.000", null, "-3.250", "4.000", "5.125"])"),
      json(arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), numbers),
      json(arrow::month_day_nano_interval(),
           "[[1, 2, 3], null, [0, 0, 0], [4, 5, 6], [-1, -2, -3]]"),
      json(arrow::fixed_size_binary(3), R"(["abc", null, "def", "ghi", "jkl"])"),
      json(arrow::utf8(), texts),
      json(arrow::large_binary(), texts),
      json(arrow::utf8_view(), texts),
      json(arrow::binary_view(), texts),
      json(arrow::list(arrow::int32()), "[[1, 2], null, [], [3], [null, 4, 5]]"),
      json(arrow::large_list(arrow::utf8()), R"([["x"], null, [], ["yy", null], ["z"]])"),
      json(arrow::list_view(arrow::int16()), "[[1, 2], null, [], [3], [null, 4, 5]]"),
      json(arrow::large_list_view(arrow::utf8()), R"([["x"], null, [], ["yy", null], ["z"]])"),
      json(arrow::fixed_size_list(arrow::int8(), 2), "[[1, 2], null, [3, null], [4, 5], [6, 7]]"),
      json(arrow::map(arrow::utf8(), arrow::int32()),
           R"([[["a", 1]], null, [], [["b", 2], ["c", null]], [["d", 4]]])"),
      json(arrow::struct_({field("x", arrow::int32()), field("y", arrow::list(arrow::utf8()))}),
           R"([{"x": 1, "y": ["a"]}, null, {"x": null, "y": []}, {"x": 4, "y": null},
               {"x": 5, "y": ["b", "c"]}])"),
      json(arrow::dense_union({field("i", arrow::int32()), field("s", arrow::utf8())}, {3, 7}),
           R"([[3, 1], [7, "a"], [3, null], [7, "b"], [3, 5]])"),
      json(arrow::sparse_union({field("i", arrow::int32()), field("s", arrow::utf8())}, {3, 7}),
           R"([[3, 1], [7, "a"], [3, null], [7, "b"], [3, 5]])"),
      json(dictionary, R"(["a", null, "b", "a", "c"])"),
      json(arrow::list(dictionary), R"([["a"], null, [], ["b", "a"], ["c"]])"),
  };
  arrays.push_back(arrow::ExtensionType::WrapArray(
      arrow::extension::uuid(),
      json(arrow::fixed_size_binary(16),
           R"(["0123456789abcdef", null, "0123456789abcdeX", "0123456789abcdeY",
               "0123456789abcdeZ"])")));
  const auto ends = arrow::json::ArrayFromJSONString(arrow::int32(), "[2, 3, 9, 20]").ValueOrDie();
  const auto runs =
      arrow::json::ArrayFromJSONString(arrow::utf8(), R"(["a", null, "b", "a"])").ValueOrDie();
  arrays.push_back(arrow::RunEndEncodedArray::Make(20, ends, runs).ValueOrDie());
  return arrays;
}

TEST(BatchTable, EveryTypeAndEverySliceArrivesAsItWas) {
  const arrow::ArrayVector arrays = AllTypes();
  arrow::FieldVector fields;
  for (size_t i = 0; i < arrays.size(); ++i) {
    fields.push_back(field(arrays[i]->type()->ToString(), arrays[i]->type()));
  }
  const auto schema = arrow::schema(fields);
  const auto whole = arrow::RecordBatch::Make(schema, 20, arrays);
  for (int64_t first = 0; first <= 20; ++first) {
    for (int64_t rows = 0; first + rows <= 20; ++rows) {
      const auto slice = whole->Slice(first, rows);
      ASSERT_OK_AND_ASSIGN(const auto shared, Write(*slice));
      ASSERT_OK_AND_ASSIGN(const auto got, Read(shared, schema, rows));
      ASSERT_OK(got->ValidateFull());
      for (int i = 0; i < got->num_columns(); ++i) {
        ASSERT_TRUE(got->column(i)->Equals(*slice->column(i)))
            << schema->field(i)->name() << " " << first << "+" << rows << "\n"
            << got->column(i)->ToString() << slice->column(i)->ToString();
      }
    }
  }
}

// As if all buffers lay in shared memory already.
TEST(BatchTable, WhatStaysInItsPlaceArrivesAsItWas) {
  const arrow::ArrayVector arrays = AllTypes();
  arrow::FieldVector fields;
  for (const auto& array : arrays) fields.push_back(field("c", array->type()));
  const auto schema = arrow::schema(fields);
  ASSERT_OK_AND_ASSIGN(
      const auto whole,
      arrow::RecordBatch::Make(schema, 20, arrays)->CopyTo(arrow::default_cpu_memory_manager()));
  constexpr int64_t kReach = int64_t{1} << 46;
  const auto here = reinterpret_cast<uintptr_t>(whole->column_data(2)->buffers[1]->data());
  const auto* const base = reinterpret_cast<const uint8_t*>(
      here > uintptr_t{kReach} ? (here - uintptr_t{kReach}) / 64 * 64 : 64);
  const BatchPlaces places = [&](const uint8_t* data,
                                 int64_t bytes) -> std::optional<BatchTableBuffer> {
    if (reinterpret_cast<uintptr_t>(data) % 64 != 0) return std::nullopt;
    return BatchTableBuffer{.part = 1, .offset = data - base, .length = bytes};
  };
  for (int64_t first = 0; first <= 20; ++first) {
    for (int64_t rows = 0; first + rows <= 20; ++rows) {
      const auto slice = whole->Slice(first, rows);
      ASSERT_OK_AND_ASSIGN(const auto plan, BatchPlan::Of(*slice, places));
      ASSERT_OK_AND_ASSIGN(auto bytes, arrow::AllocateBuffer(plan.bytes()));
      plan.WriteTo(bytes->mutable_data());
      const std::string table(reinterpret_cast<const char*>(bytes->data()),
                              static_cast<size_t>(plan.table_bytes()));
      const BatchPart parts[] = {{.data = bytes->data(), .length = bytes->size()},
                                 {.data = base, .length = 2 * kReach}};
      ASSERT_OK_AND_ASSIGN(const auto got, ReadBatchTable(schema, table, parts, nullptr, rows));
      ASSERT_OK(got->ValidateFull());
      for (int i = 0; i < got->num_columns(); ++i) {
        ASSERT_TRUE(got->column(i)->Equals(*slice->column(i)))
            << schema->field(i)->type()->ToString() << " " << first << "+" << rows << "\n"
            << got->column(i)->ToString() << slice->column(i)->ToString();
      }
      EXPECT_GT(plan.in_place_bytes(), 0);  // dictionaries, if nothing else
    }
  }
}

TEST(BatchTable, ASliceOfASliceAndOfNestedArraysTakesOnlyItsPart) {
  std::string text = "[";
  for (int i = 0; i < 4096; ++i) {
    text += (i > 0 ? "," : "") + std::string(R"(["some text of a list", "and more"])");
  }
  text += "]";
  const auto array =
      arrow::json::ArrayFromJSONString(arrow::list(arrow::utf8()), text).ValueOrDie();
  const auto schema = arrow::schema({field("c", array->type())});
  const auto batch = arrow::RecordBatch::Make(schema, array->length(), {array});
  ASSERT_OK_AND_ASSIGN(const auto plan, BatchPlan::Of(*batch->Slice(1003, 500)->Slice(10, 10)));
  EXPECT_LT(plan.bytes(), 2000);
}

TEST(BatchTable, AViewOfLittleTakesLittle) {
  arrow::StringViewBuilder builder;
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_OK(builder.Append("a text that is longer than twelve bytes " + std::to_string(i)));
  }
  ASSERT_OK_AND_ASSIGN(const auto array, builder.Finish());
  const auto schema = arrow::schema({field("c", arrow::utf8_view())});
  const auto slice = arrow::RecordBatch::Make(schema, 10'000, {array})->Slice(7777, 13);
  ASSERT_OK_AND_ASSIGN(const auto shared, Write(*slice));
  EXPECT_LT(shared.bytes->size(), 2000);
  ASSERT_OK_AND_ASSIGN(const auto got, Read(shared, schema, 13));
  EXPECT_TRUE(got->Equals(*slice));
}

TEST(BatchTable, BuffersLieInTheMemoryAtSixtyFourBytes) {
  const auto table = TableOf({{"id", arrow::int64(), "[1, 2, null, 4]"},
                              {"name", arrow::utf8(), R"(["a", null, "", "d"])"}});
  const auto batch = table->CombineChunksToBatch().ValueOrDie();
  ASSERT_OK_AND_ASSIGN(const auto shared, Write(*batch));
  const int64_t before = arrow::default_memory_pool()->bytes_allocated();
  ASSERT_OK_AND_ASSIGN(const auto got, Read(shared, batch->schema(), 4));
  EXPECT_EQ(arrow::default_memory_pool()->bytes_allocated(), before);
  for (int i = 0; i < got->num_columns(); ++i) {
    for (const auto& buffer : got->column_data(i)->buffers) {
      if (buffer == nullptr) continue;
      EXPECT_GE(buffer->data(), shared.bytes->data());
      EXPECT_LE(buffer->data() + buffer->size(), shared.bytes->data() + shared.bytes->size());
      EXPECT_FALSE(buffer->is_mutable());
      EXPECT_EQ((buffer->data() - shared.bytes->data()) % 64, 0);
    }
  }
}

TEST(BatchTable, WhatIsDamagedIsRefusedOrSafe) {
  const arrow::ArrayVector arrays = AllTypes();
  arrow::FieldVector fields;
  for (const auto& array : arrays) fields.push_back(field("c", array->type()));
  const auto schema = arrow::schema(fields);
  ASSERT_OK_AND_ASSIGN(const auto shared,
                       Write(*arrow::RecordBatch::Make(schema, 20, arrays)->Slice(3, 14)));
  int refused = 0;
  const auto size = static_cast<size_t>(shared.bytes->size());
  for (size_t at = 0; at < size; at += 3) {
    for (const uint8_t flip : {0x01, 0x80, 0xFF}) {
      // At its exact size, so that a step beyond it is seen by the sanitizer.
      auto bytes = arrow::AllocateBuffer(static_cast<int64_t>(size)).ValueOrDie();
      std::memcpy(bytes->mutable_data(), shared.bytes->data(), size);
      bytes->mutable_data()[at] ^= flip;
      const Shared damaged{.bytes = std::move(bytes), .table_bytes = shared.table_bytes};
      auto got = Read(damaged, schema, 14);
      if (!got.ok()) {
        EXPECT_EQ(CodeOf(got.status()), ErrorCode::kData) << got.status().ToString();
        ++refused;
      } else {
        (void)(*got)->ToString();
      }
    }
  }
  EXPECT_GT(refused, 100);
  for (int64_t cut = 0; cut < shared.table_bytes; ++cut) {
    EXPECT_ERROR(Read({.bytes = shared.bytes, .table_bytes = cut}, schema, 14), ErrorCode::kData,
                 "damaged batch");
  }
  EXPECT_ERROR(Read(shared, schema, 15), ErrorCode::kData, "not as many as was said");
}

TEST(BatchTable, TypesThatNestTooDeepAreRefused) {
  auto type = arrow::int8();
  for (int i = 0; i < 100; ++i) type = arrow::list(type);
  EXPECT_ERROR(CheckNesting(*arrow::schema({field("c", type)})), ErrorCode::kData, "nested deeper");
}

}  // namespace
}  // namespace bowyer
