// One reader over the chunks of a table that come from a server: several are read at a time, each
// by a connection of its own, and their batches are given in the order of the chunks.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <functional>
#include <memory>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/source.h"

namespace bowyer {

// Any of its calls may be on another thread, several at a time.
using OpenChunk =
    std::function<arrow::Result<std::shared_ptr<arrow::RecordBatchReader>>(const Chunk&)>;

// Reads ahead on the context's workers: of each chunk up to a few blocks' bytes, so that the memory
// is bounded, however large the rows are. Used by one thread at a time.
std::shared_ptr<arrow::RecordBatchReader> ReadChunksAhead(std::shared_ptr<Context> context,
                                                          std::shared_ptr<arrow::Schema> schema,
                                                          std::vector<Chunk> chunks,
                                                          OpenChunk open);

}  // namespace bowyer
