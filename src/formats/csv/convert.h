// Fields of runs -> Arrow arrays, one column at a time, in tight loops by type. The usual spellings
// are converted by convert_fast.h; everything else by the exact parsers of field.h.
#pragma once

#include <arrow/array/data.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>
#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bowyer/options.h"
#include "formats/csv/dialect.h"
#include "formats/csv/field.h"
#include "formats/csv/tokenize.h"

namespace bowyer {

// How values are spelled; lives as long as the converters that are made from it.
struct ValueStyle {
  CsvDialect dialect;
  NumberStyle number;  // number.plain is set for each column by itself
  std::string date_format;
  std::string timestamp_format;
  // Unquoted fields that mean null in text columns; in others an empty field always does, and
  // these whether quoted or not.
  std::vector<std::string> nulls = {""};
};

ValueStyle MakeValueStyle(const CsvReadOptions& options, const CsvDialect& dialect);

// A field that its column's type cannot hold.
struct BadField {
  uint32_t row = 0;     // of the run
  uint32_t column = 0;  // of the table
  FieldFault fault = FieldFault::kNone;
  int64_t bad_byte = -1;  // of a text that is not UTF-8: where in the value
};

// Builds one column of one batch. Used by one thread at a time.
class ColumnConverter {
 public:
  virtual ~ColumnConverter() = default;

  // Makes room for `rows` in all, so that buffers need not grow step by step.
  virtual arrow::Status Reserve(int64_t rows) = 0;
  // Appends a value for each row of the run; fields that do not fit are added to `bad` and hold
  // nothing useful.
  virtual arrow::Status Append(const FieldTable& table, size_t column,
                               std::vector<BadField>* bad) = 0;
  // Forgets the rows behind the first `rows`.
  virtual void Truncate(int64_t rows) = 0;
  // The column so far; the converter is empty afterwards.
  virtual arrow::Result<std::shared_ptr<arrow::ArrayData>> Finish() = 0;
};

// detected: the type comes from the data, so that spellings a number would lose are refused.
// `style` must outlive the converter. Errors: kUsage for a type that no text can be read as.
arrow::Result<std::unique_ptr<ColumnConverter>> MakeColumnConverter(
    const std::shared_ptr<arrow::DataType>& type, bool detected, const ValueStyle& style,
    arrow::MemoryPool* pool);

// "is not an int64", "has more digits than a float64 can hold exactly", ...
std::string FaultText(FieldFault fault, const arrow::DataType& type);

}  // namespace bowyer
