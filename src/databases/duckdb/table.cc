#include "databases/duckdb/table.h"

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/duck_table_entry.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/parser/constraints/not_null_constraint.hpp>
#include <duckdb/parser/constraints/unique_constraint.hpp>
#include <duckdb/storage/data_table.hpp>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/duckdb/status.h"
#include "databases/table_name.h"

namespace bowyer {
namespace {

std::string TheTables(const std::vector<DuckDbTable>& tables) {
  if (tables.empty()) return "the database holds no tables";
  std::string text = "its tables: ";
  constexpr size_t kMost = 20;
  for (size_t i = 0; i < std::min(kMost, tables.size()); ++i) {
    text += (i == 0 ? "" : ", ") + Printable(tables[i].name.Text(), 60);
  }
  if (tables.size() > kMost) text += " and " + std::to_string(tables.size() - kMost) + " more";
  return text;
}

}  // namespace

std::string TableName::Sql() const {
  return (catalog.empty() ? "" : QuotedIdentifier(catalog) + ".") + QuotedIdentifier(schema) + "." +
         QuotedIdentifier(table);
}

std::string TableName::Text() const {
  return (schema == "main" ? "" : NameInLocation(schema) + ".") + NameInLocation(table);
}

arrow::Result<TableName> ParseTableName(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(QualifiedName parts, ParseQualifiedName(text));
  TableName name;
  if (!parts.schema.empty()) name.schema = std::move(parts.schema);
  name.table = std::move(parts.table);
  return name;
}

arrow::Result<std::optional<DuckDbTable>> FindTable(DuckDbConnection& connection,
                                                    const TableName& name) {
  return Guarded([&]() -> arrow::Result<std::optional<DuckDbTable>> {
    auto& context = *connection->context;
    std::optional<DuckDbTable> found;
    context.RunFunctionInTransaction([&] {
      const auto& database = duckdb::DatabaseManager::GetDefaultDatabase(context);
      auto entry = duckdb::Catalog::GetEntry(
          context, database, name.schema,
          duckdb::EntryLookupInfo(duckdb::CatalogType::TABLE_ENTRY, name.table),
          duckdb::OnEntryNotFound::RETURN_NULL);
      if (!entry) return;
      found.emplace();
      found->name = {entry->ParentSchema().name, entry->name, entry->ParentCatalog().GetName()};
      found->is_view = entry->type == duckdb::CatalogType::VIEW_ENTRY;
      if (found->is_view) return;
      const auto& table = entry->Cast<duckdb::TableCatalogEntry>();
      for (const auto& column : table.GetColumns().Logical()) {
        found->columns.push_back(
            {.name = column.Name(), .type = column.Type(), .generated = column.Generated()});
      }
      for (const auto& constraint : table.GetConstraints()) {
        if (constraint->type == duckdb::ConstraintType::NOT_NULL) {
          const auto& index = constraint->Cast<duckdb::NotNullConstraint>().index;
          found->columns[index.index].nullable = false;
        }
        if (constraint->type == duckdb::ConstraintType::UNIQUE) {
          found->has_primary_key |= constraint->Cast<duckdb::UniqueConstraint>().IsPrimaryKey();
        }
      }
      if (entry->ParentCatalog().IsDuckCatalog()) {
        auto& rows = entry->Cast<duckdb::DuckTableEntry>();
        found->rows = static_cast<int64_t>(rows.GetStorage().GetTotalRows());
      }
    });
    if (!found.has_value() || !found->is_view) return found;
    const auto empty = connection->Query("select * from " + found->name.Sql() + " limit 0");
    if (empty->HasError()) return FromDuckDb(empty->GetErrorObject());
    for (size_t i = 0; i < empty->types.size(); ++i) {
      found->columns.push_back({.name = empty->names[i], .type = empty->types[i]});
    }
    return found;
  });
}

arrow::Result<std::vector<DuckDbTable>> ListDuckDbTables(DuckDbConnection& connection) {
  return Guarded([&]() -> arrow::Result<std::vector<DuckDbTable>> {
    const auto rows = connection->Query(
        "from (select schema_name, table_name, false, database_name from duckdb_tables() where not "
        "internal and database_name = current_database() union all select schema_name, view_name, "
        "true, database_name from duckdb_views() where not internal and database_name = "
        "current_database()) "
        "order by schema_name <> 'main', 1, 2");
    if (rows->HasError()) return FromDuckDb(rows->GetErrorObject());
    std::vector<DuckDbTable> tables;
    for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
      DuckDbTable table;
      table.name = {rows->GetValue(0, i).ToString(), rows->GetValue(1, i).ToString(),
                    rows->GetValue(3, i).ToString()};
      table.is_view = rows->GetValue(2, i).GetValue<bool>();
      tables.push_back(std::move(table));
    }
    return tables;
  });
}

arrow::Status NoSuchTable(DuckDbConnection& connection, const TableName& name,
                          const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const auto tables, ListDuckDbTables(connection));
  std::vector<std::string> names;
  std::string meant;
  for (const DuckDbTable& table : tables) {
    names.push_back(table.name.Text());
    // The right name in another schema.
    if (table.name.table == name.table) meant = "; did you mean " + Quoted(names.back()) + "?";
  }
  if (meant.empty()) meant = DidYouMean(name.Text(), names);
  return MakeError(ErrorCode::kUnavailable, "there is no table " + Quoted(name.Text()) + meant,
                   {.location = location, .hint = TheTables(tables)});
}

arrow::Status NoTableNamed(DuckDbConnection& connection, const std::string& location) {
  ARROW_ASSIGN_OR_RAISE(const auto tables, ListDuckDbTables(connection));
  std::string hint = TheTables(tables);
  if (!tables.empty()) {
    hint += "\nname one of them: " + Printable(location) + "#" +
            Printable(tables.front().name.Text(), 60);
  }
  return MakeError(ErrorCode::kUsage, "the location names no table",
                   {.location = location, .hint = hint});
}

}  // namespace bowyer
