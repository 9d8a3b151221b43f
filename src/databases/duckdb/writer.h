// A DuckDB database as the destination of whole databases.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"

namespace bowyer {

// A database that was not there is built in a hidden folder beside its name and renamed by
// DatabaseWriter::Finish; one that is there is written in place, each table under another name
// until it is whole. Chunks' writers run side by side, each on the thread that uses it, and each
// commits one transaction; rows of a chunk stay in order, chunks come as they are committed.
// What an earlier run left is removed before the first table is opened, or, with options.resume,
// kept for it. Errors: kUnavailable (open elsewhere, cannot be written), kUsage (a location with a
// table or options).
arrow::Result<std::unique_ptr<DatabaseWriter>> MakeDuckDbWriter(
    std::shared_ptr<Context> context, const Location& location,
    const DatabaseWriteOptions& options);

}  // namespace bowyer
