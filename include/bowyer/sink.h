// Where batches go.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/source.h"

namespace bowyer {

// What a sink proves of a chunk that it has committed.
struct Receipt {
  int64_t chunk = 0;
  int64_t rows = 0;
  std::string digest;  // order-independent digest of the rows (core/digest.h); empty: not computed
  std::string snapshot;  // the moment of the source that the rows are of; empty: not known
};

// Writes one chunk. Used by one thread at a time. Destroyed without Commit it leaves nothing.
class Writer {
 public:
  virtual ~Writer() = default;
  virtual arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;
  // Makes the chunk's rows and its receipt durable together. Called once, last.
  virtual arrow::Status Commit(const Receipt& receipt) = 0;
};

// The destination of one table. All or nothing: until Finish succeeds nothing is visible under the
// destination's name, and a sink destroyed before that leaves the old state as it was.
class Sink {
 public:
  virtual ~Sink() = default;
  // Checks that the destination can hold `schema` (kData otherwise, naming the column and what to
  // do) and returns the receipts of chunks that an earlier run of the same source committed.
  virtual arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                                    const std::string& fingerprint) = 0;
  virtual arrow::Result<std::unique_ptr<Writer>> Open(const Chunk& chunk) = 0;
  virtual arrow::Status Finish() = 0;

  // Bytes and files under the destination's name after Finish.
  virtual int64_t bytes_written() const = 0;
  virtual std::vector<std::string> files() const = 0;
};

}  // namespace bowyer
