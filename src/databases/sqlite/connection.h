// SQLite's handles, each wrapped once: a connection that only reads or also writes, its statements,
// its errors as statuses.
#pragma once

#include <arrow/result.h>
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "bowyer/context.h"

namespace bowyer {

// "a""b": the only way in which names come into SQL.
std::string SqliteName(std::string_view name);
// 'it''s'. Not for texts that hold NUL: SQL ends there.
std::string SqliteText(std::string_view text);

class SqliteStatement {
 public:
  SqliteStatement() = default;
  SqliteStatement(sqlite3* database, sqlite3_stmt* statement, Context* context)
      : database_(database), statement_(statement), context_(context) {}
  SqliteStatement(SqliteStatement&& other) noexcept { *this = std::move(other); }
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;
  ~SqliteStatement() { sqlite3_finalize(statement_); }

  sqlite3_stmt* get() const { return statement_; }
  // Is there a row? Errors as FromSqlite.
  arrow::Result<bool> Step();
  arrow::Status Reset();
  void Bind(int parameter, int64_t value) { sqlite3_bind_int64(statement_, parameter, value); }
  void Bind(int parameter, std::string_view text);

  int64_t Integer(int column) const { return sqlite3_column_int64(statement_, column); }
  bool IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string Text(int column) const;  // empty for null

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  Context* context_ = nullptr;
};

enum class SqliteMode { kRead, kWrite, kCreate };

// Used by one thread at a time: whoever steps a statement of a connection that may be shared holds
// `mutex`. Long statements end when the context is asked to stop.
class SqliteConnection {
 public:
  // Errors: kUnavailable (not there, no file, not permitted), kData (no database) once it is read.
  static arrow::Result<std::unique_ptr<SqliteConnection>> Open(std::shared_ptr<Context> context,
                                                               const std::string& path,
                                                               SqliteMode mode);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;

  // One statement, all of `sql`.
  arrow::Result<SqliteStatement> Prepare(std::string_view sql);
  // Statements without results worth keeping.
  arrow::Status Execute(const std::string& sql);
  // The first column of the first row as a number; 0 where there is none.
  arrow::Result<int64_t> Number(std::string_view sql);
  arrow::Result<std::string> String(std::string_view sql);

  sqlite3* get() const { return database_; }
  const std::shared_ptr<Context>& context() const { return context_; }
  const std::string& path() const { return path_; }
  std::mutex mutex;

 private:
  SqliteConnection() = default;
  std::shared_ptr<Context> context_;
  std::string path_;
  sqlite3* database_ = nullptr;
};

// The connection's last error; `code` is what the call returned. An interrupted statement gives the
// context's own status.
arrow::Status FromSqlite(sqlite3* database, int code, const Context& context);

}  // namespace bowyer
