// Sinks that end in one file, or in standard output.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"
#include "formats/format.h"

namespace bowyer {

// Errors: kUnavailable if the destination exists (and neither overwriting nor appending is asked
// for) or is nothing that can be written to.
arrow::Result<std::unique_ptr<Sink>> MakeFileSink(std::shared_ptr<Context> context,
                                                  const Format* format, std::string path,
                                                  const WriteOptions& options);

arrow::Result<std::unique_ptr<Sink>> MakeStandardOutputSink(std::shared_ptr<Context> context,
                                                            const Format* format,
                                                            const WriteOptions& options);

}  // namespace bowyer
