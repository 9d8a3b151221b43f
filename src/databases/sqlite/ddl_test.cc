#include "databases/sqlite/ddl.h"

#include <gtest/gtest.h>

#include "matchers.h"

namespace bowyer {
namespace {

TEST(SqliteDdl, ChecksAreFoundWhereverTheyStand) {
  ASSERT_OK_AND_ASSIGN(const auto ddl, ParseCreateTable(R"(CREATE TABLE "a(b" ( -- CHECK (no)
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        [x,y] INT CONSTRAINT pos CHECK ( "x,y" > 0 and note <> ')' ) NOT NULL,
        note TEXT COLLATE NOCASE DEFAULT 'CHECK (1)' /* ), */ UNIQUE,
        `c``d` DECIMAL(10, 2) DEFAULT (1 + (2)) REFERENCES other(id) ON DELETE CASCADE,
        CONSTRAINT both CHECK (id > 0) CHECK(id < 9),
        CONSTRAINT pair UNIQUE (note COLLATE NOCASE DESC, [x,y]),
        CONSTRAINT far FOREIGN KEY (id, note) REFERENCES t
      ) STRICT)"));
  ASSERT_EQ(ddl.columns.size(), 4U);
  EXPECT_EQ(ddl.columns[1].name, "x,y");
  EXPECT_EQ(ddl.columns[3].name, "c`d");
  EXPECT_TRUE(ddl.columns[0].autoincrement);
  EXPECT_EQ(ddl.columns[2].collation, "NOCASE");
  ASSERT_EQ(ddl.checks.size(), 3U);
  EXPECT_EQ(ddl.checks[0].name, "pos");
  EXPECT_EQ(ddl.checks[0].sql, R"("x,y" > 0 and note <> ')')");
  EXPECT_EQ(ddl.checks[1].name, "both");
  EXPECT_EQ(ddl.checks[1].sql, "id > 0");
  EXPECT_EQ(ddl.checks[2].name, "");
  EXPECT_EQ(ddl.checks[2].sql, "id < 9");
  ASSERT_EQ(ddl.keys.size(), 3U);
  EXPECT_EQ(ddl.keys[2].name, "pair");
  EXPECT_EQ(ddl.keys[2].columns, (std::vector<std::string>{"note", "x,y"}));
  ASSERT_EQ(ddl.foreign_keys.size(), 2U);
  EXPECT_EQ(ddl.foreign_keys[0].columns, std::vector<std::string>{"c`d"});
  EXPECT_EQ(ddl.foreign_keys[1].name, "far");
  EXPECT_EQ(ddl.Find("X,Y"), &ddl.columns[1]);
}

TEST(SqliteDdl, GeneratedColumns) {
  ASSERT_OK_AND_ASSIGN(const auto ddl,
                       ParseCreateTable("create table g(a int, b int generated always as (a * "
                                        "(2 + 1)) stored, c as ('x)' || a), \"as\" int)"));
  ASSERT_EQ(ddl.columns.size(), 4U);
  EXPECT_EQ(ddl.columns[1].generated_sql, "a * (2 + 1)");
  EXPECT_EQ(ddl.columns[1].generated_ddl, "generated always as (a * (2 + 1)) stored");
  EXPECT_EQ(ddl.columns[2].generated_sql, "'x)' || a");
  EXPECT_EQ(ddl.columns[3].name, "as");
  EXPECT_TRUE(ddl.columns[3].generated_sql.empty());
}

TEST(SqliteDdl, TextThatIsCutIsAnErrorOrEnds) {
  const std::string whole =
      "create table t(a int check (a > 'x''y'), [b] text default x'00', constraint c primary key "
      "(a, b))";
  for (size_t size = 0; size < whole.size(); ++size) {
    (void)ParseCreateTable(std::string_view(whole).substr(0, size));
  }
  EXPECT_ERROR(ParseCreateTable("create table t(a 'x"), ErrorCode::kData, "not closed");
  EXPECT_ERROR(ParseCreateTable("create table t"), ErrorCode::kData, "no CREATE TABLE");
}

}  // namespace
}  // namespace bowyer
