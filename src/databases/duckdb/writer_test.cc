// Whole databases into DuckDB: chunks side by side, killed, resumed, beside what is there.
#include "databases/duckdb/writer.h"

#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

#include <thread>

#include "databases/duckdb/database.h"
#include "databases/duckdb/sink.h"
#include "databases/duckdb/source.h"
#include "killed_child.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

std::shared_ptr<Context> NewContext() { return Context::Make({.threads = 2}).ValueOrDie(); }

arrow::Result<std::unique_ptr<DatabaseWriter>> OpenWriter(const std::string& path,
                                                          bool resume = false) {
  return MakeDuckDbWriter(NewContext(), {.scheme = "duckdb", .path = path}, {.resume = resume});
}

std::shared_ptr<arrow::Table> Numbers(int64_t first, int64_t count) {
  arrow::Int64Builder n;
  arrow::StringBuilder t;
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_TRUE(n.Append(first + i).ok());
    EXPECT_TRUE(t.Append("text " + std::to_string(first + i)).ok());
  }
  return arrow::Table::Make(
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("t", arrow::utf8())}),
      {n.Finish().ValueOrDie(), t.Finish().ValueOrDie()});
}

TableTarget TargetOf(const std::string& name, const arrow::Schema& schema,
                     IfExists if_exists = IfExists::kError, bool resume = false) {
  TableTarget target{.name = name, .if_exists = if_exists, .resume = resume};
  target.definition.name = name;
  for (const auto& field : schema.fields()) {
    target.definition.columns.push_back({.name = field->name(), .field = field});
  }
  return target;
}

arrow::Status WriteChunk(Sink& sink, int64_t index, const arrow::Table& rows) {
  ARROW_ASSIGN_OR_RAISE(const auto writer, sink.Open({.index = index}));
  arrow::TableBatchReader batches(rows);
  batches.set_chunksize(5000);
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, batches.Next());
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(writer->Write(batch));
  }
  return writer->Commit({.chunk = index, .rows = rows.num_rows(), .digest = "d"});
}

// The whole of a table in one chunk, and shown.
arrow::Status Fill(DatabaseWriter& writer, const TableTarget& target, const arrow::Table& rows) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, writer.OpenTable(target));
  ARROW_RETURN_NOT_OK(sink->Begin(rows.schema(), "f"));
  ARROW_RETURN_NOT_OK(WriteChunk(*sink, 0, rows));
  return sink->Finish();
}

arrow::Status Put(const std::string& path, const TableTarget& target, const arrow::Table& rows,
                  const Catalog& catalog = {}, std::vector<LeftOut>* left_out = nullptr) {
  ARROW_ASSIGN_OR_RAISE(const auto writer, OpenWriter(path));
  ARROW_RETURN_NOT_OK(Fill(*writer, target, rows));
  ARROW_RETURN_NOT_OK(writer->Finish(catalog, {target}));
  if (left_out != nullptr) *left_out = writer->left_out();
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Table>> Query(const std::string& path,
                                                   const std::string& sql) {
  Location location{.scheme = "duckdb", .path = path};
  location.options["query"] = sql;
  ARROW_ASSIGN_OR_RAISE(const auto source, OpenDuckDbSource(NewContext(), location));
  ARROW_ASSIGN_OR_RAISE(const auto reader, source->Open(Chunk{}, {}));
  return reader->ToTable();
}

// One value, as text.
std::string Ask(const std::string& path, const std::string& sql) {
  const auto rows = Query(path, sql);
  if (!rows.ok()) return Describe(rows.status());
  if ((*rows)->num_rows() != 1) return std::to_string((*rows)->num_rows()) + " rows";
  return (*rows)->column(0)->GetScalar(0).ValueOrDie()->ToString();
}

arrow::Status RunSql(const std::string& path, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto database, OpenDuckDb(*NewContext(), {.path = path}));
  ARROW_ASSIGN_OR_RAISE(const auto connection, DuckDbConnection::Open(NewContext(), database));
  return connection->Execute(sql);
}

TEST(DuckDbWriter, ChunksFromSeveralThreadsMakeOneTable) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  const auto rows = Numbers(0, 1);
  const TableTarget target = TargetOf("t", *rows->schema());
  ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(target));
  ASSERT_OK_AND_ASSIGN(const auto receipts, sink->Begin(rows->schema(), "f"));
  EXPECT_TRUE(receipts.empty());
  constexpr int kThreads = 4, kChunks = 4;
  std::vector<std::thread> threads;
  std::vector<arrow::Status> ends(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (int64_t k = 0; k < kChunks && ends[static_cast<size_t>(i)].ok(); ++k) {
        const int64_t chunk = i * kChunks + k;
        ends[static_cast<size_t>(i)] =
            WriteChunk(*sink, chunk, *Numbers(chunk * 50'000, chunk % 3 == 0 ? 10 : 50'000));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& end : ends) ASSERT_OK(end);
  constexpr int64_t kRows = 10 * 50'000 + 6 * 10;
  {
    ASSERT_OK_AND_ASSIGN(const auto back, writer->ReadBack(target));
    ASSERT_OK_AND_ASSIGN(const auto reader, back->Open(Chunk{}, {}));
    ASSERT_OK_AND_ASSIGN(const auto table, reader->ToTable());
    EXPECT_EQ(table->num_rows(), kRows);
    EXPECT_TRUE(table->schema()->Equals(*rows->schema()));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_OK(sink->Finish());
  ASSERT_OK(writer->Finish({}, {target}));
  EXPECT_EQ(folder.entries(), 1);
  EXPECT_EQ(Ask(path, "select count(*) from t where t = 'text ' || n"), std::to_string(kRows));
  EXPECT_EQ(Ask(path, "select string_agg(table_name) from duckdb_tables()"), "t");
  EXPECT_GT(writer->bytes_written(), 0);
}

// A child is killed while it commits chunk after chunk; what it had committed is what is there.
TEST(DuckDbWriter, AKilledRunIsResumedWithWhatItHadCommitted) {
  for (const bool existing : {false, true}) {
    const TemporaryFolder folder;
    const std::string path = folder / "d.duckdb";
    if (existing) ASSERT_OK(RunSql(path, "create table other as select 1 as x"));
    const TableTarget target = TargetOf("t", *Numbers(0, 1)->schema(), IfExists::kError, true);
    std::unique_ptr<DatabaseWriter> child_writer;
    std::unique_ptr<Sink> child_sink;
    KillAfter(6, std::chrono::milliseconds(existing ? 1 : 20), [&](int64_t chunk) {
      if (chunk == 0) {
        child_writer = OpenWriter(path, true).ValueOrDie();
        child_sink = child_writer->OpenTable(target).ValueOrDie();
        (void)child_sink->Begin(Numbers(0, 1)->schema(), "f");
      }
      const int64_t rows = chunk % 2 == 0 ? 1000 : 130'000;
      return WriteChunk(*child_sink, chunk, *Numbers(chunk * 1000, rows)).ok();
    });
    EXPECT_EQ(std::filesystem::exists(path), existing);

    ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path, true));
    ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(target));
    ASSERT_OK_AND_ASSIGN(const auto receipts, sink->Begin(Numbers(0, 1)->schema(), "f"));
    ASSERT_GE(receipts.size(), 6U);
    int64_t rows = 0;
    for (size_t i = 0; i < receipts.size(); ++i) {
      EXPECT_EQ(receipts[i].chunk, static_cast<int64_t>(i));
      EXPECT_EQ(receipts[i].digest, "d");
      rows += receipts[i].rows;
    }
    {
      ASSERT_OK_AND_ASSIGN(const auto back, writer->ReadBack(target));
      ASSERT_OK_AND_ASSIGN(const auto reader, back->Open(Chunk{}, {}));
      ASSERT_OK_AND_ASSIGN(const auto table, reader->ToTable());
      EXPECT_EQ(table->num_rows(), rows);
    }
    ASSERT_OK(WriteChunk(*sink, 1000, *Numbers(0, 5)));
    ASSERT_OK(sink->Finish());
    ASSERT_OK(writer->Finish({}, {target}));
    EXPECT_EQ(Ask(path, "select count(*) from t"), std::to_string(rows + 5));
    EXPECT_EQ(folder.entries(), 1);
  }
}

TEST(DuckDbWriter, ManyTablesSideBySide) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  constexpr size_t kThreads = 4, kTables = 10;
  std::vector<TableTarget> targets;
  for (size_t i = 0; i < kThreads * kTables; ++i) {
    targets.push_back(TargetOf("t" + std::to_string(i), *Numbers(0, 1)->schema()));
    targets.back().schema = "s";
    targets.back().definition.primary_key = KeyDefinition{"k", {"n"}};
  }
  std::vector<std::thread> threads;
  std::vector<arrow::Status> ends(kThreads);
  for (size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      for (size_t k = 0; k < kTables && ends[i].ok(); ++k) {
        ends[i] = Fill(*writer, targets[i * kTables + k], *Numbers(0, 100));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const arrow::Status& end : ends) ASSERT_OK(end);
  ASSERT_OK(writer->Finish({}, targets));
  EXPECT_EQ(Ask(path,
                "select count(*) || ' ' || sum(estimated_size) from duckdb_tables() where "
                "has_primary_key and schema_name = 's'"),
            "40 4000");
}

TEST(DuckDbWriter, WhatAnotherFingerprintLeftIsRemoved) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const auto rows = Numbers(0, 10);
  const TableTarget target = TargetOf("t", *rows->schema(), IfExists::kError, true);
  const auto begin = [&](const std::string& fingerprint, bool resume,
                         size_t expected) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto writer, OpenWriter(path, resume));
    ARROW_ASSIGN_OR_RAISE(const auto sink, writer->OpenTable(target));
    ARROW_ASSIGN_OR_RAISE(const auto receipts, sink->Begin(rows->schema(), fingerprint));
    EXPECT_EQ(receipts.size(), expected) << fingerprint;
    return WriteChunk(*sink, static_cast<int64_t>(expected), *rows);
  };
  ASSERT_OK(begin("a", true, 0));
  ASSERT_OK(begin("a", true, 1));
  ASSERT_OK(begin("b", true, 0));
  ASSERT_OK(begin("b", false, 0));
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path, true));
  ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(target));
  ASSERT_OK_AND_ASSIGN(const auto receipts, sink->Begin(rows->schema(), "b"));
  EXPECT_EQ(receipts.size(), 1U);
  ASSERT_OK(sink->Finish());
  ASSERT_OK(writer->Finish({}, {target}));
  EXPECT_EQ(Ask(path, "select count(*) from t"), "10");
  EXPECT_EQ(folder.entries(), 1);
}

TEST(DuckDbWriter, AChunkThatIsNotCommittedLeavesNothing) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const auto rows = Numbers(0, 200'000);
  {
    ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
    const TableTarget target = TargetOf("t", *rows->schema());
    ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(target));
    ASSERT_OK(sink->Begin(rows->schema(), "f"));
    {
      ASSERT_OK_AND_ASSIGN(const auto chunk, sink->Open({}));
      ASSERT_OK(chunk->Write(*rows->CombineChunksToBatch()));
    }
    ASSERT_OK_AND_ASSIGN(const auto back, writer->ReadBack(target));
    ASSERT_OK_AND_ASSIGN(const auto reader, back->Open(Chunk{}, {}));
    ASSERT_OK_AND_ASSIGN(const auto table, reader->ToTable());
    EXPECT_EQ(table->num_rows(), 0);
  }
  // Nothing was committed that a later run could go on with.
  EXPECT_EQ(folder.entries(), 0);
}

TEST(DuckDbWriter, TablesThatAreThere) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const auto rows = Numbers(0, 10), more = Numbers(5, 10);
  const auto target = [&](IfExists if_exists) { return TargetOf("t", *rows->schema(), if_exists); };
  ASSERT_OK(Put(path, target(IfExists::kError), *rows));
  EXPECT_ERROR(Put(path, target(IfExists::kError), *rows), ErrorCode::kUnavailable, "already");
  ASSERT_OK(Put(path, target(IfExists::kAppend), *more));
  EXPECT_EQ(Ask(path, "select count(*) || ' ' || sum(n) from t"), "20 140");
  ASSERT_OK(Put(path, target(IfExists::kOverwrite), *more));
  EXPECT_EQ(Ask(path, "select count(*) || ' ' || sum(n) from t"), "10 95");
  TableTarget merge = target(IfExists::kUpsert);
  merge.keys = {"n"};
  ASSERT_OK(Put(path, merge, *rows));
  EXPECT_EQ(Ask(path, "select count(*) || ' ' || sum(n) from t"), "15 105");
  // One that is not there yet is made.
  TableTarget fresh = TargetOf("Fresh", *rows->schema(), IfExists::kUpsert);
  fresh.keys = {"n"};
  ASSERT_OK(Put(path, fresh, *rows));
  EXPECT_EQ(Ask(path, "select count(*) from fresh"), "10");
  EXPECT_EQ(Ask(path, "select count(*) from duckdb_tables()"), "2");
}

TEST(DuckDbWriter, OfAnAppendOnlyItsRowsAreReadBack) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const TableTarget target = TargetOf("t", *Numbers(0, 1)->schema(), IfExists::kAppend);
  ASSERT_OK(Put(path, target, *Numbers(0, 10)));
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  ASSERT_OK(Fill(*writer, target, *Numbers(100, 3)));
  ASSERT_OK_AND_ASSIGN(const auto back, writer->ReadBack(target));
  ASSERT_OK_AND_ASSIGN(const auto reader, back->Open(Chunk{}, {}));
  ASSERT_OK_AND_ASSIGN(const auto table, reader->ToTable());
  EXPECT_TRUE(table->Equals(*Numbers(100, 3)));
  ASSERT_OK_AND_ASSIGN(const auto greatest, writer->GreatestValue(target, "n"));
  EXPECT_EQ(greatest->ToString(), "102");
  ASSERT_OK(writer->Finish({}, {target}));
}

TEST(DuckDbWriter, DefinitionsAreCarriedOrListed) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const auto rows = TableOf({{"id", arrow::int64(), "[1, 2, 3]"},
                             {"parent", arrow::int64(), "[null, 1, 1]"},
                             {"status", arrow::utf8(), R"(["new", "paid", "new"])"},
                             {"at", arrow::timestamp(arrow::TimeUnit::MICRO),
                              R"(["2026-01-01", "2026-01-02", "2026-01-03"])"}});
  TableTarget target = TargetOf("orders", *rows->schema());
  target.definition.schema = "public";
  auto& definition = target.definition;
  definition.comment = "all of them";
  definition.columns[0].not_null = true;
  definition.columns[0].default_sql = "nextval('public.orders_id_seq'::regclass)";
  definition.columns[2].default_sql = "'new'::character varying";
  definition.columns[2].comment = "it's one of two";
  definition.columns[3].default_sql = "now()";
  definition.columns[1].default_sql = "lower_bound()";
  definition.primary_key = KeyDefinition{"orders_pkey", {"id"}};
  definition.unique = {{"orders_status_at", {"status", "at"}}};
  definition.checks = {{"one_of",
                        "((status)::text = ANY ((ARRAY['new'::character varying, 'paid'::character "
                        "varying])::text[]))"},
                       {"positive", "(id > (0)::numeric)"},
                       {"matches", "(status ~ '^[a-z]+$'::text)"}};
  definition.foreign_keys = {
      {"self", {"parent"}, "public", "orders", {"id"}, "foreign key (parent) ..."},
      {"gone", {"parent"}, "public", "nowhere", {"id"}, "references nowhere"}};
  definition.indexes = {{"by_at", {"at"}, false, "create index by_at"},
                        {"by_lower", {}, false, "create index by_lower on (lower(status))"}};
  Catalog catalog;
  catalog.tables = {definition};
  catalog.sequences = {{.schema = "public", .name = "orders_id_seq", .next = 4}};
  std::vector<LeftOut> left_out;
  ASSERT_OK(Put(path, target, *rows, catalog, &left_out));

  std::string left;
  for (const LeftOut& one : left_out) left += one.what + ": " + one.reason + "\n";
  EXPECT_EQ(left_out.size(), 5U) << left;
  for (const char* what : {"default of \"parent\"", "check \"matches\"", "foreign key \"self\"",
                           "foreign key \"gone\"", "index \"by_lower\""}) {
    EXPECT_NE(left.find(what), std::string::npos) << what << " is not in:\n" << left;
  }
  EXPECT_EQ(Ask(path,
                "select string_agg(constraint_type, ' ' order by constraint_type) from "
                "duckdb_constraints()"),
            "CHECK CHECK NOT NULL PRIMARY KEY");
  EXPECT_EQ(Ask(path, "select string_agg(index_name) from duckdb_indexes()"),
            "by_at,orders_status_at");
  EXPECT_EQ(Ask(path, "select comment from duckdb_tables()"), "all of them");
  EXPECT_EQ(Ask(path, "select comment from duckdb_columns() where column_name = 'status'"),
            "it's one of two");
  EXPECT_EQ(Ask(path, "select count(*) from orders"), "3");
  ASSERT_OK(RunSql(path, "insert into orders (parent) values (2)"));
  EXPECT_EQ(Ask(path, "select status || ' ' || parent from orders where id = 4"), "new 2");
  EXPECT_ERROR(RunSql(path, "insert into orders (status) values ('lost')"), ErrorCode::kData,
               "CHECK");
  EXPECT_ERROR(RunSql(path, "insert into orders (id) values (1)"), ErrorCode::kData, "primary key");
}

TEST(DuckDbWriter, ParentsComeBeforeTheirChildren) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const auto rows =
      TableOf({{"id", arrow::int32(), "[1, 2]"}, {"other", arrow::int32(), "[1, 2]"}});
  std::vector<TableTarget> targets;
  // a -> b -> c, and c -> a closes the circle.
  for (const auto& [name, parent] :
       std::vector<std::pair<std::string, std::string>>{{"a", "b"}, {"b", "c"}, {"c", "a"}}) {
    TableTarget target = TargetOf(name, *rows->schema());
    target.definition.unique = {{"", {"id"}}};
    target.definition.foreign_keys = {{name + "_fk", {"other"}, "", parent, {"id"}, "ddl"}};
    targets.push_back(std::move(target));
  }
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  for (const TableTarget& target : targets) ASSERT_OK(Fill(*writer, target, *rows));
  ASSERT_OK(writer->Finish({}, targets));
  ASSERT_EQ(writer->left_out().size(), 1U);
  EXPECT_EQ(writer->left_out()[0].what, "foreign key \"c_fk\" of c");
  EXPECT_EQ(Ask(path,
                "select string_agg(table_name || ' ' || referenced_table, ', ' order by 1) "
                "from duckdb_constraints() where constraint_type = 'FOREIGN KEY'"),
            "a b, b c");
  EXPECT_ERROR(RunSql(path, "insert into a values (3, 99)"), ErrorCode::kData, "foreign key");
}

TEST(DuckDbWriter, IdentitiesGoOnBehindTheGreatest) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const auto rows = Numbers(7, 3);
  TableTarget target = TargetOf("t", *rows->schema());
  target.definition.columns[0].identity = true;
  ASSERT_OK(Put(path, target, *rows));
  ASSERT_OK(RunSql(path, "insert into t (t) values ('next')"));
  EXPECT_EQ(Ask(path, "select n from t where t = 'next'"), "10");
}

TEST(DuckDbWriter, ATableThatWasShownByAnUnfinishedRunIsKept) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  ASSERT_OK(RunSql(path, "create table other as select 1 as x"));
  const auto rows = Numbers(0, 10);
  for (const IfExists if_exists : {IfExists::kError, IfExists::kAppend}) {
    const TableTarget target = TargetOf("t", *rows->schema(), if_exists, true);
    {
      ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path, true));
      ASSERT_OK(Fill(*writer, target, *rows));
    }
    ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path, true));
    ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(target));
    ASSERT_OK_AND_ASSIGN(const auto receipts, sink->Begin(rows->schema(), "f"));
    EXPECT_EQ(receipts.size(), 1U);
    ASSERT_OK(sink->Finish());
    ASSERT_OK(writer->Finish({}, {target}));
    const bool appended = if_exists == IfExists::kAppend;
    EXPECT_EQ(Ask(path, "select count(*) from t"), appended ? "20" : "10");
  }
}

TEST(DuckDbWriter, InfinitiesGoThereAndBack) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const auto rows = TableOf({{"d", arrow::date32(), "[2147483647, -2147483647, 0]"},
                             {"t", arrow::timestamp(arrow::TimeUnit::MICRO),
                              "[9223372036854775807, -9223372036854775807, 0]"}});
  const TableTarget target = TargetOf("t", *rows->schema());
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  ASSERT_OK(Fill(*writer, target, *rows));
  {
    ASSERT_OK_AND_ASSIGN(const auto back, writer->ReadBack(target));
    ASSERT_OK_AND_ASSIGN(const auto reader, back->Open(Chunk{}, {}));
    ASSERT_OK_AND_ASSIGN(const auto table, reader->ToTable());
    EXPECT_TRUE(table->Equals(*rows));
  }
  ASSERT_OK(writer->Finish({}, {target}));
  EXPECT_EQ(Ask(path, "select string_agg(d::varchar || ' ' || t, ', ') from t where isinf(d)"),
            "infinity infinity, -infinity -infinity");
}

TEST(DuckDbWriter, TypesThatAreCastOnTheirWay) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  const auto huge = arrow::field("h", arrow::decimal128(38, 0))
                        ->WithMetadata(arrow::key_value_metadata({"duckdb:type"}, {"HUGEINT"}));
  const auto mood =
      arrow::field("m", arrow::utf8())
          ->WithMetadata(arrow::key_value_metadata({"duckdb:type"}, {"ENUM('sad', 'ok')"}));
  const auto plain = TableOf({{"h", arrow::decimal128(38, 0), R"(["12345678901234567890", null])"},
                              {"m", arrow::utf8(), R"(["ok", "sad"])"}});
  const auto rows = arrow::Table::Make(arrow::schema({huge, mood}), plain->columns());
  ASSERT_OK(Put(path, TargetOf("t", *rows->schema()), *rows));
  EXPECT_EQ(Ask(path,
                "select string_agg(data_type, '; ' order by column_index) from "
                "duckdb_columns() where table_name = 't'"),
            "HUGEINT; ENUM('sad', 'ok')");
  EXPECT_EQ(Ask(path, "select h::varchar || m from t where h is not null"),
            "12345678901234567890ok");
}

// Keys in an order of their own, of several chunks.
std::shared_ptr<arrow::Table> ShuffledKeys(int64_t count) {
  arrow::Int64Builder n;
  arrow::StringBuilder t;
  for (int64_t i = 0; i < count; ++i) {
    // 7919 is prime to the counts here: each number of [-count/2, count/2) comes once.
    const int64_t key = i * 7919 % count - count / 2;
    EXPECT_TRUE(n.Append(key).ok());
    EXPECT_TRUE(t.Append("k" + std::to_string(key)).ok());
  }
  return arrow::Table::Make(
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("t", arrow::utf8())}),
      {n.Finish().ValueOrDie(), t.Finish().ValueOrDie()});
}

std::vector<LeftOut> PutWithKey(const std::string& path, std::vector<std::string> columns,
                                const std::vector<std::shared_ptr<arrow::Table>>& chunks) {
  std::vector<LeftOut> left_out;
  const auto put = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto writer, OpenWriter(path));
    TableTarget target = TargetOf("t", *chunks[0]->schema());
    target.definition.primary_key = KeyDefinition{.columns = std::move(columns)};
    ARROW_ASSIGN_OR_RAISE(const auto sink, writer->OpenTable(target));
    ARROW_RETURN_NOT_OK(sink->Begin(chunks[0]->schema(), "f"));
    for (size_t i = 0; i < chunks.size(); ++i) {
      ARROW_RETURN_NOT_OK(WriteChunk(*sink, static_cast<int64_t>(i), *chunks[i]));
    }
    ARROW_RETURN_NOT_OK(sink->Finish());
    ARROW_RETURN_NOT_OK(writer->Finish({}, {target}));
    left_out = writer->left_out();
    return arrow::Status::OK();
  };
  const auto status = put();
  EXPECT_TRUE(status.ok()) << Describe(status);
  return left_out;
}

TEST(DuckDbWriter, PrimaryKeysAreFoundAndKeptUnique) {
  const TemporaryFolder folder;
  constexpr int64_t kRows = 300'001;
  const auto rows = ShuffledKeys(kRows);
  for (const std::vector<std::string>& key : {std::vector<std::string>{"n"}, {"t"}, {"n", "t"}}) {
    const std::string path = folder / ("d" + key[0] + std::to_string(key.size()) + ".duckdb");
    ASSERT_TRUE(PutWithKey(path, key, {rows->Slice(200'000), rows->Slice(0, 200'000)}).empty());
    for (const int64_t n : {-150'000, -1, 0, 1, 77'777, 150'000}) {
      EXPECT_EQ(Ask(path, "select count(*) from t where n = " + std::to_string(n) + " and t = 'k" +
                              std::to_string(n) + "'"),
                "1");
      EXPECT_FALSE(RunSql(path, "insert into t values (" + std::to_string(n) + ", 'k" +
                                    std::to_string(n) + "')")
                       .ok());
    }
    ASSERT_OK(RunSql(path, "insert into t values (150001, 'k150001')"));
    ASSERT_OK(RunSql(path, "delete from t where n = 17"));
    ASSERT_OK(RunSql(path, "insert into t values (17, 'k17')"));
    EXPECT_EQ(Ask(path, "select count(*) from t"), std::to_string(kRows + 1));
  }
}

TEST(DuckDbWriter, KeysThatAreNoneAreLeftOut) {
  const TemporaryFolder folder;
  const auto rows = ShuffledKeys(50'001);
  // The same key twice: side by side, and far from one another.
  auto left_out = PutWithKey(folder / "a.duckdb", {"n"}, {rows, rows->Slice(40'000, 1)});
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_NE(left_out[0].reason.find("duplicate"), std::string::npos) << left_out[0].reason;
  left_out = PutWithKey(folder / "b.duckdb", {"n"}, {rows->Slice(7, 1), rows->Slice(7, 1)});
  ASSERT_EQ(left_out.size(), 1u);
  arrow::Int64Builder n;
  ASSERT_OK(n.Append(1));
  ASSERT_OK(n.AppendNull());
  const auto with_null = arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                                            {n.Finish().ValueOrDie()});
  left_out = PutWithKey(folder / "c.duckdb", {"n"}, {with_null});
  ASSERT_EQ(left_out.size(), 1u);
  EXPECT_NE(left_out[0].reason.find("NOT NULL"), std::string::npos) << left_out[0].reason;
  for (const char* file : {"a.duckdb", "b.duckdb", "c.duckdb"}) {
    EXPECT_EQ(Ask(folder / file, "select count(*) from duckdb_constraints()"), "0");
  }
}

TEST(DuckDbWriter, IndexesOfFewDifferentValuesHoldEveryRow) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  arrow::Int64Builder n;
  for (int64_t i = 0; i < 100'000; ++i) {
    ASSERT_OK(i % 10 == 3 ? n.AppendNull() : n.Append(i % 10));
  }
  const auto rows = arrow::Table::Make(arrow::schema({arrow::field("n", arrow::int64())}),
                                       {n.Finish().ValueOrDie()});
  TableTarget target = TargetOf("t", *rows->schema());
  target.definition.indexes.push_back({.name = "by_n", .columns = {"n"}});
  ASSERT_OK(Fill(*writer, target, *rows));
  ASSERT_OK(writer->Finish({}, {target}));
  EXPECT_EQ(Ask(path, "select count(*) from duckdb_indexes()"), "1");
  EXPECT_EQ(Ask(path, "select count(*) from t where n = 4"), "10000");
  EXPECT_EQ(Ask(path, "select count(*) from t where n is null"), "10000");
  ASSERT_OK(RunSql(path, "delete from t where n = 4"));
  EXPECT_EQ(Ask(path, "select count(*) from t"), "90000");
}

// The row groups that DuckDB encodes: what it chose for the first ones is told to it for the next
// ones, which may be of another kind.
TEST(DuckDbWriter, ACompressionThatNoLongerFitsIsGivenUp) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  constexpr int64_t kRows = 125'000;
  ASSERT_OK_AND_ASSIGN(const auto writer, OpenWriter(path));
  // Lists are not laid out by us.
  const auto schema =
      arrow::schema({arrow::field("n", arrow::int64()), arrow::field("t", arrow::utf8()),
                     arrow::field("l", arrow::list(arrow::int32()))});
  const TableTarget target = TargetOf("t", *schema);
  ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(target));
  ASSERT_OK(sink->Begin(schema, "f"));
  for (int64_t chunk = 0; chunk < 8; ++chunk) {
    arrow::Int64Builder n;
    arrow::StringBuilder t;
    const auto values = std::make_shared<arrow::Int32Builder>();
    arrow::ListBuilder l(arrow::default_memory_pool(), values);
    for (int64_t i = chunk * kRows; i < (chunk + 1) * kRows; ++i) {
      ASSERT_OK(n.Append(i));
      // Few different ones, then none twice.
      const std::string text = "a text that takes its space " + std::to_string(i * 7919);
      ASSERT_OK(t.Append(chunk < 4 ? "category " + std::to_string(i % 5) : text));
      ASSERT_OK(l.Append());
      ASSERT_OK(values->Append(static_cast<int32_t>(i)));
    }
    const auto rows = arrow::Table::Make(
        schema, {n.Finish().ValueOrDie(), t.Finish().ValueOrDie(), l.Finish().ValueOrDie()});
    ASSERT_OK(WriteChunk(*sink, chunk, *rows));
  }
  ASSERT_OK(sink->Finish());
  ASSERT_OK(writer->Finish({}, {target}));
  EXPECT_EQ(Ask(path,
                "select count(*) || ' ' || count(distinct n) || ' ' || sum(n) from t where "
                "l[1] = n and t = case when n < 500000 then 'category ' || n % 5 else "
                "'a text that takes its space ' || n * 7919 end"),
            "1000000 1000000 499999500000");
  // Row groups of full size; what is left of a chunk makes one of its own.
  const auto of_kind = [&](const std::string& compression) {
    return Ask(path,
               "select string_agg(row_group_id, ' ' order by row_group_id) from (select distinct "
               "row_group_id from pragma_storage_info('t') where column_name = 't' and "
               "segment_type = 'VARCHAR' and compression = '" +
                   compression + "' and count > 2120)");
  };
  EXPECT_EQ(of_kind("Dictionary"), "0 2 4 6");
  // One may be encoded before what was learnt is given up.
  EXPECT_TRUE(of_kind("FSST").ends_with("10 12 14")) << of_kind("FSST");
  EXPECT_EQ(Ask(path, "select count(*) from duckdb_tables() where sql ilike '%compression%'"), "0");
}

TEST(DuckDbWriter, APlanMakesNothing) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  ASSERT_OK_AND_ASSIGN(
      const auto writer,
      MakeDuckDbWriter(NewContext(), {.scheme = "duckdb", .path = path}, {.plan_only = true}));
  ASSERT_OK_AND_ASSIGN(const std::string type,
                       writer->TypeOf(*arrow::field("x", arrow::decimal128(12, 2))));
  EXPECT_EQ(type, "DECIMAL(12,2)");
  EXPECT_ERROR(writer->TypeOf(*arrow::field("x", arrow::float16())), ErrorCode::kData, "no type");
  ASSERT_OK_AND_ASSIGN(const auto none,
                       writer->GreatestValue(TargetOf("t", *Numbers(0, 1)->schema()), "n"));
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace bowyer
