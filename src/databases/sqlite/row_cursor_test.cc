// Rows out of pages against rows out of SQLite.
#include "databases/sqlite/row_cursor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "databases/sqlite/catalog.h"
#include "databases/sqlite/cells.h"
#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

std::shared_ptr<Context> NewContext() { return Context::Make({.threads = 2}).ValueOrDie(); }

std::unique_ptr<SqliteConnection> Create(const std::string& path, const std::string& sql) {
  auto connection = SqliteConnection::Open(NewContext(), path, SqliteMode::kCreate).ValueOrDie();
  const auto status = connection->Execute(sql);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return connection;
}

// A table of a database as of one moment.
struct Opened {
  std::shared_ptr<SqliteSnapshot> snapshot;
  std::shared_ptr<SqliteConnection> connection;
  SqliteRelation relation;

  std::vector<int> all() const {
    std::vector<int> columns;
    for (size_t i = 0; i < relation.columns.size(); ++i) columns.push_back(static_cast<int>(i));
    return columns;
  }
};

arrow::Result<Opened> Open(const std::string& path, const std::string& table = "t") {
  Opened opened;
  ARROW_ASSIGN_OR_RAISE(opened.snapshot, SqliteSnapshot::Open(NewContext(), path, 1));
  opened.connection = opened.snapshot->Take();
  ARROW_ASSIGN_OR_RAISE(const auto entry, FindSqliteTable(*opened.connection, table));
  if (!entry.has_value()) return arrow::Status::KeyError(table);
  ARROW_ASSIGN_OR_RAISE(opened.relation, RelationOf(*opened.connection, *entry, table));
  return opened;
}

std::string RowText(std::span<const Cell> cells) {
  std::string text;
  for (const Cell& cell : cells) text += LiteralOf(cell) + "|";
  return text;
}

arrow::Result<std::vector<std::string>> RowsByCursor(const Opened& opened, const RowRange& range,
                                                     const std::vector<int>& columns) {
  ARROW_ASSIGN_OR_RAISE(auto cursor, RowCursor::Open(*opened.snapshot, *opened.connection,
                                                     opened.relation, range, columns));
  std::vector<std::string> rows;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, cursor->Next());
    if (!found) return rows;
    rows.push_back(RowText(cursor->cells()));
  }
}

arrow::Result<std::vector<std::string>> RowsBySqlite(Opened opened, const RowRange& range,
                                                     const std::vector<int>& columns) {
  opened.relation.root_page = 0;
  return RowsByCursor(opened, range, columns);
}

// Nothing that SQLite has to be asked for.
std::vector<std::string> RowsByPages(const Opened& opened, const RowRange& range,
                                     const std::vector<int>& columns) {
  std::vector<std::string> rows;
  const auto pages =
      TablePages::Open(*opened.snapshot, *opened.connection, opened.relation, range, columns);
  if (pages == nullptr) {
    ADD_FAILURE() << "the pages are not read";
    return rows;
  }
  while (true) {
    const auto found = pages->Next();
    EXPECT_NE(found, TablePages::Found::kUnclear);
    if (found != TablePages::Found::kRow) return rows;
    rows.push_back(RowText(pages->cells()));
  }
}

// A value as SQL, of any class, up to `longest` bytes.
std::string RandomValue(std::mt19937_64& random, int64_t longest) {
  const auto below = [&](int64_t end) { return static_cast<int64_t>(random() % end); };
  switch (below(9)) {
    case 0:
      return "null";
    case 1:
      return std::to_string(below(3));
    case 2:
      return std::to_string(static_cast<int64_t>(random()) >> below(64));
    case 3:
      return fmt::format("{}", static_cast<double>(below(1000)));
    case 4:
      return fmt::format("{:e}", static_cast<double>(static_cast<int64_t>(random())) / 7e9);
    case 5:
      return "9e999";
    case 6:
      return "hex(randomblob(" + std::to_string(below(12)) + "))";
    case 7:
      return "'" + std::string(static_cast<size_t>(below(longest)), 'x') + "\u00e4'";
    default:
      return "randomblob(" + std::to_string(below(9) == 0 ? below(longest) : below(40)) + ")";
  }
}

TEST(RowCursor, PagesGiveWhatSqliteGives) {
  std::mt19937_64 random(3);
  for (const int page_bytes : {512, 1024, 4096, 65536}) {
    for (const std::string key : {"a integer primary key", "a int primary key", "a"}) {
      const TemporaryFolder folder;
      const std::string path = folder / "d.db";
      std::string sql = fmt::format(
          "pragma page_size = {}; pragma auto_vacuum = {}; begin; create table t ({}, b real, c "
          "text, d blob, e, f double precision, g integer, h numeric);",
          page_bytes, random() % 2, key);
      const auto id = [&](int i) {
        return i % 7 == 0 ? static_cast<int64_t>(random()) : static_cast<int64_t>(random() % 9000);
      };
      for (int i = 0; i < 700; ++i) {
        sql += fmt::format("insert or replace into t ({}, b, c, d, e, f, g, h) values ({}",
                           key == "a integer primary key" ? "a" : "rowid", id(i));
        for (int k = 0; k < 7; ++k) {
          sql += ", " + RandomValue(random, k == 3 ? 3 * page_bytes : 60);
        }
        sql += ");";
        if (i % 5 == 0) sql += fmt::format("delete from t where rowid = {};", id(i));
      }
      Create(path, sql + "commit");
      ASSERT_OK_AND_ASSIGN(const Opened opened, Open(path));
      ASSERT_OK_AND_ASSIGN(const auto whole, RowsBySqlite(opened, {}, opened.all()));
      EXPECT_GT(whole.size(), 400U);
      EXPECT_EQ(RowsByPages(opened, {}, opened.all()), whole) << page_bytes << key;
      for (int i = 0; i < 20; ++i) {
        RowRange range;
        if (i % 3 != 0) range.first = id(i);
        if (i % 4 != 0) range.end = id(i / 2);
        std::vector<int> columns;
        for (int k = 0; k < 8; ++k) {
          if (random() % 2 == 0) columns.push_back(k);
        }
        std::shuffle(columns.begin(), columns.end(), random);
        ASSERT_OK_AND_ASSIGN(const auto expected, RowsBySqlite(opened, range, columns));
        EXPECT_EQ(RowsByPages(opened, range, columns), expected) << page_bytes << key;
      }
    }
  }
}

TEST(RowCursor, WhatPagesDoNotTellIsAskedOfSqlite) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  const std::string fill =
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) insert into t "
      "select i, 'row ' || i from n;";
  Create(path, "create table t (a integer primary key, b);" + fill +
                   "update t set b = zeroblob(3000000) where a = 100;"
                   "alter table t add column c default 'old'; update t set c = a where a < 200");
  ASSERT_OK_AND_ASSIGN(const Opened opened, Open(path));
  ASSERT_OK_AND_ASSIGN(const auto expected, RowsBySqlite(opened, {}, {0, 2}));
  ASSERT_EQ(expected.size(), 500U);
  EXPECT_EQ(expected.back(), "500|'old'|");
  ASSERT_OK_AND_ASSIGN(const auto rows, RowsByCursor(opened, {}, {0, 2}));
  EXPECT_EQ(rows, expected);
  ASSERT_OK_AND_ASSIGN(const auto long_rows, RowsBySqlite(opened, {.first = 90}, {1, 0}));
  ASSERT_OK_AND_ASSIGN(const auto from_90, RowsByCursor(opened, {.first = 90}, {1, 0}));
  EXPECT_EQ(from_90, long_rows);
}

TEST(RowCursor, TablesThatPagesDoNotHoldAsTheyAre) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Create(path,
         "create table plain (a); create table keyed (a primary key, b) without rowid;"
         "create table made (a, b as (a + 1), c as (a + 2) stored); create view v as select 1 as a;"
         "insert into plain values (1); insert into keyed values (1, 2);"
         "insert into made values (1)");
  ASSERT_OK_AND_ASSIGN(const Opened plain, Open(path, "plain"));
  EXPECT_GT(plain.relation.root_page, 1U);
  for (const std::string table : {"keyed", "made", "v"}) {
    ASSERT_OK_AND_ASSIGN(const Opened opened, Open(path, table));
    EXPECT_EQ(opened.relation.root_page, 0U) << table;
    EXPECT_EQ(TablePages::Open(*opened.snapshot, *opened.connection, opened.relation, {}, {0}),
              nullptr);
  }
  const std::string wide = folder / "wide.db";
  Create(wide, "pragma encoding = 'UTF-16'; create table t (a); insert into t values ('x')");
  ASSERT_OK_AND_ASSIGN(const Opened opened, Open(wide));
  EXPECT_FALSE(opened.snapshot->pages_readable());
}

TEST(RowCursor, WriteAheadLog) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  auto writer =
      Create(path, "pragma journal_mode = wal; create table t (a); insert into t values (1)");
  {
    ASSERT_OK_AND_ASSIGN(const Opened opened, Open(path));
    EXPECT_FALSE(opened.snapshot->pages_readable());  // the row is in the log
    ASSERT_OK_AND_ASSIGN(const auto rows, RowsByCursor(opened, {}, {0}));
    EXPECT_EQ(rows, std::vector<std::string>{"1|"});
  }
  ASSERT_OK(writer->Execute("pragma wal_checkpoint(truncate)"));
  ASSERT_OK_AND_ASSIGN(const Opened opened, Open(path));
  EXPECT_TRUE(opened.snapshot->pages_readable());
  // Others go on, and may not put what they write into the file.
  ASSERT_OK(writer->Execute("update t set a = 2; insert into t values (3)"));
  ASSERT_OK(writer->Execute("pragma wal_checkpoint(passive)"));
  EXPECT_EQ(RowsByPages(opened, {}, {0}), std::vector<std::string>{"1|"});
  ASSERT_OK_AND_ASSIGN(const auto rows, RowsBySqlite(opened, {}, {0}));
  EXPECT_EQ(rows, std::vector<std::string>{"1|"});
}

TEST(RowCursor, DamagedPagesNeverCrash) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.db";
  Create(
      path,
      "pragma page_size = 512; create table t (a integer primary key, b, c);"
      "with recursive n(i) as (select 1 union all select i + 1 from n where i < 300) insert into t "
      "select i * 3, i * 0.5, printf('%.*c', i * 7 % 1500, 'x') from n");
  std::ifstream file(path, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(file), {}};
  std::mt19937_64 random(5);
  int read = 0;
  for (int i = 0; i < 700; ++i) {
    std::string bad = good;
    for (int k = 0; k < 1 + i % 3; ++k) {
      // Mostly where pages begin: types, counts, places of cells.
      size_t at = random() % bad.size();
      if (k % 2 == 0) at = at / 512 * 512 + at % 24;
      if (at >= 100) bad[at] = static_cast<char>(random());
    }
    const std::string damaged = folder.Write("bad.db", bad);
    const auto opened = Open(damaged);
    if (!opened.ok()) continue;
    const auto pages = TablePages::Open(*opened->snapshot, *opened->connection, opened->relation,
                                        {}, opened->all());
    int64_t rows = 0;
    while (pages != nullptr && rows < 10'000 && pages->Next() == TablePages::Found::kRow) ++rows;
    EXPECT_LT(rows, 10'000);
    if (rows == 300) ++read;
  }
  EXPECT_GT(read, 40);
}

}  // namespace
}  // namespace bowyer
