// Tables of a DuckDB file, through the sink and the source.
#include "databases/duckdb/table.h"

#include <arrow/extension/uuid.h>
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

#include <limits>

#include "databases/duckdb/sink.h"
#include "databases/duckdb/source.h"
#include "databases/duckdb/types.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

using duckdb::LogicalType;

std::shared_ptr<Context> NewContext() { return Context::Make({.threads = 2}).ValueOrDie(); }

Location At(const std::string& path, const std::string& table) {
  return {.scheme = "duckdb", .path = path, .table = table};
}

arrow::Status Put(const std::shared_ptr<arrow::Table>& table, const Location& location,
                  const WriteOptions& options = {}, int64_t batch_rows = 1 << 30) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, MakeDuckDbSink(NewContext(), location, options));
  ARROW_RETURN_NOT_OK(sink->Begin(table->schema(), ""));
  ARROW_ASSIGN_OR_RAISE(const auto writer, sink->Open(Chunk{}));
  arrow::TableBatchReader batches(*table);
  batches.set_chunksize(batch_rows);
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, batches.Next());
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->Write(batch));
  }
  ARROW_RETURN_NOT_OK(writer->Commit({}));
  return sink->Finish();
}

arrow::Result<std::shared_ptr<arrow::Table>> Get(const Location& location, const Chunk& chunk = {},
                                                 const ScanOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(const auto source, OpenDuckDbSource(NewContext(), location));
  ARROW_ASSIGN_OR_RAISE(const auto reader, source->Open(chunk, options));
  return reader->ToTable();
}

std::shared_ptr<arrow::Table> Numbers(int64_t first, int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_TRUE(builder.Append(first + i).ok());
  return arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                            {builder.Finish().ValueOrDie()});
}

TEST(DuckDbTable, NamesAreDividedByDotsOutsideOfQuotes) {
  const auto text = [](std::string_view name) {
    const auto parsed = ParseTableName(name);
    return parsed.ok() ? parsed->Sql() : "error";
  };
  EXPECT_EQ(text("orders"), R"("main"."orders")");
  EXPECT_EQ(text("sales.orders"), R"("sales"."orders")");
  EXPECT_EQ(text(R"("a.b")"), R"("main"."a.b")");
  EXPECT_EQ(text(R"(s."a ""b""")"), R"("s"."a ""b""")");
  for (const char* wrong : {"", ".", "a.", ".a", "a.b.c", R"("a)", R"("a"b)"}) {
    EXPECT_EQ(text(wrong), "error") << wrong;
  }
  EXPECT_EQ(ParseTableName(R"(s."a.b")")->Text(), R"(s."a.b")");
}

TEST(DuckDbTable, RowsComeBackInOrderWholeOrByChunks) {
  const TemporaryFolder folder;
  const Location location = At(folder / "d.duckdb", "t");
  const auto table = Numbers(0, 300'000);
  ASSERT_OK(Put(table, location));
  EXPECT_EQ(folder.entries(), 1);
  ASSERT_OK_AND_ASSIGN(const auto whole, Get(location));
  EXPECT_TRUE(whole->Equals(*table));
  ASSERT_OK_AND_ASSIGN(const auto source, OpenDuckDbSource(NewContext(), location));
  ASSERT_OK_AND_ASSIGN(const auto chunks, source->Chunks(1));
  ASSERT_EQ(chunks.size(), 3U);
  int64_t first = 0;
  for (const Chunk& chunk : chunks) {
    ASSERT_OK_AND_ASSIGN(const auto part, Get(location, chunk));
    EXPECT_EQ(part->num_rows(), chunk.rows);
    EXPECT_TRUE(part->Equals(*table->Slice(first, chunk.rows)));
    first += chunk.rows;
  }
  EXPECT_EQ(first, 300'000);
}

// Row groups end where DuckDB has them end, in the midst of batches, and are written side by side.
TEST(DuckDbTable, RowGroupsOfManyBatchesKeepTheOrder) {
  constexpr int64_t kRows = 500'000;
  arrow::Int64Builder numbers;
  arrow::StringBuilder texts;
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_OK(numbers.Append(i * 7919 % kRows));
    ASSERT_OK(i % 5 == 0 ? texts.AppendNull() : texts.Append("row " + std::to_string(i % 1000)));
  }
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("t", arrow::utf8())}),
      {numbers.Finish().ValueOrDie(), texts.Finish().ValueOrDie()});
  const TemporaryFolder folder;
  int i = 0;
  for (const int64_t rows : {int64_t{9'999}, int64_t{122'880}, int64_t{200'000}, kRows}) {
    const Location location = At(folder / "d.duckdb", "t" + std::to_string(i++));
    ASSERT_OK(Put(table, location, {}, rows));
    ASSERT_OK_AND_ASSIGN(const auto whole, Get(location));
    EXPECT_TRUE(whole->Equals(*table)) << rows;
    ASSERT_OK_AND_ASSIGN(const auto source, OpenDuckDbSource(NewContext(), location));
    ASSERT_OK_AND_ASSIGN(const auto chunks, source->Chunks(1));
    EXPECT_EQ(chunks.size(), 5U);  // all but the last are full
  }
}

TEST(DuckDbTable, AValueThatDoesNotFitLeavesNothingOfTheRowGroupsBefore) {
  constexpr int64_t kRows = 400'000;
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO),
                                  arrow::default_memory_pool());
  for (int64_t i = 0; i < kRows; ++i) {
    ASSERT_OK(builder.Append(i == 390'000 ? std::numeric_limits<int64_t>::max() : i));
  }
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("at", builder.type())}),
                                        {builder.Finish().ValueOrDie()});
  const TemporaryFolder folder;
  const std::string file = folder / "d.duckdb";
  ASSERT_OK(Put(Numbers(0, 10), At(file, "there")));
  EXPECT_ERROR(Put(table, At(file, "t"), {}, 30'000), ErrorCode::kData, "at");
  EXPECT_ERROR(Get(At(file, "t")), ErrorCode::kUnavailable, "no table");
  ASSERT_OK(Put(table->Slice(0, 390'000), At(file, "t"), {}, 30'000));
  ASSERT_OK_AND_ASSIGN(const auto whole, Get(At(file, "t")));
  EXPECT_TRUE(whole->Equals(*table->Slice(0, 390'000)));
  ASSERT_OK_AND_ASSIGN(const auto there, Get(At(file, "there")));
  EXPECT_TRUE(there->Equals(*Numbers(0, 10)));
}

TEST(DuckDbTable, OnlyTheWantedColumns) {
  const TemporaryFolder folder;
  const Location location = At(folder / "d.duckdb", "t");
  ASSERT_OK(Put(TableOf({{"a", arrow::int32(), "[1, 2]"}, {"b", arrow::utf8(), R"(["x", null])"}}),
                location));
  ASSERT_OK_AND_ASSIGN(const auto b, Get(location, {}, {.columns = std::vector<int>{1}}));
  EXPECT_TRUE(b->Equals(*TableOf({{"b", arrow::utf8(), R"(["x", null])"}})));
  ASSERT_OK_AND_ASSIGN(const auto none, Get(location, {}, {.columns = std::vector<int>{}}));
  EXPECT_EQ(none->num_rows(), 2);
}

TEST(DuckDbTable, WhatIsThereStaysUnlessToldOtherwise) {
  const TemporaryFolder folder;
  const Location location = At(folder / "d.duckdb", "t");
  ASSERT_OK(Put(Numbers(0, 2), location));
  EXPECT_ERROR(Put(Numbers(5, 1), location), ErrorCode::kUnavailable, "already");
  ASSERT_OK(Put(Numbers(2, 2), location, {.if_exists = IfExists::kAppend}));
  ASSERT_OK_AND_ASSIGN(auto table, Get(location));
  EXPECT_TRUE(table->Equals(*Numbers(0, 4)));
  ASSERT_OK(Put(Numbers(3, 2), location, {.if_exists = IfExists::kUpsert, .keys = {"n"}}));
  ASSERT_OK_AND_ASSIGN(table, Get(location));
  EXPECT_TRUE(table->Equals(*Numbers(0, 5)));
  EXPECT_ERROR(
      Put(TableOf({{"m", arrow::utf8(), R"(["x"])"}}), location, {.if_exists = IfExists::kAppend}),
      ErrorCode::kData, "\"n\": BIGINT in the table, not in the rows");
  ASSERT_OK(Put(Numbers(7, 1), location, {.if_exists = IfExists::kOverwrite}));
  ASSERT_OK_AND_ASSIGN(table, Get(location));
  EXPECT_TRUE(table->Equals(*Numbers(7, 1)));
}

TEST(DuckDbTable, ASinkThatIsDroppedLeavesNothing) {
  const TemporaryFolder folder;
  const Location location = At(folder / "d.duckdb", "t");
  const auto begin = [&](IfExists if_exists) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto sink,
                          MakeDuckDbSink(NewContext(), location, {.if_exists = if_exists}));
    ARROW_RETURN_NOT_OK(sink->Begin(Numbers(0, 1)->schema(), ""));
    ARROW_ASSIGN_OR_RAISE(const auto writer, sink->Open(Chunk{}));
    for (int i = 0; i < 50; ++i) {
      ARROW_RETURN_NOT_OK(writer->Write(*Numbers(i, 10'000)->CombineChunksToBatch()));
    }
    return arrow::Status::OK();
  };
  ASSERT_OK(begin(IfExists::kError));
  EXPECT_EQ(folder.entries(), 0);
  ASSERT_OK(Put(Numbers(0, 2), location));
  ASSERT_OK(begin(IfExists::kOverwrite));
  ASSERT_OK(begin(IfExists::kAppend));
  ASSERT_OK_AND_ASSIGN(const auto table, Get(location));
  EXPECT_TRUE(table->Equals(*Numbers(0, 2)));
}

TEST(DuckDbTable, SourceAndSinkShareTheFile) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  ASSERT_OK(Put(Numbers(0, 200'000), At(path, "t")));
  ASSERT_OK_AND_ASSIGN(const auto sink, MakeDuckDbSink(NewContext(), At(path, "u"), {}));
  ASSERT_OK_AND_ASSIGN(const auto source, OpenDuckDbSource(NewContext(), At(path, "t")));
  ASSERT_OK(sink->Begin(source->schema(), ""));
  ASSERT_OK_AND_ASSIGN(auto writer, sink->Open(Chunk{}));
  ASSERT_OK_AND_ASSIGN(const auto reader, source->Open(Chunk{}, {}));
  while (true) {
    ASSERT_OK_AND_ASSIGN(const auto batch, reader->Next());
    if (batch == nullptr) break;
    ASSERT_OK(writer->Write(batch));
  }
  ASSERT_OK(writer->Commit({}));
  ASSERT_OK(sink->Finish());
  ASSERT_OK_AND_ASSIGN(const auto table, Get(At(path, "u")));
  EXPECT_TRUE(table->Equals(*Numbers(0, 200'000)));
}

TEST(DuckDbTable, WhatIsNotThereIsSaidAndNotMade) {
  const TemporaryFolder folder;
  EXPECT_ERROR(Get(At(folder / "d.duckdb", "t")), ErrorCode::kUnavailable, "cannot be opened");
  EXPECT_EQ(folder.entries(), 0);
  ASSERT_OK(Put(Numbers(0, 1), At(folder / "d.duckdb", "orders")));
  EXPECT_ERROR(Get(At(folder / "d.duckdb", "ordres")), ErrorCode::kUnavailable,
               "did you mean \"orders\"");
  EXPECT_ERROR(Get(At(folder / "d.duckdb", "")), ErrorCode::kUsage, "its tables: orders");
}

TEST(DuckDbTypes, ColumnsThatTakeOthers) {
  EXPECT_TRUE(TakesExactly(LogicalType::BIGINT, LogicalType::INTEGER));
  EXPECT_TRUE(TakesExactly(LogicalType::BIGINT, LogicalType::UINTEGER));
  EXPECT_FALSE(TakesExactly(LogicalType::BIGINT, LogicalType::UBIGINT));
  EXPECT_FALSE(TakesExactly(LogicalType::UBIGINT, LogicalType::INTEGER));
  EXPECT_FALSE(TakesExactly(LogicalType::INTEGER, LogicalType::DOUBLE));
  EXPECT_TRUE(TakesExactly(LogicalType::DOUBLE, LogicalType::INTEGER));
  EXPECT_FALSE(TakesExactly(LogicalType::DOUBLE, LogicalType::BIGINT));
  EXPECT_TRUE(TakesExactly(LogicalType::DECIMAL(12, 2), LogicalType::DECIMAL(10, 1)));
  EXPECT_FALSE(TakesExactly(LogicalType::DECIMAL(12, 2), LogicalType::DECIMAL(12, 1)));
  EXPECT_TRUE(TakesExactly(LogicalType::HUGEINT, LogicalType::DECIMAL(38, 0)));
  EXPECT_FALSE(TakesExactly(LogicalType::BIGINT, LogicalType::DECIMAL(38, 0)));
  EXPECT_TRUE(TakesExactly(LogicalType::LIST(LogicalType::BIGINT),
                           LogicalType::ARRAY(LogicalType::INTEGER, 3)));
  EXPECT_FALSE(TakesExactly(LogicalType::VARCHAR, LogicalType::INTEGER));
  EXPECT_FALSE(TakesExactly(LogicalType::DATE, LogicalType::VARCHAR));
}

}  // namespace
}  // namespace bowyer
