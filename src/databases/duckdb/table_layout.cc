#include "databases/duckdb/table_layout.h"

#include <algorithm>
#include <duckdb/parser/constraints/check_constraint.hpp>
#include <duckdb/parser/constraints/foreign_key_constraint.hpp>
#include <duckdb/parser/constraints/not_null_constraint.hpp>
#include <duckdb/parser/constraints/unique_constraint.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <map>

#include "bowyer/error.h"
#include "core/name_list.h"
#include "core/text.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/types.h"

namespace bowyer {
namespace {

const DuckDbColumn* Find(const std::vector<DuckDbColumn>& columns, const std::string& name) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const DuckDbColumn& column) {
    return duckdb::StringUtil::CIEquals(column.name, name);
  });
  return found == columns.end() ? nullptr : &*found;
}

}  // namespace

arrow::Result<std::vector<DuckDbColumn>> LayOutTable(duckdb::ClientContext& context,
                                                     const arrow::Schema& schema,
                                                     const std::vector<std::string>& keys) {
  if (schema.num_fields() == 0) {
    return MakeError(ErrorCode::kData, "a table needs a column: the rows have none");
  }
  std::vector<DuckDbColumn> columns;
  std::map<std::string, std::string> seen;
  for (const auto& field : schema.fields()) {
    const std::string& name = field->name();
    const std::string rename = "try --select to rename it";
    if (name.empty() || name.find('\0') != std::string::npos) {
      return MakeError(ErrorCode::kData,
                       name.empty() ? "a column of DuckDB needs a name"
                                    : "a name in DuckDB cannot hold a NUL character",
                       {.column = name, .hint = rename});
    }
    const auto [other, fresh] = seen.emplace(duckdb::StringUtil::Lower(name), name);
    if (!fresh) {
      return MakeError(ErrorCode::kData,
                       other->second == name
                           ? "two columns have this name"
                           : "the names " + Quoted(other->second) + " and " + Quoted(name) +
                                 " are one to DuckDB, which passes over case",
                       {.column = name, .hint = rename});
    }
    DuckDbColumn column{.name = name, .nullable = field->nullable()};
    ARROW_ASSIGN_OR_RAISE(column.type, FromArrowField(context, *field));
    columns.push_back(std::move(column));
  }
  for (const std::string& key : keys) {
    if (Find(columns, key) == nullptr) {
      return NoSuchColumn("--upsert", key, schema.field_names());
    }
  }
  return columns;
}

arrow::Result<std::vector<DuckDbColumn>> MatchColumns(const DuckDbTable& table,
                                                      const std::vector<DuckDbColumn>& rows) {
  std::string differences;
  std::vector<DuckDbColumn> matched;
  const auto differ = [&](const std::string& name, const std::string& there,
                          const std::string& fresh) {
    differences += Quoted(name) + ": " + there + " in the table, " + fresh + " in the rows\n";
  };
  for (const DuckDbColumn& row : rows) {
    const DuckDbColumn* there = Find(table.columns, row.name);
    if (there == nullptr) {
      differ(row.name, "not", row.type.ToString());
    } else if (there->generated) {
      differ(row.name, "generated", row.type.ToString());
    } else if (!TakesExactly(there->type, row.type)) {
      differ(row.name, there->type.ToString(), row.type.ToString());
    } else {
      matched.push_back(*there);
    }
  }
  for (const DuckDbColumn& there : table.columns) {
    if (!there.generated && Find(rows, there.name) == nullptr) {
      differ(there.name, there.type.ToString(), "not");
    }
  }
  if (differences.empty()) return matched;
  return MakeError(ErrorCode::kData,
                   "the rows have other columns than the table " + Quoted(table.name.Text()),
                   {.hint = differences + "try --select to name them and --type to change a type"});
}

arrow::Status CreateTable(DuckDbConnection& connection, const std::string& catalog,
                          const TableName& name, const std::vector<DuckDbColumn>& columns,
                          const TableConstraints& constraints) {
  return Guarded([&]() -> arrow::Status {
    auto info = duckdb::make_uniq<duckdb::CreateTableInfo>(catalog, name.schema, name.table);
    info->temporary = catalog == "temp";
    for (const DuckDbColumn& column : columns) {
      if (!column.nullable) {
        info->constraints.push_back(duckdb::make_uniq<duckdb::NotNullConstraint>(
            duckdb::LogicalIndex(info->columns.LogicalColumnCount())));
      }
      info->columns.AddColumn(duckdb::ColumnDefinition(column.name, column.type));
    }
    for (const std::string& check : constraints.checks) {
      auto parsed = duckdb::Parser::ParseExpressionList(check);
      if (parsed.size() != 1) throw duckdb::ParserException("a check is one expression");
      info->constraints.push_back(
          duckdb::make_uniq<duckdb::CheckConstraint>(std::move(parsed.front())));
    }
    const auto add_key = [&info](const std::vector<std::string>& key, bool is_primary) {
      info->constraints.push_back(duckdb::make_uniq<duckdb::UniqueConstraint>(
          duckdb::vector<duckdb::string>(key.begin(), key.end()), is_primary));
    };
    if (!constraints.primary_key.empty()) add_key(constraints.primary_key, true);
    for (const auto& key : constraints.unique) add_key(key, false);
    for (const auto& foreign : constraints.foreign_keys) {
      duckdb::ForeignKeyInfo to;
      to.type = duckdb::ForeignKeyType::FK_TYPE_FOREIGN_KEY_TABLE;
      to.schema = foreign.table.schema;
      to.table = foreign.table.table;
      info->constraints.push_back(duckdb::make_uniq<duckdb::ForeignKeyConstraint>(
          duckdb::vector<duckdb::string>(foreign.referenced_columns.begin(),
                                         foreign.referenced_columns.end()),
          duckdb::vector<duckdb::string>(foreign.columns.begin(), foreign.columns.end()),
          std::move(to)));
    }
    auto create = duckdb::make_uniq<duckdb::CreateStatement>();
    create->info = std::move(info);
    const auto result = connection->Query(std::move(create));
    if (result->HasError()) return FromDuckDb(result->GetErrorObject());
    return arrow::Status::OK();
  });
}

}  // namespace bowyer
