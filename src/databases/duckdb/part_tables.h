// Tables on their way into a database: each is filled under another name, and two tables of ours
// hold what of it has been committed, until all are whole.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/sink.h"
#include "databases/duckdb/table.h"

namespace bowyer {

struct PartTable {
  enum class State {
    kFilling,
    kShown,     // it stands under its name
    kAppended,  // its rows are those of the table of its name from first_row on
    kMerged,
    kWhole,  // it takes the place of a table that is there, with all others that do
  };
  // Does a table of another name hold its rows?
  bool is_part() const { return state == State::kFilling || state == State::kWhole; }
  TableName name;
  std::string part;  // the table of the same schema that rows go to, until they are shown
  std::string fingerprint;
  State state = State::kFilling;
  int64_t first_row = 0;  // kAppended: the row id

  TableName part_name() const { return {name.schema, part}; }
};

// All within the connection's transaction, if it has one.

// Makes the tables of ours where they are not there.
arrow::Status MakePartTables(DuckDbConnection& connection);
arrow::Result<bool> HasPartTables(DuckDbConnection& connection);
// With all tables that are not shown.
arrow::Status DropPartTables(DuckDbConnection& connection);

arrow::Result<std::optional<PartTable>> FindPartTable(DuckDbConnection& connection,
                                                      const TableName& name);
// "bowyer-part NAME", or that with a number where somebody else's table has this name.
arrow::Result<std::string> NewPartTableName(DuckDbConnection& connection, const TableName& name);
arrow::Status AddPartTable(DuckDbConnection& connection, const PartTable& table);
// Its state and first_row.
arrow::Status SetPartState(DuckDbConnection& connection, const PartTable& table);
// With its receipts, and what it was filled with, unless it is shown.
arrow::Status RemovePartTable(DuckDbConnection& connection, const PartTable& table);

arrow::Status AddReceipt(DuckDbConnection& connection, const TableName& name,
                         const Receipt& receipt);
// In the order of chunks.
arrow::Result<std::vector<Receipt>> ReadReceipts(DuckDbConnection& connection,
                                                 const TableName& name);

}  // namespace bowyer
