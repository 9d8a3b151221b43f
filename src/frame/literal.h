// Literals of an expression in the types of columns, where that is exact.
#pragma once

#include <arrow/scalar.h>

#include <memory>

namespace bowyer {

// `value` as a scalar of `type` that means the same; null where there is none. Numbers in decimal
// notation become the nearest float (as everywhere); text becomes a date, time, timestamp or binary
// where it is written like one.
std::shared_ptr<arrow::Scalar> ExactLiteral(const std::shared_ptr<arrow::Scalar>& value,
                                            const std::shared_ptr<arrow::DataType>& type);

}  // namespace bowyer
