// Names in the schema -> how their rows are read.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/sqlite/catalog.h"
#include "databases/sqlite/ddl.h"

namespace bowyer {
namespace {

// An expression for the row id that no column hides; empty: there is none.
std::string RowIdOf(const std::vector<SqliteRelation::Column>& columns,
                    const std::string& integer_key) {
  if (!integer_key.empty()) return SqliteName(integer_key);
  for (const char* alias : {"rowid", "_rowid_", "oid"}) {
    const bool hidden = std::any_of(columns.begin(), columns.end(), [&](const auto& column) {
      return FoldedName(column.name) == alias;
    });
    if (!hidden) return alias;
  }
  return "";
}

// Of a view or virtual table: as a statement over it has them.
arrow::Status AddColumnsOf(SqliteConnection& connection, const std::string& from,
                           SqliteRelation* relation) {
  ARROW_ASSIGN_OR_RAISE(const auto statement, connection.Prepare("select * from " + from));
  const int count = sqlite3_column_count(statement.get());
  for (int i = 0; i < count; ++i) {
    const char* declared = sqlite3_column_decltype(statement.get(), i);
    relation->columns.push_back({.name = sqlite3_column_name(statement.get(), i),
                                 .declared = declared == nullptr ? "" : declared});
  }
  return arrow::Status::OK();
}

// SQLite's rule for the affinity REAL.
bool IsReal(const std::string& declared) {
  const std::string type = FoldedName(declared);
  const auto has = [&](const char* word) { return type.find(word) != std::string::npos; };
  if (has("int") || has("char") || has("clob") || has("text") || has("blob")) return false;
  return has("real") || has("floa") || has("doub");
}

}  // namespace

namespace {

// All of them, or the one of that name.
arrow::Result<std::vector<SqliteEntry>> List(SqliteConnection& connection,
                                             const std::optional<std::string>& name) {
  // table_list (3.37) knows shadow tables; it runs the modules of virtual tables, which may fail.
  // It looks at all tables each time, so it is asked once.
  std::map<std::string, std::string> types;
  ARROW_ASSIGN_OR_RAISE(auto listed,
                        connection.Prepare(std::string("select name, type from pragma_table_list") +
                                           (name ? "(?1)" : "") + " where schema = 'main'"));
  if (name) listed.Bind(1, *name);
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, listed.Step());
    if (!found) break;
    types[listed.Text(0)] = listed.Text(1);
  }
  ARROW_ASSIGN_OR_RAISE(
      auto statement,
      connection.Prepare(std::string("select name, type, coalesce(sql, '') from sqlite_schema "
                                     "where type in ('table', 'view') and name not like "
                                     "'sqlite\\_%' escape '\\'") +
                         (name ? " and name = ?1 collate nocase" : "") + " order by name"));
  if (name) statement.Bind(1, *name);
  std::vector<SqliteEntry> entries;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
    if (!found) return entries;
    SqliteEntry entry{.name = statement.Text(0), .ddl = statement.Text(2)};
    const std::string& type = types[entry.name];
    const std::string start = FoldedName(entry.ddl.substr(0, 14));
    entry.object = statement.Text(1) == "view"                      ? SqliteObject::kView
                   : type == "shadow"                               ? SqliteObject::kShadow
                   : type == "virtual" || start == "create virtual" ? SqliteObject::kVirtual
                                                                    : SqliteObject::kTable;
    entries.push_back(std::move(entry));
  }
}

}  // namespace

arrow::Result<std::vector<SqliteEntry>> ListSqliteTables(SqliteConnection& connection) {
  return List(connection, std::nullopt);
}

arrow::Result<std::optional<SqliteEntry>> FindSqliteTable(SqliteConnection& connection,
                                                          const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(auto entries, List(connection, name));
  if (entries.empty()) return std::optional<SqliteEntry>();
  return std::optional(std::move(entries.front()));
}

arrow::Result<SqliteRelation> RelationOf(SqliteConnection& connection, const SqliteEntry& entry,
                                         const std::string& label) {
  SqliteRelation relation{.label = label, .from = SqliteName(entry.name)};
  if (entry.object == SqliteObject::kView || entry.object == SqliteObject::kVirtual) {
    ARROW_RETURN_NOT_OK(AddColumnsOf(connection, relation.from, &relation));
    return relation;
  }
  ARROW_ASSIGN_OR_RAISE(
      auto facts, connection.Prepare("select wr, strict from pragma_table_list(?1) where schema = "
                                     "'main'"));
  facts.Bind(1, entry.name);
  ARROW_ASSIGN_OR_RAISE(const bool listed, facts.Step());
  relation.without_rowid = listed && facts.Integer(0) != 0;
  relation.strict = listed && facts.Integer(1) != 0;

  ARROW_ASSIGN_OR_RAISE(auto columns,
                        connection.Prepare("select name, type, pk, hidden from "
                                           "pragma_table_xinfo(?1) where hidden <> 1"));
  columns.Bind(1, entry.name);
  std::string integer_key;
  int keys = 0;
  bool all_stored = true;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, columns.Step());
    if (!found) break;
    SqliteRelation::Column column{.name = columns.Text(0), .declared = columns.Text(1)};
    column.is_real = IsReal(column.declared);
    all_stored = all_stored && columns.Integer(3) == 0;
    if (columns.Integer(2) > 0) {
      ++keys;
      if (FoldedName(column.declared) == "integer") integer_key = column.name;
    }
    // Text may still be no UTF-8.
    const auto type = DeclaredType(column.declared, relation.strict);
    column.proven = relation.strict && type != nullptr && type->id() != arrow::Type::STRING &&
                    columns.Integer(3) == 0;
    relation.columns.push_back(std::move(column));
  }
  if (relation.without_rowid) return relation;
  // INTEGER PRIMARY KEY is the row id, unless it was declared DESC: then it has an index.
  if (keys != 1) integer_key.clear();
  if (!integer_key.empty()) {
    ARROW_ASSIGN_OR_RAISE(auto index, connection.Prepare("select 1 from pragma_index_list(?1) "
                                                         "where origin = 'pk'"));
    index.Bind(1, entry.name);
    ARROW_ASSIGN_OR_RAISE(const bool has_index, index.Step());
    if (has_index) integer_key.clear();
  }
  for (auto& column : relation.columns) {
    if (integer_key.empty() || column.name != integer_key) continue;
    column.proven = true;
    column.is_row_id = true;
  }
  relation.key = RowIdOf(relation.columns, integer_key);
  // Rows come from the table's own tree: an index may be damaged, and has another order.
  relation.from += " not indexed";
  if (all_stored && entry.object == SqliteObject::kTable) {
    ARROW_ASSIGN_OR_RAISE(auto root, connection.Prepare("select rootpage from sqlite_schema where "
                                                        "type = 'table' and name = ?1"));
    root.Bind(1, entry.name);
    ARROW_ASSIGN_OR_RAISE(const bool has_root, root.Step());
    const int64_t page = has_root ? root.Integer(0) : 0;
    if (page > 1 && page <= UINT32_MAX) relation.root_page = static_cast<uint32_t>(page);
  }
  return relation;
}

}  // namespace bowyer
