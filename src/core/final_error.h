// What a reader says after it failed.
#pragma once

#include <arrow/record_batch.h>

#include <memory>

namespace bowyer {

// `reader`, whose first error is its last word: each call behind it fails likewise and does not
// reach `reader`, which the error may have left in the midst of a batch, with rows passed over or
// with what hostile bytes made of its state. As thread-safe as `reader`.
std::shared_ptr<arrow::RecordBatchReader> WithFinalError(
    std::shared_ptr<arrow::RecordBatchReader> reader);

}  // namespace bowyer
