// Sorted runs: rows in order, in memory or in a file of the temporary folder that has no name (so
// that nothing is left behind however the process ends).
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/context.h"
#include "transfer/sort.h"

namespace bowyer {

// $TMPDIR, or /tmp.
std::string TemporaryFolder();

// A file descriptor that is closed with its owner.
class OwnedFile {
 public:
  OwnedFile() = default;
  explicit OwnedFile(int file) : file_(file) {}
  OwnedFile(OwnedFile&& other) noexcept : file_(other.Release()) {}
  OwnedFile& operator=(OwnedFile&& other) noexcept;
  ~OwnedFile();
  int get() const { return file_; }
  bool is_open() const { return file_ >= 0; }
  int Release() { return std::exchange(file_, -1); }

 private:
  int file_ = -1;
};

struct SortedRun {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;  // of a run in memory
  OwnedFile file;                                            // of a spilled one
  int64_t bytes = 0;
  int level = 0;  // how often its rows have been merged
};

// Used by one thread.
class RunWriter {
 public:
  // A spilled run. Errors: kUnavailable (no temporary folder), kResources (it is full).
  static arrow::Result<std::unique_ptr<RunWriter>> Spill(
      arrow::MemoryPool* pool, const std::shared_ptr<arrow::Schema>& schema);
  arrow::Status Write(const arrow::RecordBatch& batch);
  arrow::Result<SortedRun> Finish();

 private:
  RunWriter() = default;
  OwnedFile file_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

// Batches of a run in order; null at the end. Closes the file.
class RunReader {
 public:
  static arrow::Result<std::unique_ptr<RunReader>> Open(arrow::MemoryPool* pool,
                                                        std::shared_ptr<arrow::Schema> schema,
                                                        SortedRun run);
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next();

 private:
  std::shared_ptr<arrow::Schema> schema_;
  SortedRun run_;
  size_t at_ = 0;
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader_;
};

// Sorts `batches` (at least one, under `schema`) into one run of batches of about `batch_bytes`;
// limit >= 0: only the first rows are kept. Takes the batches' memory back as it goes.
arrow::Result<SortedRun> SortIntoRun(Context& context,
                                     std::vector<std::shared_ptr<arrow::RecordBatch>> batches,
                                     const std::shared_ptr<arrow::Schema>& schema,
                                     const std::vector<SortKey>& keys, int64_t limit,
                                     int64_t batch_bytes, bool spill);

// Bytes of the rows of `batch`, dictionaries left out (they are shared).
int64_t BytesOf(const arrow::RecordBatch& batch);

}  // namespace bowyer
