// CREATE TABLE and CREATE INDEX of a migrated table: what SQLite takes of its definition; the rest
// is told. SQLite has no way to add constraints later: they are there before the rows.
#pragma once

#include <arrow/result.h>

#include <functional>
#include <string>

#include "databases/database.h"
#include "databases/sqlite/connection.h"

namespace bowyer {

using LeaveOutFunction = std::function<void(LeftOut)>;

// For the table `name` of `definition`, whose columns are those of `schema`. Expressions of another
// database's are tried on a table of their own; what SQLite does not understand is left out.
// Errors: those of LayOutSqliteTable.
arrow::Result<std::string> SqliteCreateTable(SqliteConnection& connection, const std::string& name,
                                             const TableDefinition& definition,
                                             const arrow::Schema& schema,
                                             const LeaveOutFunction& leave_out);

// Of a table that stands under its name. Errors: what is no fault of an index's definition.
arrow::Status MakeSqliteIndexes(SqliteConnection& connection, const std::string& name,
                                const TableDefinition& definition,
                                const LeaveOutFunction& leave_out);

}  // namespace bowyer
