// Batches -> lines of text, in parallel: slices of rows become text on the workers, the texts are
// written in order. What CSV and JSON lines share.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>

#include "bowyer/context.h"
#include "formats/format.h"
#include "formats/text/text_buffer.h"

namespace bowyer {

// How one row becomes one line. Immutable, used by several threads at once.
class RowFormat {
 public:
  virtual ~RowFormat() = default;

  // What stands before the first row.
  virtual char* AppendHeader(char* at, TextBuffer& buffer) const = 0;

  struct Rows {
    char* at = nullptr;  // end of the text; null on failure
    int64_t end = 0;     // the row behind the last that was appended; on failure the row at fault
    int column = -1;     // on failure: the column at fault
  };
  // Appends the rows [begin, end) of `batch`, fewer when the text exceeds `limit` bytes.
  virtual Rows AppendRows(const arrow::RecordBatch& batch, int64_t begin, int64_t end,
                          int64_t limit, char* at, TextBuffer& buffer) const = 0;
};

// An encoder that writes `format`'s text onto `stream`.
std::unique_ptr<Encoder> MakeRowEncoder(std::shared_ptr<Context> context,
                                        std::shared_ptr<arrow::Schema> schema,
                                        std::shared_ptr<arrow::io::OutputStream> stream,
                                        std::unique_ptr<RowFormat> format);

}  // namespace bowyer
