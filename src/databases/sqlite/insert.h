// Batches -> rows of a SQLite table: which declared type each Arrow type gets, and how its values
// are stored. docs/types.md has the table; what SQLite has no class for is text that gives the
// value back.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "databases/sqlite/connection.h"

namespace bowyer {

// "INTEGER", "DECIMAL(12,2)". Errors: kData for types whose values cannot be spelled.
arrow::Result<std::string> SqliteTypeOf(const arrow::Field& field);

// `batch` with each column that SQLite keeps as the text of its values, and that no declared type
// gives back, as that text.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> WithTextOfSqlite(
    const std::shared_ptr<arrow::RecordBatch>& batch, arrow::MemoryPool* pool);

// Inserts rows by one statement. Used by one thread, within a transaction of the connection.
class RowInserter {
 public:
  // `into`: the table as SQL names it; columns are those of `schema`, by name.
  static arrow::Result<RowInserter> Make(SqliteConnection& connection, const std::string& into,
                                         std::shared_ptr<arrow::Schema> schema);
  RowInserter(RowInserter&&) noexcept;
  ~RowInserter();

  // Errors: kData with column and row for a value that SQLite does not keep as it is, or that a
  // constraint of the table refuses.
  arrow::Status Insert(const arrow::RecordBatch& batch);

 private:
  class Column;
  RowInserter(SqliteConnection& connection, SqliteStatement statement,
              std::shared_ptr<arrow::Schema> schema);

  SqliteConnection* connection_;
  SqliteStatement statement_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t rows_ = 0;
};

}  // namespace bowyer
