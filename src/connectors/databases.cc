#include "connectors/databases.h"

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/duckdb/writer.h"

namespace bowyer {
namespace {

arrow::Status NotADatabase(const Location& location, const char* direction, const char* hint) {
  return MakeError(ErrorCode::kUsage,
                   "whole databases are not " + std::string(direction) + " " +
                       Quoted(location.is_file() ? location.path : location.scheme + ":"),
                   {.location = location.Redacted(), .hint = hint});
}

}  // namespace

arrow::Result<std::unique_ptr<DatabaseReader>> OpenDatabaseReader(const std::shared_ptr<Context>&,
                                                                  const Location& location) {
  return NotADatabase(location, "read from", "");
}

arrow::Result<std::unique_ptr<DatabaseWriter>> OpenDatabaseWriter(
    const std::shared_ptr<Context>& context, const Location& location,
    const DatabaseWriteOptions& options) {
  if (location.scheme == "duckdb") return MakeDuckDbWriter(context, location, options);
  return NotADatabase(location, "written to", "try duckdb:FILE");
}

}  // namespace bowyer
