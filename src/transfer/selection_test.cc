#include <arrow/array/concatenate.h>
#include <arrow/compute/api_vector.h>
#include <arrow/compute/initialize.h>
#include <arrow/datum.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <arrow/type.h>

#include <random>

#include "bowyer/reader.h"
#include "matchers.h"
#include "transfer/sort.h"

namespace bowyer {
namespace {

std::shared_ptr<arrow::Array> Column(const std::shared_ptr<arrow::DataType>& type,
                                     const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, json);
  EXPECT_TRUE(array.ok()) << array.status().ToString();
  return array.ok() ? *array : nullptr;
}

std::shared_ptr<arrow::Table> SmallTable() {
  return arrow::Table::Make(
      arrow::schema({arrow::field("a", arrow::int64()), arrow::field("b c", arrow::utf8()),
                     arrow::field("d,\"e\"", arrow::float64())}),
      {Column(arrow::int64(), "[3, 1, null, 2, 1]"),
       Column(arrow::utf8(), R"(["x", "y", "z", null, "w"])"),
       Column(arrow::float64(), "[NaN, 1.5, -0.0, 0.0, null]")});
}

// What `selection` makes of `table`, read in batches of `batch_rows`.
arrow::Result<std::shared_ptr<arrow::Table>> Selected(const std::shared_ptr<arrow::Table>& table,
                                                      const Selection& selection,
                                                      int64_t batch_rows = 2,
                                                      ContextOptions options = {}) {
  ARROW_ASSIGN_OR_RAISE(auto context, Context::Make(options));
  auto source = std::make_shared<arrow::TableBatchReader>(table);
  source->set_chunksize(batch_rows);
  ARROW_ASSIGN_OR_RAISE(auto reader, Select(context, source, selection));
  // Buffers are the context's: it must outlive the result.
  static std::vector<std::shared_ptr<Context>> contexts;
  contexts.push_back(context);
  ARROW_ASSIGN_OR_RAISE(const auto result, reader->ToTable());
  return result->CombineChunks();
}

std::string Json(const arrow::Table& table) {
  std::string text;
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    for (int i = 0; i < table.num_columns(); ++i) {
      const auto scalar = table.column(i)->GetScalar(row).ValueOrDie();
      text += (i > 0 ? "," : "") + (scalar->is_valid ? scalar->ToString() : "null");
    }
    text += ' ';
  }
  return text;
}

TEST(Selection, ColumnsAreKeptInTheOrderGivenAndRenamed) {
  ASSERT_OK_AND_ASSIGN(const auto table,
                       Selected(SmallTable(), {.select = {"\"b c\" as text", "a"}}));
  EXPECT_EQ(table->schema()->field_names(), (std::vector<std::string>{"text", "a"}));
  EXPECT_EQ(Json(*table), "x,3 y,1 z,null null,2 w,1 ");
  ASSERT_OK_AND_ASSIGN(const auto plain,
                       Selected(SmallTable(), {.select = {"b c", "a AS \"b c d\""}}));
  EXPECT_EQ(plain->schema()->field_names(), (std::vector<std::string>{"b c", "b c d"}));
  ASSERT_OK_AND_ASSIGN(const auto quoted, Selected(SmallTable(), {.select = {"\"d,\"\"e\"\"\""}}));
  EXPECT_EQ(quoted->schema()->field_names(), (std::vector<std::string>{"d,\"e\""}));
}

TEST(Selection, WrongColumnsAreRefused) {
  EXPECT_ERROR(Selected(SmallTable(), {.select = {"aa"}}), ErrorCode::kUsage, "no column \"aa\"");
  EXPECT_ERROR(Selected(SmallTable(), {.select = {"b_c"}}), ErrorCode::kUsage,
               "did you mean \"b c\"?");
  EXPECT_ERROR(Selected(SmallTable(), {.select = {"a", "b c as a"}}), ErrorCode::kUsage,
               "two columns would be named \"a\"");
  EXPECT_ERROR(Selected(SmallTable(), {.select = {"\"a"}}), ErrorCode::kUsage, "not closed");
  EXPECT_ERROR(Selected(SmallTable(), {.select = {"\"a\" b"}}), ErrorCode::kUsage,
               "COLUMN as NAME");
  EXPECT_ERROR(Selected(SmallTable(), {.sort = {"a down"}}), ErrorCode::kUsage, "no column");
  EXPECT_ERROR(Selected(SmallTable(), {.sort = {"a desc desc"}}), ErrorCode::kUsage,
               "not understood");
}

TEST(Selection, ConditionsSeeTheSourcesNamesAndUnselectedColumns) {
  ASSERT_OK_AND_ASSIGN(const auto table,
                       Selected(SmallTable(), {.where = "a = 1", .select = {"b c as a"}}));
  EXPECT_EQ(Json(*table), "y w ");
  ASSERT_OK_AND_ASSIGN(const auto none, Selected(SmallTable(), {.where = "a = 7"}));
  EXPECT_EQ(none->num_rows(), 0);
  EXPECT_EQ(none->num_columns(), 3);
}

TEST(Selection, SortIsStableWithNullsLastAndNaNGreatest) {
  ASSERT_OK_AND_ASSIGN(const auto table, Selected(SmallTable(), {.sort = {"a"}}));
  EXPECT_EQ(Json(*table), "1,y,1.5 1,w,null 2,null,0 3,x,nan null,z,-0 ");
  ASSERT_OK_AND_ASSIGN(
      const auto down,
      Selected(SmallTable(), {.select = {"b c"}, .sort = {"\"d,\"\"e\"\"\" desc nulls first"}}));
  EXPECT_EQ(Json(*down), "w x y z null ");
  ASSERT_OK_AND_ASSIGN(const auto two, Selected(SmallTable(), {.sort = {"a desc", "b c"}}));
  EXPECT_EQ(Json(*two), "3,x,nan 2,null,0 1,w,null 1,y,1.5 null,z,-0 ");
}

TEST(Selection, LimitStopsReading) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  int64_t batches = 0;
  const auto one = arrow::RecordBatch::Make(arrow::schema({arrow::field("a", arrow::int64())}), 2,
                                            {Column(arrow::int64(), "[1, 2]")});
  const auto endless =
      MakeReader(one->schema(), [&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
        ++batches;
        return one;
      });
  ASSERT_OK_AND_ASSIGN(auto reader, Select(context, endless, {.limit = 5}));
  ASSERT_OK_AND_ASSIGN(const auto table, reader->ToTable());
  EXPECT_EQ(table->num_rows(), 5);
  EXPECT_EQ(batches, 3);
  ASSERT_OK_AND_ASSIGN(reader, Select(context, endless, {.limit = 0}));
  ASSERT_OK_AND_ASSIGN(const auto nothing, reader->ToTable());
  EXPECT_EQ(nothing->num_rows(), 0);
  EXPECT_EQ(batches, 3);
}

TEST(Selection, GeneratorsMayNotChangeTheirSchema) {
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("a", arrow::int64())}), 1,
                                              {Column(arrow::int64(), "[1]")});
  const auto reader =
      MakeReader(arrow::schema({arrow::field("b", arrow::int64())}),
                 [&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> { return batch; });
  std::shared_ptr<arrow::RecordBatch> out;
  EXPECT_ERROR(reader->ReadNext(&out), ErrorCode::kData, "another schema");
}

// Every type that has an order, against Arrow's own sort.
TEST(Sort, AgreesWithArrowForEveryType) {
  ASSERT_OK(arrow::compute::Initialize());
  const std::pair<std::shared_ptr<arrow::DataType>, std::string> columns[] = {
      {arrow::boolean(), "[true, false, null, true]"},
      {arrow::int8(), "[127, -128, null, 0]"},
      {arrow::uint64(), "[18446744073709551615, 0, null, 9]"},
      {arrow::int64(), "[-9223372036854775808, 9223372036854775807, null, -1]"},
      {arrow::float32(), "[-1.5, 3.25, null, -Inf]"},
      {arrow::float64(), "[1e308, -1e308, null, Inf]"},
      {arrow::utf8(), R"(["ab", "a", null, ""])"},
      {arrow::large_utf8(), R"(["b", "é", null, "a"])"},
      {arrow::binary(), R"(["a\u0000b", "a", null, "a\u0000"])"},
      {arrow::fixed_size_binary(2), R"(["zz", "aa", null, "az"])"},
      {arrow::date32(), "[1, -1, null, 0]"},
      {arrow::timestamp(arrow::TimeUnit::NANO, "UTC"), "[5, -5, null, 0]"},
      {arrow::time32(arrow::TimeUnit::SECOND), "[86399, 0, null, 7]"},
      {arrow::duration(arrow::TimeUnit::SECOND), "[-7, 7, null, 0]"},
      {arrow::decimal128(38, 2), R"(["-0.01", "999999999999999999999.00", null, "0.00"])"},
      {arrow::decimal256(50, 2), R"(["-0.01", "-5.00", null, "7.00"])"}};
  for (const auto& [type, json] : columns) {
    for (const bool descending : {false, true}) {
      const auto column = Column(type, json);
      const auto table = arrow::Table::Make(arrow::schema({arrow::field("k", type)}), {column});
      ASSERT_OK_AND_ASSIGN(const auto sorted,
                           Selected(table, {.sort = {descending ? "k desc" : "k"}}, 1));
      arrow::compute::ArraySortOptions options(descending ? arrow::compute::SortOrder::Descending
                                                          : arrow::compute::SortOrder::Ascending);
      ASSERT_OK_AND_ASSIGN(const auto order, arrow::compute::SortIndices(*column, options));
      ASSERT_OK_AND_ASSIGN(const auto expected, arrow::compute::Take(*column, *order));
      EXPECT_TRUE(sorted->column(0)->chunk(0)->Equals(*expected))
          << type->ToString() << ": " << sorted->column(0)->ToString();
    }
  }
}

TEST(Sort, TypesWithoutAnOrderAreRefused) {
  const auto list = arrow::list(arrow::int64());
  const auto table =
      arrow::Table::Make(arrow::schema({arrow::field("k", list)}), {Column(list, "[[1]]")});
  EXPECT_ERROR(Selected(table, {.sort = {"k"}}), ErrorCode::kUsage, "has no order");
}

// A table of many rows with few distinct keys, so that stability shows, and columns of the types
// that have no take kernel.
std::shared_ptr<arrow::Table> ManyRows(int64_t rows) {
  std::mt19937_64 random(7);
  arrow::Int64Builder keys, numbers;
  arrow::StringBuilder texts;
  arrow::StringViewBuilder views(arrow::default_memory_pool());
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE((random() % 50 == 0 ? keys.AppendNull()
                                    : keys.Append(static_cast<int64_t>(random() % 1000)))
                    .ok());
    EXPECT_TRUE(numbers.Append(i).ok());
    const std::string text =
        "text " + std::to_string(random() % 100000) + std::string(random() % 30, 'x');
    EXPECT_TRUE(texts.Append(text).ok());
    EXPECT_TRUE(views.Append(text).ok());
  }
  const auto key = keys.Finish().ValueOrDie(), number = numbers.Finish().ValueOrDie();
  const auto text = texts.Finish().ValueOrDie(), view = views.Finish().ValueOrDie();
  return arrow::Table::Make(
      arrow::schema({arrow::field("k", key->type()), arrow::field("n", number->type()),
                     arrow::field("t", text->type()), arrow::field("v", view->type())}),
      {key, number, text, view});
}

TEST(Sort, SpillsAndMergesStablyWithinTheSmallestBudget) {
  ASSERT_OK(arrow::compute::Initialize());
  const auto table = ManyRows(300000);
  const Selection by_key = {.sort = {"k desc nulls first", "t"}};
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make({.threads = 3, .memory = kMinimumMemory}));
  std::string note;
  context->progress().note = [&note](const std::string& text) { note = text; };
  auto source = std::make_shared<arrow::TableBatchReader>(table);
  source->set_chunksize(1000);
  ASSERT_OK_AND_ASSIGN(auto reader, Select(context, source, by_key));
  arrow::compute::SortOptions options(
      {arrow::compute::SortKey("k", arrow::compute::SortOrder::Descending,
                               arrow::compute::NullPlacement::AtStart),
       arrow::compute::SortKey("t")});
  ASSERT_OK_AND_ASSIGN(const auto order,
                       arrow::compute::SortIndices(
                           arrow::Datum(table->SelectColumns({0, 2}).ValueOrDie()), options));
  // Arrow's order of tables is not stable: compare what the order leaves open by row number.
  ASSERT_OK_AND_ASSIGN(const auto expected,
                       arrow::compute::Take(table->SelectColumns({0, 1, 2}).ValueOrDie(), order));
  int64_t at = 0, last_number = -1;
  std::string last;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ASSERT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    ASSERT_OK(batch->ValidateFull());
    const auto expected_rows = expected.table()->Slice(at, batch->num_rows());
    EXPECT_TRUE(expected_rows->column(0)->Equals(arrow::ChunkedArray(batch->column(0)))) << at;
    EXPECT_TRUE(expected_rows->column(2)->Equals(arrow::ChunkedArray(batch->column(2)))) << at;
    const auto& numbers = static_cast<const arrow::Int64Array&>(*batch->column(1));
    const auto& texts = static_cast<const arrow::StringArray&>(*batch->column(2));
    const auto& views = static_cast<const arrow::StringViewArray&>(*batch->column(3));
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      ASSERT_EQ(texts.GetView(row), views.GetView(row));
      const std::string key =
          batch->column(0)->GetScalar(row).ValueOrDie()->ToString() + "/" + texts.GetString(row);
      if (key == last) {
        ASSERT_LT(last_number, numbers.Value(row)) << key;
      }
      last = key;
      last_number = numbers.Value(row);
    }
    at += batch->num_rows();
  }
  EXPECT_EQ(at, 300000);
  EXPECT_NE(note.find("sorting spilled"), std::string::npos);
  EXPECT_LE(context->memory_pool()->max_memory(), kMinimumMemory);
}

TEST(Sort, ThousandsOfRunsAreMergedInLevelsStably) {
  const auto table = ManyRows(60000);
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make({.threads = 2}));
  auto source = std::make_shared<arrow::TableBatchReader>(table);
  source->set_chunksize(40);
  ASSERT_OK_AND_ASSIGN(
      auto reader, MakeSort(context, source, {{.key = 0}}, -1, {.run_bytes = 1, .fan_in = 4}));
  int64_t rows = 0, last_key = -1, last_number = -1;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ASSERT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    const auto& keys = static_cast<const arrow::Int64Array&>(*batch->column(0));
    const auto& numbers = static_cast<const arrow::Int64Array&>(*batch->column(1));
    for (int64_t row = 0; row < batch->num_rows(); ++row, ++rows) {
      const int64_t key = keys.IsNull(row) ? INT64_MAX : keys.Value(row);
      ASSERT_LE(last_key, key);
      if (key == last_key) {
        ASSERT_LT(last_number, numbers.Value(row));
      }
      last_key = key;
      last_number = numbers.Value(row);
    }
  }
  EXPECT_EQ(rows, 60000);
}

TEST(Sort, ALimitKeepsTheFirstRowsOnly) {
  const auto table = ManyRows(100000);
  ASSERT_OK_AND_ASSIGN(const auto all, Selected(table, {.sort = {"t desc"}}, 5000));
  ASSERT_OK_AND_ASSIGN(const auto few, Selected(table, {.sort = {"t desc"}, .limit = 10}, 5000,
                                                {.memory = kMinimumMemory}));
  EXPECT_TRUE(few->Equals(*all->Slice(0, 10)->CombineChunks().ValueOrDie()));
}

TEST(Selection, FilterKeepsOrderForEveryType) {
  const auto table = ManyRows(50000);
  ASSERT_OK_AND_ASSIGN(const auto kept,
                       Selected(table, {.where = "n % 3 = 0"}, 777, {.threads = 4}));
  EXPECT_EQ(kept->num_rows(), 16667);
  const auto numbers = std::static_pointer_cast<arrow::Int64Array>(kept->column(1)->chunk(0));
  for (int64_t i = 0; i < numbers->length(); ++i) ASSERT_EQ(numbers->Value(i), 3 * i);
  for (int64_t i = 0; i < 100; ++i) {
    EXPECT_EQ(kept->column(3)->GetScalar(i).ValueOrDie()->ToString(),
              table->column(3)->GetScalar(3 * i).ValueOrDie()->ToString());
  }
}

}  // namespace
}  // namespace bowyer
