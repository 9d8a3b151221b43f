// A SQLite database as the destination of whole databases.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"

namespace bowyer {

// A database that was not there is built in a hidden folder beside its name and renamed by
// DatabaseWriter::Finish; one that is there is written in place, each table under another name
// ("bowyer-part orders") until it is whole. SQLite has one writer at a time: a chunk's writer has
// its turn from its first row to its commit, and others wait. Errors: kUnavailable (locked, cannot
// be written), kUsage (a location with a table or options).
arrow::Result<std::unique_ptr<DatabaseWriter>> MakeSqliteWriter(
    std::shared_ptr<Context> context, const Location& location,
    const DatabaseWriteOptions& options);

}  // namespace bowyer
