// A PostgreSQL database at one moment.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"
#include "databases/postgres/catalog.h"
#include "databases/postgres/moment.h"
#include "databases/postgres/table_source.h"

namespace bowyer {

// Tables are locked against what would change their shape (ACCESS SHARE, as any SELECT does; nobody
// who reads or writes rows waits for it) once they are opened, until the reader and its sources are
// gone.
//
// A table's fingerprint is made of its file, its size, its columns and types, and of how many rows
// the server has counted as inserted, updated and deleted, of each partition. It changes with every
// committed or failed write that the server has counted, with TRUNCATE, VACUUM FULL, CLUSTER and
// what rewrites the table, with changed columns and enums, with counters that were reset. It does
// not see writes that the server had not counted yet when the reader was opened (a session reports
// them when it is idle, or once a second at most while it is busy, and a crash of the server may
// lose some): TableSource::IsUnchanged does, chunk by chunk, by the transactions that wrote the
// rows. Views, tables of other kinds than heaps, and tables that were written to in the instant of opening or whose writes are
// not counted (track_counts = off), have a fingerprint that never comes again.
//
// Errors: kUnavailable (no connection), kUsage (no such option), kPeer.
arrow::Result<std::unique_ptr<DatabaseReader>> OpenPostgresReader(
    const std::shared_ptr<Context>& context, const Location& location);

// What OpenTable of the reader does, for any relation of the catalog. unsaid_only: see
// TypeSearch.
arrow::Result<PostgresTable> OpenPostgresTable(PostgresMoment& moment,
                                               const PostgresCatalog& catalog,
                                               const PostgresRelation& relation,
                                               const TableReadOptions& options, bool unsaid_only);

}  // namespace bowyer
