// Whole databases, by the scheme of their location.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"

namespace bowyer {

// Errors: kUsage for a location that is no database or names a table of one, and those of the
// database.
arrow::Result<std::unique_ptr<DatabaseReader>> OpenDatabaseReader(
    const std::shared_ptr<Context>& context, const Location& location);
arrow::Result<std::unique_ptr<DatabaseWriter>> OpenDatabaseWriter(
    const std::shared_ptr<Context>& context, const Location& location,
    const DatabaseWriteOptions& options);

}  // namespace bowyer
