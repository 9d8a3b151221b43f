// Tables on their way: each one opened, its chunks copied side by side with those of others, then
// compared and finished.
#pragma once

#include <arrow/status.h>

#include <memory>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/migrate.h"
#include "databases/database.h"
#include "migration/plan.h"

namespace bowyer {

// Copies all tables of the plan with options.jobs threads and keeps their facts in `tables` (one
// for each, in the plan's order). A table that cannot be copied does not keep the others from it;
// what comes of the connection, the disk or a stop does. The first error is returned.
arrow::Status CopyTables(const std::shared_ptr<Context>& context, DatabaseReader& reader,
                         DatabaseWriter& writer, const std::vector<PlannedTable>& plan,
                         const MigrateOptions& options, std::vector<MigratedTable>* tables);

}  // namespace bowyer
