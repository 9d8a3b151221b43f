// Walks over expressions.
#pragma once

#include <functional>

#include "frame/expression.h"

namespace bowyer {

// The expression with each column in place of which `replace` gives another one.
using ReplaceColumn = std::function<ExpressionPtr(const ColumnName&)>;
ExpressionPtr ReplaceColumns(const ExpressionPtr& expression, const ReplaceColumn& replace);
std::vector<Ordering> ReplaceColumns(std::vector<Ordering> order, const ReplaceColumn& replace);

// Every node, parents first.
void Visit(const Expression& expression, const std::function<void(const Expression&)>& visit);

bool HasWindow(const Expression& expression);
bool HasUnnest(const Expression& expression);

// The same tree, literals by their values. Spans do not count.
bool Same(const Expression& left, const Expression& right);

}  // namespace bowyer
