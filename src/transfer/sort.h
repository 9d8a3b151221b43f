// Sorts a reader's rows in bounded memory: stable, by several columns, spilling to $TMPDIR.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "frame/expression.h"

namespace bowyer {

using SortKey = OrderedBy<int>;  // a column by its number

// For tests: sizes other than the budget gives.
struct SortTuning {
  int64_t run_bytes = 0;  // 0: by the budget
  size_t fan_in = 64;     // runs that are merged at once: each holds a batch and an open file
};

// kUsage for a type without an order (nested types, intervals of days and months).
arrow::Status CheckSortable(const std::string& name, const arrow::DataType& type);

// Reads `source` to its end on the first ReadNext. NaN is greater than all other numbers, -0.0
// equals 0.0, text is ordered by its bytes (that is, by code points).
// limit >= 0: only that many rows are asked for. Errors of ReadNext: those of the source;
// kResources when the temporary folder is full.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> MakeSort(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> source,
    std::vector<SortKey> keys, int64_t limit, SortTuning tuning = {});

}  // namespace bowyer
