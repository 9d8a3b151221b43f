// For fuzzers: what was read is safe to follow to its last byte, which writing it does.
#pragma once

#include <arrow/io/memory.h>
#include <arrow/record_batch.h>

#include <memory>

namespace bowyer {

// Reads some batches to their ends or to an error. `make_encoder(sink)` gives the encoder that
// writes them, which may refuse their types.
template <typename MakeEncoder>
void FollowBatches(arrow::RecordBatchReader& reader, MakeEncoder make_encoder) {
  auto encoder = make_encoder(arrow::io::BufferOutputStream::Create().ValueOrDie());
  if (!encoder.ok()) return;
  for (int batches = 0; batches < 50; ++batches) {
    std::shared_ptr<arrow::RecordBatch> batch;
    if (!reader.ReadNext(&batch).ok() || batch == nullptr) break;
    // Rows without bytes (of type null) can be many, and tell nothing.
    if (batch->num_rows() > 1 << 20 || !(*encoder)->Write(batch).ok()) break;
  }
  (void)(*encoder)->Finish();
}

}  // namespace bowyer
