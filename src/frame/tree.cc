#include "frame/tree.h"

#include "frame/infer.h"

namespace bowyer {
namespace {

using Visitor = std::function<void(const Expression&)>;

std::vector<ExpressionPtr> ReplaceAll(const std::vector<ExpressionPtr>& expressions,
                                      const ReplaceColumn& replace) {
  std::vector<ExpressionPtr> replaced;
  for (const auto& expression : expressions) {
    replaced.push_back(ReplaceColumns(expression, replace));
  }
  return replaced;
}

// The children of a node, in order; null ones left out.
std::vector<const Expression*> Children(const Expression& expression) {
  std::vector<const Expression*> children;
  const auto add = [&](const ExpressionPtr& child) {
    if (child != nullptr) children.push_back(child.get());
  };
  const auto add_order = [&](const std::vector<Ordering>& order) {
    for (const auto& ordering : order) add(ordering.key);
  };
  if (const auto* call = std::get_if<Call>(&expression.node)) {
    for (const auto& argument : call->arguments) add(argument);
  } else if (const auto* cast = std::get_if<CastTo>(&expression.node)) {
    add(cast->argument);
  } else if (const auto* rows = std::get_if<OfRows>(&expression.node)) {
    add(rows->aggregate);
    add(rows->where);
    add_order(rows->order);
  } else if (const auto* over = std::get_if<Over>(&expression.node)) {
    add(over->function);
    for (const auto& key : over->partition) add(key);
    add_order(over->order);
  }
  return children;
}

bool SameOrder(const std::vector<Ordering>& left, const std::vector<Ordering>& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].descending != right[i].descending || left[i].nulls_first != right[i].nulls_first) {
      return false;
    }
  }
  return true;
}

// What of two nodes of one kind is not in their children.
bool SameNode(const Expression& left, const Expression& right) {
  if (const auto* column = std::get_if<ColumnName>(&left.node)) {
    const auto& other = std::get<ColumnName>(right.node);
    return column->name == other.name && column->source == other.source;
  }
  if (const auto* literal = std::get_if<Literal>(&left.node)) {
    const auto& other = std::get<Literal>(right.node);
    return literal->value->Equals(*other.value,
                                  arrow::EqualOptions().nans_equal(true).signed_zeros_equal(false));
  }
  if (const auto* call = std::get_if<Call>(&left.node)) {
    return call->function == std::get<Call>(right.node).function;
  }
  if (const auto* cast = std::get_if<CastTo>(&left.node)) {
    const auto& other = std::get<CastTo>(right.node);
    return cast->lenient == other.lenient && cast->type->Equals(*other.type);
  }
  if (const auto* rows = std::get_if<OfRows>(&left.node)) {
    const auto& other = std::get<OfRows>(right.node);
    return (rows->where == nullptr) == (other.where == nullptr) &&
           SameOrder(rows->order, other.order);
  }
  const auto& over = std::get<Over>(left.node);
  const auto& other = std::get<Over>(right.node);
  const bool same_rows =
      over.rows.has_value() == other.rows.has_value() &&
      (!over.rows || (over.rows->begin == other.rows->begin && over.rows->end == other.rows->end));
  return same_rows && over.partition.size() == other.partition.size() &&
         SameOrder(over.order, other.order);
}

}  // namespace

std::vector<Ordering> ReplaceColumns(std::vector<Ordering> order, const ReplaceColumn& replace) {
  for (auto& ordering : order) ordering.key = ReplaceColumns(ordering.key, replace);
  return order;
}

ExpressionPtr ReplaceColumns(const ExpressionPtr& expression, const ReplaceColumn& replace) {
  if (expression == nullptr) return nullptr;
  if (const auto* column = std::get_if<ColumnName>(&expression->node)) return replace(*column);
  if (std::holds_alternative<Literal>(expression->node)) return expression;
  auto copy = expression->node;
  if (auto* call = std::get_if<Call>(&copy)) {
    call->arguments = ReplaceAll(call->arguments, replace);
  } else if (auto* cast = std::get_if<CastTo>(&copy)) {
    cast->argument = ReplaceColumns(cast->argument, replace);
  } else if (auto* rows = std::get_if<OfRows>(&copy)) {
    rows->aggregate = ReplaceColumns(rows->aggregate, replace);
    rows->where = ReplaceColumns(rows->where, replace);
    rows->order = ReplaceColumns(std::move(rows->order), replace);
  } else if (auto* over = std::get_if<Over>(&copy)) {
    over->function = ReplaceColumns(over->function, replace);
    over->partition = ReplaceAll(over->partition, replace);
    over->order = ReplaceColumns(std::move(over->order), replace);
  }
  return MakeExpression(std::move(copy));
}

void Visit(const Expression& expression, const Visitor& visit) {
  visit(expression);
  for (const auto* child : Children(expression)) Visit(*child, visit);
}

bool HasWindow(const Expression& expression) {
  bool found = false;
  Visit(expression,
        [&](const Expression& node) { found |= std::holds_alternative<Over>(node.node); });
  return found;
}

bool HasUnnest(const Expression& expression) {
  bool found = false;
  Visit(expression, [&](const Expression& node) {
    const auto* call = std::get_if<Call>(&node.node);
    found |= call != nullptr && call->function == Function::kUnnest;
  });
  return found;
}

bool Same(const Expression& left, const Expression& right) {
  if (&left == &right) return true;
  if (left.node.index() != right.node.index() || !SameNode(left, right)) return false;
  const auto a = Children(left), b = Children(right);
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!Same(*a[i], *b[i])) return false;
  }
  return true;
}

}  // namespace bowyer
