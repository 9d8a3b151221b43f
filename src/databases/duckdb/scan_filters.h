// The conditions of a query on single columns, applied to the rows of a scan before they leave it.
#pragma once

#include <duckdb.hpp>
#include <duckdb/planner/table_filter_state.hpp>
#include <memory>
#include <string>
#include <vector>

namespace bowyer {

// Used by one thread. Conditions are DuckDB's own and so is what they mean; a column whose values
// come as numbers of a dictionary's entries is judged by its entries, once for each dictionary.
// Throws what DuckDB throws.
class ScanFilters {
 public:
  // `filters`: by the position of their column in the scan's chunks; null: none.
  ScanFilters(duckdb::ClientContext& context, duckdb::optional_ptr<duckdb::TableFilterSet> filters);

  // The first `count` rows of `chosen` are those that are left.
  struct Rows {
    duckdb::SelectionVector chosen;
    duckdb::idx_t count;
  };

  // The columns that conditions are on, rising.
  std::vector<duckdb::idx_t> columns() const;

  // The rows of `chunk`, of which these columns are looked at, for which all conditions hold.
  Rows Choose(duckdb::DataChunk& chunk);

  // Leaves these rows, perhaps none.
  void Apply(duckdb::DataChunk& chunk);

 private:
  struct Condition {
    duckdb::idx_t column;
    const duckdb::TableFilter& filter;
    duckdb::unique_ptr<duckdb::TableFilterState> state;
    // Of the last dictionary: which entries pass.
    std::string dictionary = {};
    std::vector<uint8_t> passes = {};
  };
  static bool ByDictionary(Condition& condition, duckdb::Vector& values, Rows* rows);
  static void ByValue(Condition& condition, duckdb::Vector& values, duckdb::idx_t all, Rows* rows);

  std::vector<Condition> conditions_;
};

}  // namespace bowyer
