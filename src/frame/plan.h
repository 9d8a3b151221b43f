// What a LazyFrame is to do: a tree of nodes, pure values, bound when they are made. Columns are
// referred to by name and input (ColumnName::source); names and types are known to be right.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bowyer/lazy_frame.h"
#include "frame/expression.h"

namespace bowyer {

using PlanPtr = std::shared_ptr<const Plan>;

struct NamedExpression {
  std::string name;
  ExpressionPtr expression;
};

// What a scan reads; which kinds there are is known to those who open them (engine/frame_scan.h).
struct ScanSource {
  virtual ~ScanSource() = default;
};
// `source` null: the table that the engine finds under the name, a location or a registered name.
struct ScanNode {
  std::string name;
  std::shared_ptr<const ScanSource> source;
};
// The columns, in order; with windows, perhaps one unnest.
struct ProjectNode {
  PlanPtr input;
  std::vector<NamedExpression> columns;
};
struct FilterNode {
  PlanPtr input;
  ExpressionPtr condition;
};
// Keys first, then aggregates, whose columns of source kKeySource are keys by their names.
struct AggregateNode {
  PlanPtr input;
  std::vector<NamedExpression> keys, aggregates;
};
inline constexpr int kKeySource = 1;
// In `condition` and `columns`, source 0 is left and source 1 right. Null condition: all pairs.
struct JoinNode {
  PlanPtr left, right;
  JoinKind kind = JoinKind::kInner;
  bool asof = false;  // one row of the right for each of the left: the nearest
  ExpressionPtr condition;
  std::vector<NamedExpression> columns;
};
struct SortNode {
  PlanPtr input;
  std::vector<Ordering> order;
};
struct LimitNode {
  PlanPtr input;
  int64_t rows = 0, offset = 0;
};
struct DistinctNode {
  PlanPtr input;
};
// All rows of all inputs; columns go by the order of the first one's.
struct UnionNode {
  std::vector<PlanPtr> inputs;
};

struct Plan {
  std::variant<ScanNode, ProjectNode, FilterNode, AggregateNode, JoinNode, SortNode, LimitNode,
               DistinctNode, UnionNode>
      node;
  std::shared_ptr<arrow::Schema> schema;  // in the engine's types (engine_types.h)
};

// The plans that it is made of.
std::vector<PlanPtr> InputsOf(const Plan& plan);

}  // namespace bowyer
