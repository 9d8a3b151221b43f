// A table, view or query of a DuckDB database as a source.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/inspect.h"
#include "bowyer/location.h"
#include "bowyer/source.h"

namespace bowyer {

// Rows come in the order of their row ids: as they were stored. Each reader sees one snapshot.
// The database is opened for reading only, unless this process has it open for writing.
// infinities: see ChunkConverter.
// Errors: kUnavailable (no such file or table, open elsewhere), kUsage (no table named, a query
// that is no SELECT), kData (no database; a column whose type Arrow has not).
arrow::Result<std::unique_ptr<Source>> OpenDuckDbSource(const std::shared_ptr<Context>& context,
                                                        const Location& location,
                                                        bool infinities = false);

// See ListTables.
arrow::Result<std::vector<TableFacts>> InspectDuckDb(const std::shared_ptr<Context>& context,
                                                     const Location& location);

}  // namespace bowyer
