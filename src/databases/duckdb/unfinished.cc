#include "databases/duckdb/unfinished.h"

#include <algorithm>

#include "bowyer/error.h"
#include "databases/database_file.h"
#include "databases/duckdb/index_build.h"
#include "databases/duckdb/part_tables.h"
#include "databases/duckdb/status.h"
#include "files/atomic_file.h"

namespace bowyer {
namespace {

constexpr uint64_t kEntriesToCheckpoint = 400;

}  // namespace

arrow::Result<std::shared_ptr<UnfinishedDatabase>> UnfinishedDatabase::Make(
    std::shared_ptr<Context> context, Location location, const DatabaseWriteOptions& options) {
  std::shared_ptr<UnfinishedDatabase> made(new UnfinishedDatabase);
  made->context_ = std::move(context);
  made->location_ = std::move(location);
  made->options_ = options;
  const std::string& path = made->location_.path;
  ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(path));
  if (kind == DestinationKind::kNothing) return made;
  ARROW_RETURN_NOT_OK(made->Open(path, true));
  made->bytes_before_ = SizeWithLog(path, ".wal");
  return made;
}

UnfinishedDatabase::~UnfinishedDatabase() {
  idle_->connections.clear();
  database_.reset();
  new_database_.reset();
}

arrow::Status UnfinishedDatabase::Open(const std::string& path, bool must_exist) {
  // Half of the budget: batches, and what malloc holds back, come on top.
  ARROW_RETURN_NOT_OK(OpenDuckDb(*context_, {.path = path,
                                             .read_only = options_.plan_only,
                                             .must_exist = must_exist,
                                             .memory = context_->memory_budget() / 2})
                          .Value(&database_));
  return Guarded([this] {
    BuildIndexesInRuns(*database_);
    // Until a checkpoint a table and its key take about half a MiB, however small they are.
    database_->instance->config.SetOptionByName("wal_autocheckpoint_entries",
                                                duckdb::Value::UBIGINT(kEntriesToCheckpoint));
  });
}

bool UnfinishedDatabase::is_open() const {
  const std::lock_guard lock(mutex_);
  return database_ != nullptr;
}

arrow::Status UnfinishedDatabase::Begin() {
  // Whoever comes second waits until all is prepared.
  const std::lock_guard begin(begin_mutex_);
  if (begun_) return arrow::Status::OK();
  if (!is_open()) {
    const std::lock_guard lock(mutex_);
    ARROW_RETURN_NOT_OK(OpenNew(options_.resume));
  }
  ARROW_ASSIGN_OR_RAISE(const bool usable, Clear());
  if (!usable) {
    {
      const std::lock_guard lock(mutex_);
      idle_->connections.clear();
      database_.reset();
      new_database_.reset();
      ARROW_RETURN_NOT_OK(OpenNew(false));
    }
    ARROW_RETURN_NOT_OK(Clear().status());
  }
  begun_ = true;
  return arrow::Status::OK();
}

arrow::Status UnfinishedDatabase::OpenNew(bool resume) {
  ARROW_ASSIGN_OR_RAISE(new_database_, NewDatabase::Create(location_.path, resume));
  return Open(new_database_->file(), false);
}

// Of what an earlier run left only the tables that it filled are kept, and only for resuming.
// False: it had all but its name, and nothing says any more what it holds.
arrow::Result<bool> UnfinishedDatabase::Clear() {
  ARROW_ASSIGN_OR_RAISE(const auto connection, Connect());
  ARROW_ASSIGN_OR_RAISE(bool is_there, HasPartTables(*connection));
  ARROW_RETURN_NOT_OK(connection->Execute("begin transaction"));
  if (is_there && !options_.resume) {
    ARROW_RETURN_NOT_OK(DropPartTables(*connection));
    is_there = false;
  }
  if (!is_there && new_database_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(const auto tables, ListDuckDbTables(*connection));
    if (!tables.empty()) return false;
  }
  ARROW_RETURN_NOT_OK(MakePartTables(*connection));
  ARROW_RETURN_NOT_OK(connection->Execute("commit"));
  return true;
}

arrow::Result<std::shared_ptr<DuckDbConnection>> UnfinishedDatabase::Connect() {
  std::shared_ptr<DuckDbConnection> connection;
  {
    const std::lock_guard lock(idle_->mutex);
    if (!idle_->connections.empty()) {
      connection = std::move(idle_->connections.back());
      idle_->connections.pop_back();
    }
  }
  if (connection == nullptr) {
    std::shared_ptr<duckdb::DuckDB> database;
    {
      const std::lock_guard lock(mutex_);
      database = database_;
    }
    if (database == nullptr) {
      return MakeError(ErrorCode::kInternal, "the database is not open",
                       {.location = location_.Redacted()});
    }
    ARROW_ASSIGN_OR_RAISE(connection, DuckDbConnection::Open(context_, std::move(database)));
  }
  DuckDbConnection* const raw = connection.get();
  return std::shared_ptr<DuckDbConnection>(
      raw, [connection = std::move(connection),
            idle = std::weak_ptr<Idle>(idle_)](DuckDbConnection* used) mutable {
        // A transaction that its user did not end is nobody's.
        if (!(*used)->IsAutoCommit()) (void)used->Execute("rollback");
        if (const auto alive = idle.lock()) {
          const std::lock_guard lock(alive->mutex);
          alive->connections.push_back(std::move(connection));
        }
        connection.reset();
      });
}

void UnfinishedDatabase::Committed() {
  const std::lock_guard lock(mutex_);
  if (new_database_ != nullptr) new_database_->Keep();
}

arrow::Status UnfinishedDatabase::Publish() {
  arrow::Status checkpoint;
  {
    ARROW_ASSIGN_OR_RAISE(const auto connection, Connect());
    // First with what resuming needs: the log is short from then on, and so is the moment in which
    // a killed run has neither that nor its final name.
    checkpoint = connection->Execute("checkpoint");
    ARROW_RETURN_NOT_OK(connection->Execute("begin transaction"));
    ARROW_RETURN_NOT_OK(DropPartTables(*connection));
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_RETURN_NOT_OK(connection->Execute("commit"));
    // Of an old database the log is as good as the file. A new one is one file.
    checkpoint = connection->Execute("checkpoint");
  }
  const std::lock_guard lock(mutex_);
  {
    const std::lock_guard idle(idle_->mutex);
    idle_->connections.clear();
  }
  database_.reset();
  if (new_database_ == nullptr) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(checkpoint);
  ARROW_RETURN_NOT_OK(new_database_->Publish(options_.durable));
  new_database_.reset();
  return arrow::Status::OK();
}

std::string UnfinishedDatabase::file() const {
  const std::lock_guard lock(mutex_);
  return new_database_ == nullptr ? location_.path : new_database_->file();
}

int64_t UnfinishedDatabase::bytes_written() const {
  return std::max<int64_t>(0, SizeWithLog(file(), ".wal") - bytes_before_);
}

}  // namespace bowyer
