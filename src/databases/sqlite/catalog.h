// What a SQLite database holds: tables and views by name, and the whole of it as a Catalog.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>
#include <vector>

#include "databases/database.h"
#include "databases/sqlite/connection.h"
#include "databases/sqlite/table.h"

namespace bowyer {

enum class SqliteObject { kTable, kView, kVirtual, kShadow };

// A table or view as the schema lists it.
struct SqliteEntry {
  std::string name;
  SqliteObject object = SqliteObject::kTable;
  std::string ddl;
};

// By name. Internal tables (sqlite_sequence ...) are left out.
arrow::Result<std::vector<SqliteEntry>> ListSqliteTables(SqliteConnection& connection);

// The table or view of that name, spelled as there or, where none is, in other letters' case.
arrow::Result<std::optional<SqliteEntry>> FindSqliteTable(SqliteConnection& connection,
                                                          const std::string& name);

// How its rows are read. Errors: kData for a view that names what is not there, a virtual table
// whose module is not part of this SQLite.
arrow::Result<SqliteRelation> RelationOf(SqliteConnection& connection, const SqliteEntry& entry,
                                         const std::string& label);

// Everything. Types are the declared ones, or what the first rows say where nothing was declared.
arrow::Result<Catalog> ReadSqliteCatalog(const std::shared_ptr<SqliteSnapshot>& snapshot);

}  // namespace bowyer
