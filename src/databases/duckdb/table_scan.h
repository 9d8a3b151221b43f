// Arrow batches as a table of DuckDB: a table function over anything that opens as a reader.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <duckdb.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/source.h"

namespace bowyer {

// What a scan reads. The functions may be called by several queries side by side, on any thread.
struct TableInput {
  using Reader = std::shared_ptr<arrow::RecordBatchReader>;

  std::shared_ptr<arrow::Schema> schema;
  int64_t rows = -1;  // -1: not known
  bool once = false;  // a stream: the first scan takes it, `open` fails from then on

  // All of it as one stream that decodes ahead, the columns asked for (indices into schema). It may
  // be compact (ScanOptions).
  std::function<arrow::Result<Reader>(const std::vector<int>& columns)> open;

  // Parts that can be read side by side, in the order of the table: the rows of each, -1 where they
  // are not known. Empty: there are none, and the functions below are not set.
  std::vector<int64_t> parts;
  // The parts [first, first + count).
  std::function<arrow::Result<Reader>(size_t first, size_t count, const ScanOptions& options)>
      open_parts;
  // Of one column, for each part.
  std::function<arrow::Result<std::vector<ColumnBounds>>(int column)> bounds;
};

// A reference to `input` for the FROM of a query, as a replacement scan gives it. `input` lives as
// long as the query does: it is shared with the plan.
duckdb::unique_ptr<duckdb::TableRef> MakeTableScan(std::shared_ptr<const TableInput> input);

// Finds what the names given to read_arrow stand for. May throw (ThrowToDuckDb).
using FindArrowFiles = std::function<std::shared_ptr<const TableInput>(
    duckdb::ClientContext& context, const std::vector<std::string>& names)>;

// To be called once for each database, before the first scan. Also makes read_arrow(name) and
// read_arrow([names]), unless `find` is null.
void RegisterTableScan(duckdb::DatabaseInstance& database, const FindArrowFiles& find);

}  // namespace bowyer
