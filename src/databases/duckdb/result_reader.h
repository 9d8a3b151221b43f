// A query's result as batches, produced as they are read.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <duckdb.hpp>
#include <memory>

#include "databases/duckdb/database.h"

namespace bowyer {

// The columns of a result in Arrow's types. Errors: kData for a type that Arrow has not.
arrow::Result<std::shared_ptr<arrow::Schema>> ArrowSchemaOf(
    const duckdb::vector<duckdb::LogicalType>& types, const duckdb::vector<duckdb::string>& names,
    duckdb::ClientProperties properties);

// Rows of a batch with these columns, in the context's choice: whole chunks, unless a user asked for
// a number.
int64_t ResultBatchRows(const Context& context, const arrow::Schema& schema);

// `result` was made by `connection`, which serves nothing else as long as the reader lives. Closing
// or dropping the reader ends the query. rows_per_batch = 0: the context's choice. `schema`,
// `infinities`: see ChunkConverter. on_calling_thread: see ScanOptions.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MakeResultReader(
    std::shared_ptr<DuckDbConnection> connection, std::unique_ptr<duckdb::QueryResult> result,
    int64_t rows_per_batch, const std::shared_ptr<arrow::Schema>& schema = nullptr,
    bool infinities = false, bool on_calling_thread = false);

}  // namespace bowyer
