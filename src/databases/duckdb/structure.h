// Keys, checks, defaults, comments, indexes, sequences of a migrated database: what DuckDB can hold
// of them is made, the rest is listed with its reason.
#pragma once

#include <arrow/result.h>

#include <mutex>
#include <string>
#include <vector>

#include "databases/database.h"
#include "databases/duckdb/table.h"

namespace bowyer {

// Thread-safe.
class LeftOutList {
 public:
  void Add(LeftOut left_out);
  std::vector<LeftOut> all() const;

  // A definition that DuckDB refused is left out; what would fail any other statement too (a full
  // disk, an interruption) is an error.
  arrow::Status Unless(const arrow::Status& made, std::string what, std::string ddl);

 private:
  mutable std::mutex mutex_;
  std::vector<LeftOut> all_;
};

// The checks that a table of these columns can hold, in DuckDB's words.
std::vector<std::string> ChecksOf(DuckDbConnection& connection, const TableDefinition& definition,
                                  const std::vector<DuckDbColumn>& columns, LeftOutList* left_out);

// To a table that holds its rows; nothing if it has one.
arrow::Status AddPrimaryKey(DuckDbConnection& connection, const TableName& table,
                            const TableDefinition& definition, LeftOutList* left_out);

// What needs the rows, or other tables: foreign keys, sequences, defaults, comments, indexes.
// `made`: the tables that stand as their definitions say; others were there before. What is there
// already from a run before is passed over.
arrow::Status MakeStructure(DuckDbConnection& connection, const Catalog& source,
                            const std::vector<TableTarget>& made,
                            const std::vector<TableTarget>& all, LeftOutList* left_out);

}  // namespace bowyer
