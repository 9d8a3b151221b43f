// Down the plan: which columns of each node are used by any of those above. Up again: the nodes
// with those columns alone. Nodes that are used twice stay one.
#include "frame/prune.h"

#include <arrow/type.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "frame/tree.h"

namespace bowyer {
namespace {

using Names = std::set<std::string>;

void AddMentions(const ExpressionPtr& expression, int source, Names* names) {
  if (expression == nullptr) return;
  Visit(*expression, [&](const Expression& node) {
    const auto* column = std::get_if<ColumnName>(&node.node);
    if (column != nullptr && column->source == source) names->insert(column->name);
  });
}

// Those that are used; those that make rows; one at least, for rows to be rows of something.
std::vector<NamedExpression> Used(const std::vector<NamedExpression>& columns, const Names& used) {
  std::vector<NamedExpression> kept;
  std::copy_if(columns.begin(), columns.end(), std::back_inserter(kept), [&](const auto& column) {
    return used.contains(column.name) || HasUnnest(*column.expression);
  });
  if (kept.empty() && !columns.empty()) kept.push_back(columns.front());
  return kept;
}

class Pruner {
 public:
  explicit Pruner(const Plan& root) {
    Sort(root);
    UseAll(root);
    for (auto plan = order_.rbegin(); plan != order_.rend(); ++plan) {
      std::visit([&](const auto& node) { Use(node, used_[*plan]); }, (*plan)->node);
    }
    for (const Plan* plan : order_) {
      pruned_[plan] =
          std::visit([&](const auto& node) { return Rebuilt(node, *plan); }, plan->node);
    }
  }
  const PlanPtr& Of(const Plan& plan) const { return pruned_.at(&plan); }

 private:
  // Inputs before those that they go into.
  void Sort(const Plan& plan) {
    if (!used_.try_emplace(&plan).second) return;
    for (const auto& input : InputsOf(plan)) Sort(*input);
    order_.push_back(&plan);
  }

  void UseAll(const Plan& plan) {
    for (const auto& name : plan.schema->field_names()) used_[&plan].insert(name);
  }

  // What a node of which `used` is used needs of its inputs.
  void Use(const ScanNode&, const Names&) {}
  void Use(const ProjectNode& node, const Names& used) {
    for (const auto& column : Used(node.columns, used)) {
      AddMentions(column.expression, 0, &used_[node.input.get()]);
    }
  }
  void Use(const FilterNode& node, const Names& used) {
    used_[node.input.get()].insert(used.begin(), used.end());
    AddMentions(node.condition, 0, &used_[node.input.get()]);
  }
  void Use(const AggregateNode& node, const Names& used) {
    Names& input = used_[node.input.get()];
    for (const auto& key : node.keys) AddMentions(key.expression, 0, &input);
    for (const auto& column : UsedAggregates(node, used)) AddMentions(column.expression, 0, &input);
  }
  void Use(const JoinNode& node, const Names& used) {
    for (const int source : {0, 1}) {
      Names& input = used_[(source == 0 ? node.left : node.right).get()];
      AddMentions(node.condition, source, &input);
      for (const auto& column : Used(node.columns, used)) {
        AddMentions(column.expression, source, &input);
      }
    }
  }
  void Use(const SortNode& node, const Names& used) {
    used_[node.input.get()].insert(used.begin(), used.end());
    for (const auto& ordering : node.order) {
      AddMentions(ordering.key, 0, &used_[node.input.get()]);
    }
  }
  void Use(const LimitNode& node, const Names& used) {
    used_[node.input.get()].insert(used.begin(), used.end());
  }
  void Use(const DistinctNode& node, const Names&) { UseAll(*node.input); }
  void Use(const UnionNode& node, const Names&) {
    for (const auto& input : node.inputs) UseAll(*input);
  }

  static std::vector<NamedExpression> UsedAggregates(const AggregateNode& node, const Names& used) {
    auto kept = Used(node.aggregates, used);
    const bool only_for_rows = !kept.empty() && !used.contains(kept.front().name);
    if (only_for_rows && !node.keys.empty()) kept.clear();
    return kept;
  }

  // The node on its pruned inputs; its schema is what is left of the old one.
  PlanPtr Rebuilt(const ScanNode& node, const Plan& plan) { return Made(node, plan, nullptr); }
  PlanPtr Rebuilt(ProjectNode node, const Plan& plan) {
    node.columns = Used(node.columns, used_[&plan]);
    node.input = Of(*node.input);
    const Names names = NamesOf(node.columns);
    return Made(std::move(node), plan, &names);
  }
  PlanPtr Rebuilt(AggregateNode node, const Plan& plan) {
    node.aggregates = UsedAggregates(node, used_[&plan]);
    node.input = Of(*node.input);
    Names names = NamesOf(node.keys);
    names.merge(NamesOf(node.aggregates));
    return Made(std::move(node), plan, &names);
  }
  PlanPtr Rebuilt(JoinNode node, const Plan& plan) {
    node.columns = Used(node.columns, used_[&plan]);
    node.left = Of(*node.left);
    node.right = Of(*node.right);
    const Names names = NamesOf(node.columns);
    return Made(std::move(node), plan, &names);
  }
  PlanPtr Rebuilt(UnionNode node, const Plan& plan) {
    for (auto& input : node.inputs) input = Of(*input);
    return Made(std::move(node), plan, nullptr);
  }
  // Nodes that pass columns on.
  template <typename Node>
  PlanPtr Rebuilt(Node node, const Plan& plan) {
    node.input = Of(*node.input);
    const auto passed = node.input->schema->field_names();
    const Names names(passed.begin(), passed.end());
    return Made(std::move(node), plan, &names);
  }

  static Names NamesOf(const std::vector<NamedExpression>& columns) {
    Names names;
    for (const auto& column : columns) names.insert(column.name);
    return names;
  }

  static PlanPtr Made(decltype(Plan::node) node, const Plan& plan, const Names* names) {
    arrow::FieldVector fields;
    for (const auto& field : plan.schema->fields()) {
      if (names == nullptr || names->contains(field->name())) fields.push_back(field);
    }
    return std::make_shared<Plan>(Plan{std::move(node), arrow::schema(std::move(fields))});
  }

  std::vector<const Plan*> order_;
  std::map<const Plan*, Names> used_;
  std::map<const Plan*, PlanPtr> pruned_;
};

}  // namespace

PlanPtr WithoutUnusedColumns(const Plan& root) { return Pruner(root).Of(root); }

}  // namespace bowyer
