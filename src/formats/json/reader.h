// Pieces of text -> record batches, parsed on the workers, delivered in order.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "bowyer/rejects.h"
#include "files/text_input.h"
#include "formats/json/plan.h"
#include "formats/json/split.h"

namespace bowyer::json {

// What is known of a file once its schema is.
struct JsonTable {
  std::string name;  // for messages
  Layout layout = Layout::kLines;
  RecordPlan plan;
  int64_t sampled = 0;  // records that the plan comes from
  bool sampled_all = false;
  bool one_of_several = false;           // files of a table
  int64_t first_byte = 0;                // of the text in the file: behind a byte order mark
  std::shared_ptr<RejectsFile> rejects;  // null: a record that cannot be read is an error
};

// Batches of the columns `columns` of the plan's schema, in this order.
std::shared_ptr<arrow::RecordBatchReader> MakeJsonReader(std::shared_ptr<Context> context,
                                                         std::shared_ptr<const JsonTable> table,
                                                         std::unique_ptr<TextInput> text,
                                                         std::vector<int> columns);

struct ObservedRecords {
  Shape shape;
  int64_t records = 0;
  int64_t objects = 0;  // numbers what an Observer saw
};

// The shape of all records of a text, observed on the workers.
arrow::Result<ObservedRecords> ObserveAll(const std::shared_ptr<Context>& context,
                                          const JsonTable& table, std::unique_ptr<TextInput> text);

// Adds the records of the text from `*begin` to `end`, up to `limit` of them altogether, and moves
// `*begin` behind them. whole: the text ends there; otherwise a record that the end cuts is left.
arrow::Status ObserveSample(const JsonTable& table, const char* text, const char** begin,
                            const char* end, bool whole, Gap* gap, int64_t limit,
                            ObservedRecords* observed);

}  // namespace bowyer::json
