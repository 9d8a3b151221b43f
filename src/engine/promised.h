// A result in exactly the types that its frame foretold.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>

namespace bowyer {

// The engine has no type for columns of nothing but nulls and hands them out as int32; names of
// inner fields are its own, too. Errors: kInternal for any other difference, which the plan did not
// foresee.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> AsPromised(
    std::shared_ptr<arrow::RecordBatchReader> reader, std::shared_ptr<arrow::Schema> promised);

}  // namespace bowyer
