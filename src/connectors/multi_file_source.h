// Several files as one table.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "bowyer/source.h"
#include "connectors/file_list.h"

namespace bowyer {

// The rows of all files in the order of the list, then the columns of their folders' names (a
// column that the files have themselves is taken from there). Schemas are compared here, before
// anything is read; without union_by_name they must be equal. Natural units are those of the files,
// one after the other.
arrow::Result<std::unique_ptr<Source>> OpenMultiFileSource(std::shared_ptr<Context> context,
                                                           const std::string& path, FileList list,
                                                           const ReadOptions& options,
                                                           bool union_by_name);

}  // namespace bowyer
