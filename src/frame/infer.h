// Expressions of a plan: names become columns of its inputs, types are inferred as the SQL engine
// will have them, and what is wrong is told at once.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bowyer/expr.h"
#include "frame/engine_types.h"
#include "frame/expression.h"

namespace bowyer {

// The columns that an expression may name.
class Scope {
 public:
  Scope() = default;
  Scope(const arrow::Schema& schema, int source) {
    for (const auto& field : schema.fields()) Add(field->name(), field->type(), source);
  }
  void Add(const std::string& name, TypePtr type, int source) {
    Add(name, std::move(type), ColumnName{name, true, source});
  }
  // `name` is how expressions call it, `column` what it is in its input.
  void Add(std::string name, TypePtr type, ColumnName column) {
    columns_.push_back({std::move(name), std::move(type), std::move(column)});
  }

  struct Column {
    std::string name;
    TypePtr type;
    ColumnName column;
  };
  // Null if there is none. Names of a plan are unique.
  const Column* Find(std::string_view name) const;
  std::vector<std::string> names() const;

 private:
  std::vector<Column> columns_;
};

struct Typed {
  ExpressionPtr tree;  // resolved
  TypePtr type;
  bool aggregates = false;  // holds an aggregate that is not over a window
  bool windows = false;

  bool is_literal() const { return std::holds_alternative<Literal>(tree->node); }
};

struct InferRules {
  const Scope* scope = nullptr;
  const Scope* aggregated = nullptr;  // inside of aggregates; null: there can be none
  bool windows = false;               // may there be any?
  std::string_view place;             // "a filter", for messages
};

// Errors: kUsage: a column that is not there (with the closest names), types that do not go
// together (with both and what to try), aggregates and windows where there can be none.
arrow::Result<Typed> Infer(const ExpressionPtr& expression, const InferRules& rules);

// The same, of type bool.
arrow::Result<Typed> InferCondition(const ExpressionPtr& expression, const InferRules& rules);

// Of arguments that are bound, in infer_call.cc (with arguments.h, result_type.h): the call with
// literals bent to the types beside them, and its type.
arrow::Result<Typed> InferCall(Function function, std::vector<Typed> arguments);

// What a column that is made of `expression` is called: as it was named, or as its first column, or
// as its function; empty when it has neither.
std::string NameOf(const Expr& expression);

// kUsage: what is wrong with a frame, and what to try.
arrow::Status Wrong(std::string message, std::string hint = "");

ExpressionPtr MakeExpression(decltype(Expression::node) node);

}  // namespace bowyer
