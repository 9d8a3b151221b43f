// A DuckDB file as the source of whole databases.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"

namespace bowyer {

// The file is open for reading only, which keeps every other process from writing: what is read is
// of one moment. A table's fingerprint is that of the file (size, time, identity): it changes with
// any write to the database. TableReadOptions::types and epochs are refused: DuckDB's columns hold
// what they say.
// Errors: kUnavailable (not there, open for writing elsewhere), kUsage (a location with a table or
// options), kData (no database).
arrow::Result<std::unique_ptr<DatabaseReader>> OpenDuckDbReader(std::shared_ptr<Context> context,
                                                                const Location& location);

}  // namespace bowyer
