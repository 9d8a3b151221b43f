// Readers that pass on some columns and rows of another reader, in its order.
#pragma once

#include <arrow/record_batch.h>

#include <memory>
#include <vector>

#include "bowyer/context.h"
#include "frame/bind.h"

namespace bowyer {

// Columns `columns` under `schema`.
std::shared_ptr<arrow::RecordBatchReader> MakeProjection(
    std::shared_ptr<arrow::RecordBatchReader> source, std::vector<int> columns,
    std::shared_ptr<arrow::Schema> schema);

// The rows for which `where` is true, of the columns `columns`, under `schema`; evaluated on the
// context's workers a few batches ahead. Small batches are joined.
std::shared_ptr<arrow::RecordBatchReader> MakeFilter(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> source,
    std::shared_ptr<const BoundExpression> where, std::vector<int> columns,
    std::shared_ptr<arrow::Schema> schema);

// The first `rows` rows; the source is let go when they have been read.
std::shared_ptr<arrow::RecordBatchReader> MakeLimit(
    std::shared_ptr<arrow::RecordBatchReader> source, int64_t rows);

}  // namespace bowyer
