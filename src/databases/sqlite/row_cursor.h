// The rows of a relation, one after the other: from the pages of the file where that can be, by a
// statement where it cannot.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "databases/sqlite/cell.h"
#include "databases/sqlite/snapshot.h"
#include "databases/sqlite/table.h"
#include "databases/sqlite/table_pages.h"

namespace bowyer {

// "select a, b from t where rowid >= ?1 and rowid < ?2 order by rowid", as far as there are row ids
// and bounds.
std::string SelectRows(const SqliteRelation& relation, const RowRange& range,
                       const std::vector<int>& columns);
// From the FROM on.
std::string RangeSql(const SqliteRelation& relation, const RowRange& range);
void BindRange(const RowRange& range, SqliteStatement* statement);

// Used by one thread at a time, which holds the connection's mutex.
class RowCursor {
 public:
  // The rows of `range`, in the order of row ids where there are some.
  static arrow::Result<std::unique_ptr<RowCursor>> Open(const SqliteSnapshot& snapshot,
                                                        SqliteConnection& connection,
                                                        SqliteRelation relation,
                                                        const RowRange& range,
                                                        std::vector<int> columns);

  // Is there another row? Errors as FromSqlite.
  arrow::Result<bool> Next() {
    if (pages_ != nullptr) {
      const auto found = pages_->Next();
      if (found != TablePages::Found::kUnclear) return found == TablePages::Found::kRow;
      ARROW_RETURN_NOT_OK(AskSqlite());
    }
    return Step();
  }

  // Of the row; until the next call of Next.
  std::span<const Cell> cells() const { return pages_ != nullptr ? pages_->cells() : cells_; }

 private:
  RowCursor(const SqliteSnapshot& snapshot, SqliteConnection& connection, SqliteRelation relation,
            std::vector<int> columns);
  arrow::Status Begin(const RowRange& range);
  // For the rows that the pages do not tell.
  arrow::Status AskSqlite();
  arrow::Result<bool> Step();

  SqliteConnection& connection_;
  const SqliteRelation relation_;
  const std::vector<int> columns_;
  const bool utf16_;
  RowRange range_;
  std::unique_ptr<TablePages> pages_;
  SqliteStatement statement_;
  std::vector<Cell> cells_;
};

}  // namespace bowyer
