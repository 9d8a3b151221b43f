// A file as a memory mapping, for looking at it.
#pragma once

#include <arrow/result.h>

#include "files/file_input.h"

namespace bowyer {

// The file of `input` through a memory mapping: batches of uncompressed files then cost no memory
// but the pages that are looked at. The mapping is of the file as it was when it was opened; each
// read first checks that the file has not become shorter since, but nothing can guard what is
// looked at later: a file that somebody truncates meanwhile ends the process (SIGBUS). So this is
// for looking (`inspect`), never for copying. Errors: kUnavailable.
arrow::Result<FileInput> MapInput(const FileInput& input);

}  // namespace bowyer
