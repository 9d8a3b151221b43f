// A DuckDB file as values: its structure, its rows at one moment.
#include "databases/duckdb/reader.h"

#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include "databases/duckdb/database.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

std::shared_ptr<Context> NewContext() { return Context::Make({.threads = 2}).ValueOrDie(); }

// A file made by these statements.
arrow::Status Make(const std::string& path, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto database, OpenDuckDb(*NewContext(), {.path = path}));
  ARROW_ASSIGN_OR_RAISE(const auto connection, DuckDbConnection::Open(NewContext(), database));
  return connection->Execute(sql);
}

arrow::Result<std::unique_ptr<DatabaseReader>> OpenReader(const std::string& path) {
  return OpenDuckDbReader(NewContext(), {.scheme = "duckdb", .path = path});
}

TEST(DuckDbReader, TellsTheStructure) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  ASSERT_OK(Make(path, R"(
    create sequence s start 5 increment 2;
    create schema other;
    create table parents (id bigint primary key, name varchar not null unique);
    create table orders (
      id bigint default nextval('s'), parent bigint references parents (id),
      amount decimal(12, 2) check (amount > 0), twice decimal(13, 2) as (amount * 2),
      primary key (parent, id));
    create index by_amount on orders (amount);
    create index by_half on orders ((amount / 2));
    create view cheap as select id from orders where amount < 10;
    create table other.t as select 1 as x;
    comment on table orders is 'all of them';
    comment on column orders.amount is 'in euros';
    insert into parents values (1, 'a');
    insert into orders (parent, amount) values (1, 2.50), (1, 3.75);)"));
  ASSERT_OK_AND_ASSIGN(const auto reader, OpenReader(path));
  const Catalog& catalog = reader->catalog();
  ASSERT_EQ(catalog.tables.size(), 4U);
  EXPECT_EQ(catalog.tables[0].name, "cheap");
  EXPECT_EQ(catalog.tables[0].kind, TableKind::kView);
  EXPECT_EQ(catalog.tables[3].schema, "other");
  const TableDefinition& orders = catalog.tables[1];
  EXPECT_EQ(orders.comment, "all of them");
  EXPECT_EQ(orders.rows, 2);
  ASSERT_EQ(orders.columns.size(), 4U);
  EXPECT_NE(orders.columns[0].default_sql.find("nextval"), std::string::npos);
  EXPECT_EQ(orders.columns[2].type, "DECIMAL(12,2)");
  EXPECT_EQ(orders.columns[2].comment, "in euros");
  EXPECT_NE(orders.columns[3].generated_sql.find("amount"), std::string::npos);
  ASSERT_TRUE(orders.primary_key.has_value());
  EXPECT_EQ(orders.primary_key->columns, (std::vector<std::string>{"parent", "id"}));
  ASSERT_EQ(orders.checks.size(), 1U);
  EXPECT_EQ(orders.checks[0].sql, "(amount > 0)");
  ASSERT_EQ(orders.foreign_keys.size(), 1U);
  EXPECT_EQ(orders.foreign_keys[0].table, "parents");
  EXPECT_EQ(orders.foreign_keys[0].referenced_columns, (std::vector<std::string>{"id"}));
  ASSERT_EQ(orders.indexes.size(), 2U);
  EXPECT_EQ(orders.indexes[0].columns, (std::vector<std::string>{"amount"}));
  EXPECT_TRUE(orders.indexes[1].columns.empty());
  EXPECT_TRUE(catalog.tables[2].columns[1].not_null);
  ASSERT_EQ(catalog.tables[2].unique.size(), 1U);
  ASSERT_EQ(catalog.sequences.size(), 1U);
  EXPECT_EQ(catalog.sequences[0].next, 9);
  EXPECT_EQ(catalog.sequences[0].increment, 2);
}

TEST(DuckDbReader, ReadsTablesAndWhatLiesBeyond) {
  const TemporaryFolder folder;
  const std::string path = folder / "d.duckdb";
  ASSERT_OK(Make(path, R"(create table "a.b" as
    select range as n, timestamp '2026-01-01' + interval (range) hour as at from range(300000))"));
  ASSERT_OK_AND_ASSIGN(const auto reader, OpenReader(path));
  const TableDefinition& table = reader->catalog().tables.at(0);
  ASSERT_OK_AND_ASSIGN(const auto source, reader->OpenTable(table, {}));
  ASSERT_OK_AND_ASSIGN(const auto chunks, source->Chunks(122'880));
  EXPECT_EQ(chunks.size(), 3U);
  int64_t rows = 0;
  for (const Chunk& chunk : chunks) {
    ASSERT_OK_AND_ASSIGN(const auto part, source->Open(chunk, {}));
    ASSERT_OK_AND_ASSIGN(const auto read, part->ToTable());
    rows += read->num_rows();
  }
  EXPECT_EQ(rows, 300'000);
  const auto count_beyond = [&](const std::string& column,
                                std::shared_ptr<arrow::Scalar> value) -> int64_t {
    TableReadOptions options;
    options.beyond = {column, std::move(value)};
    const auto part = reader->OpenTable(table, options);
    if (!part.ok()) return -1;
    const auto read = (*part)->Open(Chunk{}, {}).ValueOrDie()->ToTable();
    return read.ok() ? (*read)->num_rows() : -1;
  };
  EXPECT_EQ(count_beyond("n", arrow::MakeScalar(int64_t{299'990})), 9);
  ASSERT_OK_AND_ASSIGN(const auto at, arrow::Scalar::Parse(arrow::timestamp(arrow::TimeUnit::MICRO),
                                                           "2026-01-01 05:00:00"));
  EXPECT_EQ(count_beyond("at", at), 300'000 - 6);
  TableReadOptions told;
  told.types["n"] = arrow::int32();  // text it can be
  EXPECT_ERROR(reader->OpenTable(table, told), ErrorCode::kUsage, "view");
}

TEST(DuckDbReader, NoDatabaseIsSaid) {
  const TemporaryFolder folder;
  EXPECT_ERROR(OpenReader(folder / "d.duckdb"), ErrorCode::kUnavailable, "cannot be opened");
  EXPECT_ERROR(OpenReader(folder.Write("x.duckdb", std::string(5000, 'x'))), ErrorCode::kData,
               "no DuckDB database");
  EXPECT_ERROR(OpenDuckDbReader(NewContext(),
                                {.scheme = "duckdb", .path = folder / "d.duckdb", .table = "t"}),
               ErrorCode::kUsage, "whole database");
}

}  // namespace
}  // namespace bowyer
