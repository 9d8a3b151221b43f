// Defaults and checks of other databases in DuckDB's words, where they mean the same there.
#pragma once

#include <arrow/result.h>

#include <functional>
#include <optional>
#include <string>

#include "databases/duckdb/table.h"

namespace bowyer {

// Of a default or check that DuckDB does not get: why.
struct TranslatedSql {
  std::string sql;     // DuckDB's; empty: none
  std::string reason;  // why there is none
};

// What nextval of a sequence of the source is called in the destination; nothing if it is not
// there.
using FindSequence = std::function<std::optional<TableName>(const std::string& name)>;

// The default of a column of type `type`. It was tried: its value fits the column.
TranslatedSql TranslateDefault(DuckDbConnection& connection, const std::string& sql,
                               const duckdb::LogicalType& type, const FindSequence& find_sequence);

// A condition over `columns`. It was tried on a table of them without rows.
TranslatedSql TranslateCheck(DuckDbConnection& connection, const std::string& sql,
                             const std::vector<DuckDbColumn>& columns);

}  // namespace bowyer
