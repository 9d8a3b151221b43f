// One encoder after the other.
#include "connectors/file_series.h"

#include <fmt/format.h>

#include <algorithm>

namespace bowyer {

arrow::Status FileSeries::BeginFile() {
  std::string file = subfolder_.empty() ? "" : subfolder_ + "/";
  file += fmt::format("part-{}{:05}{}{}", folder_->run_prefix(), count_,
                      kind_->format->suffixes.front(), PackingSuffix(kind_->packing));
  ARROW_ASSIGN_OR_RAISE(writer_, folder_->CreateFile(file));
  ARROW_ASSIGN_OR_RAISE(encoder_, FileEncoder::Make(*kind_, writer_, folder_->path() + "/" + file));
  ++count_;
  rows_ = 0;
  return arrow::Status::OK();
}

arrow::Status FileSeries::Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
  const WriteOptions& options = kind_->options;
  int64_t at = 0;
  while (at < batch->num_rows()) {
    if (encoder_ == nullptr) ARROW_RETURN_NOT_OK(BeginFile());
    int64_t rows = batch->num_rows() - at;
    if (options.max_file_rows > 0) rows = std::min(rows, options.max_file_rows - rows_);
    const bool whole = rows == batch->num_rows();
    ARROW_RETURN_NOT_OK(encoder_->Write(whole ? batch : batch->Slice(at, rows)));
    at += rows;
    rows_ += rows;
    const bool full =
        (options.max_file_rows > 0 && rows_ >= options.max_file_rows) ||
        (options.max_file_bytes > 0 && writer_->bytes_written() >= options.max_file_bytes);
    if (full) ARROW_RETURN_NOT_OK(EndFile());
  }
  return arrow::Status::OK();
}

arrow::Status FileSeries::EndFile() {
  if (encoder_ == nullptr) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(encoder_->Finish());
  encoder_.reset();
  ARROW_RETURN_NOT_OK(folder_->CloseFile(*writer_));
  writer_.reset();
  return arrow::Status::OK();
}

arrow::Status FileSeries::EnsureFile() {
  if (count_ > 0) return arrow::Status::OK();
  return BeginFile();
}

}  // namespace bowyer
