#include "transfer/row_readers.h"

#include <arrow/table.h>

#include <algorithm>

#include "core/gather.h"
#include "core/ordered_tasks.h"

namespace bowyer {
namespace {

using BatchPtr = std::shared_ptr<arrow::RecordBatch>;

BatchPtr Projected(const arrow::RecordBatch& batch, const std::vector<int>& columns,
                   const std::shared_ptr<arrow::Schema>& schema) {
  std::vector<std::shared_ptr<arrow::ArrayData>> data;
  for (const int column : columns) data.push_back(batch.column_data(column));
  return arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(data));
}

class Projection : public arrow::RecordBatchReader {
 public:
  Projection(std::shared_ptr<arrow::RecordBatchReader> source, std::vector<int> columns,
             std::shared_ptr<arrow::Schema> schema)
      : source_(std::move(source)), columns_(std::move(columns)), schema_(std::move(schema)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(BatchPtr* out) override {
    BatchPtr batch;
    ARROW_RETURN_NOT_OK(source_->ReadNext(&batch));
    *out = batch == nullptr ? nullptr : Projected(*batch, columns_, schema_);
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> source_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
};

class Filter : public arrow::RecordBatchReader {
 public:
  Filter(std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> source,
         std::shared_ptr<const BoundExpression> where, std::vector<int> columns,
         std::shared_ptr<arrow::Schema> schema)
      : context_(std::move(context)),
        source_(std::move(source)),
        where_(std::move(where)),
        columns_(std::move(columns)),
        schema_(std::move(schema)),
        tasks_(context_, context_->threads() + 1) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(BatchPtr* out) override {
    *out = nullptr;
    std::vector<BatchPtr> gathered;
    int64_t rows = 0;
    for (;;) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      ARROW_RETURN_NOT_OK(Fill());
      if (tasks_.empty()) break;
      ARROW_ASSIGN_OR_RAISE(auto batch, tasks_.Next());
      if (batch->num_rows() == 0) continue;
      rows += batch->num_rows();
      gathered.push_back(std::move(batch));
      if (rows >= kSmall) break;
    }
    if (gathered.empty()) return arrow::Status::OK();
    if (gathered.size() == 1) {
      *out = std::move(gathered[0]);
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(*out, arrow::ConcatenateRecordBatches(gathered, context_->memory_pool()));
    return arrow::Status::OK();
  }

 private:
  // Batches of fewer rows are joined with the next ones: what follows works batch by batch.
  static constexpr int64_t kSmall = 4096;

  arrow::Status Fill() {
    while (source_ != nullptr && !tasks_.full()) {
      BatchPtr batch;
      ARROW_RETURN_NOT_OK(source_->ReadNext(&batch));
      if (batch == nullptr) {
        source_.reset();
        break;
      }
      ARROW_RETURN_NOT_OK(tasks_.Submit([this, batch = std::move(batch)] { return Run(*batch); }));
    }
    return arrow::Status::OK();
  }

  arrow::Result<BatchPtr> Run(const arrow::RecordBatch& batch) const {
    arrow::MemoryPool* pool = context_->memory_pool();
    ARROW_ASSIGN_OR_RAISE(const auto mask, where_->Evaluate(batch, pool));
    auto projected = Projected(batch, columns_, schema_);
    if (mask->type_id() == arrow::Type::NA) return projected->Slice(0, 0);
    const auto& truth = static_cast<const arrow::BooleanArray&>(*mask);
    const int64_t count = truth.true_count();
    if (count == batch.num_rows()) return projected;
    if (count == 0) return projected->Slice(0, 0);
    ARROW_ASSIGN_OR_RAISE(const auto indices, IndicesOfTrue(truth, pool));
    arrow::ArrayVector columns;
    for (const auto& column : projected->columns()) {
      ARROW_ASSIGN_OR_RAISE(auto taken, TakeRows(column, *indices, pool));
      columns.push_back(std::move(taken));
    }
    return arrow::RecordBatch::Make(schema_, count, std::move(columns));
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::RecordBatchReader> source_;
  std::shared_ptr<const BoundExpression> where_;
  std::vector<int> columns_;
  std::shared_ptr<arrow::Schema> schema_;
  OrderedTasks<BatchPtr> tasks_;  // last: its tasks use the members above
};

class Limit : public arrow::RecordBatchReader {
 public:
  Limit(std::shared_ptr<arrow::RecordBatchReader> source, int64_t rows)
      : source_(std::move(source)), schema_(source_->schema()), left_(rows) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(BatchPtr* out) override {
    *out = nullptr;
    if (left_ <= 0) source_.reset();
    if (source_ == nullptr) return arrow::Status::OK();
    BatchPtr batch;
    ARROW_RETURN_NOT_OK(source_->ReadNext(&batch));
    if (batch == nullptr) {
      source_.reset();
      return arrow::Status::OK();
    }
    *out = batch->num_rows() > left_ ? batch->Slice(0, left_) : std::move(batch);
    left_ -= (*out)->num_rows();
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<arrow::RecordBatchReader> source_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t left_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> MakeProjection(
    std::shared_ptr<arrow::RecordBatchReader> source, std::vector<int> columns,
    std::shared_ptr<arrow::Schema> schema) {
  return std::make_shared<Projection>(std::move(source), std::move(columns), std::move(schema));
}

std::shared_ptr<arrow::RecordBatchReader> MakeFilter(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::RecordBatchReader> source,
    std::shared_ptr<const BoundExpression> where, std::vector<int> columns,
    std::shared_ptr<arrow::Schema> schema) {
  return std::make_shared<Filter>(std::move(context), std::move(source), std::move(where),
                                  std::move(columns), std::move(schema));
}

std::shared_ptr<arrow::RecordBatchReader> MakeLimit(
    std::shared_ptr<arrow::RecordBatchReader> source, int64_t rows) {
  return std::make_shared<Limit>(std::move(source), rows);
}

}  // namespace bowyer
