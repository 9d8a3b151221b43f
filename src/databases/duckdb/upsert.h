// Rows that replace those of the same key, and come beside the others.
#pragma once

#include <arrow/result.h>

#include <string>
#include <vector>

#include "databases/duckdb/table.h"

namespace bowyer {

struct UpsertCounts {
  int64_t updated = 0, inserted = 0;
};

// Within the connection's transaction: rows are gathered in a temporary table, or stand in one
// already, and are merged from it.
class Upsert {
 public:
  static arrow::Result<Upsert> Begin(DuckDbConnection& connection, TableName target,
                                     std::vector<DuckDbColumn> columns,
                                     std::vector<std::string> keys);

  // Of rows that stand in the table `stage`, which Finish drops.
  static Upsert From(DuckDbConnection& connection, const TableName& stage, TableName target,
                     std::vector<DuckDbColumn> columns, std::vector<std::string> keys);

  // Where the rows go, as SQL names it.
  const std::string& stage() const { return stage_; }

  // Errors: kData for a key that is null or stands in two rows.
  arrow::Status CheckKeys();

  // Checks the keys, too.
  arrow::Result<UpsertCounts> Finish();

 private:
  DuckDbConnection* connection_ = nullptr;
  std::string stage_;
  TableName target_;
  std::vector<DuckDbColumn> columns_;
  std::vector<std::string> keys_;
};

}  // namespace bowyer
