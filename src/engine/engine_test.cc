#include "bowyer/engine.h"

#include <gtest/gtest.h>

#include "matchers.h"
#include "table_of.h"

namespace bowyer {
namespace {

std::shared_ptr<Engine> NewEngine() {
  return Engine::Make(Context::Make().ValueOrDie()).ValueOrDie();
}

arrow::Result<std::shared_ptr<arrow::Table>> Answer(Engine& engine, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto reader, engine.Query(sql));
  return reader->ToTable();
}

TEST(Engine, ResultOfTheLastStatement) {
  auto engine = NewEngine();
  ASSERT_OK_AND_ASSIGN(auto table,
                       Answer(*engine, "select 1; select i, 'x' || i as s from range(3) t(i)"));
  auto expected =
      TableOf({{"i", arrow::int64(), "[0, 1, 2]"}, {"s", arrow::utf8(), R"(["x0", "x1", "x2"])"}});
  EXPECT_TRUE(table->Equals(*expected)) << table->ToString();
}

TEST(Engine, SeveralResultsAreOpenAtOnce) {
  auto engine = NewEngine();
  ASSERT_OK_AND_ASSIGN(auto one, engine->Query("select * from range(1000000)"));
  ASSERT_OK_AND_ASSIGN(auto two, engine->Query("select * from range(1000000)"));
  for (int i = 0; i < 3; ++i) {
    std::shared_ptr<arrow::RecordBatch> a, b;
    ASSERT_OK(one->ReadNext(&a));
    ASSERT_OK(two->ReadNext(&b));
    EXPECT_TRUE(a->Equals(*b));
  }
}

TEST(Engine, TableAndItsCountAndOrder) {
  auto engine = NewEngine();
  ASSERT_OK(engine->Register("t", TableOf({{"a", arrow::int64(), "[3, 1, null]"},
                                           {"s", arrow::utf8(), R"(["p", null, "r"])"}})));
  ASSERT_OK_AND_ASSIGN(auto table, Answer(*engine, "select s, a from t"));
  EXPECT_EQ(table->column(0)->chunk(0)->ToString(), "[\n  \"p\",\n  null,\n  \"r\"\n]");
  ASSERT_OK_AND_ASSIGN(auto count, Answer(*engine, "select count(*) from t"));
  EXPECT_EQ(count->column(0)->GetScalar(0).ValueOrDie()->ToString(), "3");
}

TEST(Engine, ReaderIsReadOnce) {
  auto engine = NewEngine();
  auto table = TableOf({{"a", arrow::int64(), "[1, 2]"}});
  ASSERT_OK(engine->Register("r", std::make_shared<arrow::TableBatchReader>(table)));
  ASSERT_OK(Answer(*engine, "select sum(a) from r"));
  const auto again = Answer(*engine, "select sum(a) from r");
  EXPECT_EQ(CodeOf(again.status()), ErrorCode::kUsage) << Describe(again.status());
  EXPECT_NE(again.status().message().find("was read already"), std::string::npos);
}

TEST(Engine, ZonesDoNotDependOnTheMachine) {
  auto engine = NewEngine();
  ASSERT_OK_AND_ASSIGN(auto table, Answer(*engine, "select '2026-11-01 12:00:00+02'::timestamptz"));
  EXPECT_EQ(table->schema()->field(0)->type()->ToString(), "timestamp[us, tz=UTC]");
}

TEST(Engine, WrongSqlIsAUsageError) {
  auto engine = NewEngine();
  EXPECT_EQ(CodeOf(engine->Query("selec 1").status()), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(engine->Query("select * from nowhere").status()), ErrorCode::kUsage);
  EXPECT_EQ(CodeOf(engine->Query("select * from 'not-there.csv'").status()),
            ErrorCode::kUnavailable);
}

// What DuckDB's buffer manager says it holds is what the context counts, and it is given back.
TEST(Engine, CountsTheMemoryOfDuckDb) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  {
    ASSERT_OK_AND_ASSIGN(auto engine, Engine::Make(context));
    ASSERT_OK(engine->Query("create table t as select range as a from range(4000000)"));
    ASSERT_OK_AND_ASSIGN(
        auto reader,
        engine->Query("select sum(memory_usage_bytes)::bigint as bytes from duckdb_memory()"));
    ASSERT_OK_AND_ASSIGN(auto table, reader->ToTable());
    const int64_t said =
        static_cast<const arrow::Int64Array&>(*table->column(0)->chunk(0)).Value(0);
    EXPECT_GT(said, 1 << 20);
    EXPECT_GE(context->duckdb_memory().now(), said);
    EXPECT_GE(context->duckdb_memory().peak(), context->duckdb_memory().now());
  }
  EXPECT_EQ(context->duckdb_memory().now(), 0);
  EXPECT_GT(context->duckdb_memory().peak(), 1 << 20);
}

}  // namespace
}  // namespace bowyer
