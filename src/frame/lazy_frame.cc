// Each call binds its expressions to the schema at hand and puts one node on top of the plan.
#include "bowyer/lazy_frame.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "frame/build.h"
#include "frame/functions.h"
#include "frame/infer.h"
#include "frame/plan.h"
#include "frame/sql.h"
#include "frame/tree.h"

namespace bowyer {
namespace {

arrow::Status UnknownColumn(const std::string& name, const arrow::Schema& schema) {
  return Wrong("there is no column " + Quoted(name) + DidYouMean(name, schema.field_names()));
}

arrow::Result<PlanPtr> Project(const PlanPtr& input, const std::vector<Column>& columns) {
  const Scope scope(*input->schema, 0);
  const InferRules rules{.scope = &scope, .windows = true, .place = "a column of each row"};
  ProjectNode node{input, {}};
  arrow::FieldVector fields;
  for (const auto& column : columns) {
    ARROW_ASSIGN_OR_RAISE(auto bound, BindNamed(column.expr(), rules, &fields));
    node.columns.push_back(std::move(bound.named));
  }
  return MakePlan(std::move(node), std::move(fields));
}

std::vector<Column> ColumnsOf(const arrow::Schema& schema) {
  std::vector<Column> columns;
  for (const auto& field : schema.fields()) columns.emplace_back(field->name());
  return columns;
}

arrow::Result<PlanPtr> ScanPlan(const std::string& name, const arrow::Schema& schema,
                                std::shared_ptr<const ScanSource> source) {
  arrow::FieldVector fields;
  for (const auto& field : schema.fields()) {
    auto type = EngineType(field->type());
    if (!type.ok()) return AtPlace(type.status(), {.location = name, .column = field->name()});
    fields.push_back(arrow::field(field->name(), std::move(type).ValueUnsafe()));
  }
  auto plan = MakePlan(ScanNode{name, std::move(source)}, std::move(fields));
  return plan.ok() ? plan : AtPlace(plan.status(), {.location = name});
}

// The key columns, then the aggregates.
arrow::Result<PlanPtr> Aggregate(const PlanPtr& input, const std::vector<Column>& keys,
                                 const std::vector<Expr>& aggregates) {
  const Scope columns(*input->schema, 0);
  const InferRules key_rules{.scope = &columns, .place = "a key"};
  AggregateNode node{input, {}, {}};
  arrow::FieldVector fields;
  Scope named_keys;
  for (const auto& key : keys) {
    ARROW_ASSIGN_OR_RAISE(auto bound, BindNamed(key.expr(), key_rules, &fields));
    if (std::holds_alternative<Literal>(bound.named.expression->node)) {
      return Wrong(ExpressionText(*bound.named.expression) + " is the same in each row: no key",
                   "a column is meant by its name, or col(...)");
    }
    named_keys.Add(bound.named.name, fields.back()->type(), kKeySource);
    node.keys.push_back(std::move(bound.named));
  }
  const InferRules rules{.scope = &named_keys, .aggregated = &columns, .place = "an aggregation"};
  for (const auto& aggregate : aggregates) {
    ARROW_ASSIGN_OR_RAISE(auto bound, BindNamed(aggregate, rules, &fields));
    if (!bound.aggregates) {
      return Wrong(ExpressionText(*aggregate.tree()) + " is no aggregate",
                   "keys are in the result already; sum(...), first(...) take one value of many");
    }
    node.aggregates.push_back(std::move(bound.named));
  }
  return MakePlan(std::move(node), std::move(fields));
}

arrow::Result<PlanPtr> Union(const PlanPtr& left, PlanPtr right) {
  const auto names = left->schema->field_names();
  for (const bool first : {true, false}) {
    const auto& side = first ? *left->schema : *right->schema;
    const auto& other = first ? *right->schema : *left->schema;
    for (const auto& name : side.field_names()) {
      if (other.GetFieldIndex(name) >= 0) continue;
      return Wrong(
          fmt::format("column {} is only in the {} of the two tables of a union{}", Quoted(name),
                      first ? "first" : "second", DidYouMean(name, other.field_names())),
          "both must have the same columns: Select, Rename or WithColumns before");
    }
  }
  if (right->schema->field_names() != names) {
    ARROW_ASSIGN_OR_RAISE(right, Project(right, ColumnsOf(*left->schema)));
  }
  arrow::FieldVector fields;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto &a = left->schema->field(i)->type(), &b = right->schema->field(i)->type();
    auto type = CommonEngineType({a, {}}, {b, {}});
    if (type == nullptr) {
      return Wrong(
          fmt::format("column {} is {} in the first and {} in the second table of a union",
                      Quoted(names[i]), TypeText(*ExportedType(a)), TypeText(*ExportedType(b))),
          "cast one of them");
    }
    fields.push_back(arrow::field(names[i], std::move(type)));
  }
  UnionNode node;
  if (const auto* before = std::get_if<UnionNode>(&left->node)) node = *before;
  if (node.inputs.empty()) node.inputs.push_back(left);
  node.inputs.push_back(std::move(right));
  return MakePlan(std::move(node), std::move(fields));
}

arrow::Result<PlanPtr> Sort(const PlanPtr& input, const std::vector<OrderKey>& order) {
  const Scope scope(*input->schema, 0);
  const InferRules rules{.scope = &scope, .place = "an order"};
  SortNode node{input, {}};
  for (const auto& key : order) {
    ARROW_ASSIGN_OR_RAISE(auto typed, Infer(key.column.expr().tree(), rules));
    if (typed.is_literal()) {
      return Wrong(ExpressionText(*typed.tree) + " is the same in each row: it orders nothing",
                   "a column is meant by its name, or col(...)");
    }
    node.order.push_back({std::move(typed.tree), key.descending, key.nulls_first});
  }
  if (node.order.empty()) return input;
  return MakePlan(std::move(node), input->schema->fields());
}

arrow::Result<PlanPtr> Unnest(const PlanPtr& input, const std::string& name) {
  const int index = input->schema->GetFieldIndex(name);
  if (index < 0) return UnknownColumn(name, *input->schema);
  ProjectNode node{input, {}};
  auto fields = input->schema->fields();
  for (const auto& field : fields) {
    auto column = MakeExpression(ColumnName{field->name(), true, 0});
    if (field->name() == name) {
      ARROW_ASSIGN_OR_RAISE(auto typed, InferCall(Function::kUnnest, {{column, field->type()}}));
      column = std::move(typed.tree);
    }
    node.columns.push_back({field->name(), std::move(column)});
  }
  fields[index] = arrow::field(name, ElementOf(*fields[index]->type()));
  return MakePlan(std::move(node), std::move(fields));
}

}  // namespace

arrow::Result<PlanPtr> MakePlan(decltype(Plan::node) node, arrow::FieldVector fields) {
  if (fields.empty()) return Wrong("a table needs a column, this one would have none");
  std::set<std::string> seen;
  for (const auto& field : fields) {
    if (seen.insert(Folded(field->name())).second) continue;
    return Wrong("two columns would be called " + Quoted(field->name()) +
                     " (SQL takes upper and lower case for the same)",
                 "name one of them with As, or Rename it");
  }
  return std::make_shared<Plan>(Plan{std::move(node), arrow::schema(std::move(fields))});
}

arrow::Result<Bound> BindNamed(const Expr& expression, const InferRules& rules,
                               arrow::FieldVector* fields) {
  ARROW_ASSIGN_OR_RAISE(auto typed, Infer(expression.tree(), rules));
  const std::string name = NameOf(expression);
  if (name.empty()) {
    return Wrong(ExpressionText(*typed.tree) + " needs a name", "name it with As(\"...\")");
  }
  fields->push_back(arrow::field(name, std::move(typed.type)));
  return Bound{{name, std::move(typed.tree)}, typed.aggregates};
}

std::string Folded(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  return name;
}

std::string NameOf(const Expr& expression) {
  if (!expression.name().empty()) return expression.name();
  std::string column, function;
  Visit(*expression.tree(), [&](const Expression& node) {
    const auto* name = std::get_if<ColumnName>(&node.node);
    if (name != nullptr && column.empty()) column = name->name;
    const auto* call = std::get_if<Call>(&node.node);
    if (call != nullptr && function.empty()) function = FunctionName(call->function);
  });
  return column.empty() ? function : column;
}

LazyFrame::LazyFrame(arrow::Result<std::shared_ptr<const Plan>> plan) : status_(plan.status()) {
  if (plan.ok()) plan_ = std::move(plan).ValueUnsafe();
}

LazyFrame LazyFrame::FromScan(std::string name, const std::shared_ptr<arrow::Schema>& schema,
                              std::shared_ptr<const ScanSource> source) {
  return LazyFrame(ScanPlan(name, *schema, std::move(source)));
}
LazyFrame LazyFrame::Failed(arrow::Status status) {
  return LazyFrame(PlanResult(std::move(status)));
}

LazyFrame LazyFrame::Select(std::vector<Column> columns) const {
  return status_.ok() ? LazyFrame(Project(plan_, columns)) : *this;
}

LazyFrame LazyFrame::WithColumns(std::vector<Column> columns) const {
  if (!status_.ok()) return *this;
  std::vector<Column> all = bowyer::ColumnsOf(*plan_->schema);
  for (auto& column : columns) {
    const int index = plan_->schema->GetFieldIndex(NameOf(column.expr()));
    if (index >= 0) {
      all[index] = std::move(column);
    } else {
      all.push_back(std::move(column));
    }
  }
  return Select(std::move(all));
}

LazyFrame LazyFrame::Drop(std::vector<std::string> names) const {
  if (!status_.ok()) return *this;
  for (const auto& name : names) {
    if (plan_->schema->GetFieldIndex(name) < 0) return Failed(UnknownColumn(name, *plan_->schema));
  }
  std::vector<Column> kept;
  for (const auto& name : plan_->schema->field_names()) {
    if (std::find(names.begin(), names.end(), name) == names.end()) kept.emplace_back(name);
  }
  return Select(std::move(kept));
}

LazyFrame LazyFrame::Rename(std::vector<std::pair<std::string, std::string>> from_to) const {
  if (!status_.ok()) return *this;
  std::vector<Column> columns = bowyer::ColumnsOf(*plan_->schema);
  for (const auto& [from, to] : from_to) {
    const int index = plan_->schema->GetFieldIndex(from);
    if (index < 0) return Failed(UnknownColumn(from, *plan_->schema));
    columns[index] = col(from).As(to);
  }
  return Select(std::move(columns));
}

LazyFrame LazyFrame::Filter(Expr condition) const {
  if (!status_.ok()) return *this;
  const Scope scope(*plan_->schema, 0);
  auto typed = InferCondition(condition.tree(), {.scope = &scope, .place = "a filter"});
  if (!typed.ok()) return Failed(typed.status());
  return LazyFrame(MakePlan(FilterNode{plan_, typed->tree}, plan_->schema->fields()));
}

GroupedFrame LazyFrame::GroupBy(std::vector<Column> keys) const {
  return GroupedFrame(*this, std::move(keys));
}
LazyFrame GroupedFrame::Agg(std::vector<Expr> aggregates) const {
  if (!frame_.status().ok()) return frame_;
  return LazyFrame(Aggregate(frame_.plan(), keys_, aggregates));
}
LazyFrame LazyFrame::Agg(std::vector<Expr> aggregates) const {
  return GroupBy({}).Agg(std::move(aggregates));
}

LazyFrame LazyFrame::Join(const LazyFrame& right, std::vector<On> on, JoinOptions options) const {
  if (!status_.ok()) return *this;
  if (!right.status_.ok()) return right;
  return LazyFrame(JoinPlans(plan_, right.plan_, on, options));
}

LazyFrame LazyFrame::CrossJoin(const LazyFrame& right, std::string suffix) const {
  if (!status_.ok()) return *this;
  if (!right.status_.ok()) return right;
  return LazyFrame(CrossJoinPlans(plan_, right.plan_, suffix));
}

LazyFrame LazyFrame::JoinAsof(const LazyFrame& right, On by, std::vector<On> on,
                              AsofDirection direction, JoinOptions options) const {
  if (!status_.ok()) return *this;
  if (!right.status_.ok()) return right;
  return LazyFrame(AsofJoinPlans(plan_, right.plan_, by, on, direction, options));
}

LazyFrame LazyFrame::Sort(std::vector<OrderKey> order) const {
  return status_.ok() ? LazyFrame(bowyer::Sort(plan_, order)) : *this;
}

LazyFrame LazyFrame::Limit(int64_t rows, int64_t offset) const {
  if (!status_.ok()) return *this;
  if (rows < 0 || offset < 0) return Failed(Wrong("a limit and its offset are 0 or more"));
  return LazyFrame(MakePlan(LimitNode{plan_, rows, offset}, plan_->schema->fields()));
}

LazyFrame LazyFrame::Distinct() const {
  if (!status_.ok()) return *this;
  return LazyFrame(MakePlan(DistinctNode{plan_}, plan_->schema->fields()));
}

LazyFrame LazyFrame::Union(const LazyFrame& other) const {
  if (!status_.ok()) return *this;
  if (!other.status_.ok()) return other;
  return LazyFrame(bowyer::Union(plan_, other.plan_));
}

LazyFrame LazyFrame::Unnest(const std::string& column) const {
  return status_.ok() ? LazyFrame(bowyer::Unnest(plan_, column)) : *this;
}

LazyFrame LazyFrame::Pivot(std::vector<Column> index, Expr on, std::vector<Expr> values,
                           Expr aggregate) const {
  std::vector<Expr> aggregates;
  for (const auto& value : values) {
    const auto* literal = std::get_if<Literal>(&value.tree()->node);
    if (literal == nullptr) return Failed(Wrong("the values of a pivot are written out"));
    const std::string name = value.name().empty() ? literal->value->ToString() : value.name();
    aggregates.push_back(aggregate.Where(on.IsSame(value)).As(name));
  }
  if (aggregates.empty()) return Failed(Wrong("a pivot needs the values that become columns"));
  return GroupBy(std::move(index)).Agg(std::move(aggregates));
}

arrow::Result<std::shared_ptr<arrow::Schema>> LazyFrame::Schema() const {
  ARROW_RETURN_NOT_OK(status_);
  arrow::FieldVector fields;
  for (const auto& field : plan_->schema->fields()) {
    fields.push_back(arrow::field(field->name(), ExportedType(field->type())));
  }
  return arrow::schema(std::move(fields));
}

arrow::Result<std::string> LazyFrame::Sql() const {
  ARROW_RETURN_NOT_OK(status_);
  return ToSql(*plan_);
}

}  // namespace bowyer
