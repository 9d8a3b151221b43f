// Batches -> numbered files in a folder.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <memory>
#include <string>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "connectors/file_encoder.h"
#include "connectors/output_folder.h"
#include "formats/format.h"

namespace bowyer {

// part-00000.parquet, part-00001.parquet ...: the next file begins when max_file_rows are written,
// or behind the batch with which max_file_bytes are reached. One file is open at a time. Used by
// one thread.
class FileSeries {
 public:
  // `subfolder` is relative, "" for the folder itself.
  FileSeries(std::shared_ptr<const FileKind> kind, std::shared_ptr<OutputFolder> folder,
             std::string subfolder)
      : kind_(std::move(kind)), folder_(std::move(folder)), subfolder_(std::move(subfolder)) {}

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch);
  // Ends the open file, if any; more may be written to a next one.
  arrow::Status EndFile();
  // Makes a file without rows unless there is one already.
  arrow::Status EnsureFile();

 private:
  arrow::Status BeginFile();

  const std::shared_ptr<const FileKind> kind_;
  const std::shared_ptr<OutputFolder> folder_;
  const std::string subfolder_;
  std::shared_ptr<FileWriter> writer_;
  std::unique_ptr<FileEncoder> encoder_;  // goes before the file that it writes to
  int64_t rows_ = 0;                      // in the open file
  int64_t count_ = 0;
};

}  // namespace bowyer
