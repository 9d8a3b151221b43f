// The table of all formats (and, with later issues, databases and channels), and how a location
// becomes a source or a sink.
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

// One table from a file, a glob, a folder (hive-partitioned or not), "-".
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

}  // namespace bowyer
