// Rows for people and for JSON documents.
#pragma once

#include <arrow/result.h>
#include <arrow/table.h>

#include <memory>
#include <string>

#include "bowyer/context.h"
#include "cli/text_table.h"

namespace bowyer::cli {

// A heading of names, and a line for each row; numbers to the right. Long values are cut.
TextTable RowsTable(const arrow::Table& rows);

// The rows as objects of JSON with commas between them, by the writer of JSON lines.
arrow::Result<std::string> ItemsJson(const std::shared_ptr<Context>& context,
                                     const arrow::Table& rows);

// The same as a list.
arrow::Result<std::string> RowsJson(const std::shared_ptr<Context>& context,
                                    const arrow::Table& rows);

}  // namespace bowyer::cli
