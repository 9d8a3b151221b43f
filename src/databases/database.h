// A whole database, as `migrate` reads one and writes another: its structure as values, a reader
// that sees one moment of it, a writer that shows only what is whole. Each folder beside this file
// implements what its database can be.
#pragma once

#include <arrow/result.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/migrate.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"
#include "bowyer/source.h"

namespace bowyer {

// Expressions and DDL in these structs are text of the database that they come from.

struct ColumnDefinition {
  std::string name;
  std::string type;  // as declared: "numeric(12,2)"
  // As the table's Source gives it unless TableReadOptions say otherwise. Types that Arrow's own do
  // not say are in its metadata (kDuckDbTypeKey, kPostgresTypeKey).
  std::shared_ptr<arrow::Field> field;
  bool not_null = false;
  bool identity = false;      // numbered by the database
  std::string default_sql;    // empty: none
  std::string generated_sql;  // of a computed column; its values are copied like others
  std::string comment;
  std::string note;  // for the plan: what becomes of values that `field` cannot say as they are
};

struct KeyDefinition {  // primary key or UNIQUE
  std::string name;
  std::vector<std::string> columns;  // in the key's order
};

struct ForeignKeyDefinition {
  std::string name;
  std::vector<std::string> columns;
  std::string schema, table;                    // referenced
  std::vector<std::string> referenced_columns;  // empty: the primary key
  std::string ddl;
};

struct CheckDefinition {
  std::string name;
  std::string sql;  // the condition alone
};

struct IndexDefinition {
  std::string name;
  std::vector<std::string> columns;  // empty: expressions, a predicate, or another kind than b-tree
  bool unique = false;
  std::string ddl;
};

enum class TableKind { kTable, kView, kMaterializedView, kForeign };

struct TableDefinition {
  std::string schema;  // empty where the database has none
  std::string name;
  TableKind kind = TableKind::kTable;
  std::vector<ColumnDefinition> columns;
  std::optional<KeyDefinition> primary_key;
  std::vector<KeyDefinition> unique;
  std::vector<CheckDefinition> checks;
  std::vector<ForeignKeyDefinition> foreign_keys;
  std::vector<IndexDefinition> indexes;
  std::string comment;
  int64_t rows = -1;   // estimated; -1: not known
  int64_t bytes = -1;  // as stored, without indexes; -1: not known
};

struct SequenceDefinition {
  std::string schema, name;
  std::optional<int64_t> next;  // the next value
  int64_t increment = 1, minimum = 1, maximum = INT64_MAX;
  bool cycle = false;
};

struct Catalog {
  std::vector<TableDefinition> tables;  // by schema and name; views and foreign tables too
  std::vector<SequenceDefinition> sequences;
  std::vector<LeftOut> left_out;
};

struct TableReadOptions {
  std::map<std::string, std::shared_ptr<arrow::DataType>>
      types;  // column -> type, told by the user
  // What numbers in a date or time column mean: "seconds", "milliseconds", "microseconds",
  // "julian".
  std::map<std::string, std::string> epochs;
  OnMismatch on_mismatch = OnMismatch::kWiden;
  // Types from a look at every value (a pass of its own) instead of from the declarations: the
  // narrowest that hold each value exactly. Without it, and with kWiden, a reader that meets a
  // value beyond its column's type ends with an error, and needs_wider_types() is true.
  bool find_types = false;
  // The destination takes the extremes of DuckDB's dates and timestamps as -infinity and infinity.
  bool infinities = false;
  std::shared_ptr<RejectsFile> rejects;  // with kReject
  // Only rows whose `column` is greater than `value`.
  struct Beyond {
    std::string column;
    std::shared_ptr<arrow::Scalar> value;
  };
  std::optional<Beyond> beyond;
};

// A table as a source. Open may be called from any thread.
class TableSource : public Source {
 public:
  // Did a reader end at a value that a type found by TableReadOptions::find_types would hold?
  virtual bool needs_wider_types() const = 0;
  // Are the rows of a chunk that Chunks gave those that were committed with `receipt`, by a run
  // whose source had the same fingerprint? Where the fingerprint leaves doubts, they are settled by
  // a look at the rows.
  virtual arrow::Result<bool> IsUnchanged(const Chunk& chunk, const Receipt& receipt) {
    (void)chunk, (void)receipt;
    return true;
  }
};

// One moment of a database: all that is read through it agrees. Thread-safe, as are sources' Open;
// a reader is used by one thread.
class DatabaseReader {
 public:
  virtual ~DatabaseReader() = default;
  virtual const Catalog& catalog() const = 0;
  // Names the moment, for reports: "00000003-0000001B-1". Where the database cannot give one to
  // several connections, it says so.
  virtual std::string snapshot() const = 0;
  // `table` of catalog(). The source's Chunks are ranges of what the database can seek to, the last
  // one open-ended; its Fingerprint changes when rows may have changed since (the implementation
  // says what it sees and what it cannot).
  virtual arrow::Result<std::unique_ptr<TableSource>> OpenTable(
      const TableDefinition& table, const TableReadOptions& options) = 0;
  // Waits until the database is known to be whole, where that is looked at while its tables are
  // read: nothing that was read may be shown to anybody before. Errors: kData.
  virtual arrow::Status CheckIsWhole() { return arrow::Status::OK(); }
};

// A table on its way in.
struct TableTarget {
  std::string schema, name;  // of the destination
  // Of the source, with columns' names of the destination.
  TableDefinition definition;
  IfExists if_exists = IfExists::kError;
  std::vector<std::string> keys;  // for kUpsert
  // Rows that an earlier run committed may be kept, if their fingerprint is that of Sink::Begin.
  bool resume = false;
};

// How a destination is opened; what becomes of each table says its TableTarget.
struct DatabaseWriteOptions {
  IfExists if_exists = IfExists::kError;  // for tables that no TableTarget names
  bool resume = false;                    // what an earlier run left unfinished is kept
  bool durable = false;                   // fsync before renames
  bool plan_only = false;                 // nothing is made or changed
};

// Thread-safe; its sinks' Open may be called from any thread, and several of their writers are used
// side by side, each by one thread.
class DatabaseWriter {
 public:
  virtual ~DatabaseWriter() = default;

  // The type that values of `field` are kept in. Errors: kData where there is none.
  virtual arrow::Result<std::string> TypeOf(const arrow::Field& field) = 0;
  // See TableReadOptions::infinities.
  virtual bool holds_infinities() const = 0;
  // Are names that differ only in their letters' case one name?
  virtual bool folds_case() const = 0;

  // Writer::Commit makes a chunk's rows and its receipt durable together, under names that nobody
  // takes for the table; Sink::Begin gives the receipts that may be kept, or, where an earlier run
  // had another fingerprint, removes what it left; Sink::Finish shows the table under its name with
  // what its definition says, as far as the database can hold it.
  virtual arrow::Result<std::unique_ptr<Sink>> OpenTable(const TableTarget& target) = 0;
  // What an earlier run that did not come to its end gave to Sink::Begin for the table; empty if
  // there was none. Where something may be resumed, before the table's sink is opened.
  virtual arrow::Result<std::string> UnfinishedFingerprint(const TableTarget& target) = 0;
  // The committed rows of a table between its last Commit and Finish, or after it, from the
  // database's own storage: for verification. Of an append: only what was appended by this run.
  virtual arrow::Result<std::unique_ptr<Source>> ReadBack(const TableTarget& target) = 0;
  // `batch` with the columns that are kept as text which gives the values back, as that text: what
  // is compared with what ReadBack gives.
  virtual arrow::Result<std::shared_ptr<arrow::RecordBatch>> AsStored(
      const std::shared_ptr<arrow::RecordBatch>& batch) {
    return batch;
  }
  // The greatest value of a column of a table that is there already; null if there is none.
  virtual arrow::Result<std::shared_ptr<arrow::Scalar>> GreatestValue(
      const TableTarget& target, const std::string& column) = 0;

  // Once all tables are finished: what ties them together (foreign keys, sequences), then all of it
  // becomes visible where it was not. Destroyed before, what was committed stays for a resumed run
  // and is recognisable as unfinished.
  virtual arrow::Status Finish(const Catalog& source, const std::vector<TableTarget>& tables) = 0;
  // What could not be carried over, so far.
  virtual std::vector<LeftOut> left_out() const = 0;
  virtual int64_t bytes_written() const = 0;
};

}  // namespace bowyer
