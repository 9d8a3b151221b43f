// One unit of text -> one batch: the task that runs on a worker. It knows nothing of the units
// before it, so lines, records and offsets count from the unit's first byte.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "formats/csv/convert.h"
#include "formats/csv/detect_types.h"
#include "formats/csv/dialect.h"
#include "formats/csv/reader_cut.h"

namespace bowyer {

// What all tasks of one reader share.
struct ParsePlan {
  std::shared_ptr<Context> context;
  CsvLayout layout;
  ValueStyle style;
  std::vector<bool> detected;  // for each column of the layout: does its type come from the data?
  std::vector<int> columns;    // of the layout, to be converted
  std::shared_ptr<arrow::Schema> schema;  // of those columns
  int64_t sample_rows = 0;                // that the types come from
  bool rejects = false;                   // records at fault are set aside
  // Not null: the values' types are wanted, not the values.
  const CsvReadOptions* observe = nullptr;
};

// A record that cannot be a row.
struct FaultyRecord {
  int64_t line = 0;        // line ends before the record
  int64_t fault_line = 0;  // line ends before what is wrong in it
  int64_t record = 0;      // records before it
  int64_t offset = 0;      // bytes before it
  int column = -1;         // of the layout; -1: the record as a whole
  std::string reason;
  std::string hint;
  std::string raw;
  bool too_long = false;  // beyond the limit of a record
  bool final = false;     // cannot be set aside: an error in any case
};

struct ParsedUnit {
  std::shared_ptr<arrow::RecordBatch> batch;  // null when types are wanted
  std::vector<ColumnType> types;              // of plan.columns, when they are wanted
  int64_t records = 0;                        // rows and faulty ones
  int64_t lines = 0;                          // line ends
  int64_t bytes = 0;
  // In order. Without plan.rejects at most one, and the rest of the unit was not looked at.
  std::vector<FaultyRecord> faulty;
  // The unit's end cuts a record: it begins at this offset of this text (0: joined, 1: body).
  bool cut = false;
  int cut_text = 0;
  int64_t cut_at = 0;
};

arrow::Result<ParsedUnit> ParseUnit(const ParsePlan& plan, const TextUnit& unit);

}  // namespace bowyer
