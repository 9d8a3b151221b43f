#include "databases/sqlite/destination.h"

#include <algorithm>
#include <utility>

#include "bowyer/error.h"
#include "databases/database_file.h"
#include "databases/sqlite/catalog.h"
#include "files/atomic_file.h"

namespace bowyer {
namespace {

// Whoever reads while we write, as verification does, is waited for.
constexpr int kBusyMilliseconds = 120'000;

constexpr const char* kMakeTables =
    "create table if not exists bowyer_parts(name text primary key, part text, fingerprint text, "
    "state int, first_row int) without rowid;"
    "create table if not exists bowyer_receipts(name text, chunk int, rows int, digest text, "
    "snapshot text, primary key(name, chunk)) without rowid";

arrow::Result<bool> HasTables(SqliteConnection& connection) {
  ARROW_ASSIGN_OR_RAISE(const int64_t found,
                        connection.Number("select count(*) from sqlite_schema where name in "
                                          "('bowyer_parts', 'bowyer_receipts')"));
  return found == 2;
}

}  // namespace

arrow::Result<std::shared_ptr<SqliteDestination>> SqliteDestination::Make(
    std::shared_ptr<Context> context, Location location, const DatabaseWriteOptions& options) {
  std::shared_ptr<SqliteDestination> made(new SqliteDestination);
  made->context_ = std::move(context);
  made->location_ = std::move(location);
  made->options_ = options;
  const std::string& path = made->location_.path;
  ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(path));
  if (kind == DestinationKind::kNothing) return made;
  ARROW_RETURN_NOT_OK(made->Open(path, false));
  made->bytes_before_ = SizeWithLog(path, "-wal");
  return made;
}

SqliteDestination::~SqliteDestination() {
  connection_.reset();
  new_database_.reset();
}

SqliteDestination::Turn::~Turn() {
  if (owner_ == nullptr) return;
  if (sqlite3_get_autocommit(owner_->connection_->get()) == 0) {
    (void)owner_->connection_->Execute("rollback");
  }
  {
    const std::lock_guard lock(owner_->mutex_);
    owner_->taken_ = false;
  }
  owner_->freed_.notify_one();
}

arrow::Result<SqliteDestination::Turn> SqliteDestination::Take() {
  std::unique_lock lock(mutex_);
  while (taken_) {
    freed_.wait_for(lock, std::chrono::milliseconds(100));
    ARROW_RETURN_NOT_OK(context_->CheckStop());
  }
  if (connection_ == nullptr) {
    return MakeError(ErrorCode::kInternal, "the database is not open",
                     {.location = location_.Redacted()});
  }
  taken_ = true;
  return Turn(this);
}

arrow::Status SqliteDestination::Open(const std::string& path, bool is_new) {
  const SqliteMode mode = options_.plan_only ? SqliteMode::kRead
                          : is_new           ? SqliteMode::kCreate
                                             : SqliteMode::kWrite;
  ARROW_ASSIGN_OR_RAISE(connection_, SqliteConnection::Open(context_, path, mode));
  sqlite3_busy_timeout(connection_->get(), kBusyMilliseconds);
  // Renaming a table does not look at views that name it, or what is not there.
  ARROW_RETURN_NOT_OK(
      connection_->Execute("pragma legacy_alter_table = on; pragma foreign_keys = off"));
  if (!is_new) return arrow::Status::OK();
  // With a log, what is committed is read back while other tables are written. A killed process
  // loses nothing; of a machine that stops, the unfinished database need not survive.
  return connection_->Execute("pragma journal_mode = wal; pragma synchronous = off");
}

bool SqliteDestination::is_open() const {
  const std::lock_guard lock(mutex_);
  return connection_ != nullptr;
}

arrow::Status SqliteDestination::Begin() {
  // Whoever comes second waits until all is prepared.
  const std::lock_guard begin(begin_mutex_);
  if (begun_) return arrow::Status::OK();
  {
    const std::lock_guard lock(mutex_);
    if (connection_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(new_database_, NewDatabase::Create(location_.path, options_.resume));
      ARROW_RETURN_NOT_OK(Open(new_database_->file(), true));
    }
  }
  ARROW_ASSIGN_OR_RAISE(begun_, Clear());
  if (begun_) return arrow::Status::OK();
  {
    const std::lock_guard lock(mutex_);
    connection_.reset();
    new_database_.reset();
    ARROW_ASSIGN_OR_RAISE(new_database_, NewDatabase::Create(location_.path));
    ARROW_RETURN_NOT_OK(Open(new_database_->file(), true));
  }
  return Clear().Value(&begun_);
}

// What an earlier run left goes, unless it is to be gone on with. False: it had all but its name,
// and nothing says any more what it holds.
arrow::Result<bool> SqliteDestination::Clear() {
  ARROW_ASSIGN_OR_RAISE(const auto turn, Take());
  ARROW_RETURN_NOT_OK(turn->Execute("begin immediate"));
  ARROW_ASSIGN_OR_RAISE(const bool found, HasTables(*turn));
  if (!found && new_database_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const auto tables, ListSqliteTables(*turn));
    if (!tables.empty()) return false;
  }
  if (found && !options_.resume) {
    std::vector<std::string> parts;
    {
      ARROW_ASSIGN_OR_RAISE(auto statement,
                            turn->Prepare("select part from bowyer_parts where state = 0"));
      while (true) {
        ARROW_ASSIGN_OR_RAISE(const bool another, statement.Step());
        if (!another) break;
        parts.push_back(statement.Text(0));
      }
    }
    for (const std::string& part : parts) {
      ARROW_RETURN_NOT_OK(turn->Execute("drop table if exists " + SqliteName(part)));
    }
    ARROW_RETURN_NOT_OK(turn->Execute("drop table bowyer_parts; drop table bowyer_receipts"));
  }
  ARROW_RETURN_NOT_OK(turn->Execute(kMakeTables));
  ARROW_RETURN_NOT_OK(turn->Execute("commit"));
  return true;
}

arrow::Result<std::optional<SqlitePart>> SqliteDestination::FindPart(SqliteConnection& connection,
                                                                     const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const bool any, HasTables(connection));
  if (!any) return std::optional<SqlitePart>();
  ARROW_ASSIGN_OR_RAISE(auto statement,
                        connection.Prepare("select part, fingerprint, state, first_row from "
                                           "bowyer_parts where name = ?1"));
  statement.Bind(1, name);
  ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
  if (!found) return std::optional<SqlitePart>();
  return std::optional(SqlitePart{.name = name,
                                  .part = statement.Text(0),
                                  .fingerprint = statement.Text(1),
                                  .state = static_cast<SqlitePart::State>(statement.Integer(2)),
                                  .first_row = statement.Integer(3)});
}

arrow::Status SqliteDestination::SavePart(SqliteConnection& connection, const SqlitePart& part) {
  ARROW_ASSIGN_OR_RAISE(
      auto statement,
      connection.Prepare("insert or replace into bowyer_parts values (?1, ?2, ?3, ?4, ?5)"));
  statement.Bind(1, part.name);
  statement.Bind(2, part.part);
  statement.Bind(3, part.fingerprint);
  statement.Bind(4, static_cast<int64_t>(part.state));
  statement.Bind(5, part.first_row);
  return statement.Step().status();
}

arrow::Status SqliteDestination::RemovePart(SqliteConnection& connection, const SqlitePart& part) {
  if (part.state == SqlitePart::State::kFilling) {
    ARROW_RETURN_NOT_OK(connection.Execute("drop table if exists " + SqliteName(part.part)));
  }
  for (const char* table : {"bowyer_parts", "bowyer_receipts"}) {
    ARROW_ASSIGN_OR_RAISE(auto statement, connection.Prepare(std::string("delete from ") + table +
                                                             " where name = ?1"));
    statement.Bind(1, part.name);
    ARROW_RETURN_NOT_OK(statement.Step().status());
  }
  return arrow::Status::OK();
}

arrow::Status SqliteDestination::AddReceipt(SqliteConnection& connection, const std::string& name,
                                            const Receipt& receipt) {
  ARROW_ASSIGN_OR_RAISE(
      auto statement,
      connection.Prepare("insert into bowyer_receipts values (?1, ?2, ?3, ?4, ?5)"));
  statement.Bind(1, name);
  statement.Bind(2, receipt.chunk);
  statement.Bind(3, receipt.rows);
  statement.Bind(4, receipt.digest);
  statement.Bind(5, receipt.snapshot);
  return statement.Step().status();
}

arrow::Result<std::vector<Receipt>> SqliteDestination::ReadReceipts(SqliteConnection& connection,
                                                                    const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(auto statement,
                        connection.Prepare("select chunk, rows, digest, snapshot from "
                                           "bowyer_receipts where name = ?1 order by chunk"));
  statement.Bind(1, name);
  std::vector<Receipt> receipts;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
    if (!found) return receipts;
    receipts.push_back({.chunk = statement.Integer(0),
                        .rows = statement.Integer(1),
                        .digest = statement.Text(2),
                        .snapshot = statement.Text(3)});
  }
}

void SqliteDestination::Committed() {
  const std::lock_guard lock(mutex_);
  if (new_database_ != nullptr) new_database_->Keep();
}

arrow::Status SqliteDestination::Publish() {
  {
    ARROW_ASSIGN_OR_RAISE(const auto turn, Take());
    ARROW_RETURN_NOT_OK(turn->Execute("begin immediate"));
    ARROW_RETURN_NOT_OK(
        turn->Execute("drop table if exists bowyer_parts; drop table if exists bowyer_receipts"));
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_RETURN_NOT_OK(turn->Execute("commit"));
    if (new_database_ == nullptr) return arrow::Status::OK();
    // One file, without a log, is what appears.
    ARROW_ASSIGN_OR_RAISE(const std::string mode, turn->String("pragma journal_mode = delete"));
    if (mode != "delete") {
      return MakeError(ErrorCode::kInternal, "the log was not written into the database",
                       {.location = location_.Redacted()});
    }
  }
  const std::lock_guard lock(mutex_);
  connection_.reset();
  ARROW_RETURN_NOT_OK(new_database_->Publish(options_.durable));
  new_database_.reset();
  return arrow::Status::OK();
}

void SqliteDestination::LeaveOut(LeftOut left_out) {
  const std::lock_guard lock(mutex_);
  left_out_.push_back(std::move(left_out));
}

std::vector<LeftOut> SqliteDestination::left_out() const {
  const std::lock_guard lock(mutex_);
  return left_out_;
}

std::string SqliteDestination::file() const {
  const std::lock_guard lock(mutex_);
  return new_database_ != nullptr && connection_ != nullptr ? new_database_->file()
                                                            : location_.path;
}

int64_t SqliteDestination::bytes_written() const {
  return std::max<int64_t>(0, SizeWithLog(file(), "-wal") - bytes_before_);
}

}  // namespace bowyer
