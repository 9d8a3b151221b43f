// Text on its way into a packed file.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <memory>
#include <optional>

#include "bowyer/context.h"
#include "files/packing.h"

namespace bowyer {

// What is written to the stream that this returns goes to `stream` packed, once Close was called
// (which does not close `stream`). Blocks are packed in parallel on the workers, each as a member
// of its own: concatenated members are one file to every reader of these formats. Used by one
// thread, which may not be a worker. level: the codec's own scale; unset: fast and reasonably
// small. Errors: kUsage for a level outside of the codec's range.
arrow::Result<std::shared_ptr<arrow::io::OutputStream>> OpenPacked(
    const std::shared_ptr<Context>& context, std::shared_ptr<arrow::io::OutputStream> stream,
    Packing packing, std::optional<int> level);

}  // namespace bowyer
