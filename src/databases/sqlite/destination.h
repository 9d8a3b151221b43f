// A SQLite database that is being written: its one connection, whose turn it is, and two tables of
// ours that hold what of each table has been committed, until all are whole.
#pragma once

#include <arrow/result.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "databases/database.h"
#include "databases/new_database.h"
#include "databases/sqlite/connection.h"

namespace bowyer {

struct SqlitePart {
  enum class State { kFilling, kShown, kAppended, kMerged };
  std::string name, part;  // the table, and the one that rows go to until they are shown
  std::string fingerprint;
  State state = State::kFilling;
  int64_t first_row = 0;  // kAppended: the row id from which rows are ours
};

// Thread-safe; what is reached through a Turn is used by its owner.
class SqliteDestination {
 public:
  static arrow::Result<std::shared_ptr<SqliteDestination>> Make(
      std::shared_ptr<Context> context, Location location, const DatabaseWriteOptions& options);
  ~SqliteDestination();

  // The connection, for as long as it lives; a transaction that was not committed then is rolled
  // back. May end on another thread than it began on.
  class Turn {
   public:
    Turn(Turn&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn();
    SqliteConnection& operator*() const { return *owner_->connection_; }
    SqliteConnection* operator->() const { return owner_->connection_.get(); }

   private:
    friend class SqliteDestination;
    explicit Turn(SqliteDestination* owner) : owner_(owner) {}
    SqliteDestination* owner_;
  };
  arrow::Result<Turn> Take();

  // Makes a new database and the tables of ours, once.
  arrow::Status Begin();
  bool is_open() const;

  // Within a turn. Nothing if the table is not one that this run, or one that it resumes, writes.
  arrow::Result<std::optional<SqlitePart>> FindPart(SqliteConnection& connection,
                                                    const std::string& name);
  arrow::Status SavePart(SqliteConnection& connection, const SqlitePart& part);
  arrow::Status RemovePart(SqliteConnection& connection, const SqlitePart& part);
  arrow::Status AddReceipt(SqliteConnection& connection, const std::string& name,
                           const Receipt& receipt);
  arrow::Result<std::vector<Receipt>> ReadReceipts(SqliteConnection& connection,
                                                   const std::string& name);

  // Something was committed that a later run could go on with.
  void Committed();
  // All is whole: the tables of ours go, and a new database gets its name.
  arrow::Status Publish();

  void LeaveOut(LeftOut left_out);
  std::vector<LeftOut> left_out() const;
  const std::shared_ptr<Context>& context() const { return context_; }
  const Location& location() const { return location_; }
  std::string file() const;
  int64_t bytes_written() const;

 private:
  SqliteDestination() = default;
  arrow::Status Open(const std::string& path, bool is_new);
  arrow::Result<bool> Clear();

  std::shared_ptr<Context> context_;
  Location location_;
  DatabaseWriteOptions options_;
  std::mutex begin_mutex_;  // taken before mutex_; guards begun_
  mutable std::mutex mutex_;
  std::condition_variable freed_;
  bool taken_ = false, begun_ = false;
  std::unique_ptr<NewDatabase> new_database_;  // null: it was there
  std::unique_ptr<SqliteConnection> connection_;
  std::vector<LeftOut> left_out_;
  int64_t bytes_before_ = 0;
};

}  // namespace bowyer
