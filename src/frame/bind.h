// Expressions bound to a schema: names become columns, types are checked, and what must be cast is
// cast, only where no value can change. Evaluated on batches by Arrow's compute functions.
#pragma once

#include <arrow/compute/function_options.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "frame/expression.h"

namespace bowyer {

struct BoundNode {
  enum class Kind { kColumn, kLiteral, kCall };
  Kind kind = Kind::kLiteral;
  int column = -1;                       // index in the schema
  std::shared_ptr<arrow::Scalar> value;  // of a literal
  std::string function;                  // Arrow's name
  std::shared_ptr<arrow::compute::FunctionOptions> options;
  std::vector<BoundNode> arguments;
  std::shared_ptr<arrow::DataType> type;  // of the result
  Span span;
};

// Immutable once made; evaluated by several threads at a time.
class BoundExpression {
 public:
  // `text` is what `expression` was parsed from, for messages.
  // Errors: kUsage with the place shown: a column that is not there (with the closest names), types
  // that cannot be compared (with what to do).
  static arrow::Result<BoundExpression> Bind(const ExpressionPtr& expression, std::string_view text,
                                             const arrow::Schema& schema);
  // The same for a condition: the result must be bool.
  static arrow::Result<BoundExpression> BindCondition(const ExpressionPtr& expression,
                                                      std::string_view text,
                                                      const arrow::Schema& schema);

  const std::shared_ptr<arrow::DataType>& type() const { return root_.type; }

  // An array with a value for each row of `batch`, which has the schema of Bind.
  // Errors: kData where a value has no result: overflow, division by zero, a cast that would lose.
  arrow::Result<std::shared_ptr<arrow::Array>> Evaluate(const arrow::RecordBatch& batch,
                                                        arrow::MemoryPool* pool) const;

 private:
  BoundNode root_;
  std::string text_;
};

// Indices of the top-level columns of `schema` that the expression reads, ascending.
// Errors: those of Bind about columns.
arrow::Result<std::vector<int>> ColumnsOf(const ExpressionPtr& expression, std::string_view text,
                                          const arrow::Schema& schema);

}  // namespace bowyer
