// Plans without the columns that nobody asks for.
#pragma once

#include <memory>

#include "frame/plan.h"

namespace bowyer {

// The same rows and columns; below the root, columns that nothing above uses are neither computed
// nor passed on. The engine does this itself, but not within a CTE that it keeps.
PlanPtr WithoutUnusedColumns(const Plan& root);

}  // namespace bowyer
