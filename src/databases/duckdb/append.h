// Batches appended to a table without a query in between, so that several appends on connections of
// their own share nothing but the disk.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

#include "databases/duckdb/table.h"

namespace bowyer {

class CompressionChoice;

// Within the connection's transaction, which is the caller's. Used by one thread.
class TableAppend {
 public:
  // The table has no indexes and the columns of `rows`, in their order, of types that take them
  // exactly.
  // infinities: the extremes of dates and timestamps are meant as DuckDB's infinite ones;
  // otherwise they are errors. compression: what appends to this table share.
  // window: row groups that are compressed and written on the context's workers at a time while
  // the next one is filled; kOnCallingThread: all is done where it is called.
  static arrow::Result<std::unique_ptr<TableAppend>> Begin(
      std::shared_ptr<DuckDbConnection> connection, const TableName& table,
      const std::shared_ptr<arrow::Schema>& rows, bool infinities,
      std::shared_ptr<CompressionChoice> compression, int window);
  ~TableAppend();

  // Errors: kData for values that the table cannot hold or refuses, kResources.
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch);
  // All rows are in the transaction.
  arrow::Status Finish();

 private:
  TableAppend();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bowyer
