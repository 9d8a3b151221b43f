// A DuckDB instance of ours: opened within the context's budget and threads, with nothing loaded
// from the network, and stopped when the context stops.
#pragma once

#include <arrow/result.h>

#include <duckdb.hpp>
#include <memory>
#include <string>

#include "bowyer/context.h"

namespace bowyer {

struct DuckDbOptions {
  std::string path;  // empty: in memory
  bool read_only = false;
  bool must_exist = false;  // a file that is not there is an error, and is not made
  std::string spill_folder;
  int64_t memory = 0;  // bytes; 0: what the context's user asked for, or else DuckDB's own choice
};

// Thread-safe. A file is opened once in a process, whatever its name, and shared: a second caller
// gets the instance of the first, with its options, and its memory counts for the first's context.
// Errors: kUnavailable (not there, open in another process, open here for reading only), kData (no
// database, of a newer DuckDB).
arrow::Result<std::shared_ptr<duckdb::DuckDB>> OpenDuckDb(const Context& context,
                                                          const DuckDbOptions& options);

// A connection whose running query is interrupted when the context is asked to stop.
class DuckDbConnection {
 public:
  static arrow::Result<std::shared_ptr<DuckDbConnection>> Open(
      std::shared_ptr<Context> context, std::shared_ptr<duckdb::DuckDB> database);
  ~DuckDbConnection();

  duckdb::Connection& operator*() { return *connection_; }
  duckdb::Connection* operator->() { return connection_.get(); }
  duckdb::DuckDB& database() { return *database_; }
  const std::shared_ptr<Context>& context() const { return context_; }

  // One statement without a result worth keeping.
  arrow::Status Execute(const std::string& sql);

 private:
  DuckDbConnection() = default;
  std::shared_ptr<Context> context_;
  std::shared_ptr<duckdb::DuckDB> database_;
  std::unique_ptr<duckdb::Connection> connection_;
  class Watch;
  std::unique_ptr<Watch> watch_;
};

// The instance that has the file open in this process, if one has.
std::shared_ptr<duckdb::DuckDB> OpenedDuckDb(const std::string& path);

// `path` as a further database of the connection's instance, for reading only. Errors: those of
// OpenDuckDb.
arrow::Status AttachDuckDb(DuckDbConnection& connection, const std::string& path,
                           const std::string& name);

// "a""b": the only way in which names of ours come into SQL.
std::string QuotedIdentifier(std::string_view name);
// 'it''s': likewise for texts, where they cannot be bound.
std::string QuotedLiteral(std::string_view text);

}  // namespace bowyer
