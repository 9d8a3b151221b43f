// What the builders of plans share.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <string>
#include <vector>

#include "bowyer/lazy_frame.h"
#include "frame/infer.h"
#include "frame/plan.h"

namespace bowyer {

using PlanResult = arrow::Result<PlanPtr>;

// Errors: kUsage for two columns of one name, or none.
PlanResult MakePlan(decltype(Plan::node) node, arrow::FieldVector fields);

// As SQL compares names.
std::string Folded(std::string name);

struct Bound {
  NamedExpression named;
  bool aggregates = false;
};
// `expression` bound, its name and type appended to `fields`.
arrow::Result<Bound> BindNamed(const Expr& expression, const InferRules& rules,
                               arrow::FieldVector* fields);

PlanResult JoinPlans(const PlanPtr& left, const PlanPtr& right, const std::vector<On>& on,
                     const JoinOptions& options);
PlanResult CrossJoinPlans(const PlanPtr& left, const PlanPtr& right, const std::string& suffix);
PlanResult AsofJoinPlans(const PlanPtr& left, const PlanPtr& right, const On& by,
                         const std::vector<On>& on, AsofDirection direction,
                         const JoinOptions& options);

}  // namespace bowyer
