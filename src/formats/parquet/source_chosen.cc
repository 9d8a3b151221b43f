// A step of rows at a time: the columns of the choice are decoded, the choice is asked, and of the
// other columns only the chosen rows are decoded. Where most rows are chosen, all go on.
#include "formats/parquet/source_chosen.h"

#include <arrow/array.h>

#include <algorithm>
#include <deque>
#include <numeric>
#include <optional>
#include <utility>

#include "core/gather.h"
#include "formats/parquet/column_stream.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

class ChosenBatches : public arrow::RecordBatchReader {
 public:
  ChosenBatches(std::shared_ptr<const ParquetFile> file, std::shared_ptr<arrow::Schema> schema,
                std::vector<int> fields, int first, int end, const ScanOptions& options)
      : file_(std::move(file)),
        schema_(std::move(schema)),
        fields_(std::move(fields)),
        choice_(options.choice),
        compact_(options.compact),
        next_group_(first),
        end_(end),
        columns_(fields_.size()) {
    arrow::FieldVector choosing;
    for (const int column : choice_->columns) {
      columns_[static_cast<size_t>(column)].chooses = true;
      choosing.push_back(schema_->field(column));
    }
    choice_schema_ = arrow::schema(std::move(choosing));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    while (ready_rows_ == 0) {
      ARROW_RETURN_NOT_OK(file_->context->CheckStop());
      if (rows_left_ > 0) {
        ARROW_RETURN_NOT_OK(Step());
      } else if (next_group_ < end_) {
        BeginGroup();
      } else {
        return Status::OK();
      }
    }
    int64_t rows = ready_rows_;
    for (const Column& column : columns_) rows = std::min(rows, column.ready.front()->length());
    arrow::ArrayVector arrays;
    for (Column& column : columns_) {
      auto& front = column.ready.front();
      if (front->length() == rows) {
        arrays.push_back(std::move(front));
        column.ready.pop_front();
      } else {
        arrays.push_back(front->Slice(0, rows));
        front = front->Slice(rows);
      }
    }
    ready_rows_ -= rows;
    *out = arrow::RecordBatch::Make(schema_, rows, std::move(arrays));
    return Status::OK();
  }

 private:
  struct Column {
    bool chooses = false;
    std::optional<ColumnStream> stream;
    std::shared_ptr<arrow::Array> decoded;            // all rows; only if it chooses
    std::deque<std::shared_ptr<arrow::Array>> ready;  // chosen rows
  };

  void BeginGroup() {
    rows_left_ = file_->metadata->RowGroup(next_group_)->num_rows();
    for (size_t i = 0; i < columns_.size(); ++i) {
      columns_[i].stream.emplace(file_, next_group_, fields_[i], compact_);
    }
    ++next_group_;
  }

  Status Step() {
    int64_t rows = rows_left_;
    for (Column& column : columns_) {
      if (!column.chooses) continue;
      if (column.decoded == nullptr) {
        ARROW_ASSIGN_OR_RAISE(column.decoded, column.stream->Next());
      }
      rows = std::min(rows, column.decoded->length());
    }
    arrow::ArrayVector values;
    for (const int column : choice_->columns) {
      values.push_back(columns_[static_cast<size_t>(column)].decoded->Slice(0, rows));
    }
    ARROW_ASSIGN_OR_RAISE(auto chosen,
                          choice_->choose(arrow::RecordBatch::Make(choice_schema_, rows, values)));
    const bool most = static_cast<int64_t>(chosen.size()) > rows / 2;
    if (most) {
      chosen.resize(static_cast<size_t>(rows));
      std::iota(chosen.begin(), chosen.end(), 0U);
    }
    for (Column& column : columns_) {
      ARROW_RETURN_NOT_OK(column.chooses ? Choose(rows, chosen, most, &column)
                                         : Decode(rows, chosen, &column));
    }
    ready_rows_ += static_cast<int64_t>(chosen.size());
    rows_left_ -= rows;
    return Status::OK();
  }

  Status Choose(int64_t rows, const std::vector<uint32_t>& chosen, bool all, Column* column) {
    auto values = column->decoded->Slice(0, rows);
    column->decoded = rows == column->decoded->length() ? nullptr : column->decoded->Slice(rows);
    if (chosen.empty()) return Status::OK();
    if (!all) {
      const arrow::UInt32Array indices(static_cast<int64_t>(chosen.size()),
                                       arrow::Buffer::Wrap(chosen));
      ARROW_ASSIGN_OR_RAISE(values, TakeRows(values, indices, file_->context->memory_pool()));
    }
    column->ready.push_back(std::move(values));
    return Status::OK();
  }

  static Status Decode(int64_t rows, const std::vector<uint32_t>& chosen, Column* column) {
    arrow::ArrayVector arrays;
    ARROW_RETURN_NOT_OK(column->stream->NextOf(rows, chosen, &arrays));
    for (auto& array : arrays) column->ready.push_back(std::move(array));
    return Status::OK();
  }

  const std::shared_ptr<const ParquetFile> file_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::vector<int> fields_;
  const std::shared_ptr<const RowChoice> choice_;
  const bool compact_;
  std::shared_ptr<arrow::Schema> choice_schema_;
  int next_group_, end_;
  int64_t rows_left_ = 0;   // of the row group
  int64_t ready_rows_ = 0;  // of all columns
  std::vector<Column> columns_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> ReadChosen(std::shared_ptr<const ParquetFile> file,
                                                     std::shared_ptr<arrow::Schema> schema,
                                                     std::vector<int> fields, int first, int end,
                                                     const ScanOptions& options) {
  return std::make_shared<ChosenBatches>(std::move(file), std::move(schema), std::move(fields),
                                         first, end, options);
}

}  // namespace bowyer
