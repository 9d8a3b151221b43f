// A database that is being written, by several threads: the file, its connections, what was left
// out. Shared by a DatabaseWriter and its sinks.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"
#include "databases/duckdb/database.h"
#include "databases/duckdb/structure.h"
#include "databases/new_database.h"

namespace bowyer {

// Thread-safe.
class UnfinishedDatabase {
 public:
  // A file that is there is opened at once: so a source in it shares the instance.
  static arrow::Result<std::shared_ptr<UnfinishedDatabase>> Make(
      std::shared_ptr<Context> context, Location location, const DatabaseWriteOptions& options);
  ~UnfinishedDatabase();

  const std::shared_ptr<Context>& context() const { return context_; }
  const Location& location() const { return location_; }
  LeftOutList& left_out() { return left_out_; }

  // Is there a database to look into? Not before the first table of a new one is opened.
  bool is_open() const;
  // Makes a new database, and prepares either for tables on their way in.
  arrow::Status Begin();

  // Held while tables are made, renamed or dropped: DuckDB refuses such changes side by side.
  std::mutex& catalog_mutex() { return catalog_mutex_; }

  // One that nobody uses; it goes back when the pointer's last owner does.
  arrow::Result<std::shared_ptr<DuckDbConnection>> Connect();

  // Something was committed that a later run could go on with.
  void Committed();

  // All is whole: what was only of use for resuming goes, and a new database gets its name.
  // Errors: kUnavailable if the destination exists by now.
  arrow::Status Publish();

  // Where the database stands now.
  std::string file() const;
  int64_t bytes_written() const;

 private:
  UnfinishedDatabase() = default;
  arrow::Status Open(const std::string& path, bool must_exist);
  arrow::Status OpenNew(bool resume);
  arrow::Result<bool> Clear();

  std::shared_ptr<Context> context_;
  Location location_;
  DatabaseWriteOptions options_;
  LeftOutList left_out_;

  std::mutex catalog_mutex_;
  std::mutex begin_mutex_;
  bool begun_ = false;
  mutable std::mutex mutex_;                   // of what follows
  std::unique_ptr<NewDatabase> new_database_;  // null: it was there
  std::shared_ptr<duckdb::DuckDB> database_;
  // Connections that nobody uses; shared with the pointers that bring them back.
  struct Idle {
    std::mutex mutex;
    std::vector<std::shared_ptr<DuckDbConnection>> connections;
  };
  std::shared_ptr<Idle> idle_ = std::make_shared<Idle>();
  int64_t bytes_before_ = 0;
};

}  // namespace bowyer
