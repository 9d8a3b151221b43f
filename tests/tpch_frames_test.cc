// The SQL of TPC-H's queries; tests/test_sql.py compares their results with those of plain SQL.
#include "tpch_frames.h"

#include "golden_sql.h"

namespace bowyer {
namespace {

TEST(GoldenFrames, Tpch) {
  const auto engine = Engine::Make(Context::Make().ValueOrDie()).ValueOrDie();
  for (const char* table :
       {"region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem"}) {
    ASSERT_OK_AND_ASSIGN(auto empty, arrow::Table::MakeEmpty(TpchSchema(table)));
    ASSERT_OK(engine->Register(table, std::move(empty)));
  }
  GoldenSql golden("tpch.sql", engine);
  const auto scan = [](const std::string& table) {
    return LazyFrame::FromScan(table, TpchSchema(table));
  };
  for (int n = 1; n <= 22; ++n) golden.Check(std::to_string(n), TpchQuery(n, scan));
}

}  // namespace
}  // namespace bowyer
