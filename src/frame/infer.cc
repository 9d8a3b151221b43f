#include "frame/infer.h"

#include <arrow/compute/cast.h>
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "frame/functions.h"
#include "frame/sql.h"

namespace bowyer {
namespace {

using arrow::Type;

bool Castable(const arrow::DataType& from, const arrow::DataType& to) {
  if (from.id() == Type::NA || IsText(to) || from.Equals(to)) return true;
  if (IsList(from) && IsList(to)) return Castable(*ElementOf(from), *ElementOf(to));
  if (IsText(from)) return to.id() != Type::MAP;
  if (IsNumber(from) || from.id() == Type::BOOL) return IsNumber(to) || to.id() == Type::BOOL;
  const auto is_instant = [](const arrow::DataType& type) {
    return type.id() == Type::DATE32 || type.id() == Type::TIMESTAMP;
  };
  if (is_instant(from)) {
    return is_instant(to) || (to.id() == Type::TIME64 && from.id() == Type::TIMESTAMP);
  }
  return from.id() == Type::TIME64 && to.id() == Type::TIME64;
}

bool NeedsOrder(Function function) {
  return function != Function::kRowNumber && InfoOf(function).kind == FunctionKind::kWindow;
}

arrow::Status IsCondition(const Typed& typed) {
  if (typed.type->id() == Type::BOOL || typed.type->id() == Type::NA) return arrow::Status::OK();
  return Wrong(fmt::format("a condition is true or false, but {} is {}",
                           ExpressionText(*typed.tree), TypeText(*typed.type)),
               "compare it with something");
}

class Binder {
 public:
  explicit Binder(const InferRules& rules) : rules_(rules), scope_(rules.scope) {}

  arrow::Result<Typed> Bind(const ExpressionPtr& expression) {
    // Deeper trees would not pass the engine's parser either.
    if (++depth_ > kMaxDepth) return Wrong("the expression is too deeply nested");
    auto typed =
        std::visit([&](const auto& node) { return Node(node, expression); }, expression->node);
    --depth_;
    return typed;
  }

 private:
  static constexpr int kMaxDepth = 400;

  arrow::Result<Typed> Node(const ColumnName& column, const ExpressionPtr&) {
    if (const auto* found = scope_->Find(column.name)) return Column(*found);
    // a.b.c, where it was not quoted: fields of a struct.
    for (size_t dot = column.name.rfind('.'); !column.quoted && dot != std::string::npos && dot > 0;
         dot = column.name.rfind('.', dot - 1)) {
      const auto* found = scope_->Find(column.name.substr(0, dot));
      if (found == nullptr) continue;
      Typed typed = Column(*found);
      for (std::string_view rest = std::string_view(column.name).substr(dot + 1); !rest.empty();) {
        const std::string name(rest.substr(0, rest.find('.')));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        Typed field{MakeExpression(Literal{std::make_shared<arrow::StringScalar>(name), ""}),
                    arrow::utf8()};
        ARROW_ASSIGN_OR_RAISE(typed,
                              InferCall(Function::kField, {std::move(typed), std::move(field)}));
      }
      return typed;
    }
    if (in_aggregate_ == 0 && rules_.aggregated != nullptr &&
        rules_.aggregated->Find(column.name) != nullptr) {
      return Wrong("column " + Quoted(column.name) + " is neither grouped by nor aggregated",
                   "take one of its values, first(...), or add it to GroupBy");
    }
    const auto names = scope_->names();
    std::string hint;
    if (names.size() <= 20) {
      for (const auto& name : names) hint += (hint.empty() ? "columns: " : ", ") + Printable(name);
    }
    return Wrong("there is no column " + Quoted(column.name) + DidYouMean(column.name, names),
                 std::move(hint));
  }

  static Typed Column(const Scope::Column& column) {
    return {MakeExpression(column.column), column.type};
  }

  arrow::Result<Typed> Node(const Literal& literal, const ExpressionPtr& expression) {
    ARROW_ASSIGN_OR_RAISE(auto type, EngineType(literal.value->type));
    if (type->Equals(*literal.value->type)) {
      ARROW_RETURN_NOT_OK(LiteralSql(*literal.value).status());
      return Typed{expression, std::move(type)};
    }
    const auto value = arrow::compute::Cast(arrow::Datum(literal.value), type,
                                            arrow::compute::CastOptions::Safe());
    if (!value.ok()) {
      return Wrong(fmt::format("{} has no {} in SQL that means the same",
                               Printable(literal.value->ToString(), 60), TypeText(*type)));
    }
    ARROW_RETURN_NOT_OK(LiteralSql(*value->scalar()).status());
    return Typed{MakeExpression(Literal{value->scalar(), literal.digits}), std::move(type)};
  }

  arrow::Result<Typed> Node(const CastTo& cast, const ExpressionPtr&) {
    ARROW_ASSIGN_OR_RAISE(auto argument, Bind(cast.argument));
    ARROW_ASSIGN_OR_RAISE(auto type, EngineType(cast.type));
    ARROW_RETURN_NOT_OK(SqlType(*type).status());
    if (!Castable(*argument.type, *type)) {
      return Wrong(fmt::format("{} cannot be cast from {} to {}", ExpressionText(*argument.tree),
                               TypeText(*argument.type), TypeText(*type)));
    }
    Typed typed = argument;
    typed.tree = MakeExpression(CastTo{argument.tree, type, cast.lenient});
    typed.type = std::move(type);
    return typed;
  }

  arrow::Result<Typed> Node(const Call& call, const ExpressionPtr& expression) {
    const FunctionInfo& info = InfoOf(call.function);
    if (info.kind == FunctionKind::kAggregate) return Aggregate(expression, call, nullptr);
    if (info.kind == FunctionKind::kWindow) {
      return Wrong(fmt::format("{} needs a window", info.name),
                   fmt::format("{}(...).Over({{partition}}, {{order}})", info.name));
    }
    ARROW_ASSIGN_OR_RAISE(auto arguments, BindAll(call.arguments));
    return InferCall(call.function, std::move(arguments));
  }

  arrow::Result<Typed> Node(const OfRows& rows, const ExpressionPtr& expression) {
    const auto* call = std::get_if<Call>(&rows.aggregate->node);
    if (call == nullptr || InfoOf(call->function).kind != FunctionKind::kAggregate) {
      return Wrong(fmt::format("{} is no aggregate: only those take some rows, or an order",
                               ExpressionText(*rows.aggregate)),
                   "sum(...).Where(...), collect(...).OrderBy(...)");
    }
    return Aggregate(expression, *call, &rows);
  }

  // An aggregate by itself, of the rows of a group.
  arrow::Result<Typed> Aggregate(const ExpressionPtr& expression, const Call& call,
                                 const OfRows* rows) {
    if (in_aggregate_ > 0) {
      return Wrong(ExpressionText(*expression) + " stands inside of another aggregate",
                   "aggregate in two steps: GroupBy().Agg(), then again");
    }
    if (in_window_ == 0 && rules_.aggregated == nullptr) {
      return Wrong(fmt::format("{} is an aggregate, which cannot stand in {}",
                               ExpressionText(*expression), rules_.place),
                   "GroupBy({...}).Agg({...}), or .Over({...}) for a value in each row");
    }
    const Scope* outside = scope_;
    if (in_window_ == 0) scope_ = rules_.aggregated;
    ++in_aggregate_;
    auto typed = AggregateParts(call, rows);
    --in_aggregate_;
    scope_ = outside;
    return typed;
  }

  arrow::Result<Typed> AggregateParts(const Call& call, const OfRows* rows) {
    ARROW_ASSIGN_OR_RAISE(auto arguments, BindAll(call.arguments));
    ARROW_ASSIGN_OR_RAISE(auto typed, InferCall(call.function, std::move(arguments)));
    typed.aggregates = true;
    if (rows == nullptr) return typed;
    OfRows bound{typed.tree, nullptr, {}};
    if (rows->where != nullptr) {
      ARROW_ASSIGN_OR_RAISE(auto where, Bind(rows->where));
      ARROW_RETURN_NOT_OK(IsCondition(where));
      bound.where = std::move(where.tree);
    }
    ARROW_ASSIGN_OR_RAISE(bound.order, Order(rows->order));
    typed.tree = MakeExpression(std::move(bound));
    return typed;
  }

  arrow::Result<Typed> Node(const Over& over, const ExpressionPtr& expression) {
    if (!rules_.windows || in_aggregate_ > 0 || in_window_ > 0) {
      return Wrong(
          fmt::format("{} is over a window, which cannot stand in {}", ExpressionText(*expression),
                      in_aggregate_ > 0 ? "an aggregate"
                      : in_window_ > 0  ? "another window"
                                        : rules_.place),
          "make it a column first, with WithColumns");
    }
    const auto* call = std::get_if<Call>(&over.function->node);
    if (const auto* rows = std::get_if<OfRows>(&over.function->node)) {
      call = std::get_if<Call>(&rows->aggregate->node);
    }
    if (call == nullptr || InfoOf(call->function).kind == FunctionKind::kScalar) {
      return Wrong(ExpressionText(*over.function) + " does not go over a window",
                   "aggregates do, and row_number, rank, lag, lead, ...");
    }
    if (NeedsOrder(call->function) && over.order.empty()) {
      return Wrong(fmt::format("{} needs an order", FunctionName(call->function)),
                   ".Over({partition}, {\"day\"})");
    }
    if (over.rows && over.rows->begin && over.rows->end && *over.rows->begin > *over.rows->end) {
      return Wrong("the window's rows end before they begin");
    }
    ++in_window_;
    auto typed = OverParts(over, *call);
    --in_window_;
    return typed;
  }

  arrow::Result<Typed> OverParts(const Over& over, const Call& call) {
    Over bound{nullptr, {}, {}, over.rows};
    Typed function;
    if (InfoOf(call.function).kind == FunctionKind::kWindow) {
      ARROW_ASSIGN_OR_RAISE(auto arguments, BindAll(call.arguments));
      ARROW_ASSIGN_OR_RAISE(function, InferCall(call.function, std::move(arguments)));
    } else {
      ARROW_ASSIGN_OR_RAISE(function, Bind(over.function));
    }
    bound.function = function.tree;
    for (const auto& key : over.partition) {
      ARROW_ASSIGN_OR_RAISE(auto typed, Bind(key));
      bound.partition.push_back(std::move(typed.tree));
    }
    ARROW_ASSIGN_OR_RAISE(bound.order, Order(over.order));
    Typed typed;
    typed.tree = MakeExpression(std::move(bound));
    typed.type = std::move(function.type);
    typed.windows = true;
    return typed;
  }

  arrow::Result<std::vector<Typed>> BindAll(const std::vector<ExpressionPtr>& expressions) {
    std::vector<Typed> all;
    for (const auto& expression : expressions) {
      ARROW_ASSIGN_OR_RAISE(auto typed, Bind(expression));
      all.push_back(std::move(typed));
    }
    return all;
  }

  arrow::Result<std::vector<Ordering>> Order(const std::vector<Ordering>& order) {
    std::vector<Ordering> bound;
    for (const auto& [key, descending, nulls_first] : order) {
      ARROW_ASSIGN_OR_RAISE(auto typed, Bind(key));
      bound.push_back({std::move(typed.tree), descending, nulls_first});
    }
    return bound;
  }

  const InferRules& rules_;
  const Scope* scope_;
  int depth_ = 0, in_aggregate_ = 0, in_window_ = 0;
};

}  // namespace

const Scope::Column* Scope::Find(std::string_view name) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&](const Column& column) { return column.name == name; });
  return found == columns_.end() ? nullptr : &*found;
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> names;
  for (const auto& column : columns_) names.push_back(column.name);
  return names;
}

ExpressionPtr MakeExpression(decltype(Expression::node) node) {
  return std::make_shared<Expression>(Expression{std::move(node), {}});
}

arrow::Status Wrong(std::string message, std::string hint) {
  return MakeError(ErrorCode::kUsage, std::move(message), {.hint = std::move(hint)});
}

arrow::Result<Typed> Infer(const ExpressionPtr& expression, const InferRules& rules) {
  return Binder(rules).Bind(expression);
}

arrow::Result<Typed> InferCondition(const ExpressionPtr& expression, const InferRules& rules) {
  ARROW_ASSIGN_OR_RAISE(auto typed, Infer(expression, rules));
  ARROW_RETURN_NOT_OK(IsCondition(typed));
  return typed;
}

}  // namespace bowyer
