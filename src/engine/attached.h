// Tables of DuckDB files in a query, as tables of the engine's own: scanned by its threads, with
// its filters and statistics.
#pragma once

#include <arrow/result.h>

#include <duckdb.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "bowyer/context.h"
#include "bowyer/location.h"

namespace bowyer {

// Thread-safe. A file is attached for reading at its first use, under a name that no query knows,
// and stays attached as long as the database lives.
class AttachedTables {
 public:
  AttachedTables(std::shared_ptr<Context> context, const std::shared_ptr<duckdb::DuckDB>& database)
      : context_(std::move(context)), database_(database) {}

  // Is the location a table that may be scanned so (and no query)?
  static bool Names(const Location& location);

  // For the FROM of a query; null if another instance of this process has the file open, so that it
  // is to be read through a source. Errors: those of OpenDuckDbSource.
  arrow::Result<duckdb::unique_ptr<duckdb::TableRef>> Scan(const Location& location);

 private:
  std::shared_ptr<Context> context_;
  std::weak_ptr<duckdb::DuckDB> database_;
  std::mutex mutex_;
  std::map<std::string, std::string> names_;  // path -> name of the attached database
};

}  // namespace bowyer
