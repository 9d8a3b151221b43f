// A SQLite file as `migrate` reads it.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"

namespace bowyer {

// Opened for reading only, at one moment (snapshot.h), checked for damage before anything is read.
// Errors: kUnavailable, kUsage (a location with a table or options), kData (no database, damaged).
arrow::Result<std::unique_ptr<DatabaseReader>> OpenSqliteReader(std::shared_ptr<Context> context,
                                                                const Location& location);

}  // namespace bowyer
