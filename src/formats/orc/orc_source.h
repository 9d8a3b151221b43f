// ORC files as sources.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/options.h"
#include "bowyer/source.h"
#include "files/file_input.h"

namespace bowyer {

// Stripes are the natural units. Errors: kData; kUsage for a pipe.
arrow::Result<std::unique_ptr<Source>> OpenOrc(std::shared_ptr<Context> context, FileInput input,
                                               const ReadOptions& options);

}  // namespace bowyer
