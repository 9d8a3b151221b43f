#include "databases/sqlite/reader.h"

#include <mutex>
#include <thread>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/sqlite/catalog.h"
#include "databases/sqlite/snapshot.h"
#include "databases/sqlite/table.h"

namespace bowyer {
namespace {

// SQLite's own check of a file, which reads all of it, beside the readers of tables.
class IntegrityCheck {
 public:
  explicit IntegrityCheck(std::shared_ptr<SqliteSnapshot> snapshot)
      : snapshot_(std::move(snapshot)),
        connection_(snapshot_->Take()),
        thread_([this] { result_ = snapshot_->CheckIntegrity(*connection_); }) {}

  // Thread-safe.
  arrow::Status Wait() {
    const std::lock_guard lock(mutex_);
    if (thread_.joinable()) thread_.join();
    return result_;
  }

  ~IntegrityCheck() {
    if (!thread_.joinable()) return;
    // Nobody waits for what it finds.
    sqlite3_interrupt(connection_->get());
    thread_.join();
  }

 private:
  const std::shared_ptr<SqliteSnapshot> snapshot_;
  const std::shared_ptr<SqliteConnection> connection_;
  arrow::Status result_;
  std::mutex mutex_;
  std::thread thread_;
};

class SqliteReader : public DatabaseReader {
 public:
  SqliteReader(std::shared_ptr<SqliteSnapshot> snapshot, Catalog catalog,
               std::unique_ptr<IntegrityCheck> check)
      : snapshot_(std::move(snapshot)), catalog_(std::move(catalog)), check_(std::move(check)) {}

  arrow::Status CheckIsWhole() override {
    return check_ == nullptr ? arrow::Status::OK() : check_->Wait();
  }

  const Catalog& catalog() const override { return catalog_; }
  std::string snapshot() const override { return snapshot_->name(); }

  arrow::Result<std::unique_ptr<TableSource>> OpenTable(const TableDefinition& table,
                                                        const TableReadOptions& options) override {
    SqliteRelation relation;
    {
      const auto connection = snapshot_->Take();
      const std::lock_guard lock(connection->mutex);
      ARROW_ASSIGN_OR_RAISE(const auto entry, FindSqliteTable(*connection, table.name));
      if (!entry.has_value()) {
        return MakeError(ErrorCode::kInternal, "there is no table " + Quoted(table.name));
      }
      ARROW_ASSIGN_OR_RAISE(relation,
                            RelationOf(*connection, *entry, snapshot_->path() + "#" + entry->name));
    }
    return SqliteTable::Open(snapshot_, std::move(relation), options);
  }

 private:
  const std::shared_ptr<SqliteSnapshot> snapshot_;
  const Catalog catalog_;
  const std::unique_ptr<IntegrityCheck> check_;
};

}  // namespace

arrow::Result<std::unique_ptr<DatabaseReader>> OpenSqliteReader(std::shared_ptr<Context> context,
                                                                const Location& location) {
  if (!location.table.empty() || !location.options.empty()) {
    return MakeError(ErrorCode::kUsage, "names a whole database: no table and no options",
                     {.location = location.Redacted(), .hint = "choose tables with --tables"});
  }
  // One more than read tables: for the check.
  const int readers = context->threads() + 1;
  ARROW_ASSIGN_OR_RAISE(auto snapshot,
                        SqliteSnapshot::Open(std::move(context), location.path, readers));
  std::unique_ptr<IntegrityCheck> check;
  if (snapshot->file_bytes() < SqliteSnapshot::kFullCheckBelow || !snapshot->shared()) {
    ARROW_RETURN_NOT_OK(snapshot->CheckIntegrity());
  } else {
    check = std::make_unique<IntegrityCheck>(snapshot);
  }
  auto catalog = ReadSqliteCatalog(snapshot);
  // What the check says is clearer.
  if (!catalog.ok() && check != nullptr) ARROW_RETURN_NOT_OK(check->Wait());
  ARROW_RETURN_NOT_OK(catalog.status());
  return std::make_unique<SqliteReader>(std::move(snapshot), *std::move(catalog), std::move(check));
}

}  // namespace bowyer
