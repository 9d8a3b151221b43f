// A table, view or query of a SQLite file as a source of `copy`, `inspect` and `sql`.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/inspect.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "bowyer/source.h"

namespace bowyer {

// Rows come in the order of their row ids (of a table WITHOUT ROWID: of its key), all of one
// moment. Types are found by a look at all rows where the schema does not prove them; those that
// options.types tells are read as told, as far as SQLite's values are read so.
// Errors: kUnavailable (no such file or table), kUsage (no table named, a query that is no SELECT),
// kData (no database, damaged).
arrow::Result<std::unique_ptr<Source>> OpenSqliteSource(const std::shared_ptr<Context>& context,
                                                        const Location& location,
                                                        const ReadOptions& options);

// See ListTables.
arrow::Result<std::vector<TableFacts>> InspectSqlite(const std::shared_ptr<Context>& context,
                                                     const Location& location);

// Tables as a location has them behind '#': a name in double quotes is unquoted.
arrow::Result<std::string> SqliteTableName(const Location& location);

}  // namespace bowyer
