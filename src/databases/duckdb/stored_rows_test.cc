// What lies in the storage, compared with what a query says.
#include "databases/duckdb/stored_rows.h"

#include <arrow/table.h>
#include <gtest/gtest.h>

#include "databases/duckdb/source.h"
#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

using Table = std::shared_ptr<arrow::Table>;

class StoredRows : public testing::Test {
 protected:
  static std::shared_ptr<Context> NewContext() {
    return Context::Make({.threads = 2}).ValueOrDie();
  }

  arrow::Status Run(const std::string& sql) {
    ARROW_ASSIGN_OR_RAISE(auto database, OpenDuckDb(*context_, {.path = path_}));
    ARROW_ASSIGN_OR_RAISE(const auto connection, DuckDbConnection::Open(context_, database));
    return connection->Execute(sql);
  }

  // Of table t.
  arrow::Result<std::unique_ptr<Source>> Open(std::shared_ptr<Context> context = nullptr) {
    return OpenDuckDbSource(context == nullptr ? context_ : context,
                            {.scheme = "duckdb", .path = path_, .table = "t"});
  }

  // The parts of the storage, one behind the other.
  static arrow::Result<Table> ByChunks(Source& source, int64_t target_rows,
                                       std::optional<std::vector<int>> columns = {}) {
    ARROW_ASSIGN_OR_RAISE(const auto chunks, source.Chunks(target_rows));
    std::vector<Table> parts;
    for (const Chunk& chunk : chunks) {
      ARROW_ASSIGN_OR_RAISE(const auto reader,
                            source.Open(chunk, {.columns = columns, .on_calling_thread = true}));
      ARROW_ASSIGN_OR_RAISE(auto part, reader->ToTable());
      ARROW_RETURN_NOT_OK(part->ValidateFull());
      EXPECT_TRUE(chunk.rows < 0 || chunk.rows == part->num_rows()) << chunk.first;
      parts.push_back(std::move(part));
    }
    return arrow::ConcatenateTables(parts);
  }

  static arrow::Result<Table> ByQuery(Source& source) {
    ARROW_ASSIGN_OR_RAISE(const auto reader, source.Open(Chunk{}, {}));
    return reader->ToTable();
  }

  void ExpectTheSame(int64_t least_chunks) {
    ASSERT_OK_AND_ASSIGN(const auto source, Open());
    ASSERT_OK_AND_ASSIGN(const auto expected, ByQuery(*source));
    ASSERT_GT(expected->num_rows(), 0);
    ASSERT_OK_AND_ASSIGN(const auto chunks, source->Chunks(1));
    EXPECT_GE(static_cast<int64_t>(chunks.size()), least_chunks);
    for (const int64_t target : {int64_t{1}, int64_t{300'000}, int64_t{1} << 40}) {
      ASSERT_OK_AND_ASSIGN(const auto got, ByChunks(*source, target));
      EXPECT_TRUE(got->Equals(*expected, /*check_metadata=*/true)) << target;
    }
  }

  const TemporaryFolder folder_;
  const std::string path_ = folder_ / "d.duckdb";
  const std::shared_ptr<Context> context_ = NewContext();
};

TEST_F(StoredRows, EveryTypeComesAsFromAQuery) {
  ASSERT_OK(Run(R"(create table t as select range as n, range % 3 = 0 as b,
    case when range % 7 > 0 then range::varchar end as s, 'a text of some length ' || range as l,
    range::hugeint * 1000000000000 as h, (range || '.25')::decimal(18, 2) as d,
    md5(range::varchar)::uuid as u, range::double / 7 as f, date '2026-01-01' + range::int % 99 as day,
    timestamp '2026-01-01' + interval (range) second as at, interval (range) day as i,
    [range, null, 7] as list, {'x': range, 'y': [range::varchar]} as record,
    map {range::varchar: range} as m, encode(range::varchar) as bytes, (range % 5)::varchar as few,
    ('v' || range % 3)::enum('v0', 'v1', 'v2') as e
    from range(260000))"));
  ExpectTheSame(3);
}

TEST_F(StoredRows, OnlyThoseThatAreStillThere) {
  ASSERT_OK(Run(R"(create table t as select range as n, 'x' || range as s from range(400000);
    checkpoint;
    delete from t where n % 3 = 0 or n between 100000 and 260000;
    update t set s = 'changed ' || n where n % 5 = 0;
    insert into t select -range, 'new' from range(1000);)"));
  ExpectTheSame(4);
  ASSERT_OK(Run("delete from t where n > 300000 or n <= 0"));  // row groups without rows at the end
  ExpectTheSame(1);
  ASSERT_OK(Run("checkpoint"));
  ExpectTheSame(1);
}

TEST_F(StoredRows, RowGroupsOfOddSizes) {
  // Two row groups that are not full, and one behind them.
  ASSERT_OK(Run("create table t (n bigint)"));
  for (const int rows : {1, 2047, 130'001, 5}) {
    ASSERT_OK(Run("insert into t select range from range(" + std::to_string(rows) + ")"));
    ASSERT_OK(Run("checkpoint"));
  }
  ExpectTheSame(2);
}

TEST_F(StoredRows, ChosenColumnsInTheirOrderAndGeneratedOnes) {
  ASSERT_OK(Run(R"(create table t (a bigint, twice bigint as (a * 2), "C" varchar);
    insert into t select range, 'c' || range from range(3000))"));
  ASSERT_OK_AND_ASSIGN(const auto source, Open());
  ASSERT_OK_AND_ASSIGN(const auto expected, ByQuery(*source));
  for (const std::vector<int>& columns : {std::vector<int>{2, 0}, {2}, {0, 1}, {1}, {0, 1, 2}}) {
    ASSERT_OK_AND_ASSIGN(const auto got, ByChunks(*source, 1, columns));
    EXPECT_TRUE(got->Equals(*expected->SelectColumns(columns).ValueOrDie()));
  }
}

TEST_F(StoredRows, BatchesAreAsLargeAsAsked) {
  ASSERT_OK(Run("create table t as select range as n from range(10000)"));
  ASSERT_OK_AND_ASSIGN(const auto source, Open(*Context::Make({.threads = 1, .batch_rows = 300})));
  ASSERT_OK_AND_ASSIGN(const auto chunks, source->Chunks(1));
  ASSERT_OK_AND_ASSIGN(const auto reader, source->Open(chunks[0], {.on_calling_thread = true}));
  ASSERT_OK_AND_ASSIGN(const auto batch, reader->Next());
  EXPECT_EQ(batch->num_rows(), 300);
}

TEST_F(StoredRows, LongTextsEndABatch) {
  ASSERT_OK(Run("create table t as select repeat('x', 100000) || range as s from range(4096)"));
  ASSERT_OK_AND_ASSIGN(const auto source, Open());
  ASSERT_OK_AND_ASSIGN(const auto chunks, source->Chunks(1 << 30));
  ASSERT_EQ(chunks.size(), 1U);
  ASSERT_OK_AND_ASSIGN(const auto reader, source->Open(chunks[0], {.on_calling_thread = true}));
  ASSERT_OK_AND_ASSIGN(const auto batch, reader->Next());
  EXPECT_EQ(batch->num_rows(), 2048);  // one of DuckDB's vectors is not cut
}

TEST_F(StoredRows, WhatArrowCannotHoldIsSaidWithItsColumn) {
  ASSERT_OK(
      Run("create table t as select 170141183460469231731687303715884105727::hugeint as big"));
  ASSERT_OK_AND_ASSIGN(const auto source, Open());
  EXPECT_ERROR(ByChunks(*source, 1), ErrorCode::kData, "38 digits");
}

TEST_F(StoredRows, NoTableAndNoRowGroupAreTold) {
  ASSERT_OK(Run("create table t as select range as n from range(200000)"));
  ASSERT_OK_AND_ASSIGN(auto database, OpenDuckDb(*context_, {.path = path_}));
  const auto schema = arrow::schema({arrow::field("n", arrow::int64())});
  const auto read = [&](const char* table, int64_t begin) {
    auto connection = DuckDbConnection::Open(context_, database).ValueOrDie();
    return ReadStoredRows(std::move(connection), {.table = table}, begin, 1 << 30, schema, false);
  };
  ASSERT_OK_AND_ASSIGN(const auto within, read("t", 5));
  EXPECT_EQ(within, nullptr);
  ASSERT_OK_AND_ASSIGN(const auto behind, read("t", 200'000));
  ASSERT_OK_AND_ASSIGN(const auto none, behind->ToTable());
  EXPECT_EQ(none->num_rows(), 0);
  EXPECT_FALSE(read("gone", 0).ok());
}

}  // namespace
}  // namespace bowyer
