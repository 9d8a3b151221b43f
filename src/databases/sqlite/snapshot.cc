#include "databases/sqlite/snapshot.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr int kAttempts = 20;
constexpr int kBusyMilliseconds = 5000;
constexpr int kMostConnections = 64;

uint32_t BigEndian(const unsigned char* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

// Bytes at the start of the database or its log, through SQLite's own descriptor: closing one of
// ours would drop all locks of this process on the file.
template <size_t kBytes>
std::array<unsigned char, kBytes> HeadOf(sqlite3* database, int which) {
  std::array<unsigned char, kBytes> head = {};
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database, "main", which, static_cast<void*>(&file));
  if (file == nullptr || file->pMethods == nullptr) return head;
  sqlite3_int64 size = 0;
  if (file->pMethods->xFileSize(file, &size) != SQLITE_OK) return head;
  if (size >= static_cast<sqlite3_int64>(kBytes)) {
    file->pMethods->xRead(file, head.data(), static_cast<int>(kBytes), 0);
  }
  return head;
}

std::string IdentityOf(const std::string& path, int64_t* size) {
  struct stat facts = {};
  if (::stat(path.c_str(), &facts) != 0) return "none";
  *size = facts.st_size;
  return fmt::format("{}:{}:{}:{}.{:09}", facts.st_dev, facts.st_ino, facts.st_size,
                     facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
}

// The first look at a database that a program left in the middle of a transaction undoes it. A
// connection that only reads may not.
arrow::Status RollBack(const std::shared_ptr<Context>& context, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(auto writer, SqliteConnection::Open(context, path, SqliteMode::kWrite));
  ARROW_RETURN_NOT_OK(writer->Number("select count(*) from sqlite_schema").status());
  context->progress().Note(Printable(path) +
                           ": a transaction that a program left unfinished was rolled back");
  return arrow::Status::OK();
}

arrow::Result<int64_t> DataVersion(SqliteConnection& connection) {
  return connection.Number("pragma data_version");
}

}  // namespace

arrow::Result<std::shared_ptr<SqliteSnapshot>> SqliteSnapshot::Open(
    std::shared_ptr<Context> context, const std::string& path, int readers) {
  std::shared_ptr<SqliteSnapshot> snapshot(new SqliteSnapshot);
  snapshot->context_ = std::move(context);
  snapshot->path_ = path;
  auto status = snapshot->Begin(std::clamp(readers, 1, kMostConnections));
  if (!status.ok()) return AtPlace(status, {.location = path});
  return snapshot;
}

// In its transaction, with the first page read.
arrow::Result<std::unique_ptr<SqliteConnection>> SqliteSnapshot::BeginReading(
    int busy_milliseconds) {
  ARROW_ASSIGN_OR_RAISE(auto connection,
                        SqliteConnection::Open(context_, path_, SqliteMode::kRead));
  sqlite3_busy_timeout(connection->get(), busy_milliseconds);
  ARROW_RETURN_NOT_OK(connection->Execute("pragma cache_size = -4096; begin"));
  ARROW_RETURN_NOT_OK(connection->Number("select count(*) from sqlite_schema").status());
  sqlite3_busy_timeout(connection->get(), kBusyMilliseconds);
  return connection;
}

arrow::Status SqliteSnapshot::Begin(int readers) {
  ARROW_ASSIGN_OR_RAISE(watch_, SqliteConnection::Open(context_, path_, SqliteMode::kRead));
  auto version = DataVersion(*watch_);
  if (!version.ok() && sqlite3_extended_errcode(watch_->get()) == SQLITE_READONLY_ROLLBACK) {
    watch_.reset();
    ARROW_RETURN_NOT_OK(RollBack(context_, path_));
    ARROW_ASSIGN_OR_RAISE(watch_, SqliteConnection::Open(context_, path_, SqliteMode::kRead));
    version = DataVersion(*watch_);
  }
  ARROW_RETURN_NOT_OK(version.status());
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    readers_.clear();
    ARROW_ASSIGN_OR_RAISE(version_, DataVersion(*watch_));
    ARROW_ASSIGN_OR_RAISE(auto first, BeginReading(kBusyMilliseconds));
    ARROW_ASSIGN_OR_RAISE(const std::string mode, first->String("pragma journal_mode"));
    wal_ = mode == "wal";
    readers_.push_back(std::make_unique<Reader>(Reader{std::move(first)}));
    ARROW_RETURN_NOT_OK(TakeFacts());
    // The last attempt is content with one.
    for (int i = 1; i < readers && attempt + 1 < kAttempts; ++i) {
      auto next = BeginReading(wal_ ? kBusyMilliseconds : 0);
      // A writer that waits for us keeps others out: those who are in read alone.
      if (!next.ok() && !wal_) break;
      ARROW_RETURN_NOT_OK(next.status());
      readers_.push_back(std::make_unique<Reader>(Reader{*std::move(next)}));
    }
    if (!wal_) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(const int64_t after, DataVersion(*watch_));
    if (after == version_) return arrow::Status::OK();
    std::this_thread::sleep_for(std::chrono::milliseconds(1 << std::min(attempt, 5)));
  }
  shared_ = false;
  name_ += ", one connection: others could not be shown to see the same";
  // Facts that were taken while somebody wrote prove nothing later.
  fingerprint_ +=
      fmt::format(";moving {}", std::chrono::system_clock::now().time_since_epoch().count());
  context_->progress().Note(Printable(path_) +
                            ": another program writes all the time; read with one connection");
  return arrow::Status::OK();
}

arrow::Status SqliteSnapshot::TakeFacts() {
  SqliteConnection& connection = *readers_.front()->connection;
  ARROW_ASSIGN_OR_RAISE(const std::string encoding, connection.String("pragma encoding"));
  utf16_ = encoding != "UTF-8";
  ARROW_ASSIGN_OR_RAISE(const int64_t schema, connection.Number("pragma schema_version"));
  const auto head = HeadOf<100>(connection.get(), SQLITE_FCNTL_FILE_POINTER);
  const uint32_t change = BigEndian(&head[24]), valid_for = BigEndian(&head[92]);
  fingerprint_ =
      fmt::format("sqlite;{};{}:{}:{}", IdentityOf(path_, &file_bytes_), change, schema, valid_for);
  name_ = fmt::format("change {}, schema {}", change, schema);
  pages_readable_ = !utf16_ && !wal_;
  if (!wal_) return arrow::Status::OK();
  const auto log = HeadOf<32>(connection.get(), SQLITE_FCNTL_JOURNAL_POINTER);
  int64_t log_bytes = 0;
  const std::string identity = IdentityOf(path_ + "-wal", &log_bytes);
  const int64_t frame = int64_t{24} + BigEndian(&log[8]);
  const int64_t frames = log_bytes < 32 ? 0 : (log_bytes - 32) / frame;
  pages_readable_ = !utf16_ && log_bytes == 0;
  fingerprint_ +=
      fmt::format(";{};{:08x}{:08x}", identity, BigEndian(&log[16]), BigEndian(&log[20]));
  name_ += fmt::format(", log {:08x} of {}", BigEndian(&log[16]), Plural(frames, "frame"));
  return arrow::Status::OK();
}

// A further connection, if it can be shown to see this moment.
bool SqliteSnapshot::Join() {
  if (!shared_ || readers_.size() >= kMostConnections) return false;
  auto next = BeginReading(0);
  if (!next.ok()) return false;
  if (wal_) {
    const auto now = DataVersion(*watch_);
    if (!now.ok() || *now != version_) return false;
  }
  readers_.push_back(std::make_unique<Reader>(Reader{*std::move(next)}));
  return true;
}

std::shared_ptr<SqliteConnection> SqliteSnapshot::Lend(Reader& reader) {
  ++reader.users;
  return {reader.connection.get(), [self = shared_from_this(), &reader](SqliteConnection*) {
            const std::lock_guard lock(self->mutex_);
            --reader.users;
          }};
}

std::shared_ptr<SqliteConnection> SqliteSnapshot::Take() {
  const std::lock_guard lock(mutex_);
  const auto least = [this]() -> Reader& {
    return **std::min_element(readers_.begin(), readers_.end(),
                              [](const auto& a, const auto& b) { return a->users < b->users; });
  };
  if (least().users > 0 && Join()) return Lend(*readers_.back());
  return Lend(least());
}

arrow::Status SqliteSnapshot::CheckIntegrity(SqliteConnection& connection) {
  const std::lock_guard lock(connection.mutex);
  const char* const check = file_bytes_ < kFullCheckBelow ? "integrity_check" : "quick_check";
  ARROW_ASSIGN_OR_RAISE(auto statement, connection.Prepare(fmt::format("pragma {}(100)", check)));
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
    if (!found) return arrow::Status::OK();
    const std::string result = statement.Text(0);
    if (result == "ok") continue;
    // Rows that break a rule of the schema are there and whole.
    if (result.starts_with("CHECK constraint failed")) {
      context_->progress().Note(Printable(path_) + ": " + Printable(result));
      continue;
    }
    return MakeError(
        ErrorCode::kData, "the database is damaged: " + Printable(result),
        {.location = path_,
         .hint = fmt::format("SQLite's {} says so; `sqlite3 FILE .recover` writes what can still "
                             "be read into a new database",
                             check)});
  }
}

}  // namespace bowyer
