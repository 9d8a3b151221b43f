// Copies tables: any format to any other, streaming, in bounded memory, all or nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bowyer/reader.h"

namespace bowyer {

struct CopyReport {
  int64_t rows = 0;           // written
  int64_t rows_rejected = 0;  // set aside
  int64_t bytes_read = 0;     // of the sources as stored; -1 where it cannot be known
  int64_t bytes_written = 0;
  double seconds = 0;
  int64_t peak_memory = 0;         // bytes of Arrow buffers at peak
  std::vector<std::string> files;  // written, in order
};

// Errors: those of OpenReader; kUnavailable if the destination exists (and neither overwriting nor
// appending was asked for) or cannot be written; kData if it cannot hold a column's type;
// kResources when the disk is full. On any error the destination is as it was before.
arrow::Result<CopyReport> Copy(std::shared_ptr<Context> context,
                               const std::vector<Location>& sources, const Location& destination,
                               const ReadOptions& read_options = {},
                               const WriteOptions& write_options = {},
                               const Selection& selection = {});

// The same from a reader of the caller's, also one that MakeReader made from a generator.
arrow::Result<CopyReport> Copy(std::shared_ptr<Context> context,
                               const std::shared_ptr<arrow::RecordBatchReader>& reader,
                               const Location& destination, const WriteOptions& write_options = {});

}  // namespace bowyer
