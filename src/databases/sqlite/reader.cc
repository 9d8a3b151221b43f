#include "databases/sqlite/reader.h"

#include <mutex>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/sqlite/catalog.h"
#include "databases/sqlite/integrity_check.h"
#include "databases/sqlite/snapshot.h"
#include "databases/sqlite/table.h"

namespace bowyer {
namespace {

class SqliteReader : public DatabaseReader {
 public:
  SqliteReader(std::shared_ptr<SqliteSnapshot> snapshot, Catalog catalog,
               std::shared_ptr<IntegrityCheck> check)
      : snapshot_(std::move(snapshot)), catalog_(std::move(catalog)), check_(std::move(check)) {}

  arrow::Status CheckIsWhole() override { return check_->Wait(); }

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
  const std::shared_ptr<IntegrityCheck> check_;
};

}  // namespace

arrow::Result<std::unique_ptr<DatabaseReader>> OpenSqliteReader(std::shared_ptr<Context> context,
                                                                const Location& location) {
  if (!location.table.empty() || !location.options.empty()) {
    return MakeError(ErrorCode::kUsage, "names a whole database: no table and no options",
                     {.location = location.Redacted(), .hint = "choose tables with --tables"});
  }
  const int readers = context->threads() + IntegrityCheck::kConnections;
  ARROW_ASSIGN_OR_RAISE(auto snapshot,
                        SqliteSnapshot::Open(std::move(context), location.path, readers));
  ARROW_ASSIGN_OR_RAISE(auto check, IntegrityCheck::Start(snapshot));
  auto catalog = ReadSqliteCatalog(snapshot);
  // What the check says is clearer.
  if (!catalog.ok()) ARROW_RETURN_NOT_OK(check->Wait());
  ARROW_RETURN_NOT_OK(catalog.status());
  return std::make_unique<SqliteReader>(std::move(snapshot), *std::move(catalog), std::move(check));
}

}  // namespace bowyer
