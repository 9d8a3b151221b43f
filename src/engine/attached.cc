#include "engine/attached.h"

#include <duckdb/parser/tableref/basetableref.hpp>

#include "bowyer/error.h"
#include "databases/duckdb/database.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/table.h"

namespace bowyer {

bool AttachedTables::Names(const Location& location) {
  return location.scheme == "duckdb" && !location.table.empty() && location.options.empty();
}

arrow::Result<duckdb::unique_ptr<duckdb::TableRef>> AttachedTables::Scan(const Location& location) {
  const auto database = database_.lock();
  if (database == nullptr) return nullptr;
  const auto open = OpenedDuckDb(location.path);
  if (open != nullptr && open != database) return nullptr;
  ARROW_ASSIGN_OR_RAISE(const TableName name, ParseTableName(location.table));
  ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(context_, database));
  if (open == nullptr) {
    const std::lock_guard lock(mutex_);
    std::string& attached = names_[location.path];
    if (attached.empty()) {
      const std::string fresh = "bowyer_file_" + std::to_string(names_.size());
      ARROW_RETURN_NOT_OK(AttachDuckDb(*connection, location.path, fresh));
      attached = fresh;
    }
    ARROW_RETURN_NOT_OK(connection->Execute("use " + QuotedIdentifier(attached)));
  }
  ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(*connection, name));
  if (!table.has_value()) return NoSuchTable(*connection, name, location.Redacted());
  auto reference = duckdb::make_uniq<duckdb::BaseTableRef>();
  reference->catalog_name = table->name.catalog;
  reference->schema_name = table->name.schema;
  reference->table_name = table->name.table;
  return reference;
}

}  // namespace bowyer
