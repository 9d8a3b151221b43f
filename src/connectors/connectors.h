// The table of all formats, and how a location (a file, a table of a database) becomes a source or
// a sink.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"
#include "bowyer/source.h"
#include "formats/format.h"

namespace bowyer {

std::span<const Format* const> Formats();

// By name; null if there is none.
const Format* FindFormat(std::string_view name);
// By suffix, a packing suffix (.gz ...) set apart; null if there is none.
const Format* FormatOfPath(std::string_view path);

// One table from a file, a glob, a folder (hive-partitioned or not), "-", a database.
// union_by_name: the files of a glob or folder may differ in their columns.
arrow::Result<std::unique_ptr<Source>> OpenSource(const std::shared_ptr<Context>& context,
                                                  const Location& location,
                                                  const ReadOptions& options, bool union_by_name);

// One table from several paths, globs and folders, in the order given.
arrow::Result<std::unique_ptr<Source>> OpenFiles(const std::shared_ptr<Context>& context,
                                                 const std::vector<std::string>& paths,
                                                 const ReadOptions& options);

arrow::Result<std::unique_ptr<Sink>> OpenSink(const std::shared_ptr<Context>& context,
                                              const Location& location,
                                              const WriteOptions& options);

// A database that is written to while a query reads from it is opened for both at first: whoever
// opens the sink behind the query holds what this returns (null where there is nothing to hold).
arrow::Result<std::shared_ptr<const void>> HoldDestination(const Context& context,
                                                           const Location& location);

}  // namespace bowyer
