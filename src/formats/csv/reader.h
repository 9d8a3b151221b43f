// CSV text -> record batches, in the order of the text, parsed ahead on the context's workers.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "files/text_input.h"
#include "formats/csv/reader_parse.h"

namespace bowyer {

// What is wrong comes from ReadNext: kData for a record that is no row or a value that does not
// fit its column (with file, line, record, column, text and what to try), kResources for a record
// beyond the limit. With `rejects` such records go there, in order, and reading goes on.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenCsvReader(
    std::shared_ptr<const ParsePlan> plan, std::unique_ptr<TextInput> input, std::string name,
    std::shared_ptr<RejectsFile> rejects);

// The types of plan->columns over the whole text; plan->observe must be set and outlive the call.
// Records that are no rows do not matter here.
arrow::Result<std::vector<std::shared_ptr<arrow::DataType>>> DetectAllTypes(
    std::shared_ptr<const ParsePlan> plan, std::unique_ptr<TextInput> input);

// Bytes that one record may have: a share of the memory budget.
int64_t RecordLimit(const Context& context);

}  // namespace bowyer
