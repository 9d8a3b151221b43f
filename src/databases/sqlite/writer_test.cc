// Whole databases into SQLite, and what is left when a run ends early.
#include "databases/sqlite/writer.h"

#include <arrow/table.h>
#include <gtest/gtest.h>

#include "databases/sqlite/connection.h"
#include "matchers.h"
#include "table_of.h"
#include "temporary_folder.h"

namespace bowyer {
namespace {

std::shared_ptr<Context> NewContext() { return Context::Make({.threads = 2}).ValueOrDie(); }

std::shared_ptr<arrow::Table> People() {
  return TableOf({{"id", arrow::int64(), "[1, 2]"}, {"name", arrow::utf8(), R"(["ann", "bo"])"}});
}

TableTarget Target(bool resume = false) {
  TableTarget target{.name = "people", .resume = resume};
  TableDefinition& definition = target.definition;
  definition.name = "people";
  definition.columns = {{.name = "id", .identity = true},
                        {.name = "name", .not_null = true, .default_sql = "'x'"}};
  definition.primary_key = KeyDefinition{"", {"id"}};
  definition.unique = {{"one_name", {"name"}}};
  definition.checks = {{"", "length(name) > 0"}, {"", "name ~ '^[a-z]'"}};
  definition.indexes = {{.name = "by_name", .columns = {"name"}},
                        {.name = "odd", .ddl = "create index odd on people (lower(name))"}};
  return target;
}

arrow::Status Fill(Sink& sink, const std::vector<int64_t>& chunks) {
  for (const int64_t index : chunks) {
    const Chunk chunk{.index = index};
    ARROW_ASSIGN_OR_RAISE(const auto writer, sink.Open(chunk));
    ARROW_ASSIGN_OR_RAISE(const auto batch, People()->Slice(index, 1)->CombineChunksToBatch());
    ARROW_RETURN_NOT_OK(writer->Write(batch));
    ARROW_RETURN_NOT_OK(writer->Commit({.chunk = index, .rows = 1, .snapshot = "m"}));
  }
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::Table>> Stored(DatabaseWriter& writer) {
  ARROW_ASSIGN_OR_RAISE(const auto source, writer.ReadBack(Target()));
  ARROW_ASSIGN_OR_RAISE(const auto reader, source->Open(Chunk{}, {}));
  return reader->ToTable();
}

TEST(SqliteWriter, ATableWithItsStructure) {
  const TemporaryFolder folder;
  const Location location{.scheme = "sqlite", .path = folder / "d.db"};
  ASSERT_OK_AND_ASSIGN(const auto writer, MakeSqliteWriter(NewContext(), location, {}));
  {
    ASSERT_OK_AND_ASSIGN(const auto sink, writer->OpenTable(Target()));
    ASSERT_OK(sink->Begin(People()->schema(), "f"));
    ASSERT_OK(Fill(*sink, {0, 1}));
    ASSERT_OK_AND_ASSIGN(const auto before, Stored(*writer));
    EXPECT_TRUE(before->Equals(*People()));
    ASSERT_OK(sink->Finish());
  }
  EXPECT_FALSE(std::filesystem::exists(location.path));
  ASSERT_OK(writer->Finish({}, {Target()}));
  EXPECT_EQ(folder.entries(), 1);
  ASSERT_OK_AND_ASSIGN(const auto stored, Stored(*writer));
  EXPECT_TRUE(stored->Equals(*People()));
  ASSERT_OK_AND_ASSIGN(const auto greatest, writer->GreatestValue(Target(), "id"));
  EXPECT_EQ(greatest, nullptr);  // of a database that is not open any more

  auto connection =
      SqliteConnection::Open(NewContext(), location.path, SqliteMode::kRead).ValueOrDie();
  EXPECT_EQ(connection->String("select sql from sqlite_schema where name = 'people'").ValueOrDie(),
            "CREATE TABLE \"people\" (\"id\" INTEGER PRIMARY KEY AUTOINCREMENT, \"name\" TEXT NOT "
            "NULL DEFAULT ('x'), CONSTRAINT \"one_name\" UNIQUE (\"name\"), CHECK (length(name) > "
            "0))");
  EXPECT_EQ(
      connection->Number("select count(*) from sqlite_schema where name = 'by_name'").ValueOrDie(),
      1);
  std::string left_out;
  for (const LeftOut& one : writer->left_out()) left_out += one.what + "; ";
  EXPECT_EQ(left_out, "CHECK of people; index odd; ");
}

TEST(SqliteWriter, ARunThatEndedEarlyIsGoneOnWith) {
  const TemporaryFolder folder;
  const Location location{.scheme = "sqlite", .path = folder / "d.db"};
  const auto begin = [&](bool resume, const std::string& fingerprint,
                         size_t kept) -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto writer,
                          MakeSqliteWriter(NewContext(), location, {.resume = resume}));
    ARROW_ASSIGN_OR_RAISE(const auto sink, writer->OpenTable(Target(resume)));
    ARROW_ASSIGN_OR_RAISE(const auto receipts, sink->Begin(People()->schema(), fingerprint));
    EXPECT_EQ(receipts.size(), kept);
    if (kept == 0) return Fill(*sink, {0});
    EXPECT_EQ(receipts[0].snapshot, "m");
    ARROW_RETURN_NOT_OK(Fill(*sink, {1}));
    ARROW_RETURN_NOT_OK(sink->Finish());
    return writer->Finish({}, {Target()});
  };
  ASSERT_OK(begin(false, "f", 0));
  EXPECT_FALSE(std::filesystem::exists(location.path));
  EXPECT_EQ(folder.entries(), 1);        // recognisable as unfinished
  ASSERT_OK(begin(true, "another", 0));  // the source has changed: anew
  ASSERT_OK(begin(true, "another", 1));
  EXPECT_EQ(folder.entries(), 1);
  auto connection =
      SqliteConnection::Open(NewContext(), location.path, SqliteMode::kRead).ValueOrDie();
  EXPECT_EQ(connection->Number("select count(*) from people").ValueOrDie(), 2);
  EXPECT_EQ(connection->Number("select count(*) from sqlite_schema where name like 'bowyer%'")
                .ValueOrDie(),
            0);
}

TEST(SqliteWriter, TablesThatAreThere) {
  const TemporaryFolder folder;
  const Location location{.scheme = "sqlite", .path = folder / "d.db"};
  ASSERT_OK(SqliteConnection::Open(NewContext(), location.path, SqliteMode::kCreate)
                .ValueOrDie()
                ->Execute("create table people(id integer primary key, name text); insert into "
                          "people values (2, 'old'), (9, 'old')"));
  const auto run = [&](IfExists if_exists) -> arrow::Result<std::string> {
    ARROW_ASSIGN_OR_RAISE(const auto writer, MakeSqliteWriter(NewContext(), location, {}));
    TableTarget target = Target();
    target.if_exists = if_exists;
    if (if_exists == IfExists::kUpsert) target.keys = {"id"};
    ARROW_ASSIGN_OR_RAISE(const auto greatest, writer->GreatestValue(target, "id"));
    EXPECT_EQ(greatest->ToString(), "9");
    ARROW_ASSIGN_OR_RAISE(const auto sink, writer->OpenTable(target));
    ARROW_RETURN_NOT_OK(sink->Begin(People()->schema(), "f").status());
    ARROW_RETURN_NOT_OK(Fill(*sink, {0, 1}));
    ARROW_RETURN_NOT_OK(sink->Finish());
    ARROW_RETURN_NOT_OK(writer->Finish({}, {target}));
    ARROW_ASSIGN_OR_RAISE(auto connection,
                          SqliteConnection::Open(NewContext(), location.path, SqliteMode::kRead));
    return connection->String(
        "select group_concat(id || name) from (select * from people order by id)");
  };
  EXPECT_ERROR(run(IfExists::kError), ErrorCode::kUnavailable, "already");
  EXPECT_ERROR(run(IfExists::kAppend), ErrorCode::kData, "UNIQUE");
  ASSERT_OK_AND_ASSIGN(const auto merged, run(IfExists::kUpsert));
  EXPECT_EQ(merged, "1ann,2bo,9old");
  ASSERT_OK_AND_ASSIGN(const auto fresh, run(IfExists::kOverwrite));
  EXPECT_EQ(fresh, "1ann,2bo");
}

}  // namespace
}  // namespace bowyer
