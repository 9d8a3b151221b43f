// Which columns and rows: what `Selection` says in texts, resolved against a schema; and the
// readers that carry it out.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/reader.h"
#include "frame/bind.h"
#include "transfer/sort.h"

namespace bowyer {

// All column numbers below are of the reader that the plan is applied to: of the columns `read`.
struct SelectionPlan {
  std::optional<std::vector<int>> read;          // columns of the source's schema; unset: all
  std::shared_ptr<const BoundExpression> where;  // null: all rows
  std::vector<int> keep;                         // columns that go on, those for sorting last
  std::shared_ptr<arrow::Schema> kept;           // their schema, under their new names
  std::vector<SortKey> sort;                     // columns of `kept`
  int shown = 0;                                 // the first columns of `kept` that are the result
  int64_t limit = -1;
};

// Errors: kUsage for what does not fit the schema.
arrow::Result<SelectionPlan> PlanSelection(const Selection& selection, const arrow::Schema& schema);

// `source` has the columns plan.read.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ApplyPlan(
    std::shared_ptr<Context> context, SelectionPlan plan,
    std::shared_ptr<arrow::RecordBatchReader> source);

}  // namespace bowyer
