// The columns that rows of an Arrow schema need in a SQLite table, and whether a table has them.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <string>
#include <vector>

#include "databases/sqlite/connection.h"

namespace bowyer {

// "a" INTEGER NOT NULL, "b" TEXT: for CREATE TABLE. Errors: kData (a type that cannot be kept,
// names that are empty, too many or the same but for their letters' case), kUsage (a key that is no
// column).
arrow::Result<std::string> LayOutSqliteTable(const arrow::Schema& schema,
                                             const std::vector<std::string>& keys);

// Rows of `schema` go into the columns of `table` by name. Errors: kData with the differences where
// the table has others, or would keep values as what they were not.
arrow::Status MatchSqliteColumns(SqliteConnection& connection, const std::string& table,
                                 const arrow::Schema& schema);

struct SqliteUpsertCounts {
  int64_t updated = 0, inserted = 0;
};

// Rows of `stage`, which has the columns of `schema`, replace those of the same keys in `target`
// and come beside the others. Both as SQL names them. Errors: kData for a key that is null or
// stands in two rows.
arrow::Result<SqliteUpsertCounts> MergeSqliteRows(SqliteConnection& connection,
                                                  const std::string& stage,
                                                  const std::string& target,
                                                  const arrow::Schema& schema,
                                                  const std::vector<std::string>& keys);

}  // namespace bowyer
