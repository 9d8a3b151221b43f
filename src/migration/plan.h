// What a migration does, table by table, before anything is written.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "bowyer/migrate.h"
#include "databases/database.h"

namespace bowyer {

struct PlannedTable {
  const TableDefinition* definition;  // of the source's catalog
  TableTarget target;
  TableReadOptions read;
  Verification verify = Verification::kFull;
  MigratedTable facts;  // names, types, estimates
};

struct MigrationPlan {
  std::vector<PlannedTable> tables;  // the largest first
  std::vector<LeftOut> left_out;
  std::vector<std::string> notes;
};

// `default_schema` of the source becomes the destination's own. Names that the destination takes
// for one get a number. Errors: kUsage for names and patterns that match nothing, kData for a type
// that the destination has not.
arrow::Result<MigrationPlan> PlanTables(const DatabaseReader& reader, DatabaseWriter& writer,
                                        const std::string& default_schema,
                                        const MigrateOptions& options);

// The columns' part of the facts, of a source opened with `schema`.
arrow::Status DescribeColumns(const PlannedTable& table, const arrow::Schema& schema,
                              DatabaseWriter& writer, std::vector<MigratedColumn>* columns);

}  // namespace bowyer
