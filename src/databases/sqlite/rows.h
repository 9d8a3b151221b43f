// Rows of a relation, or of a range of its row ids, as batches.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "databases/sqlite/table.h"

namespace bowyer {

struct RowsRequest {
  std::shared_ptr<SqliteSnapshot> snapshot;
  SqliteRelation relation;
  std::vector<SqliteColumnPlan> plans;    // of all columns
  std::shared_ptr<arrow::Schema> schema;  // likewise
  RowRange range;
  std::vector<int> columns;  // to read
  OnMismatch on_mismatch = OnMismatch::kWiden;
  std::shared_ptr<RejectsFile> rejects;
  std::optional<TableReadOptions::Beyond> beyond;
  std::shared_ptr<std::atomic<bool>> needs_wider_types;
};

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenRows(RowsRequest request);

}  // namespace bowyer
