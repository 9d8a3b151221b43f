// The columns that rows of an Arrow schema need in a DuckDB table, and whether a table has them.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <string>
#include <vector>

#include "databases/duckdb/table.h"

namespace bowyer {

// One column for each field. `keys` must be among them. Errors: kData (a type that DuckDB has not,
// names that are empty or the same but for their letters' case), kUsage (a key that is none).
arrow::Result<std::vector<DuckDbColumn>> LayOutTable(duckdb::ClientContext& context,
                                                     const arrow::Schema& schema,
                                                     const std::vector<std::string>& keys);

// The columns of `table` that `rows` go into, by name and in the order of `rows`. Errors: kData
// with the differences where the table has others, or of types that do not hold all values.
arrow::Result<std::vector<DuckDbColumn>> MatchColumns(const DuckDbTable& table,
                                                      const std::vector<DuckDbColumn>& rows);

// What a new table is to hold its rows to, beside its columns' types and nulls. The expressions are
// DuckDB's.
struct TableConstraints {
  std::vector<std::string> checks;
  std::vector<std::string> primary_key;  // columns; empty: none
  std::vector<std::vector<std::string>> unique;
  struct ForeignKey {
    std::vector<std::string> columns;
    TableName table;
    std::vector<std::string> referenced_columns;
  };
  std::vector<ForeignKey> foreign_keys;
};

// In the catalog of that name; empty: the connection's database.
arrow::Status CreateTable(DuckDbConnection& connection, const std::string& catalog,
                          const TableName& name, const std::vector<DuckDbColumn>& columns,
                          const TableConstraints& constraints = {});

}  // namespace bowyer
