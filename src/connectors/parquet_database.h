// A folder of Parquet as the destination of whole databases: one folder a table.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"

namespace bowyer {

// Each chunk is a file, which gets its name when it is whole, in a hidden folder that gets the
// table's name when all are; the file's own key-value metadata is its receipt. Names of tables
// become names of folders as partitions' values do; `_tables.json` has both.
// What an earlier run left is removed when its table is opened, or, with TableTarget::resume, kept.
// Errors: kUnavailable, kUsage.
arrow::Result<std::unique_ptr<DatabaseWriter>> MakeParquetDatabaseWriter(
    std::shared_ptr<Context> context, const Location& location,
    const DatabaseWriteOptions& options);

}  // namespace bowyer
