// A PostgreSQL database as the destination of a migration.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"

namespace bowyer {

// A table's rows gather in "bowyer-part NAME" of its schema; which chunks are there stands in
// "bowyer-receipts", written in the chunk's own transaction. Sink::Finish renames the table and
// gives it its keys and indexes in one transaction, DatabaseWriter::Finish forgets the receipts:
// until then a run that resumes knows the tables that are whole. While a sink lives, another run on
// the same table is refused (by an advisory lock). The source that ReadBack gives holds the table
// as any reader does, so it has to be gone before Finish, which waits a minute and then fails.
// Errors: kUnavailable (no connection), kUsage.
arrow::Result<std::unique_ptr<DatabaseWriter>> OpenPostgresWriter(
    const std::shared_ptr<Context>& context, const Location& location,
    const DatabaseWriteOptions& options);

}  // namespace bowyer
