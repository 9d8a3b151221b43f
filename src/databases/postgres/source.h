// A table, view or query of a PostgreSQL database as a source by itself.
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

// Columns of options.types are read as these types where the server or the decoder can do so
// exactly; the others as they are. All readers see one snapshot; rows of a table come as they are
// stored.
// Errors: kUnavailable (no server, no such table), kUsage (no table named, a query that is no
// SELECT), kPeer.
arrow::Result<std::unique_ptr<Source>> OpenPostgresSource(const std::shared_ptr<Context>& context,
                                                          const Location& location,
                                                          const ReadOptions& options);

// See ListTables. Large tables' rows are not counted.
arrow::Result<std::vector<TableFacts>> InspectPostgres(const std::shared_ptr<Context>& context,
                                                       const Location& location);

}  // namespace bowyer
