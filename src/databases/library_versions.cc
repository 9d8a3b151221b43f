#include <arrow/config.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <duckdb.hpp>

#include "bowyer/version.h"

namespace bowyer {

std::vector<std::pair<std::string, std::string>> LibraryVersions() {
  std::string duckdb = duckdb::DuckDB::LibraryVersion();
  if (duckdb.starts_with('v')) duckdb.erase(0, 1);
  const int libpq = PQlibVersion();
  return {{"arrow", arrow::GetBuildInfo().version_string},
          {"duckdb", duckdb},
          {"libpq", fmt::format("{}.{}", libpq / 10000, libpq % 10000)},
          {"sqlite", sqlite3_libversion()}};
}

}  // namespace bowyer
