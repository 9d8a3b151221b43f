// Joins: what is to be equal becomes one condition; columns of both sides get their names.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bowyer/error.h"
#include "core/text.h"
#include "frame/build.h"
#include "frame/sql.h"
#include "frame/tree.h"

namespace bowyer {
namespace {

class Joiner {
 public:
  Joiner(const PlanPtr& left, const PlanPtr& right, const JoinOptions& options)
      : node_{left, right, options.kind, false, nullptr, {}},
        options_(options),
        left_(*left->schema, 0),
        right_(*right->schema, 1) {}

  arrow::Status Compare(Function function, const On& on) {
    ARROW_ASSIGN_OR_RAISE(auto left,
                          Infer(on.left.expr().tree(), {.scope = &left_, .place = "a join's key"}));
    ARROW_ASSIGN_OR_RAISE(
        auto right, Infer(on.right.expr().tree(), {.scope = &right_, .place = "a join's key"}));
    std::vector<Typed> sides = {left, right};
    ARROW_ASSIGN_OR_RAISE(auto typed, InferCall(function, std::move(sides)));
    conditions_.push_back(std::move(typed.tree));
    if (on.same_name && function == Function::kEqual) {
      shared_.push_back(
          {NameOf(on.left.expr()), CommonEngineType({left.type, {}}, {right.type, {}})});
    }
    return arrow::Status::OK();
  }

  PlanResult Join(bool asof = false) {
    node_.asof = asof;
    ARROW_RETURN_NOT_OK(NameColumns());
    if (options_.condition.has_value()) {
      ARROW_ASSIGN_OR_RAISE(auto typed,
                            InferCondition(options_.condition->tree(),
                                           {.scope = &both_, .place = "a join's condition"}));
      conditions_.push_back(std::move(typed.tree));
    }
    if (conditions_.size() == 1) {
      node_.condition = std::move(conditions_[0]);
    } else if (!conditions_.empty()) {
      node_.condition = MakeExpression(Call{Function::kAnd, std::move(conditions_)});
    }
    return MakePlan(std::move(node_), std::move(fields_));
  }

  bool has_conditions() const { return !conditions_.empty() || options_.condition.has_value(); }

 private:
  struct Shared {
    std::string name;
    TypePtr type;  // that holds both sides' values
  };

  const Shared* FindShared(const std::string& name) const {
    const auto found = std::find_if(shared_.begin(), shared_.end(),
                                    [&](const Shared& key) { return key.name == name; });
    return found == shared_.end() ? nullptr : &*found;
  }

  void Add(const std::string& name, TypePtr type, ExpressionPtr expression) {
    node_.columns.push_back({name, std::move(expression)});
    fields_.push_back(arrow::field(name, std::move(type)));
  }

  arrow::Status NameColumns() {
    const bool only_left = node_.kind == JoinKind::kSemi || node_.kind == JoinKind::kAnti;
    std::set<std::string> taken;
    for (const auto& field : node_.left->schema->fields()) {
      const std::string& name = field->name();
      taken.insert(Folded(name));
      both_.Add(name, field->type(), 0);
      auto left = MakeExpression(ColumnName{name, true, 0});
      auto right = MakeExpression(ColumnName{name, true, 1});
      const Shared* shared = FindShared(name);
      if (shared != nullptr && node_.kind == JoinKind::kRight) {
        Add(name, node_.right->schema->GetFieldByName(name)->type(), std::move(right));
      } else if (shared != nullptr && node_.kind == JoinKind::kFull) {
        Add(name, shared->type, MakeExpression(Call{Function::kCoalesce, {left, right}}));
      } else {
        Add(name, field->type(), std::move(left));
      }
    }
    for (const auto& field : node_.right->schema->fields()) {
      if (FindShared(field->name()) != nullptr) continue;
      std::string name = field->name();
      if (taken.contains(Folded(name))) name += options_.suffix;
      if (!taken.insert(Folded(name)).second && !only_left) {
        return Wrong(fmt::format("both sides of the join have a column {}, and {} is taken, too",
                                 Quoted(field->name()), Quoted(name)),
                     "give another suffix, or Rename before");
      }
      const ColumnName column{field->name(), true, 1};
      both_.Add(name, field->type(), column);
      if (!only_left) Add(name, field->type(), MakeExpression(column));
    }
    return arrow::Status::OK();
  }

  JoinNode node_;
  const JoinOptions& options_;
  Scope left_, right_, both_;
  std::vector<ExpressionPtr> conditions_;
  std::vector<Shared> shared_;
  arrow::FieldVector fields_;
};

}  // namespace

PlanResult JoinPlans(const PlanPtr& left, const PlanPtr& right, const std::vector<On>& on,
                     const JoinOptions& options) {
  Joiner joiner(left, right, options);
  for (const auto& keys : on) ARROW_RETURN_NOT_OK(joiner.Compare(Function::kEqual, keys));
  if (!joiner.has_conditions()) {
    return Wrong("a join needs columns that are equal, or a condition",
                 "CrossJoin gives all pairs of rows");
  }
  return joiner.Join();
}

PlanResult CrossJoinPlans(const PlanPtr& left, const PlanPtr& right, const std::string& suffix) {
  JoinOptions options;
  options.suffix = suffix;
  return Joiner(left, right, options).Join();
}

PlanResult AsofJoinPlans(const PlanPtr& left, const PlanPtr& right, const On& by,
                         const std::vector<On>& on, AsofDirection direction,
                         const JoinOptions& options) {
  if (options.kind != JoinKind::kInner && options.kind != JoinKind::kLeft) {
    return Wrong("an as-of join is kInner or kLeft");
  }
  if (options.condition.has_value()) {
    return Wrong("an as-of join has no other condition", "Filter one of the sides before");
  }
  Joiner joiner(left, right, options);
  for (const auto& keys : on) ARROW_RETURN_NOT_OK(joiner.Compare(Function::kEqual, keys));
  ARROW_RETURN_NOT_OK(joiner.Compare(
      direction == AsofDirection::kBackward ? Function::kGreaterOrEqual : Function::kLessOrEqual,
      by));
  return joiner.Join(true);
}

}  // namespace bowyer
