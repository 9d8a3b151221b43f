// Picks rows of arrays and batches by index, for every type: where Arrow has no kernel (views,
// run-end encoding, types that hold them), by a way around it.
#pragma once

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

namespace bowyer {

// The rows of `array` at `indices` (uint32 without nulls, all within bounds).
arrow::Result<std::shared_ptr<arrow::Array>> TakeRows(const std::shared_ptr<arrow::Array>& array,
                                                      const arrow::UInt32Array& indices,
                                                      arrow::MemoryPool* pool);

// The indices of the rows where `mask` is true (not false, not null).
arrow::Result<std::shared_ptr<arrow::UInt32Array>> IndicesOfTrue(const arrow::BooleanArray& mask,
                                                                 arrow::MemoryPool* pool);

}  // namespace bowyer
