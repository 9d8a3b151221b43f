// Rows of many partitions on their way into one file (or series) each, in bounded memory.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectors/file_series.h"
#include "connectors/output_folder.h"
#include "connectors/partition_rows.h"

namespace bowyer {

// An encoder for each partition would multiply its memory by their number. So rows wait in memory;
// when they take their share of the budget they are sorted by partition; one partition that has
// most of them goes on into its file (sorted input needs nothing else), and the rows of the others
// are set down in a file without a name. Finish encodes one partition after the other, each in the
// order of its rows: one file each, more only where a partition that went on was left and came
// again. Used by one thread.
class PartitionStore {
 public:
  PartitionStore(std::shared_ptr<const FileKind> kind, std::shared_ptr<OutputFolder> folder);

  arrow::Status Add(PartitionedBatch batch);
  arrow::Status Finish();

 private:
  struct Segment {
    int64_t offset, bytes;
  };
  struct Partition {
    std::vector<Segment> segments;
    std::unique_ptr<FileSeries> series;
  };
  struct Waiting {
    std::shared_ptr<arrow::RecordBatch> rows;
    std::vector<uint32_t> partitions;  // of each row
  };
  // All that waited, sorted by partition; the rows of partition i are [starts[i], starts[i + 1]).
  struct Sorted {
    std::shared_ptr<arrow::RecordBatch> rows;
    std::vector<int64_t> starts;
    std::shared_ptr<arrow::RecordBatch> Of(size_t partition) const {
      return rows->Slice(starts[partition], starts[partition + 1] - starts[partition]);
    }
    int64_t CountOf(size_t partition) const { return starts[partition + 1] - starts[partition]; }
  };

  arrow::Result<Sorted> TakeWaiting();
  arrow::Status MakeRoom();
  arrow::Status SetDown(Partition& partition, const std::shared_ptr<arrow::RecordBatch>& rows);
  // What was set down of the partition, then `rows` (may be null), into its open file.
  arrow::Status Encode(Partition& partition, const std::shared_ptr<arrow::RecordBatch>& rows);
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> ReadSegment(const Segment& segment);

  const std::shared_ptr<const FileKind> kind_;
  const std::shared_ptr<OutputFolder> folder_;
  const int64_t limit_;
  const bool has_dictionaries_;
  std::vector<Partition> partitions_;
  std::unordered_map<std::string, uint32_t> index_;  // by folder
  std::vector<Waiting> waiting_;
  int64_t waiting_bytes_ = 0;
  int open_ = -1;  // the partition whose file is open
  std::shared_ptr<FileWriter> spill_;
};

}  // namespace bowyer
