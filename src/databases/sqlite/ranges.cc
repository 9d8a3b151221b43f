// Where a table of row ids is divided. Dense ids, which most tables have, are divided evenly; where
// a look at some of them shows gaps, by stepping over rows, which touches no payload.
#include <algorithm>
#include <array>
#include <cmath>

#include "databases/sqlite/table.h"

namespace bowyer {
namespace {

constexpr int kProbes = 32;
constexpr int64_t kProbeRows = 256;

struct Extent {
  bool empty = true;
  int64_t least = 0, greatest = 0;
  double span() const { return static_cast<double>(greatest) - static_cast<double>(least) + 1; }
};

arrow::Result<Extent> Measure(SqliteConnection& connection, const SqliteRelation& relation) {
  Extent extent;
  // Two statements: SQLite looks at either end of the tree, but scans for both at once.
  for (const bool greatest : {false, true}) {
    ARROW_ASSIGN_OR_RAISE(
        auto statement,
        connection.Prepare("select " + relation.key + " from " + relation.from + " order by " +
                           relation.key + (greatest ? " desc" : "") + " limit 1"));
    ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
    if (!found) return extent;
    (greatest ? extent.greatest : extent.least) = statement.Integer(0);
  }
  extent.empty = false;
  return extent;
}

// Rows for each row id, at places spread evenly over the ids; the least in `*least`.
arrow::Result<double> Density(SqliteConnection& connection, const SqliteRelation& relation,
                              const Extent& extent, double* least) {
  ARROW_ASSIGN_OR_RAISE(
      auto statement,
      connection.Prepare("select " + relation.key + " from " + relation.from + " where " +
                         relation.key + " >= ?1 order by " + relation.key + " limit ?2"));
  double sum = 0;
  *least = 1;
  for (int i = 0; i < kProbes; ++i) {
    const double at = static_cast<double>(extent.least) + extent.span() * i / kProbes;
    const int64_t start =
        at >= static_cast<double>(extent.greatest) ? extent.greatest : static_cast<int64_t>(at);
    statement.Bind(1, start);
    statement.Bind(2, kProbeRows);
    int64_t rows = 0, last = start;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
      if (!found) break;
      ++rows;
      last = statement.Integer(0);
    }
    ARROW_RETURN_NOT_OK(statement.Reset());
    const double ids = static_cast<double>(last) - static_cast<double>(start) + 1;
    const double density = ids > 0 ? static_cast<double>(rows) / ids : 0;
    *least = std::min(*least, density);
    sum += density;
  }
  return sum / kProbes;
}

}  // namespace

arrow::Result<int64_t> EstimateRows(SqliteConnection& connection, const SqliteRelation& relation) {
  if (relation.key.empty()) return -1;
  ARROW_ASSIGN_OR_RAISE(const Extent extent, Measure(connection, relation));
  if (extent.empty) return 0;
  if (extent.span() <= kProbes * kProbeRows) {
    return connection.Number("select count(*) from " + relation.from);
  }
  double least = 0;
  ARROW_ASSIGN_OR_RAISE(const double density, Density(connection, relation, extent, &least));
  const double rows = extent.span() * density;
  return rows < 1e15 ? static_cast<int64_t>(rows) : -1;
}

arrow::Result<std::vector<int64_t>> FindBounds(SqliteConnection& connection,
                                               const SqliteRelation& relation, int64_t unit_rows) {
  std::vector<int64_t> bounds;
  if (relation.key.empty()) return bounds;
  ARROW_ASSIGN_OR_RAISE(const Extent extent, Measure(connection, relation));
  if (extent.empty || extent.span() <= static_cast<double>(unit_rows)) return bounds;
  double least = 0;
  ARROW_ASSIGN_OR_RAISE(const double density, Density(connection, relation, extent, &least));
  constexpr double kDense = 0.25;
  if (least >= kDense) {
    // Far from the ends of 64 bits: so many rows are nowhere.
    const auto width = static_cast<int64_t>(static_cast<double>(unit_rows) / density);
    int64_t at = extent.least;
    while (!__builtin_add_overflow(at, width, &at) && at <= extent.greatest) bounds.push_back(at);
    return bounds;
  }
  ARROW_ASSIGN_OR_RAISE(
      auto statement,
      connection.Prepare("select " + relation.key + " from " + relation.from + " where " +
                         relation.key + " >= ?1 order by " + relation.key + " limit 1 offset ?2"));
  for (int64_t at = extent.least;;) {
    ARROW_RETURN_NOT_OK(connection.context()->CheckStop());
    statement.Bind(1, at);
    statement.Bind(2, unit_rows);
    ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
    if (!found) return bounds;
    at = statement.Integer(0);
    bounds.push_back(at);
    ARROW_RETURN_NOT_OK(statement.Reset());
  }
}

}  // namespace bowyer
