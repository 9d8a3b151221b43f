// Rows of a table straight out of DuckDB's storage: no plan, no queue between threads, and none of
// the copies of a streamed result.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "databases/duckdb/database.h"
#include "databases/duckdb/table.h"

namespace bowyer {

// The row id with which each row group of the table begins, rising.
arrow::Result<std::vector<int64_t>> RowGroupStarts(DuckDbConnection& connection,
                                                   const TableName& name);

// The committed rows with ids in [begin, end) in that order, as one transaction sees them, decoded
// by the thread that reads. `schema`: the columns, by name, none of them generated, and how their
// batches shall be. `connection` serves nothing else as long as the reader lives. infinities: see
// ChunkConverter. Null: no row group begins with `begin`.
// Errors: kData for a value that Arrow cannot hold; kUnavailable for a table that is gone.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadStoredRows(
    std::shared_ptr<DuckDbConnection> connection, const TableName& name, int64_t begin, int64_t end,
    const std::shared_ptr<arrow::Schema>& schema, bool infinities);

}  // namespace bowyer
