// Databases made by SQLite itself, read as `migrate` reads them.
#include "databases/sqlite/reader.h"

#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "bowyer/rejects.h"
#include "databases/sqlite/connection.h"
#include "databases/sqlite/snapshot.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

std::shared_ptr<Context> NewContext(int threads = 2) {
  return Context::Make({.threads = threads}).ValueOrDie();
}

std::unique_ptr<SqliteConnection> Write(const std::string& path, const std::string& sql) {
  auto connection = SqliteConnection::Open(NewContext(), path, SqliteMode::kCreate).ValueOrDie();
  const auto status = connection->Execute(sql);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return connection;
}

arrow::Result<std::unique_ptr<DatabaseReader>> Open(const std::string& path) {
  return OpenSqliteReader(NewContext(), {.scheme = "sqlite", .path = path});
}

const TableDefinition& Find(const DatabaseReader& reader, const std::string& name) {
  for (const TableDefinition& table : reader.catalog().tables) {
    if (table.name == name) return table;
  }
  ADD_FAILURE() << "no table " << name;
  return reader.catalog().tables.front();
}

arrow::Result<std::shared_ptr<arrow::Table>> Get(Source& source, const Chunk& chunk = {},
                                                 const ScanOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(const auto reader, source.Open(chunk, options));
  return reader->ToTable();
}

arrow::Result<std::shared_ptr<arrow::Table>> Get(DatabaseReader& reader, const std::string& name,
                                                 const TableReadOptions& options = {}) {
  ARROW_ASSIGN_OR_RAISE(const auto source, reader.OpenTable(Find(reader, name), options));
  return Get(*source);
}

bool LeftOut(const DatabaseReader& reader, const std::string& what) {
  for (const auto& left : reader.catalog().left_out) {
    if (left.what == what) return true;
  }
  return false;
}

std::string TypeOf(const arrow::Table& table, const std::string& column) {
  return table.schema()->GetFieldByName(column)->type()->ToString();
}

TEST(SqliteReader, StructureIsRead) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path, R"(
    create table parent(id integer primary key autoincrement, name text not null unique);
    create table child(b text collate nocase, a int, parent int references parent on delete cascade,
      x decimal(10, 2) default (1 + 1) check (x > 0), twice as (a * 2) stored,
      primary key (a, b), constraint far foreign key (parent) references parent(id)) ;
    create index by_x on child(x, a desc); create unique index part on child(x) where a > 0;
    create view v as select a from child; create view broken as select * from nowhere;
    create trigger t after insert on child begin select 1; end;
    create table keyed(k text primary key, v int) without rowid;
    create table nullkey(k text primary key); insert into nullkey values (null), (null), ('x');
    insert into parent(name) values ('x'), ('y'); delete from parent;)");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  const TableDefinition& parent = Find(*reader, "parent");
  EXPECT_TRUE(parent.columns[0].identity);
  EXPECT_TRUE(parent.columns[0].not_null);
  EXPECT_EQ(parent.unique.size(), 1U);
  ASSERT_EQ(reader->catalog().sequences.size(), 1U);
  EXPECT_EQ(reader->catalog().sequences[0].name, "parent_id_seq");
  EXPECT_EQ(reader->catalog().sequences[0].next, 3);

  const TableDefinition& child = Find(*reader, "child");
  ASSERT_EQ(child.columns.size(), 5U);
  EXPECT_EQ(child.primary_key->columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(child.columns[0].note, "collation nocase");
  EXPECT_TRUE(LeftOut(*reader, "collation nocase of child.b"));
  EXPECT_EQ(child.columns[3].default_sql, "1 + 1");
  EXPECT_TRUE(child.columns[3].field->type()->Equals(arrow::decimal128(10, 2)));
  EXPECT_EQ(child.columns[4].generated_sql, "a * 2");
  ASSERT_EQ(child.checks.size(), 1U);
  EXPECT_EQ(child.checks[0].sql, "x > 0");
  ASSERT_EQ(child.foreign_keys.size(), 2U);
  EXPECT_TRUE(child.foreign_keys[0].referenced_columns.empty());
  EXPECT_NE(child.foreign_keys[0].ddl.find("ON DELETE CASCADE"), std::string::npos);
  EXPECT_EQ(child.foreign_keys[1].referenced_columns, std::vector<std::string>{"id"});
  ASSERT_EQ(child.indexes.size(), 2U);
  EXPECT_EQ(child.indexes[0].columns, (std::vector<std::string>{"x", "a"}));
  EXPECT_TRUE(child.indexes[1].columns.empty());
  EXPECT_EQ(child.indexes[1].ddl, "CREATE UNIQUE INDEX part on child(x) where a > 0");

  EXPECT_EQ(Find(*reader, "v").kind, TableKind::kView);
  EXPECT_TRUE(LeftOut(*reader, "view broken"));
  EXPECT_TRUE(LeftOut(*reader, "trigger t on child"));
  EXPECT_TRUE(Find(*reader, "keyed").columns[0].not_null);
  EXPECT_FALSE(Find(*reader, "nullkey").primary_key.has_value());
  EXPECT_EQ(Find(*reader, "nullkey").unique.size(), 1U);
  EXPECT_TRUE(LeftOut(*reader, "primary key of nullkey"));
  EXPECT_EQ(Find(*reader, "nullkey").rows, 3);
}

TEST(SqliteReader, ShadowTablesAreNamedAndVirtualOnesRead) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path,
        "create virtual table f using fts5(body); insert into f values ('a b'), ('c');"
        "create virtual table r using rtree(id, x0, x1); insert into r values (1, 2, 3);");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  EXPECT_EQ(reader->catalog().tables.size(), 2U);
  EXPECT_TRUE(LeftOut(*reader, "table f_data"));
  EXPECT_TRUE(LeftOut(*reader, "table r_node"));
  EXPECT_TRUE(LeftOut(*reader, "virtual table f"));
  ASSERT_OK_AND_ASSIGN(const auto body, Get(*reader, "f"));
  EXPECT_TRUE(body->Equals(*TableOf({{"body", arrow::utf8(), R"(["a b", "c"])"}})));
  ASSERT_OK_AND_ASSIGN(const auto box, Get(*reader, "r"));
  EXPECT_EQ(box->num_rows(), 1);
}

TEST(SqliteReader, DeclaredTypesHoldWhatTheySay) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(
      path,
      "create table t(i int, r real, s varchar(9), b blob, o boolean, m decimal(10,2), d date, "
      "at datetime, z timestamptz);"
      "insert into t values (1, 0.5, 'x', x'00ff', 1, 12.34, '2024-02-29', '2024-02-29 "
      "12:34:56.5', '2024-01-01T00:00:00Z'), (null, 1, '', x'', 0, -5, null, '2024-02-29', null);");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  ASSERT_OK_AND_ASSIGN(const auto table, Get(*reader, "t"));
  const auto us = arrow::timestamp(arrow::TimeUnit::MICRO);
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  EXPECT_EQ(table->GetColumnByName("b")->GetScalar(0).ValueOrDie()->ToString(),
            std::string("\0\xff", 2));
  ASSERT_OK_AND_ASSIGN(const auto others, table->RemoveColumn(3));
  EXPECT_EQ(others->ToString(),
            TableOf({{"i", arrow::int64(), "[1, null]"},
                     {"r", arrow::float64(), "[0.5, 1]"},
                     {"s", arrow::utf8(), R"(["x", ""])"},
                     {"o", arrow::boolean(), "[true, false]"},
                     {"m", arrow::decimal128(10, 2), R"(["12.34", "-5.00"])"},
                     {"d", arrow::date32(), "[19782, null]"},
                     {"at", us, R"(["2024-02-29 12:34:56.500000", "2024-02-29 00:00:00"])"},
                     {"z", utc, R"(["2024-01-01 00:00:00", null])"}})
                ->ToString());
}

TEST(SqliteReader, WhatDoesNotFitEndsTheReadAndALookFindsATypeThatDoes) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path,
        "create table t(i int, d decimal(4,2), at timestamp, s text, r real, n numeric, k);"
        "insert into t values (1, 1.25, '2024-01-01 00:00:00', 'x', 1.5, 1, null);"
        "insert into t values ('abc', 1000.5, 1709210096, cast(x'ff' as text), 2, 2.5, 'q');"
        "insert into t values (9007199254740993, 3, null, 'y', 3, 9007199254740993, x'01');");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  ASSERT_OK_AND_ASSIGN(const auto source, reader->OpenTable(Find(*reader, "t"), {}));
  EXPECT_FALSE(source->needs_wider_types());
  EXPECT_ERROR(Get(*source), ErrorCode::kData, "column i: rowid 2: the text \"abc\" is no int64");
  EXPECT_TRUE(source->needs_wider_types());
  ASSERT_OK_AND_ASSIGN(const auto table, Get(*reader, "t", {.find_types = true}));
  EXPECT_EQ(TypeOf(*table, "i"), "string");
  EXPECT_EQ(TypeOf(*table, "d"), "decimal128(6, 2)");
  EXPECT_EQ(TypeOf(*table, "at"), "string");
  EXPECT_EQ(TypeOf(*table, "s"), "binary");
  EXPECT_EQ(TypeOf(*table, "r"), "double");
  EXPECT_EQ(TypeOf(*table, "n"), "string");
  EXPECT_EQ(TypeOf(*table, "k"), "binary");
  EXPECT_EQ(table->GetColumnByName("n")->ToString(),
            TableOf({{"n", arrow::utf8(), R"(["1", "2.5", "9007199254740993"])"}})
                ->column(0)
                ->ToString());
  EXPECT_EQ(table->schema()->GetFieldByName("i")->metadata()->Get("sqlite:note").ValueOrDie(),
            "declared INT, holds 2 integers, 1 text");
}

TEST(SqliteReader, IntegersBeyondTwoTo53AreNoFloats) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path,
        "create table a(n numeric); insert into a values (0.5), (9007199254740992);"
        "create table b(n numeric); insert into b values (0.5), (9007199254740993);");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  ASSERT_OK_AND_ASSIGN(const auto a, Get(*reader, "a", {.find_types = true}));
  EXPECT_EQ(TypeOf(*a, "n"), "double");
  ASSERT_OK_AND_ASSIGN(const auto b, Get(*reader, "b", {.find_types = true}));
  EXPECT_EQ(TypeOf(*b, "n"), "string");
}

TEST(SqliteReader, RowsThatDoNotFitAreSetAsideWhole) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path,
        "create table t(id integer primary key, s text, n int);"
        "insert into t values (5, 'a', 1), (6, 'it''s', 'no'), (7, cast(x'ff' as text), 3), "
        "(8, 'b', 4);");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  ASSERT_OK_AND_ASSIGN(auto rejects, RejectsFile::Open(NewContext(), folder / "bad.csv"));
  ASSERT_OK_AND_ASSIGN(const auto table,
                       Get(*reader, "t", {.on_mismatch = OnMismatch::kReject, .rejects = rejects}));
  EXPECT_TRUE(table->Equals(*TableOf({{"id", arrow::int64(), "[5, 8]"},
                                      {"s", arrow::utf8(), R"(["a", "b"])"},
                                      {"n", arrow::int64(), "[1, 4]"}})));
  ASSERT_OK(rejects->Commit());
  const std::string text = ReadWholeFile(folder / "bad.csv");
  EXPECT_NE(text.find("rowid 6: the text \"\"no\"\" is no int64"), std::string::npos) << text;
  EXPECT_NE(text.find("6,'it''s','no'"), std::string::npos) << text;
  EXPECT_NE(text.find("rowid 7"), std::string::npos) << text;
}

TEST(SqliteReader, ToldTypesAndEpochs) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path,
        "create table t(s text, e int, j real, ms int, b int);"
        "insert into t values ('12', 86400, 2440588.5, 1500, 300);");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  ASSERT_OK_AND_ASSIGN(
      const auto table,
      Get(*reader, "t",
          {.types = {{"s", arrow::int64()}, {"j", arrow::date32()}},
           .epochs = {{"e", "seconds"}, {"j", "julian"}, {"ms", "milliseconds"}}}));
  const auto us = arrow::timestamp(arrow::TimeUnit::MICRO);
  EXPECT_TRUE(table->Equals(*TableOf({{"s", arrow::int64(), "[12]"},
                                      {"e", us, "[86400000000]"},
                                      {"j", arrow::date32(), "[1]"},
                                      {"ms", us, "[1500000]"},
                                      {"b", arrow::int64(), "[300]"}})));
  EXPECT_ERROR(
      Get(*reader, "t", {.types = {{"b", arrow::int8()}}, .on_mismatch = OnMismatch::kError}),
      ErrorCode::kData, "the integer 300 is no int8");
  EXPECT_ERROR(Get(*reader, "t", {.epochs = {{"e", "second"}}}), ErrorCode::kUsage, "seconds");
  EXPECT_ERROR(Get(*reader, "t", {.types = {{"q", arrow::int8()}}}), ErrorCode::kUsage, "q");
}

// max(rowid) at a multiple of a unit, gaps, negative ids, ids at the ends of 64 bits: chunks give
// each row once.
TEST(SqliteReader, ChunksGiveEachRowOnce) {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, int64_t>> tables = {
      {"with recursive n(i) as (values(1) union all select i + 1 from n where i < 122880) "
       "insert into t select i from n",
       122880},
      {"with recursive n(i) as (values(1) union all select i + 1 from n where i < 50000) "
       "insert into t select i * 1000003 - 7000000000 from n",
       50000},
      {"with recursive n(i) as (values(1) union all select i + 1 from n where i < 40000) "
       "insert into t select i from n union all select -i from n union all "
       "values (9223372036854775807), (-9223372036854775808)",
       80002},
      {"insert into t values (9223372036854775807)", 1},
      {"delete from t", 0}};
  for (size_t i = 0; i < tables.size(); ++i) {
    const std::string path = folder / std::to_string(i);
    Write(path, "create table t(id integer primary key);" + tables[i].first);
    ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
    ASSERT_OK_AND_ASSIGN(const auto source, reader->OpenTable(Find(*reader, "t"), {}));
    for (const int64_t target : {1, 40'000, 1'000'000}) {
      ASSERT_OK_AND_ASSIGN(const auto chunks, source->Chunks(target));
      std::vector<std::shared_ptr<arrow::Table>> parts;
      for (const Chunk& chunk : chunks) {
        ASSERT_OK_AND_ASSIGN(auto part, Get(*source, chunk));
        parts.push_back(std::move(part));
      }
      ASSERT_OK_AND_ASSIGN(const auto all, arrow::ConcatenateTables(parts));
      EXPECT_EQ(all->num_rows(), tables[i].second) << tables[i].first;
      ASSERT_OK_AND_ASSIGN(const auto whole, Get(*source));
      EXPECT_TRUE(all->Equals(*whole)) << tables[i].first;
    }
    if (i < 3) {
      ASSERT_OK_AND_ASSIGN(const auto chunks, source->Chunks(1));
      EXPECT_GT(chunks.size(), 2U) << tables[i].first;
    }
  }
}

TEST(SqliteReader, RowsBeyondAValue) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path,
        "create table t(id integer primary key, at timestamp, s text);"
        "insert into t values (1, '2024-01-01 00:00:00', 'a'), (2, '2024-01-02T00:00', 'B'), (3, "
        "null, 'c');");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  const auto ids = [&](const std::string& column, std::shared_ptr<arrow::Scalar> value) {
    const auto table =
        Get(*reader, "t", {.beyond = TableReadOptions::Beyond{column, std::move(value)}});
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    std::string text;
    for (int64_t i = 0; i < (*table)->num_rows(); ++i) {
      text += (*table)->column(0)->GetScalar(i).ValueOrDie()->ToString();
    }
    return text;
  };
  EXPECT_EQ(ids("id", arrow::MakeScalar(int64_t{1})), "23");
  EXPECT_EQ(ids("at", arrow::MakeScalar(arrow::timestamp(arrow::TimeUnit::MICRO),
                                        int64_t{1704067200000000})
                          .ValueOrDie()),
            "2");
  EXPECT_EQ(ids("s", arrow::MakeScalar("B")), "13");
  EXPECT_EQ(ids("id", arrow::MakeNullScalar(arrow::int64())), "123");
}

// Writers go on in a database with a log; readers keep to their moment, on however many
// connections.
TEST(SqliteReader, AllConnectionsSeeOneMoment) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  const auto writer = Write(path,
                            "pragma journal_mode = wal; create table t(id integer primary key); "
                            "insert into t values (1);");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  ASSERT_OK(writer->Execute("insert into t values (2)"));
  ASSERT_OK_AND_ASSIGN(const auto source, reader->OpenTable(Find(*reader, "t"), {}));
  std::vector<std::shared_ptr<arrow::RecordBatchReader>> open;
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK_AND_ASSIGN(auto rows, source->Open(Chunk{}, {}));
    open.push_back(std::move(rows));
    ASSERT_OK(writer->Execute("insert into t values (null)"));
  }
  for (const auto& rows : open) {
    ASSERT_OK_AND_ASSIGN(const auto table, rows->ToTable());
    EXPECT_EQ(table->num_rows(), 1);
  }
  ASSERT_OK_AND_ASSIGN(const auto later, Open(path));
  ASSERT_OK_AND_ASSIGN(const auto fresh, later->OpenTable(Find(*later, "t"), {}));
  EXPECT_NE(fresh->Fingerprint().ValueOrDie(), source->Fingerprint().ValueOrDie());
}

TEST(SqliteReader, ABusyWriterDoesNotSplitTheMoment) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path,
        "pragma journal_mode = wal; create table a(n int); create table b(n int); "
        "insert into a values (0); insert into b values (0);");
  std::atomic<bool> stop{false};
  std::thread writing([&] {
    const auto writer = Write(path, "pragma synchronous = off");
    while (!stop) {
      (void)writer->Execute("begin; update a set n = n + 1; update b set n = n + 1; commit");
    }
  });
  for (int i = 0; i < 20; ++i) {
    const auto snapshot = SqliteSnapshot::Open(NewContext(), path, 4);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status().ToString();
    if (!snapshot.ok()) break;
    std::vector<std::shared_ptr<SqliteConnection>> lent;
    std::set<int64_t> seen;
    for (int j = 0; j < 6; ++j) {
      lent.push_back((*snapshot)->Take());
      seen.insert(lent.back()->Number("select n from a").ValueOrDie());
      seen.insert(lent.back()->Number("select n from b").ValueOrDie());
    }
    EXPECT_EQ(seen.size(), 1U);
  }
  stop = true;
  writing.join();
}

TEST(SqliteReader, WhatIsNoDatabaseIsRefused) {
  const TemporaryFolder folder;
  EXPECT_ERROR(Open(folder / "none.db"), ErrorCode::kUnavailable, "none.db");
  EXPECT_EQ(folder.entries(), 0);
  EXPECT_ERROR(Open(folder.path()), ErrorCode::kUnavailable, "folder");
  EXPECT_ERROR(Open(folder.Write("x.db", std::string(5000, 'x'))), ErrorCode::kData,
               "no SQLite database");
  ASSERT_OK_AND_ASSIGN(const auto empty, Open(folder.Write("empty.db", "")));
  EXPECT_TRUE(empty->catalog().tables.empty());
}

TEST(SqliteReader, NamesOfAnyKind) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Write(path,
        "create table \"a \"\" ' b\n\"(\"rowid\" int, \"x\ny\" text, \"\" int);"
        "insert into \"a \"\" ' b\n\" values (1, 'v', 2);");
  ASSERT_OK_AND_ASSIGN(const auto reader, Open(path));
  ASSERT_OK_AND_ASSIGN(const auto table, Get(*reader, "a \" ' b\n"));
  EXPECT_EQ(table->num_rows(), 1);
  EXPECT_EQ(table->schema()->field(1)->name(), "x\ny");
}

}  // namespace
}  // namespace bowyer
