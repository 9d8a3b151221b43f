// Bound expression + batch -> array, by Arrow's compute functions from the leaves to the root.
#include <arrow/array/util.h>
#include <arrow/compute/exec.h>
#include <arrow/compute/initialize.h>
#include <fmt/format.h>

#include <mutex>

#include "bowyer/error.h"
#include "core/text.h"
#include "frame/bind.h"

namespace bowyer {
namespace {

// Registers compute functions when the first expression needs them: it costs milliseconds that most
// commands can spare.
arrow::Status InitializeCompute() {
  static const arrow::Status status = arrow::compute::Initialize();
  return status;
}

arrow::Result<arrow::Datum> Evaluate(const BoundNode& node, std::string_view text,
                                     const arrow::RecordBatch& batch,
                                     arrow::compute::ExecContext* context) {
  if (node.kind == BoundNode::Kind::kColumn) return arrow::Datum(batch.column_data(node.column));
  if (node.kind == BoundNode::Kind::kLiteral) return arrow::Datum(node.value);
  std::vector<arrow::Datum> arguments;
  for (const BoundNode& argument : node.arguments) {
    ARROW_ASSIGN_OR_RAISE(auto value, Evaluate(argument, text, batch, context));
    arguments.push_back(std::move(value));
  }
  auto result = arrow::compute::CallFunction(node.function, arguments, node.options.get(), context);
  if (!result.ok()) {
    const auto part = text.substr(node.span.begin, node.span.end - node.span.begin);
    return WithCode(
        result.status().WithMessage(Printable(part, 80), ": ", result.status().message()),
        ErrorCode::kData, {});
  }
  return result;
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Array>> BoundExpression::Evaluate(
    const arrow::RecordBatch& batch, arrow::MemoryPool* pool) const {
  ARROW_RETURN_NOT_OK(InitializeCompute());
  arrow::compute::ExecContext context(pool);
  context.set_use_threads(false);  // the caller's batches are the parallel unit
  ARROW_ASSIGN_OR_RAISE(const auto result, bowyer::Evaluate(root_, text_, batch, &context));
  if (result.is_array()) return result.make_array();
  return arrow::MakeArrayFromScalar(*result.scalar(), batch.num_rows(), pool);
}

}  // namespace bowyer
