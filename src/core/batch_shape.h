// Batches of a size that suits, and batches of none.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>

namespace bowyer {

// Rows of each piece when `batch` is cut so that a piece has about `most_bytes` bytes at most (rows
// of it as a whole where it has no more): a multiple of 64, so that bitmaps are cut between bytes
// and need not be shifted.
arrow::Result<int64_t> RowsOfPiece(const arrow::RecordBatch& batch, int64_t most_bytes);

// No rows, of any type. (Arrow's own ways to this lack types or fall over unions without members.)
std::shared_ptr<arrow::RecordBatch> EmptyBatch(const std::shared_ptr<arrow::Schema>& schema);

}  // namespace bowyer
