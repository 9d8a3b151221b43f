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

// The file of `input` through a memory mapping: batches of uncompressed files then cost no memory
// but the pages that are looked at. The mapping is of the file as it was when it was opened; each
// read first checks that the file has not become shorter since, but nothing can guard what is
// looked at later: a file that somebody truncates meanwhile ends the process (SIGBUS). So this is
// for looking (`inspect`), never for copying. Errors: kUnavailable.
arrow::Result<FileInput> MapInput(const FileInput& input);

}  // namespace bowyer
