// LazyFrame: a query as a value. It holds what is to be done, not data:
//
//   frame.Filter(col("amount") > 100)
//        .GroupBy({"category"}).Agg({sum(col("amount")).As("total")})
//        .Sort({desc("total")}).Limit(10)
//
// Each call returns a new frame and leaves the old one as it was. Names and types are checked as a
// frame is built: the first fault stays in the frame and in all that are made of it, and is what
// status(), Schema() and Sql() say: kUsage, with the closest names or both types and what to try.
// Immutable: copied cheaply, used by several threads at a time.
//
// Scan says what is read, Collect, Stream, Sink and Count run it, on an engine (engine.h).
#pragma once

#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/expr.h"
#include "bowyer/location.h"
#include "bowyer/options.h"

namespace bowyer {

class Context;      // context.h
struct CopyReport;  // copy.h
class Engine;       // engine.h
struct Plan;        // src/frame/plan.h
struct ScanSource;  // likewise
class GroupedFrame;

enum class JoinKind {
  kInner,
  kLeft,
  kRight,
  kFull,
  kSemi,  // the left rows that have a match
  kAnti,  // the left rows that have none
};

// What is to be equal: a column that both sides have, or one of each side (or expressions).
struct On {
  Column left, right;
  bool same_name = false;                          // one column of the result
  On(const char* name) : On(std::string(name)) {}  // NOLINT
  On(std::string name) : left(name), right(std::move(name)), same_name(true) {}  // NOLINT
  On(Column of_left, Column of_right) : left(std::move(of_left)), right(std::move(of_right)) {}
};

struct JoinOptions {
  JoinKind kind = JoinKind::kInner;
  // A column of the right whose name the left has, too, is renamed by this.
  std::string suffix = "_right";
  // What else must hold of a pair, in terms of the names of the result (for kSemi and kAnti: that
  // it would have).
  std::optional<Expr> condition;

  JoinOptions() = default;
  JoinOptions(JoinKind join_kind) : kind(join_kind) {}  // NOLINT
};

enum class AsofDirection { kBackward, kForward };  // the last row not after, the first not before

// Opens a stream of these columns (positions in a schema that is known beforehand), in this order;
// anew at each call, on any thread, several at a time.
using StreamOpener = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>(
    const std::vector<int>& columns)>;

// Where a frame runs: on an engine of the caller's, or on a new one in memory, made for the call.
struct RunOn {
  std::shared_ptr<Engine> engine;  // one of the two
  std::shared_ptr<Context> context;
  RunOn(std::shared_ptr<Engine> e) : engine(std::move(e)) {}    // NOLINT
  RunOn(std::shared_ptr<Context> c) : context(std::move(c)) {}  // NOLINT
};

class LazyFrame {
 public:
  // A scan whose schema the caller knows: nothing is opened. `source` null: of the table that the
  // engine finds under `name`, a location ("orders.parquet", "sqlite:shop.db#users") or a
  // registered name. Errors: a type that SQL has not; two columns of one name (upper and lower case
  // are the same, as in SQL).
  static LazyFrame FromScan(std::string name, const std::shared_ptr<arrow::Schema>& schema,
                            std::shared_ptr<const ScanSource> source = nullptr);
  // A frame that is wrong from the start.
  static LazyFrame Failed(arrow::Status status);

  // Columns, in this order; rows as they are.
  LazyFrame Select(std::vector<Column> columns) const;
  // The columns and these: in place of one of the same name, otherwise behind them.
  LazyFrame WithColumns(std::vector<Column> columns) const;
  LazyFrame Drop(std::vector<std::string> names) const;
  LazyFrame Rename(std::vector<std::pair<std::string, std::string>> from_to) const;

  // The rows for which `condition` is true: neither false nor null.
  LazyFrame Filter(Expr condition) const;

  // One row for each combination of the keys' values (null is one), in no order.
  GroupedFrame GroupBy(std::vector<Column> keys) const;
  // One row of all.
  LazyFrame Agg(std::vector<Expr> aggregates) const;

  // Columns of the left, then of the right. Null is equal to nothing. In no order.
  LazyFrame Join(const LazyFrame& right, std::vector<On> on, JoinOptions options = {}) const;
  LazyFrame CrossJoin(const LazyFrame& right, std::string suffix = "_right") const;
  // For each row of the left the row of the right that is nearest in `by` among those equal in
  // `on`; nulls where there is none (kLeft), or no row (kInner).
  LazyFrame JoinAsof(const LazyFrame& right, On by, std::vector<On> on = {},
                     AsofDirection direction = AsofDirection::kBackward,
                     JoinOptions options = JoinKind::kLeft) const;

  // Select, WithColumns, Filter and Limit that follow keep this order.
  LazyFrame Sort(std::vector<OrderKey> order) const;
  LazyFrame Limit(int64_t rows, int64_t offset = 0) const;
  LazyFrame Distinct() const;
  // The rows of both. The columns have the same names; types become one that holds both.
  LazyFrame Union(const LazyFrame& other) const;

  // A row for each element of a list column, which takes the list's place. Rows whose list is null
  // or empty have no element and give no row.
  LazyFrame Unnest(const std::string& column) const;
  // One row for each combination of `index`; for each of `values` a column, named by it, with the
  // aggregate of the rows in which `on` is it: Pivot({"year"}, "quarter", {1, 2, 3, 4}, sum(...)).
  LazyFrame Pivot(std::vector<Column> index, Expr on, std::vector<Expr> values,
                  Expr aggregate) const;

  // The columns of the result, without running anything.
  arrow::Result<std::shared_ptr<arrow::Schema>> Schema() const;
  // The query as one SELECT in DuckDB's dialect; the same text each time. Tables are named as scans
  // name them.
  arrow::Result<std::string> Sql() const;

  // Running. Errors: status(); kUsage, kData and kResources of the engine; those of OpenReader for
  // what is scanned; kInterrupted once the context was asked to stop. A result has exactly the
  // columns of Schema().

  // The result in memory.
  arrow::Result<std::shared_ptr<arrow::Table>> Collect(const RunOn& on) const;
  // The result as it is produced, in bounded memory; several may be read side by side. Closing or
  // dropping the reader ends the query. rows_per_batch = 0: the context's choice.
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Stream(const RunOn& on,
                                                                  int64_t rows_per_batch = 0) const;
  // The result written in bounded memory, all or nothing, as Copy does it (copy.h).
  arrow::Result<CopyReport> Sink(const RunOn& on, const Location& destination,
                                 const WriteOptions& options = {}) const;
  arrow::Result<int64_t> Count(const RunOn& on) const;
  // The engine's plan as text; analyze: the frame is run, and rows and times of each step told.
  arrow::Result<std::string> Explain(const RunOn& on, bool analyze = false) const;

  const arrow::Status& status() const { return status_; }
  // Null when status() is not OK.
  const std::shared_ptr<const Plan>& plan() const { return plan_; }

 private:
  friend class GroupedFrame;
  explicit LazyFrame(arrow::Result<std::shared_ptr<const Plan>> plan);

  std::shared_ptr<const Plan> plan_;
  arrow::Status status_;
};

class GroupedFrame {
 public:
  // The keys, then the aggregates; expressions of aggregates and keys, too.
  LazyFrame Agg(std::vector<Expr> aggregates) const;

 private:
  friend class LazyFrame;
  GroupedFrame(LazyFrame frame, std::vector<Column> keys)
      : frame_(std::move(frame)), keys_(std::move(keys)) {}
  LazyFrame frame_;
  std::vector<Column> keys_;
};

// The table at `location`, read with `options` whenever the frame is run; its schema is read now
// (types are detected as OpenReader does). Standard input and other pipes are read by one run only.
// A location that cannot be opened is a failed frame: kUnavailable, kUsage, kData. Rejects are not
// for frames (kUsage): bowyer::Copy sets rows aside. Registered names: Engine::Scan.
LazyFrame Scan(const Location& location, const ReadOptions& options = {});
LazyFrame Scan(std::string_view location, const ReadOptions& options = {});
// What is in memory, and a stream, which is read by one run only (MakeReader makes one of a
// generator). `name` stands for it in Sql() and in messages.
LazyFrame Scan(std::shared_ptr<arrow::Table> table, std::string name = "table");
LazyFrame Scan(std::shared_ptr<arrow::RecordBatch> batch, std::string name = "batch");
LazyFrame Scan(std::shared_ptr<arrow::RecordBatchReader> reader, std::string name = "reader");
// A stream that each run opens for itself.
LazyFrame Scan(std::shared_ptr<arrow::Schema> schema, StreamOpener open,
               std::string name = "stream");

}  // namespace bowyer
