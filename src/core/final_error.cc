#include "core/final_error.h"

#include <arrow/status.h>

#include <utility>

namespace bowyer {
namespace {

class FinalErrorReader : public arrow::RecordBatchReader {
 public:
  explicit FinalErrorReader(std::shared_ptr<arrow::RecordBatchReader> reader)
      : reader_(std::move(reader)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    if (error_.ok()) error_ = reader_->ReadNext(out);
    if (!error_.ok()) out->reset();
    return error_;
  }

  arrow::Status Close() override { return reader_->Close(); }

 private:
  const std::shared_ptr<arrow::RecordBatchReader> reader_;
  arrow::Status error_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> WithFinalError(
    std::shared_ptr<arrow::RecordBatchReader> reader) {
  return std::make_shared<FinalErrorReader>(std::move(reader));
}

}  // namespace bowyer
