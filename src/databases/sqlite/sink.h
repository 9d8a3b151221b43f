// A table of a SQLite database as a destination.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"

namespace bowyer {

// All rows come in one transaction, in order; a database that was not there appears when it is
// whole. A table that is there is an error unless options.if_exists says what to do with it.
// Errors: kUnavailable (the table exists, the database is locked or cannot be written), kUsage (no
// table named, options that are for files), kData.
arrow::Result<std::unique_ptr<Sink>> MakeSqliteSink(std::shared_ptr<Context> context,
                                                    const Location& location,
                                                    const WriteOptions& options);

}  // namespace bowyer
