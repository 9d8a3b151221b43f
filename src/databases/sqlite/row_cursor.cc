#include "databases/sqlite/row_cursor.h"

#include <fmt/format.h>

#include <utility>

namespace bowyer {

std::string SelectRows(const SqliteRelation& relation, const RowRange& range,
                       const std::vector<int>& columns) {
  std::string sql = "select ";
  for (size_t i = 0; i < columns.size(); ++i) {
    sql +=
        (i == 0 ? "" : ", ") + SqliteName(relation.columns[static_cast<size_t>(columns[i])].name);
  }
  if (columns.empty()) sql += "1";
  return sql + RangeSql(relation, range);
}

std::string RangeSql(const SqliteRelation& relation, const RowRange& range) {
  std::string sql = " from " + relation.from;
  if (relation.key.empty()) return sql;
  if (range.first.has_value()) sql += " where " + relation.key + " >= ?1";
  if (range.end.has_value()) {
    sql += (range.first.has_value() ? " and " : " where ") + relation.key + " < ?2";
  }
  return sql + " order by " + relation.key;
}

void BindRange(const RowRange& range, SqliteStatement* statement) {
  if (range.first.has_value()) statement->Bind(1, *range.first);
  if (range.end.has_value()) statement->Bind(2, *range.end);
}

RowCursor::RowCursor(const SqliteSnapshot& snapshot, SqliteConnection& connection,
                     SqliteRelation relation, std::vector<int> columns)
    : connection_(connection),
      relation_(std::move(relation)),
      columns_(std::move(columns)),
      utf16_(snapshot.utf16()),
      cells_(columns_.size()) {}

arrow::Result<std::unique_ptr<RowCursor>> RowCursor::Open(const SqliteSnapshot& snapshot,
                                                          SqliteConnection& connection,
                                                          SqliteRelation relation,
                                                          const RowRange& range,
                                                          std::vector<int> columns) {
  std::unique_ptr<RowCursor> cursor(
      new RowCursor(snapshot, connection, std::move(relation), std::move(columns)));
  cursor->range_ = range;
  cursor->pages_ =
      TablePages::Open(snapshot, connection, cursor->relation_, range, cursor->columns_);
  if (cursor->pages_ == nullptr) ARROW_RETURN_NOT_OK(cursor->Begin(range));
  return cursor;
}

arrow::Status RowCursor::Begin(const RowRange& range) {
  const std::string sql = SelectRows(relation_, range, columns_);
  connection_.context()->progress().Detail(2, [&] { return "SQLite: " + sql; });
  ARROW_ASSIGN_OR_RAISE(statement_, connection_.Prepare(sql));
  BindRange(range, &statement_);
  return arrow::Status::OK();
}

arrow::Status RowCursor::AskSqlite() {
  const RowRange rest{.first = pages_->resume(), .end = range_.end};
  pages_.reset();
  return Begin(rest);
}

arrow::Result<bool> RowCursor::Step() {
  // Without the status of SqliteStatement::Step: this is the innermost loop.
  if (const int code = sqlite3_step(statement_.get()); code != SQLITE_ROW) [[unlikely]] {
    if (code != SQLITE_DONE) return FromSqlite(connection_.get(), code, *connection_.context());
    return false;
  }
  for (size_t i = 0; i < cells_.size(); ++i) {
    cells_[i] = CellOf(sqlite3_column_value(statement_.get(), static_cast<int>(i)), utf16_);
  }
  return true;
}

}  // namespace bowyer
