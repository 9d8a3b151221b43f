// Arrow IPC files and streams, and Feather V1, as sources.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "bowyer/options.h"
#include "bowyer/source.h"
#include "files/file_input.h"

namespace bowyer {

// Which of the formats it is comes from the first bytes. Files offer their batches as chunks.
// Errors: kData.
arrow::Result<std::unique_ptr<Source>> OpenArrow(std::shared_ptr<Context> context, FileInput input,
                                                 const ReadOptions& options);

}  // namespace bowyer
