// Where the result of a query goes, and in which form.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <memory>

#include "bowyer/context.h"
#include "cli/arguments.h"
#include "cli/terminal.h"

namespace bowyer::cli {

// Reads it to its end. Errors: those of the reader, of the destination, of standard output.
arrow::Status ShowResult(const Arguments& arguments, const std::shared_ptr<Context>& context,
                         const std::shared_ptr<arrow::RecordBatchReader>& reader,
                         Terminal& terminal);

}  // namespace bowyer::cli
