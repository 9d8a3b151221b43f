#include "databases/postgres/define_table.h"

#include <algorithm>

#include "bowyer/error.h"
#include "databases/postgres/write_connections.h"

namespace bowyer {
namespace {

std::string List(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + PostgresName(name);
  return list;
}

// A default that is the same in every dialect: a number, a text, a truth, the present.
bool IsPlainDefault(std::string_view sql) {
  std::string lower(sql);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* word : {"true", "false", "current_timestamp", "current_date", "now()"}) {
    if (lower == word) return true;
  }
  if (sql.size() >= 2 && sql.front() == '\'' && sql.back() == '\'') {
    const std::string_view inner = sql.substr(1, sql.size() - 2);
    for (size_t i = 0; i < inner.size(); ++i) {
      if (inner[i] != '\'') continue;
      if (i + 1 == inner.size() || inner[++i] != '\'') return false;
    }
    return true;
  }
  bool digits = false, point = false;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] >= '0' && sql[i] <= '9') {
      digits = true;
    } else if (sql[i] == '.' && !point) {
      point = true;
    } else if (sql[i] != '-' || i > 0) {
      return false;
    }
  }
  return digits;
}

}  // namespace

arrow::Result<std::vector<LeftOut>> DefineTable(PostgresConnection& connection,
                                                const std::string& table,
                                                const TableTarget& target) {
  const TableDefinition& definition = target.definition;
  std::vector<LeftOut> left_out;
  // Errors of the connection end it all; others are the statement's.
  const auto attempt = [&](const std::string& what, const std::string& sql,
                           const std::string& ddl) -> arrow::Status {
    const auto status = TryExecute(connection, sql);
    if (status.ok()) return status;
    if (!connection.alive() || CodeOf(status) == ErrorCode::kInterrupted ||
        CodeOf(status) == ErrorCode::kTerminated) {
      return status;
    }
    left_out.push_back({what + " of " + target.name, status.message(), ddl});
    return arrow::Status::OK();
  };
  const std::string alter = "alter table " + table + " ";
  const auto has = [&](const std::vector<std::string>& names) {
    return !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
      return std::any_of(definition.columns.begin(), definition.columns.end(),
                         [&](const auto& column) { return column.name == name; });
    });
  };
  if (definition.primary_key.has_value() && has(definition.primary_key->columns)) {
    const std::string sql =
        alter + "add primary key (" + List(definition.primary_key->columns) + ")";
    ARROW_RETURN_NOT_OK(attempt("primary key", sql, sql));
  }
  for (const KeyDefinition& key : definition.unique) {
    if (!has(key.columns)) continue;
    const std::string sql = alter + "add unique (" + List(key.columns) + ")";
    ARROW_RETURN_NOT_OK(attempt("unique key " + key.name, sql, sql));
  }
  for (const CheckDefinition& check : definition.checks) {
    // Where whole numbers are divided, databases do not agree.
    if (check.sql.find('/') != std::string::npos) {
      left_out.push_back({"check " + check.name + " of " + target.name,
                          "a division may mean something else in PostgreSQL", check.sql});
      continue;
    }
    ARROW_RETURN_NOT_OK(
        attempt("check " + check.name, alter + "add check (" + check.sql + ")", check.sql));
  }
  for (const IndexDefinition& index : definition.indexes) {
    if (!has(index.columns)) {
      left_out.push_back({"index " + index.name + " of " + target.name,
                          "it is not one of columns alone", index.ddl});
      continue;
    }
    ARROW_RETURN_NOT_OK(attempt("index " + index.name,
                                std::string("create ") + (index.unique ? "unique " : "") +
                                    "index " + PostgresName(index.name) + " on " + table + " (" +
                                    List(index.columns) + ")",
                                index.ddl));
  }
  for (const ColumnDefinition& column : definition.columns) {
    const std::string name = PostgresName(column.name);
    if (!column.comment.empty()) {
      ARROW_RETURN_NOT_OK(
          attempt("comment on column " + column.name,
                  "comment on column " + table + "." + name + " is " + PostgresText(column.comment),
                  column.comment));
    }
    if (!column.generated_sql.empty()) {
      left_out.push_back({"expression of column " + column.name + " of " + target.name,
                          "its values were copied, and are not computed any more",
                          column.generated_sql});
    }
    if (column.identity) {
      ARROW_RETURN_NOT_OK(attempt(
          "numbering of column " + column.name,
          alter + "alter column " + name + " set not null, alter column " + name +
              " add generated by default as identity; select setval(pg_get_serial_sequence(" +
              PostgresText(table) + ", " + PostgresText(column.name) + "), coalesce((select max(" +
              name + ") from " + table + "), 0) + 1, false)",
          ""));
    } else if (!column.default_sql.empty()) {
      if (column.default_sql.starts_with("nextval(")) continue;  // once there is the sequence
      if (IsPlainDefault(column.default_sql)) {
        ARROW_RETURN_NOT_OK(
            attempt("default of column " + column.name,
                    alter + "alter column " + name + " set default " + column.default_sql,
                    column.default_sql));
      } else {
        left_out.push_back({"default of column " + column.name + " of " + target.name,
                            "it may mean something else in PostgreSQL", column.default_sql});
      }
    }
  }
  if (!definition.comment.empty()) {
    ARROW_RETURN_NOT_OK(
        attempt("comment", "comment on table " + table + " is " + PostgresText(definition.comment),
                definition.comment));
  }
  return left_out;
}

}  // namespace bowyer
