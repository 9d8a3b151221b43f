// One moment of a SQLite file, seen by several connections.
//
// SQLite as most systems build it cannot hand a snapshot from one connection to another, so that
// they agree is shown, not arranged:
// - With a rollback journal the first connection's read transaction holds a shared lock, and nobody
//   can commit until it ends: whoever begins to read meanwhile reads the same.
// - With a write-ahead log, where writers go on, a connection of its own looks at the database
//   (PRAGMA data_version, which changes with each commit of any other connection) before the first
//   transaction begins and after the last one has: the same number twice means that no commit fell
//   between them. Otherwise all begin anew, a few times; then one connection reads alone.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "databases/sqlite/connection.h"

namespace bowyer {

// Thread-safe. Holds the read transactions open: in a database with a rollback journal writers wait
// for its end, with a write-ahead log nobody does (but the log grows).
class SqliteSnapshot : public std::enable_shared_from_this<SqliteSnapshot> {
 public:
  // For up to `readers` at a time without sharing a connection. A journal that a program left
  // behind when it died is rolled back first, as every program does that opens the database.
  // Errors: kUnavailable, kData (no database).
  static arrow::Result<std::shared_ptr<SqliteSnapshot>> Open(std::shared_ptr<Context> context,
                                                             const std::string& path, int readers);

  // A connection to read with, kept as long as the pointer lives: one that nobody uses, or the one
  // that fewest do.
  std::shared_ptr<SqliteConnection> Take();

  // PRAGMA integrity_check up to kFullCheckBelow bytes, quick_check (which does not compare indexes
  // with their tables) beyond; with a connection of this moment, which nobody else uses meanwhile.
  // Errors: kData with what is damaged. See IntegrityCheck.
  arrow::Status CheckIntegrity(SqliteConnection& connection);
  static constexpr int64_t kFullCheckBelow = int64_t{64} << 20;

  // Names the moment: "change 17", "change 17, wal 5f3a9c01 of 412 frames".
  const std::string& name() const { return name_; }
  // Changes when the database may have: identity, size and time of the file and its log, the
  // header's change counter, schema cookie and version-valid-for, the log's salts. What does not
  // show: bytes changed by a program that is not SQLite and sets the time back. It also changes
  // when a log was written into the database, which moves rows but changes none.
  const std::string& fingerprint() const { return fingerprint_; }
  // Do several connections see this moment?
  bool shared() const { return shared_; }
  int64_t file_bytes() const { return file_bytes_; }
  bool utf16() const { return utf16_; }
  // Do the pages of the file hold this moment as they are, as long as a reader's transaction is
  // open? With a rollback journal nobody writes then; a write-ahead log must have been empty: who
  // reads beside an empty one keeps it from being written into the file. Texts are UTF-8.
  bool pages_readable() const { return pages_readable_; }
  const std::string& path() const { return path_; }
  const std::shared_ptr<Context>& context() const { return context_; }

 private:
  struct Reader {
    std::unique_ptr<SqliteConnection> connection;
    int users = 0;
  };
  SqliteSnapshot() = default;
  arrow::Status Begin(int readers);
  arrow::Result<std::unique_ptr<SqliteConnection>> BeginReading(int busy_milliseconds);
  arrow::Status TakeFacts();
  bool Join();
  std::shared_ptr<SqliteConnection> Lend(Reader& reader);

  std::shared_ptr<Context> context_;
  std::string path_, name_, fingerprint_;
  bool wal_ = false, shared_ = true, utf16_ = false, pages_readable_ = false;
  int64_t file_bytes_ = 0;
  std::unique_ptr<SqliteConnection> watch_;  // in no transaction
  int64_t version_ = 0;                      // as `watch_` sees it
  std::mutex mutex_;                         // over the readers' users, and `watch_`
  std::vector<std::unique_ptr<Reader>> readers_;
};

}  // namespace bowyer
