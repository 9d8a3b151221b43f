// What a name in a query stands for: locations, tables and readers as inputs of DuckDB's scans.
#pragma once

#include <arrow/result.h>
#include <arrow/table.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/lazy_frame.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "databases/duckdb/table_scan.h"

namespace bowyer {

// `name` as a location, if it can be one: something with a scheme, a path with a dot, a slash or a
// wildcard, the name of a file or folder that is there. Any other word is a table's name.
std::optional<Location> LocationInQuery(const std::string& name);

// Opens the source for its schema and its parts now, and for its batches at each scan.
arrow::Result<std::shared_ptr<const TableInput>> TableOfLocation(
    const std::shared_ptr<Context>& context, const Location& location, const ReadOptions& options);

// Arrow files and streams of any name: paths, globs and folders, one after the other.
arrow::Result<std::shared_ptr<const TableInput>> TableOfArrowFiles(
    const std::shared_ptr<Context>& context, const std::vector<std::string>& names);

std::shared_ptr<const TableInput> TableOfTable(std::shared_ptr<arrow::Table> table);

// Read once; a second scan is an error that names `name`.
std::shared_ptr<const TableInput> TableOfReader(const std::string& name,
                                                std::shared_ptr<arrow::RecordBatchReader> reader);

// Opened by each scan. Streams of other columns than `schema` promises are an error (kData).
std::shared_ptr<const TableInput> TableOfStream(std::shared_ptr<arrow::Schema> schema,
                                                StreamOpener open);

}  // namespace bowyer
