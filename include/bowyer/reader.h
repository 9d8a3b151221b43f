// Readers: one arrow::RecordBatchReader from anything.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <functional>
#include <memory>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"

namespace bowyer {

// Gives the next batch of a schema agreed beforehand; null ends the stream.
using BatchGenerator = std::function<arrow::Result<std::shared_ptr<arrow::RecordBatch>>()>;

// A reader that pulls batches from `generator` as they are asked for. A batch of another schema is
// an error of kind kData.
std::shared_ptr<arrow::RecordBatchReader> MakeReader(std::shared_ptr<arrow::Schema> schema,
                                                     BatchGenerator generator);

// Which rows and columns of the sources are wanted, applied in the order of the members.
struct Selection {
  bool union_by_name = false;  // sources may differ: columns are matched by name, gaps are null
  std::string where;           // a condition over the sources' columns; empty: all rows
  std::vector<std::string> select;  // "a", "old as new"; empty: all columns
  std::vector<std::string> sort;    // "a", "b desc", "c desc nulls first"; stable; spills to disk
  int64_t limit = -1;               // rows; -1: all
};

// The same of any reader (union_by_name has no meaning here).
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Select(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> reader,
    const Selection& selection);

// The rows of `sources`, one after the other in the order given (a glob or folder in the order of
// its names), in bounded memory, decoded ahead on the context's workers.
// Errors: kUnavailable, kUsage (a column or expression that does not fit the schema, with the
// closest names), kData (schemas that differ; and from ReadNext, what cannot be read). A reader that
// failed fails again with the same error, and gives nothing behind it.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenReader(
    std::shared_ptr<Context> context, const std::vector<Location>& sources,
    const ReadOptions& options = {}, const Selection& selection = {});

}  // namespace bowyer
