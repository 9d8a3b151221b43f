// Sinks that end in a folder: numbered files, or hive partitions.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"
#include "formats/format.h"

namespace bowyer {

// Files part-00000.parquet, part-00001.parquet ... in `path`, or in folders name=value beneath it
// with options.partition_by. Errors: those of CheckOutputFolder; kUsage for a compression that the
// format does not have.
arrow::Result<std::unique_ptr<Sink>> MakeFolderSink(std::shared_ptr<Context> context,
                                                    const Format* format, std::string path,
                                                    const WriteOptions& options);

}  // namespace bowyer
