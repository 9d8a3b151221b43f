// A table of a PostgreSQL database as the destination of a copy.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"

namespace bowyer {

// All is one transaction. Errors: kUsage (no table named, options that are none),
// kUnavailable (no server, the table exists).
arrow::Result<std::unique_ptr<Sink>> MakePostgresSink(std::shared_ptr<Context> context,
                                                      const Location& location,
                                                      const WriteOptions& options);

}  // namespace bowyer
