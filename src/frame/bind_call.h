// Calls of functions whose arguments are bound, and the nodes that they are made of.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "frame/bind.h"
#include "frame/expression.h"

namespace bowyer {

// The call in Arrow's functions, its arguments (without dictionaries, runs and views) in the types
// that those take. `text` is what was parsed, for messages. Errors: kUsage, with the place shown.
arrow::Result<BoundNode> BindCall(Function function, std::vector<BoundNode> arguments, Span span,
                                  std::string_view text);

BoundNode MakeLiteral(std::shared_ptr<arrow::Scalar> value, Span span);
BoundNode MakeCall(std::string function, std::shared_ptr<arrow::DataType> type,
                   std::vector<BoundNode> arguments, Span span,
                   std::shared_ptr<arrow::compute::FunctionOptions> options = nullptr);
// A safe cast: it fails on a value that would change.
BoundNode CastNode(BoundNode node, const std::shared_ptr<arrow::DataType>& type);

}  // namespace bowyer
