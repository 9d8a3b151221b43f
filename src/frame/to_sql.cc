// Plan -> SQL. From the scans upwards, each node is added to the SELECT of its input where SQL's
// order of clauses (FROM, WHERE, GROUP BY, HAVING, SELECT, DISTINCT, ORDER BY, LIMIT) allows it,
// otherwise to a new one around it. A part of the plan that is used more than once, and costs more
// than a pass, is written once, as a CTE.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "frame/build.h"
#include "frame/infer.h"
#include "frame/prune.h"
#include "frame/select.h"
#include "frame/sql.h"
#include "frame/tree.h"

namespace bowyer {
namespace {

using Result = arrow::Result<Select>;

bool IsColumn(const ExpressionPtr& expression) {
  return std::holds_alternative<ColumnName>(expression->node);
}
bool IsSimple(const ExpressionPtr& expression) {
  return IsColumn(expression) || std::holds_alternative<Literal>(expression->node);
}

// How often nodes are used, and which cost more than a pass over their input.
class Uses {
 public:
  explicit Uses(const Plan& root) { Walk(root); }
  bool IsShared(const Plan& plan) const {
    const auto found = nodes_.find(&plan);
    return found->second.times > 1 && found->second.costs;
  }
  bool AnyIsShared() const {
    return std::any_of(nodes_.begin(), nodes_.end(), [](const auto& entry) {
      return entry.second.times > 1 && entry.second.costs;
    });
  }
  const std::set<std::string>& scans() const { return scans_; }

 private:
  struct Use {
    int times = 0;
    bool costs = false;
  };
  bool Walk(const Plan& plan) {
    Use& use = nodes_[&plan];
    if (use.times++ > 0) return use.costs;
    bool costs = true;
    if (const auto* scan = std::get_if<ScanNode>(&plan.node)) {
      scans_.insert(Folded(scan->name));
      costs = false;
    } else if (std::holds_alternative<FilterNode>(plan.node)) {
      costs = false;
    } else if (const auto* project = std::get_if<ProjectNode>(&plan.node)) {
      costs = std::any_of(project->columns.begin(), project->columns.end(),
                          [](const auto& c) { return HasWindow(*c.expression); });
    }
    for (const auto& input : InputsOf(plan)) costs |= Walk(*input);
    nodes_[&plan].costs = costs;
    return costs;
  }
  std::map<const Plan*, Use> nodes_;
  std::set<std::string> scans_;
};

// Expressions over the output of `select`, as expressions over its tables.
ReplaceColumn Through(const Select& select) {
  return [&select](const ColumnName& column) { return select.Column(column.name); };
}

// How often each column of an input is named.
std::map<std::string, int> Mentions(const std::vector<ExpressionPtr>& expressions, int source = 0) {
  std::map<std::string, int> mentions;
  for (const auto& expression : expressions) {
    Visit(*expression, [&](const Expression& node) {
      const auto* column = std::get_if<ColumnName>(&node.node);
      if (column != nullptr && column->source == source) ++mentions[column->name];
    });
  }
  return mentions;
}

// Can what `select` computes take the place of its columns in these expressions? Nothing that costs
// is written more than `most` times.
bool CanSubstitute(const Select& select, const std::vector<ExpressionPtr>& expressions, int most,
                   int source = 0) {
  for (const auto& [name, times] : Mentions(expressions, source)) {
    if (times > most && !IsSimple(select.Column(name))) return false;
  }
  return true;
}

// SQL looks a name in ORDER BY and HAVING up among the result's columns first: is one of these
// expressions' columns hidden by another one's name?
bool IsHidden(const Select& select, const std::vector<ExpressionPtr>& expressions) {
  if (select.from.size() > 1) return false;  // then columns are qualified
  for (const auto& [name, times] : Mentions(expressions)) {
    for (const auto& column : select.columns) {
      const auto* same = std::get_if<ColumnName>(&column.expression->node);
      if (Folded(column.name) == Folded(name) && (same == nullptr || same->name != name)) {
        return true;
      }
    }
  }
  return false;
}

bool IsOutput(const Select& select, const ExpressionPtr& key) {
  return std::any_of(select.columns.begin(), select.columns.end(),
                     [&](const auto& column) { return Same(*column.expression, *key); });
}

// Can ORDER BY name these keys?
bool CanOrder(const Select& select, const std::vector<Ordering>& order) {
  for (const auto& ordering : order) {
    const bool output = IsOutput(select, ordering.key);
    if (output && !IsColumn(ordering.key)) continue;
    if (select.distinct && !output) return false;
    if (IsHidden(select, {ordering.key})) return false;
  }
  return true;
}

bool TakesOrder(Function function) {
  return function == Function::kFirst || function == Function::kLast ||
         function == Function::kCollect || function == Function::kJoinText;
}

bool AnyTakesOrder(const AggregateNode& node) {
  bool any = false;
  for (const auto& aggregate : node.aggregates) {
    Visit(*aggregate.expression, [&](const Expression& expression) {
      const auto* call = std::get_if<Call>(&expression.node);
      any |= call != nullptr && TakesOrder(call->function);
    });
  }
  return any;
}

// An aggregate that depends on the order of its rows gets the one in which they come.
ExpressionPtr Ordered(const ExpressionPtr& expression, const std::vector<Ordering>& order) {
  if (order.empty()) return expression;
  const auto make = [](decltype(Expression::node) node) {
    return std::make_shared<Expression>(Expression{std::move(node), {}});
  };
  if (const auto* call = std::get_if<Call>(&expression->node)) {
    if (TakesOrder(call->function)) return make(OfRows{expression, nullptr, order});
    Call copy = *call;
    for (auto& argument : copy.arguments) argument = Ordered(argument, order);
    return make(std::move(copy));
  }
  if (const auto* cast = std::get_if<CastTo>(&expression->node)) {
    CastTo copy = *cast;
    copy.argument = Ordered(copy.argument, order);
    return make(std::move(copy));
  }
  if (const auto* rows = std::get_if<OfRows>(&expression->node)) {
    const auto& call = std::get<Call>(rows->aggregate->node);
    if (!rows->order.empty() || !TakesOrder(call.function)) return expression;
    return make(OfRows{rows->aggregate, rows->where, order});
  }
  return expression;
}

std::string JoinWord(const JoinNode& node) {
  if (node.condition == nullptr) return "CROSS JOIN";
  static constexpr const char* kWords[] = {"JOIN",      "LEFT JOIN", "RIGHT JOIN",
                                           "FULL JOIN", "SEMI JOIN", "ANTI JOIN"};
  return (node.asof ? "ASOF " : "") + std::string(kWords[static_cast<int>(node.kind)]);
}

class Compiler {
 public:
  Compiler(const Plan& root, const NameScan& name_scan) : uses_(root), name_scan_(name_scan) {}

  arrow::Result<std::string> Whole(const Plan& plan) {
    ARROW_ASSIGN_OR_RAISE(const auto select, Compile(plan));
    ARROW_ASSIGN_OR_RAISE(auto text, Render(select));
    return with_.empty() ? std::move(text) : "WITH " + with_ + "\n" + text;
  }

 private:
  Result Compile(const Plan& plan) {
    if (!uses_.IsShared(plan)) {
      return std::visit([&](const auto& node) { return Node(node, plan); }, plan.node);
    }
    auto& part = parts_[&plan];
    if (part.from.empty()) {
      ARROW_ASSIGN_OR_RAISE(
          auto select, std::visit([&](const auto& node) { return Node(node, plan); }, plan.node));
      ARROW_ASSIGN_OR_RAISE(part, Close(std::move(select)));
      const std::string name = FreshName();
      with_ += (with_.empty() ? "" : ", ") + name + " AS " + part.from[0].text;
      part.from[0].text = name;
    }
    return part;
  }

  // A CTE hides a table of its name: no scan has it.
  std::string FreshName() {
    std::string name;
    do {
      name = fmt::format("part{}", ++last_part_);
    } while (uses_.scans().contains(name));
    return name;
  }

  Result Node(const ScanNode& node, const Plan& plan) {
    const std::string name = name_scan_ ? name_scan_(node) : node.name;
    return SelectFrom(QuotedName(name), plan.schema->field_names());
  }

  Result Node(const ProjectNode& node, const Plan&) {
    ARROW_ASSIGN_OR_RAISE(auto select, Compile(*node.input));
    std::vector<ExpressionPtr> expressions;
    bool windows = false, unnests = false;
    for (const auto& column : node.columns) {
      expressions.push_back(column.expression);
      windows |= HasWindow(*column.expression);
      unnests |= HasUnnest(*column.expression);
    }
    const bool computes = std::any_of(expressions.begin(), expressions.end(),
                                      [](const auto& e) { return !IsColumn(e); });
    bool fits = select.parts.empty() && !select.distinct && !(select.unnests && computes) &&
                CanSubstitute(select, expressions, 1);
    if (windows) fits &= select.is_plain() || (select.windows && !Nests(select, expressions));
    if (unnests) fits &= select.is_plain() && select.order.empty();
    // An unnest that is dropped would no longer make rows.
    if (select.unnests) fits &= KeepsUnnest(select, expressions);
    if (fits && !select.order.empty()) {
      Select trial = select;
      Replace(trial, node.columns);
      fits = CanOrder(trial, select.order);
    }
    if (!fits) {
      ARROW_ASSIGN_OR_RAISE(auto closed, Close(select));
      Select trial = closed;
      Replace(trial, node.columns);
      if (!CanOrder(trial, closed.order)) {
        ARROW_ASSIGN_OR_RAISE(closed, Close(std::move(select), Order::kKeep));
      }
      select = std::move(closed);
    }
    Replace(select, node.columns);
    select.windows = std::any_of(select.columns.begin(), select.columns.end(),
                                 [](const auto& c) { return HasWindow(*c.expression); });
    select.unnests |= unnests;
    return select;
  }

  static void Replace(Select& select, const std::vector<NamedExpression>& columns) {
    std::vector<NamedExpression> replaced;
    for (const auto& [name, expression] : columns) {
      replaced.push_back({name, ReplaceColumns(expression, Through(select))});
    }
    select.columns = std::move(replaced);
  }

  // Would a window or its argument hold another window, or LIMIT come before a window?
  static bool Nests(const Select& select, const std::vector<ExpressionPtr>& expressions) {
    if (select.grouped || select.unnests || select.limit || select.distinct) return true;
    for (const auto& expression : expressions) {
      if (!HasWindow(*expression)) continue;
      for (const auto& [name, times] : Mentions({expression})) {
        if (HasWindow(*select.Column(name))) return true;
      }
    }
    return false;
  }

  static bool KeepsUnnest(const Select& select, const std::vector<ExpressionPtr>& expressions) {
    const auto mentions = Mentions(expressions);
    return std::all_of(select.columns.begin(), select.columns.end(), [&](const auto& column) {
      return !HasUnnest(*column.expression) || mentions.contains(column.name);
    });
  }

  Result Node(const FilterNode& node, const Plan&) {
    ARROW_ASSIGN_OR_RAISE(auto select, Compile(*node.input));
    const std::vector<ExpressionPtr> condition = {node.condition};
    if (select.is_plain() && CanSubstitute(select, condition, 0)) {
      select.where.push_back(ReplaceColumns(node.condition, Through(select)));
      return select;
    }
    if (select.grouped && !select.windows && !select.distinct && !select.limit) {
      const auto having = ReplaceColumns(node.condition, Through(select));
      if (!IsHidden(select, {having})) {
        select.having.push_back(having);
        return select;
      }
    }
    ARROW_ASSIGN_OR_RAISE(select, Close(std::move(select)));
    select.where.push_back(node.condition);
    return select;
  }

  Result Node(const AggregateNode& node, const Plan&) {
    ARROW_ASSIGN_OR_RAISE(auto select, Compile(*node.input));
    std::vector<ExpressionPtr> expressions;
    bool constant = false;  // GROUP BY 1 would mean the first column
    for (const auto& key : node.keys) {
      expressions.push_back(key.expression);
      const auto* column = std::get_if<ColumnName>(&key.expression->node);
      constant |=
          column != nullptr && std::holds_alternative<Literal>(select.Column(column->name)->node);
    }
    for (const auto& aggregate : node.aggregates) expressions.push_back(aggregate.expression);
    if (!select.is_plain() || constant || !CanSubstitute(select, expressions, 1)) {
      ARROW_ASSIGN_OR_RAISE(
          select, Close(std::move(select), AnyTakesOrder(node) ? Order::kLift : Order::kDrop));
    }
    const auto order = std::move(select.order.empty() ? select.arrives : select.order);
    select.order.clear();
    select.arrives.clear();
    std::vector<NamedExpression> columns;
    std::map<std::string, ExpressionPtr> keys;
    for (const auto& [name, expression] : node.keys) {
      const auto key = ReplaceColumns(expression, Through(select));
      keys[name] = key;
      select.group.push_back(key);
      columns.push_back({name, key});
    }
    for (const auto& [name, expression] : node.aggregates) {
      const auto aggregate = ReplaceColumns(expression, [&](const ColumnName& column) {
        return column.source == kKeySource ? keys.at(column.name) : select.Column(column.name);
      });
      columns.push_back({name, Ordered(aggregate, order)});
    }
    select.columns = std::move(columns);
    select.grouped = true;
    return select;
  }

  Result Node(const JoinNode& node, const Plan&) {
    ARROW_ASSIGN_OR_RAISE(auto left, Compile(*node.left));
    ARROW_ASSIGN_OR_RAISE(auto right, Compile(*node.right));
    std::vector<ExpressionPtr> condition;
    if (node.condition != nullptr) condition.push_back(node.condition);
    // A filter of the left may come after the join, and its columns be computed after it, where the
    // join makes no rows out of nulls on the left.
    const bool fills_left = node.kind == JoinKind::kRight || node.kind == JoinKind::kFull;
    const bool inner = node.kind == JoinKind::kInner && !node.asof;
    if (!left.is_plain() || !CanSubstitute(left, condition, 0) ||
        (fills_left && !IsJustTables(left))) {
      ARROW_ASSIGN_OR_RAISE(left, Close(std::move(left), Order::kDrop));
    }
    if (!right.is_plain() || right.from.size() > 1 || !CanSubstitute(right, condition, 0, 1) ||
        (!inner && !IsJustTables(right))) {
      ARROW_ASSIGN_OR_RAISE(right, Close(std::move(right), Order::kDrop));
    }
    left.order.clear();
    left.arrives.clear();
    const int place = static_cast<int>(left.from.size());
    const auto moved = [&](const ExpressionPtr& expression) {
      return ReplaceColumns(expression, [&](const ColumnName& column) {
        return MakeExpression(ColumnName{column.name, true, place});
      });
    };
    for (auto& column : right.columns) column.expression = moved(column.expression);
    for (const auto& filter : right.where) left.where.push_back(moved(filter));
    const auto through = [&](const ColumnName& column) {
      return (column.source == 0 ? left : right).Column(column.name);
    };
    From from = std::move(right.from[0]);
    from.join = JoinWord(node);
    from.condition = ReplaceColumns(node.condition, through);
    std::vector<NamedExpression> columns;
    for (const auto& [name, expression] : node.columns) {
      columns.push_back({name, ReplaceColumns(expression, through)});
    }
    left.from.push_back(std::move(from));
    left.columns = std::move(columns);
    return left;
  }

  static bool IsJustTables(const Select& select) {
    return select.where.empty() &&
           std::all_of(select.columns.begin(), select.columns.end(),
                       [](const auto& c) { return IsColumn(c.expression); });
  }

  Result Node(const SortNode& node, const Plan&) {
    ARROW_ASSIGN_OR_RAISE(auto select, Compile(*node.input));
    std::vector<ExpressionPtr> computed;  // a key that is a column goes by its name
    for (const auto& [key, descending, nulls_first] : node.order) {
      if (!IsColumn(key)) computed.push_back(key);
    }
    auto order = ReplaceColumns(node.order, Through(select));
    if (!select.parts.empty() || select.limit || (select.unnests && !computed.empty()) ||
        !CanSubstitute(select, computed, 0) || !CanOrder(select, order)) {
      ARROW_ASSIGN_OR_RAISE(select, Close(std::move(select), Order::kDrop));
      order = ReplaceColumns(node.order, Through(select));
    }
    select.order = std::move(order);
    return select;
  }

  Result Node(const LimitNode& node, const Plan&) {
    ARROW_ASSIGN_OR_RAISE(auto select, Compile(*node.input));
    if (!select.parts.empty() || select.limit) {
      ARROW_ASSIGN_OR_RAISE(select, Close(std::move(select)));
    }
    select.limit = {nullptr, node.rows, node.offset};
    return select;
  }

  Result Node(const DistinctNode& node, const Plan&) {
    ARROW_ASSIGN_OR_RAISE(auto select, Compile(*node.input));
    if (!select.parts.empty() || select.limit || select.distinct) {
      ARROW_ASSIGN_OR_RAISE(select, Close(std::move(select), Order::kDrop));
    }
    select.order.clear();
    select.arrives.clear();
    select.distinct = true;
    return select;
  }

  Result Node(const UnionNode& node, const Plan& plan) {
    Select all = SelectFrom("", plan.schema->field_names());
    for (const auto& input : node.inputs) {
      ARROW_ASSIGN_OR_RAISE(const auto select, Compile(*input));
      ARROW_ASSIGN_OR_RAISE(auto text, Render(select));
      const bool own_clauses = !select.order.empty() || select.limit || !select.parts.empty();
      all.parts.push_back(own_clauses ? "(" + text + ")" : std::move(text));
    }
    return all;
  }

  Uses uses_;
  const NameScan& name_scan_;
  std::map<const Plan*, Select> parts_;
  std::string with_;
  int last_part_ = 0;
};

}  // namespace

arrow::Result<std::string> ToSql(const Plan& plan, const NameScan& name_scan) {
  // Of a subquery the engine leaves out what is not used, of a CTE it does not.
  if (Uses(plan).AnyIsShared()) {
    const PlanPtr pruned = WithoutUnusedColumns(plan);
    return Compiler(*pruned, name_scan).Whole(*pruned);
  }
  return Compiler(plan, name_scan).Whole(plan);
}

}  // namespace bowyer
