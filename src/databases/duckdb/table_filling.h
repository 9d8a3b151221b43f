// One table of an unfinished database: filled by chunks under another name, then shown.
#pragma once

#include <memory>
#include <vector>

#include "bowyer/sink.h"
#include "databases/database.h"
#include "databases/duckdb/table.h"
#include "databases/duckdb/unfinished.h"

namespace bowyer {

// Of the destination: the schema is "main" where the target names none.
TableName NameOfTarget(const TableTarget& target);

std::unique_ptr<Sink> MakeTableFilling(std::shared_ptr<UnfinishedDatabase> database,
                                       const TableTarget& target);

// Tables that are whole take the places of those that are there: all in one transaction, since one
// may refer to another. Errors: kUnavailable if a table that stays refers to one that goes.
arrow::Status ReplaceTables(UnfinishedDatabase& database, const std::vector<TableTarget>& targets);

}  // namespace bowyer
