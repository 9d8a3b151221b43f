// Arrow batches as a table of DuckDB: a table function over anything that opens as a reader.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <duckdb.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace bowyer {

// What a scan reads. `open` gives the columns asked for (indices into schema; unset: all) and may
// be called by several queries, one after the other or side by side.
struct TableInput {
  std::shared_ptr<arrow::Schema> schema;
  std::function<arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>(
      const std::optional<std::vector<int>>& columns)>
      open;
  int64_t rows = -1;  // -1: not known
  bool once = false;  // a stream: the first scan takes it, `open` fails from then on
};

// A reference to `input` for the FROM of a query, as a replacement scan gives it. `input` lives as
// long as the query does: it is shared with the plan.
duckdb::unique_ptr<duckdb::TableRef> MakeTableScan(std::shared_ptr<const TableInput> input);

// To be called once for each database, before the first scan.
void RegisterTableScan(duckdb::DatabaseInstance& database);

}  // namespace bowyer
