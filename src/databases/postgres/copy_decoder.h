// Binary COPY (PostgreSQL's documentation of COPY, "Binary Format") -> record batches. One pass
// over some rows finds where each field lies, then each column is converted by a loop of its own
// type. Nothing of what arrives is believed: every length is checked.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "databases/postgres/value.h"

namespace bowyer {

class CopyDecoder {
 public:
  // `values`: one for each field of `schema`. infinities: as TableReadOptions has them.
  static arrow::Result<std::unique_ptr<CopyDecoder>> Make(std::shared_ptr<arrow::Schema> schema,
                                                          std::vector<PostgresValue> values,
                                                          bool infinities, arrow::MemoryPool* pool);
  ~CopyDecoder();

  // The next bytes of the stream, as far as rows are complete: gives how many it took, the others
  // come again with more behind them. Errors: kData (no binary COPY, a value that the column's type
  // cannot hold), kResources.
  arrow::Result<size_t> Decode(const uint8_t* data, size_t size);
  // The stream has ended, with `left` bytes that were not taken. Errors: kData.
  arrow::Status Finish(size_t left) const;

  // Rows and bytes (about) of what Take would give.
  int64_t rows() const;
  int64_t stream_rows() const;  // of the stream since Restart, passed over ones too
  int64_t bytes() const;
  // The decoded rows; the next ones begin a new batch.
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Take();

  // Forgets the stream but not its columns: for another COPY of the same columns, of which the
  // first `skip_rows` rows are passed over. Decoded rows stay.
  void Restart(int64_t skip_rows);
  // The last error was a value that another type of the column would hold.
  bool needs_wider_type() const;

 private:
  CopyDecoder();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bowyer
