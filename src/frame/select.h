// One SELECT in the making: nodes of a plan are added to it as long as SQL's order of clauses means
// the same, then it is closed and becomes the FROM of the next one.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "frame/expression.h"
#include "frame/plan.h"

namespace bowyer {

// A table in FROM. Expressions name its columns by its place (ColumnName::source).
struct From {
  std::string text;  // a quoted name, or a SELECT in brackets
  std::vector<std::string> columns;
  std::string join;         // "LEFT JOIN" ...; empty for the first
  ExpressionPtr condition;  // after ON; null: none
};

struct Select {
  std::vector<From> from;
  std::vector<NamedExpression> columns;  // over the tables in FROM
  std::vector<ExpressionPtr> where, having;
  bool grouped = false;
  std::vector<ExpressionPtr> group;
  bool windows = false;  // in columns
  bool unnests = false;  // likewise
  bool distinct = false;
  std::vector<Ordering> order;
  std::vector<Ordering> arrives;  // the order in which FROM gives its rows, where it is known
  std::optional<LimitNode> limit;
  std::vector<std::string> parts;  // of UNION ALL; then there is nothing else but `columns`

  // Nothing that keeps rows from being filtered, joined or grouped in this same SELECT.
  bool is_plain() const {
    return parts.empty() && !grouped && !windows && !unnests && !distinct && !limit;
  }
  const ExpressionPtr& Column(const std::string& name) const;
};

// Lines, without a line feed at the end.
arrow::Result<std::string> Render(const Select& select);

// A SELECT of all columns of a table.
Select SelectFrom(std::string text, std::vector<std::string> columns);

// `select` as the table in FROM of a new one. What becomes of an ORDER BY without LIMIT: it moves
// to the new SELECT where its keys are columns (otherwise it stays), or stays, or nobody asks for
// it.
enum class Order { kLift, kKeep, kDrop };
arrow::Result<Select> Close(Select select, Order order = Order::kLift);

}  // namespace bowyer
