// The query engine: SQL over every location, over readers and tables of the caller's, on DuckDB.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/table.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/lazy_frame.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "bowyer/reader.h"

namespace bowyer {

struct EngineOptions {
  std::string database;    // a DuckDB file to work in (made when it is not there); empty: in memory
  bool read_only = false;  // no statement may change a database, a file or a setting
  // Queries see registered tables and nothing else: no file, no other location, no network.
  bool registered_only = false;
  std::string spill_folder;  // for what exceeds the memory budget; empty: the system's
};

enum class Explain { kNo, kPlan, kAnalyze };

struct QueryOptions {
  int64_t rows_per_batch = 0;                     // of the result; 0: the context's choice
  std::map<std::string, std::string> parameters;  // $name in the query -> its value, as text
  Explain explain = Explain::kNo;                 // of the last statement, in place of its result
};

struct QueryTables;  // src/engine/query_tables.h

// One connection: settings, temporary tables and transactions last from one query to the next. Used
// by one thread at a time; a query ends the result of the one before it.
class Session {
 public:
  virtual ~Session() = default;
  // As Engine::Query.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Query(
      const std::string& sql, const QueryOptions& options = {}) = 0;
};

// Thread-safe. Readers keep alive what they need of the engine; several may be open at once, each
// on a connection of its own.
class Engine {
 public:
  // Errors: kUnavailable if the database cannot be opened, kResources.
  static arrow::Result<std::shared_ptr<Engine>> Make(std::shared_ptr<Context> context,
                                                     const EngineOptions& options = {});
  ~Engine();

  // Runs the statements of `sql`; the result of the last is produced as it is read, so that it
  // never sits in memory as a whole. Names that are no table of the database are locations:
  //   select * from 'orders.arrow' o join 'sqlite:shop.db#users' u using (user_id)
  // A statement without a result (create table) gives a reader without columns; one that changes
  // rows gives their number.
  // Errors: kUsage (syntax, names, types; DuckDB's own words), kData (a value without a result),
  // kResources, kInterrupted; those of OpenReader for locations. Also from ReadNext.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Query(const std::string& sql,
                                                                 const QueryOptions& options = {});

  // The columns of the result of one statement, which is not run. Errors: as of Query.
  arrow::Result<std::shared_ptr<arrow::Schema>> SchemaOf(const std::string& sql);

  arrow::Result<std::shared_ptr<Session>> OpenSession();

  // What the engine finds under `name` (a registered table, one of the database, a location) as a
  // frame, to be run on this engine. Nothing of it is read. A frame of an unknown name has failed.
  LazyFrame Scan(const std::string& name);

  // `name` as a table of every query from now on. A name that is taken is replaced.
  arrow::Status Register(const std::string& name, const Location& location,
                         const ReadOptions& options = {});
  arrow::Status Register(const std::string& name, std::shared_ptr<arrow::Table> table);
  arrow::Status Register(const std::string& name, std::shared_ptr<arrow::RecordBatch> batch);
  // Read as a stream, by the first query that names it; a second one is an error. One made by
  // MakeReader queries a generator.
  arrow::Status Register(const std::string& name, std::shared_ptr<arrow::RecordBatchReader> reader);
  // A stream that each query opens for itself; each time it is named, once.
  arrow::Status Register(const std::string& name, std::shared_ptr<arrow::Schema> schema,
                         StreamOpener open);
  arrow::Status Unregister(const std::string& name);

  const std::shared_ptr<Context>& context() const;

  class Impl;

 private:
  friend class LazyFrame;
  explicit Engine(std::shared_ptr<Impl> impl);
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Run(const LazyFrame& frame,
                                                               const QueryOptions& options);
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> QueryWith(const std::string& sql,
                                                                     const QueryOptions& options,
                                                                     QueryTables tables);
  std::shared_ptr<Impl> impl_;
};

}  // namespace bowyer
