// What is known of a table's columns before it is read, for DuckDB's optimizer and for leaving
// parts out that no row of a filter's can be in.
#pragma once

#include <duckdb.hpp>
#include <duckdb/planner/operator/logical_get.hpp>
#include <memory>
#include <vector>

#include "databases/duckdb/table_scan.h"

namespace bowyer {

// What `filters` (all of which must hold) say of single columns of `get`; null if nothing.
duckdb::unique_ptr<duckdb::TableFilterSet> FiltersOfColumns(
    duckdb::ClientContext& context, duckdb::LogicalGet& get,
    const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& filters);

// The parts of `input` that may hold rows for `filters` (null: all), in order.
std::vector<size_t> PartsWithin(duckdb::ClientContext& context, const TableInput& input,
                                const duckdb::vector<duckdb::LogicalType>& types,
                                const duckdb::TableFilterSet* filters);

// Of a whole column; null if nothing is known.
duckdb::unique_ptr<duckdb::BaseStatistics> StatisticsOfColumn(duckdb::ClientContext& context,
                                                              const TableInput& input, int column,
                                                              const duckdb::LogicalType& type);

}  // namespace bowyer
