#include "databases/sqlite/connection.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr int kBusyMilliseconds = 5000;
constexpr int kStepsBetweenLooks = 20'000;  // of SQLite's virtual machine: about a millisecond

std::string InQuotes(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted += quote;
    quoted += c;
  }
  return quoted + quote;
}

int StopIfAsked(void* context) { return static_cast<Context*>(context)->stop_requested() ? 1 : 0; }

// SQLite takes ":memory:", "" and "file:..." for something else than files.
std::string FileName(const std::string& path) { return path.starts_with('/') ? path : "./" + path; }

arrow::Status CannotOpen(const std::string& path, const char* why) {
  return MakeError(ErrorCode::kUnavailable, fmt::format("cannot be opened: {}", why),
                   {.location = path});
}

}  // namespace

std::string SqliteName(std::string_view name) { return InQuotes(name, '"'); }
std::string SqliteText(std::string_view text) { return InQuotes(text, '\''); }

arrow::Status FromSqlite(sqlite3* database, int code, const Context& context) {
  const std::string message = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  const int extended = database == nullptr ? code : sqlite3_extended_errcode(database);
  const char* at = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
  const ErrorPlace place{.location = at == nullptr ? "" : at};
  const auto error = [&](ErrorCode kind, std::string text, const char* hint = "") {
    ErrorPlace with_hint = place;
    with_hint.hint = hint;
    return MakeError(kind, std::move(text), std::move(with_hint));
  };
  switch (code & 0xFF) {
    case SQLITE_INTERRUPT:
      ARROW_RETURN_NOT_OK(context.CheckStop());
      return error(ErrorCode::kInterrupted, "interrupted");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return error(ErrorCode::kUnavailable, "another program is writing to the database",
                   "try again when it has finished");
    case SQLITE_NOTADB:
      return error(ErrorCode::kData, "is no SQLite database, or an encrypted one");
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
      return error(ErrorCode::kData, "the database is damaged: " + message,
                   "`sqlite3 FILE .recover` writes what can still be read into a new database");
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return error(ErrorCode::kResources, message);
    case SQLITE_FULL:
      return error(ErrorCode::kResources, "cannot be written: the disk is full");
    case SQLITE_IOERR:
      if (extended == SQLITE_IOERR_SHORT_READ) {
        return error(ErrorCode::kData, "ends before its last page: it was cut");
      }
      return error(ErrorCode::kUnavailable, message);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return error(ErrorCode::kUnavailable, "cannot be opened: " + message,
                   "beside a database in WAL mode, or one with a journal that was left behind, "
                   "SQLite has to write small files: the folder must be writable, or copy the "
                   "database with its -wal or -journal to one that is");
    default:
      return error(ErrorCode::kData, message);
  }
}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  std::swap(context_, other.context_);
  return *this;
}

arrow::Result<bool> SqliteStatement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FromSqlite(database_, code, *context_);
}

arrow::Status SqliteStatement::Reset() {
  // The code of a reset is that of the last step, which was told already.
  sqlite3_reset(statement_);
  return arrow::Status::OK();
}

void SqliteStatement::Bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_, parameter, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
}

std::string SqliteStatement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return "";
  return {text, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

arrow::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(
    std::shared_ptr<Context> context, const std::string& path, SqliteMode mode) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) {
    if (mode != SqliteMode::kCreate || errno != ENOENT) {
      return CannotOpen(path, std::strerror(errno));
    }
  } else if (!S_ISREG(facts.st_mode)) {
    return CannotOpen(path, S_ISDIR(facts.st_mode) ? "it is a folder" : "it is no file");
  }
  const int flags = mode == SqliteMode::kRead    ? SQLITE_OPEN_READONLY
                    : mode == SqliteMode::kWrite ? SQLITE_OPEN_READWRITE
                                                 : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection);
  connection->context_ = std::move(context);
  connection->path_ = path;
  // The connection's own mutex is ours; one for each call would cost a tenth of a scan.
  const int code = sqlite3_open_v2(FileName(path).c_str(), &connection->database_,
                                   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  if (code != SQLITE_OK) {
    return AtPlace(FromSqlite(connection->database_, code, *connection->context_),
                   {.location = path});
  }
  sqlite3* const database = connection->database_;
  sqlite3_busy_timeout(database, kBusyMilliseconds);
  sqlite3_progress_handler(database, kStepsBetweenLooks, StopIfAsked, connection->context_.get());
  // Whoever made the file wrote its views and defaults: they may call nothing that has effects, and
  // text in double quotes stays what the schema took it for.
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, mode == SqliteMode::kRead, nullptr);
  // What a file that is cut under its mapping would do is no error but a SIGBUS.
  ARROW_RETURN_NOT_OK(connection->Execute("pragma mmap_size = 0"));
  return connection;
}

SqliteConnection::~SqliteConnection() { sqlite3_close_v2(database_); }

arrow::Result<SqliteStatement> SqliteConnection::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement, &rest);
  if (code != SQLITE_OK) return FromSqlite(database_, code, *context_);
  return SqliteStatement(database_, statement, context_.get());
}

arrow::Status SqliteConnection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return FromSqlite(database_, code, *context_);
  return arrow::Status::OK();
}

arrow::Result<int64_t> SqliteConnection::Number(std::string_view sql) {
  ARROW_ASSIGN_OR_RAISE(auto statement, Prepare(sql));
  ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
  return found ? statement.Integer(0) : 0;
}

arrow::Result<std::string> SqliteConnection::String(std::string_view sql) {
  ARROW_ASSIGN_OR_RAISE(auto statement, Prepare(sql));
  ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
  return found ? statement.Text(0) : "";
}

}  // namespace bowyer
