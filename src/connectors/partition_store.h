// Rows of many partitions on their way into one file (or series) each, in bounded memory.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "connectors/file_series.h"
#include "connectors/output_folder.h"

namespace bowyer {

// An encoder for each partition would multiply its memory by their number. So rows wait in memory;
// when they take their share of the budget, one partition that holds most of them goes on into its
// file (sorted input needs nothing else), and what waits of the others is set down in a file
// without a name. Finish encodes one partition after the other: each gets one file, in the order of
// its rows. Used by one thread.
class PartitionStore {
 public:
  PartitionStore(std::shared_ptr<const FileKind> kind, std::shared_ptr<OutputFolder> folder);

  arrow::Status Add(const std::string& subfolder, std::shared_ptr<arrow::RecordBatch> rows,
                    int64_t bytes);
  arrow::Status MakeRoom();  // call behind a batch: slices share its buffers
  arrow::Status Finish();

 private:
  struct Segment {
    int64_t offset, bytes;
  };
  struct Partition {
    std::string subfolder;
    arrow::RecordBatchVector waiting;
    int64_t bytes = 0;  // of what waits
    std::vector<Segment> segments;
    std::unique_ptr<FileSeries> series;
  };

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> TakeWaiting(Partition& partition);
  arrow::Status SetDown(Partition& partition);
  arrow::Status Encode(Partition& partition);
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> ReadSegment(const Segment& segment);

  const std::shared_ptr<const FileKind> kind_;
  const std::shared_ptr<OutputFolder> folder_;
  const int64_t limit_;
  const bool has_dictionaries_;
  std::vector<std::unique_ptr<Partition>> partitions_;
  std::unordered_map<std::string, size_t> index_;
  int64_t waiting_ = 0;
  Partition* open_ = nullptr;  // whose file is open
  std::shared_ptr<FileWriter> spill_;
};

}  // namespace bowyer
