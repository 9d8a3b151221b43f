// What is known of a table's columns before it is read, for DuckDB's optimizer and for leaving
// parts out that no row of a filter's can be in.
#pragma once

#include <duckdb.hpp>
#include <duckdb/function/table_function.hpp>
#include <memory>
#include <vector>

#include "databases/duckdb/table_scan.h"

namespace bowyer {

// The parts of `table` that may hold rows for the filters of a scan, in order. `types`: of all its
// columns.
std::vector<size_t> PartsWithin(duckdb::ClientContext& context, const TableInput& table,
                                const duckdb::vector<duckdb::LogicalType>& types,
                                const duckdb::TableFunctionInitInput& scan);

// Of a whole column; null if nothing is known.
duckdb::unique_ptr<duckdb::BaseStatistics> StatisticsOfColumn(duckdb::ClientContext& context,
                                                              const TableInput& input, int column,
                                                              const duckdb::LogicalType& type);

}  // namespace bowyer
