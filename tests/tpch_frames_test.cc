// The SQL of TPC-H's queries; tests/test_sql.py compares their results with those of plain SQL.
#include "tpch_frames.h"

#include "golden_sql.h"

namespace bowyer {
namespace {

TEST(GoldenFrames, Tpch) {
  GoldenSql golden("tpch.sql");
  const auto scan = [](const std::string& table) {
    return LazyFrame::FromScan(table, TpchSchema(table));
  };
  for (int n = 1; n <= 22; ++n) golden.Check(std::to_string(n), TpchQuery(n, scan));
}

}  // namespace
}  // namespace bowyer
