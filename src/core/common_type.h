// Which type holds the values of two: for unions of sources and for comparisons.
#pragma once

#include <arrow/type_fwd.h>

#include <memory>

namespace bowyer {

// The smallest type that holds every value of both types exactly; null if there is none.
std::shared_ptr<arrow::DataType> CommonType(const std::shared_ptr<arrow::DataType>& left,
                                            const std::shared_ptr<arrow::DataType>& right);

}  // namespace bowyer
