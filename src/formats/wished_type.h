// What of a wished type (ReadOptions::types) a format reads itself; the rest is a cast behind it.
#pragma once

#include <arrow/array/array_base.h>
#include <arrow/type.h>

#include <memory>

#include "bowyer/options.h"

namespace bowyer {

// For text formats: the type without its encoding, from which a cast leads to it: the values of a
// dictionary, text for views of text, decimal128 for narrow decimals, binary for a fixed size.
std::shared_ptr<arrow::DataType> PlainType(const std::shared_ptr<arrow::DataType>& type);

// For formats with a schema of their own: text columns for which bytes are wished are bytes from
// the start, in the same layout, so that what is no UTF-8 can be read.
std::shared_ptr<arrow::Schema> BytesForText(const std::shared_ptr<arrow::Schema>& schema,
                                            const ReadOptions& options);

// `array` as bytes where `type` is what BytesForText made of its type; otherwise as it is.
std::shared_ptr<arrow::Array> UnderType(const std::shared_ptr<arrow::Array>& array,
                                        const std::shared_ptr<arrow::DataType>& type);

}  // namespace bowyer
