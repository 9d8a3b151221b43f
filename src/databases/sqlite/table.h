// A table, view or query of a SQLite snapshot as a source: the one place that reads rows.
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "databases/database.h"
#include "databases/sqlite/snapshot.h"
#include "databases/sqlite/types.h"

namespace bowyer {

// What rows are read from.
struct SqliteRelation {
  struct Column {
    std::string name;
    std::string declared;    // type
    bool proven = false;     // no cell can be but of the declared type
    bool is_row_id = false;  // INTEGER PRIMARY KEY: no value is stored
    bool is_real = false;    // of affinity REAL: whole numbers are stored as integers
  };
  std::string label;  // for errors: "shop.db#orders"
  std::string from;   // as SQL has it behind FROM
  std::string key;    // an expression for the row id; empty: rows cannot be sought
  bool strict = false, without_rowid = false;
  // The root of a tree whose records hold the columns in their order; 0: there is none.
  uint32_t root_page = 0;
  std::vector<Column> columns;
};

// Row ids from `first` to before `end`; unset: no bound.
struct RowRange {
  std::optional<int64_t> first, end;
};

// Types of a relation's columns: told, found or declared, as `options` say.
// Errors: kUsage for types and epochs that cannot be, kData for rows that cannot be read.
arrow::Result<std::vector<SqliteColumnPlan>> PlanColumns(
    const std::shared_ptr<SqliteSnapshot>& snapshot, const SqliteRelation& relation,
    const TableReadOptions& options, std::vector<std::string>* notes);

// Chunks are ranges of row ids: units of about kUnitRows rows, the first without a lower bound, the
// last without an upper one, so that what the bounds were estimated from does not matter. Views,
// queries, virtual tables and tables WITHOUT ROWID are one chunk.
class SqliteTable : public TableSource {
 public:
  static constexpr int64_t kUnitRows = 16'384;

  static arrow::Result<std::unique_ptr<SqliteTable>> Open(std::shared_ptr<SqliteSnapshot> snapshot,
                                                          SqliteRelation relation,
                                                          const TableReadOptions& options);

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  arrow::Result<std::string> Fingerprint() const override { return snapshot_->fingerprint(); }
  arrow::Result<std::vector<Chunk>> Chunks(int64_t target_rows) override;
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const Chunk& chunk, const ScanOptions& options) override;
  arrow::Result<SourceInfo> Inspect() override;
  bool needs_wider_types() const override { return *needs_wider_types_; }

 private:
  SqliteTable() = default;

  std::shared_ptr<SqliteSnapshot> snapshot_;
  SqliteRelation relation_;
  TableReadOptions options_;
  std::vector<SqliteColumnPlan> plans_;
  std::vector<std::string> notes_;  // of the columns
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<std::atomic<bool>> needs_wider_types_ =
      std::make_shared<std::atomic<bool>>(false);
  std::mutex mutex_;  // over the bounds
  std::optional<std::vector<int64_t>> bounds_;
};

// Row ids at which units after the first begin.
arrow::Result<std::vector<int64_t>> FindBounds(SqliteConnection& connection,
                                               const SqliteRelation& relation, int64_t unit_rows);

// About how many rows there are; exact for few.
arrow::Result<int64_t> EstimateRows(SqliteConnection& connection, const SqliteRelation& relation);

}  // namespace bowyer
