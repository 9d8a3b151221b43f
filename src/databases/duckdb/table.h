// What a DuckDB database holds: tables and views by name, their columns.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "databases/duckdb/database.h"

namespace bowyer {

// schema.table as a location has it; dots inside of double quotes belong to the name.
struct TableName {
  std::string schema = "main";
  std::string table;
  // Of a table that was found: without it DuckDB cannot tell a schema from a catalog of its name.
  std::string catalog = {};
  // As SQL writes it, quoted.
  std::string Sql() const;
  // As a location writes it.
  std::string Text() const;
};
arrow::Result<TableName> ParseTableName(std::string_view text);

struct DuckDbColumn {
  std::string name;
  duckdb::LogicalType type;
  bool nullable = true;
  bool generated = false;
};

struct DuckDbTable {
  TableName name;  // as the database spells it
  bool is_view = false;
  bool has_primary_key = false;
  int64_t rows = 0;  // committed ones, also if they were deleted since the last checkpoint
  std::vector<DuckDbColumn> columns;
};

// The table or view of that name (letters' case has no meaning, as in DuckDB), or nothing.
arrow::Result<std::optional<DuckDbTable>> FindTable(DuckDbConnection& connection,
                                                    const TableName& name);

// All tables and views, by schema and name, without their columns.
arrow::Result<std::vector<DuckDbTable>> ListDuckDbTables(DuckDbConnection& connection);

// "there is no table "ordres"; did you mean "orders"?", with the tables that are there.
arrow::Status NoSuchTable(DuckDbConnection& connection, const TableName& name,
                          const std::string& location);
// A location without a table: the same list.
arrow::Status NoTableNamed(DuckDbConnection& connection, const std::string& location);

}  // namespace bowyer
