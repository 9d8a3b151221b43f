#include "databases/sqlite/structure.h"

#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/sqlite/ddl.h"
#include "databases/sqlite/insert.h"
#include "databases/sqlite/layout.h"

namespace bowyer {
namespace {

std::string NameList(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + SqliteName(name);
  return list;
}

std::string Named(const std::string& name) {
  return name.empty() ? "" : "CONSTRAINT " + SqliteName(name) + " ";
}

bool Holds(const arrow::Schema& schema, const std::vector<std::string>& columns) {
  return std::all_of(columns.begin(), columns.end(),
                     [&](const std::string& column) { return schema.GetFieldIndex(column) >= 0; });
}

// Does SQLite take `part` as the last of a table's definition? Functions that it has not are found
// when a row is tried.
bool Takes(SqliteConnection& connection, const std::string& columns, const std::string& part) {
  constexpr const char* kTrial = "temp.bowyer_trial";
  bool taken =
      connection.Execute(fmt::format("create table {} ({}, {})", kTrial, columns, part)).ok();
  taken = taken &&
          connection.Prepare(fmt::format("insert into {} select * from {}", kTrial, kTrial)).ok();
  (void)connection.Execute(fmt::format("drop table if exists {}", kTrial));
  return taken;
}

class Layout {
 public:
  Layout(SqliteConnection& connection, const TableDefinition& definition,
         const arrow::Schema& schema, const LeaveOutFunction& leave_out)
      : connection_(connection), definition_(definition), schema_(schema), leave_out_(leave_out) {}

  arrow::Result<std::string> Run(const std::string& name) {
    ARROW_ASSIGN_OR_RAISE(plain_, LayOutSqliteTable(schema_, {}));
    ARROW_RETURN_NOT_OK(AddColumns());
    const auto& primary = definition_.primary_key;
    if (primary.has_value() && !key_in_column_ && Holds(schema_, primary->columns)) {
      Add(Named(primary->name) + "PRIMARY KEY (" + NameList(primary->columns) + ")");
    }
    for (const KeyDefinition& key : definition_.unique) {
      if (!Holds(schema_, key.columns)) continue;
      Add(Named(key.name) + "UNIQUE (" + NameList(key.columns) + ")");
    }
    for (const CheckDefinition& check : definition_.checks) {
      Try("CHECK of " + definition_.name, Named(check.name) + "CHECK (" + check.sql + ")");
    }
    for (const ForeignKeyDefinition& key : definition_.foreign_keys) {
      if (!Holds(schema_, key.columns)) continue;
      std::string sql = Named(key.name) + "FOREIGN KEY (" + NameList(key.columns) +
                        ") REFERENCES " + SqliteName(key.table);
      if (!key.referenced_columns.empty()) sql += " (" + NameList(key.referenced_columns) + ")";
      Add(sql);
    }
    return fmt::format("create table {} ({})", SqliteName(name), columns_);
  }

 private:
  void Add(const std::string& part) { columns_ += (columns_.empty() ? "" : ", ") + part; }

  void Try(const std::string& what, const std::string& part) {
    if (Takes(connection_, plain_, part)) {
      Add(part);
    } else {
      leave_out_({what, "SQLite does not understand it", part});
    }
  }

  const ColumnDefinition* Find(const std::string& name) const {
    for (const ColumnDefinition& column : definition_.columns) {
      if (column.name == name) return &column;
    }
    return nullptr;
  }

  arrow::Status AddColumns() {
    const auto& primary = definition_.primary_key;
    for (const auto& field : schema_.fields()) {
      ARROW_ASSIGN_OR_RAISE(const std::string type, SqliteTypeOf(*field));
      const ColumnDefinition* column = Find(field->name());
      std::string sql = SqliteName(field->name()) + " " + type;
      const bool only_key = primary.has_value() && primary->columns.size() == 1 &&
                            primary->columns[0] == field->name();
      if (only_key && type == "INTEGER") {
        // The row id itself; numbered by the database if it was so.
        sql += " PRIMARY KEY";
        if (column != nullptr && column->identity) sql += " AUTOINCREMENT";
        key_in_column_ = true;
      }
      if (!field->nullable() || (column != nullptr && column->not_null)) sql += " NOT NULL";
      if (column != nullptr) {
        if (!column->default_sql.empty()) {
          const std::string part = " DEFAULT (" + column->default_sql + ")";
          if (Takes(connection_, SqliteName("bowyer_other"),
                    SqliteName(field->name()) + " " + type + part)) {
            sql += part;
          } else {
            leave_out_({"DEFAULT of " + definition_.name + "." + field->name(),
                        "SQLite does not understand it", column->default_sql});
          }
        }
        if (!column->generated_sql.empty()) {
          leave_out_({"expression of " + definition_.name + "." + field->name(),
                      "a computed column is carried over as its values", column->generated_sql});
        }
        if (!column->comment.empty()) {
          leave_out_({"comment on " + definition_.name + "." + field->name(),
                      "SQLite has no comments", column->comment});
        }
      }
      Add(sql);
    }
    return arrow::Status::OK();
  }

  SqliteConnection& connection_;
  const TableDefinition& definition_;
  const arrow::Schema& schema_;
  const LeaveOutFunction& leave_out_;
  std::string plain_, columns_;
  bool key_in_column_ = false;
};

}  // namespace

arrow::Result<std::string> SqliteCreateTable(SqliteConnection& connection, const std::string& name,
                                             const TableDefinition& definition,
                                             const arrow::Schema& schema,
                                             const LeaveOutFunction& leave_out) {
  return Layout(connection, definition, schema, leave_out).Run(name);
}

arrow::Status MakeSqliteIndexes(SqliteConnection& connection, const std::string& name,
                                const TableDefinition& definition,
                                const LeaveOutFunction& leave_out) {
  for (const IndexDefinition& index : definition.indexes) {
    if (index.columns.empty()) {
      leave_out({"index " + index.name, "it is more than columns in their order", index.ddl});
      continue;
    }
    const auto made = connection.Execute(
        fmt::format("create {}index {} on {} ({})", index.unique ? "unique " : "",
                    SqliteName(index.name), SqliteName(name), NameList(index.columns)));
    if (made.ok()) continue;
    if (CodeOf(made) != ErrorCode::kData) return made;
    leave_out({"index " + index.name, made.message(), index.ddl});
  }
  return arrow::Status::OK();
}

}  // namespace bowyer
