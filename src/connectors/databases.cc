#include "connectors/databases.h"

#include "bowyer/error.h"
#include "connectors/parquet_database.h"
#include "core/text.h"
#include "databases/duckdb/reader.h"
#include "databases/duckdb/writer.h"
#include "databases/postgres/reader.h"
#include "databases/postgres/writer.h"
#include "databases/sqlite/reader.h"
#include "databases/sqlite/writer.h"

namespace bowyer {
namespace {

arrow::Status NotADatabase(const Location& location, const char* direction, const char* hint) {
  return MakeError(ErrorCode::kUsage,
                   "whole databases are not " + std::string(direction) + " " +
                       Quoted(location.is_file() ? location.path : location.scheme + ":"),
                   {.location = location.Redacted(), .hint = hint});
}

}  // namespace

arrow::Result<std::unique_ptr<DatabaseReader>> OpenDatabaseReader(
    const std::shared_ptr<Context>& context, const Location& location) {
  if (location.scheme == "duckdb") return OpenDuckDbReader(context, location);
  if (location.scheme == "sqlite") return OpenSqliteReader(context, location);
  if (location.scheme == "postgresql") return OpenPostgresReader(context, location);
  return NotADatabase(location, "read from",
                      "try sqlite:FILE, postgresql://USER@HOST/DATABASE or duckdb:FILE");
}

arrow::Result<std::unique_ptr<DatabaseWriter>> OpenDatabaseWriter(
    const std::shared_ptr<Context>& context, const Location& location,
    const DatabaseWriteOptions& options) {
  if (location.scheme == "duckdb") return MakeDuckDbWriter(context, location, options);
  if (location.scheme == "sqlite") return MakeSqliteWriter(context, location, options);
  if (location.scheme == "postgresql") return OpenPostgresWriter(context, location, options);
  if (location.scheme == "parquet") return MakeParquetDatabaseWriter(context, location, options);
  return NotADatabase(
      location, "written to",
      "try duckdb:FILE, sqlite:FILE, postgresql://USER@HOST/DATABASE or parquet:FOLDER");
}

}  // namespace bowyer
