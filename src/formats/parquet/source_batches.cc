// Row groups -> batches, in order, decoded ahead on the workers.
// Each column of each row group is a lane of its own: a task decodes a few steps of one lane, no
// task waits for another, and a lane stops when it is a few steps ahead of the reader. So memory
// depends on the number of columns and the size of a step, not on the size of a row group, and a
// file with one huge row group keeps all cores busy as well.
#include <arrow/util/future.h>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "bowyer/error.h"
#include "formats/parquet/column_stream.h"
#include "formats/parquet/source_chosen.h"
#include "formats/parquet/source_file.h"

namespace bowyer {
namespace {

constexpr int kStepsOfTask = 2;
// A lane waits when it has so many: enough that no core is idle while a batch is written.
constexpr size_t kStepsAhead = 5;

// A column of a row group and what was decoded of it ahead.
class Lane {
 public:
  using Arrays = std::vector<std::shared_ptr<arrow::Array>>;

  Lane(std::shared_ptr<const ParquetFile> file, int group, int field, const ScanOptions& options)
      : file_(std::move(file)),
        stream_(file_, group, field, options.compact),
        ahead_(!options.on_calling_thread),
        rows_left_(stream_.rows_left()) {}
  ~Lane() {
    if (running_) running_->Wait();
  }
  Lane(const Lane&) = delete;

  // Lets a task decode ahead when there is room for what it decodes.
  arrow::Status Ahead() {
    if (running_ && running_->is_finished()) ARROW_RETURN_NOT_OK(Collect());
    if (!ahead_ || running_ || ready_.size() >= kStepsAhead || rows_left_ == 0) {
      return arrow::Status::OK();
    }
    ARROW_ASSIGN_OR_RAISE(
        running_, file_->context->workers()->Submit([this] { return Decode(kStepsOfTask); }));
    return arrow::Status::OK();
  }

  // The first values that were not yet taken; there are rows left. Errors: kData.
  arrow::Result<std::shared_ptr<arrow::Array>> Front() {
    if (!ahead_ && ready_.empty()) ARROW_RETURN_NOT_OK(Keep(Decode(1)));
    while (ready_.empty()) {
      ARROW_RETURN_NOT_OK(Ahead());
      if (ready_.empty()) ARROW_RETURN_NOT_OK(Collect());
    }
    return ready_.front();
  }

  void Take(int64_t rows) {
    auto& front = ready_.front();
    if (rows == front->length()) {
      ready_.pop_front();
    } else {
      front = front->Slice(rows);
    }
  }

 private:
  arrow::Result<Arrays> Decode(int steps) {
    Arrays arrays;
    while (static_cast<int>(arrays.size()) < steps) {
      ARROW_ASSIGN_OR_RAISE(auto array, stream_.Next());
      if (array == nullptr) break;
      arrays.push_back(std::move(array));
    }
    return arrays;
  }

  arrow::Status Collect() {
    auto result = running_->MoveResult();
    running_.reset();
    return Keep(std::move(result));
  }

  arrow::Status Keep(arrow::Result<Arrays> decoded) {
    ARROW_ASSIGN_OR_RAISE(auto arrays, std::move(decoded));
    for (auto& array : arrays) {
      rows_left_ -= array->length();
      ready_.push_back(std::move(array));
    }
    return arrow::Status::OK();
  }

  std::shared_ptr<const ParquetFile> file_;
  ColumnStream stream_;  // of the task that is running
  const bool ahead_;
  int64_t rows_left_;  // not yet collected
  std::deque<std::shared_ptr<arrow::Array>> ready_;
  std::optional<arrow::Future<Arrays>> running_;
};

class ParquetBatches : public arrow::RecordBatchReader {
 public:
  ParquetBatches(std::shared_ptr<const ParquetFile> file, std::shared_ptr<arrow::Schema> schema,
                 std::vector<int> fields, int first, int end, const ScanOptions& options)
      : file_(std::move(file)),
        schema_(std::move(schema)),
        fields_(std::move(fields)),
        options_(options),
        next_group_(first),
        end_(end) {
    // With few columns, the next row groups are begun early so that no core is idle.
    const int columns = std::max<int>(1, static_cast<int>(fields_.size()));
    groups_ahead_ =
        options.on_calling_thread ? 0 : std::clamp(2 * file_->context->threads() / columns, 1, 4);
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    ARROW_RETURN_NOT_OK(file_->context->CheckStop());
    while (!groups_.empty() && groups_.front().rows_left == 0) groups_.pop_front();
    ARROW_RETURN_NOT_OK(Ahead());
    if (groups_.empty()) return arrow::Status::OK();
    Group& group = groups_.front();
    int64_t rows = group.rows_left;
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (auto& lane : group.lanes) {
      ARROW_ASSIGN_OR_RAISE(auto array, lane->Front());
      // Goes on before the other lanes are waited for, so that no core is idle at the last of them.
      ARROW_RETURN_NOT_OK(lane->Ahead());
      rows = std::min(rows, array->length());
      columns.push_back(std::move(array));
    }
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i]->length() > rows) columns[i] = columns[i]->Slice(0, rows);
      group.lanes[i]->Take(rows);
    }
    group.rows_left -= rows;
    ARROW_RETURN_NOT_OK(Ahead());
    *out = arrow::RecordBatch::Make(schema_, rows, std::move(columns));
    return arrow::Status::OK();
  }

 private:
  struct Group {
    int64_t rows_left;
    std::vector<std::unique_ptr<Lane>> lanes;
  };

  arrow::Status Ahead() {
    while (next_group_ < end_ && static_cast<int>(groups_.size()) <= groups_ahead_) {
      Group group{.rows_left = file_->metadata->RowGroup(next_group_)->num_rows()};
      if (group.rows_left > 0) {
        for (int field : fields_) {
          group.lanes.push_back(std::make_unique<Lane>(file_, next_group_, field, options_));
        }
        groups_.push_back(std::move(group));
      }
      ++next_group_;
    }
    for (auto& group : groups_) {
      for (auto& lane : group.lanes) ARROW_RETURN_NOT_OK(lane->Ahead());
    }
    return arrow::Status::OK();
  }

  std::shared_ptr<const ParquetFile> file_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> fields_;
  const ScanOptions options_;
  int next_group_, end_;
  int groups_ahead_;
  std::deque<Group> groups_;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadParquet(
    std::shared_ptr<const ParquetFile> file, int first, int end, const ScanOptions& options) {
  std::vector<int> fields;
  if (options.columns) {
    fields = *options.columns;
  } else {
    for (int i = 0; i < file->schema->num_fields(); ++i) fields.push_back(i);
  }
  arrow::FieldVector projected;
  for (int field : fields) {
    if (field < 0 || field >= file->schema->num_fields()) {
      return MakeError(ErrorCode::kUsage, fmt::format("there is no column {}", field),
                       {.location = file->input.name});
    }
    projected.push_back(file->schema->field(field));
  }
  auto schema = arrow::schema(std::move(projected), file->schema->metadata());
  // Without other columns there is nothing to be saved.
  if (options.choice != nullptr && options.choice->columns.size() < fields.size()) {
    return ReadChosen(std::move(file), std::move(schema), std::move(fields), first, end, options);
  }
  return std::make_shared<ParquetBatches>(std::move(file), std::move(schema), std::move(fields),
                                          first, end, options);
}

}  // namespace bowyer
