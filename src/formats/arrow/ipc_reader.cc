// Messages -> batches: one task for each batch, or for each part of a batch that is large. What is
// decoded ahead stays below a share of the memory budget.
#include "formats/arrow/ipc_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>

#include "bowyer/error.h"
#include "core/ordered_tasks.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Status;

class IpcBatches : public arrow::RecordBatchReader {
 public:
  IpcBatches(std::shared_ptr<Context> context, std::shared_ptr<const IpcSchema> schema,
             std::unique_ptr<IpcMessages> messages,
             std::shared_ptr<const IpcDictionaries> dictionaries, std::vector<int> columns,
             std::string name, int64_t first_row, bool ahead)
      : context_(std::move(context)),
        schema_(std::move(schema)),
        messages_(std::move(messages)),
        dictionaries_(std::move(dictionaries)),
        columns_(std::move(columns)),
        name_(std::move(name)),
        first_row_(first_row),
        part_bytes_(context_->block_bytes()),
        ahead_bytes_(context_->memory_budget() / 5),
        tasks_(context_, ahead ? 4 * context_->threads() + 1 : kOnCallingThread) {
    arrow::FieldVector fields;
    for (int i : columns_) fields.push_back(schema_->schema->field(i));
    projected_ = arrow::schema(std::move(fields), schema_->schema->metadata());
  }

  std::shared_ptr<arrow::Schema> schema() const override { return projected_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    // What was found before a fault is given out before it is told.
    if (failed_.ok()) failed_ = Ahead();
    if (tasks_.empty()) return AtPlace(failed_, {.location = name_});
    auto batch = tasks_.Next();
    bytes_in_tasks_ -= task_bytes_.front();
    task_bytes_.pop_front();
    if (!batch.ok()) {
      return AtPlace(WithCode(batch.status(), ErrorCode::kData, {}), {.location = name_});
    }
    *out = std::move(*batch);
    return Status::OK();
  }

 private:
  Status Ahead() {
    while (!tasks_.full()) {
      if (found_ == nullptr) {
        // Nobody waits for what is ready until a slow writer sends more.
        if (messages_->may_wait() && !tasks_.empty() && tasks_.ready()) return Status::OK();
        ARROW_RETURN_NOT_OK(Find());
        if (found_ == nullptr) return Status::OK();
      }
      const int64_t left = found_->message.batch.rows - next_row_;
      const int64_t rows = std::min(left, part_rows_);
      const int64_t bytes = rows == found_->message.batch.rows ? whole_bytes_ : part_bytes_;
      if (!tasks_.empty() && bytes_in_tasks_ + bytes > ahead_bytes_) return Status::OK();
      const IpcRows part{.start = next_row_, .count = rows};
      ARROW_RETURN_NOT_OK(tasks_.Submit([context = context_.get(), schema = schema_, found = found_,
                                         dictionaries = dictionaries_, part, columns = columns_,
                                         projected = projected_, first_row = first_row_] {
        return DecodeIpcBatch(context, *schema, found->message, found->body, *dictionaries, part,
                              columns, projected, first_row);
      }));
      bytes_in_tasks_ += bytes;
      task_bytes_.push_back(bytes);
      next_row_ += rows;
      if (rows == left) {
        if (first_row_ >= 0) first_row_ += found_->message.batch.rows;
        found_ = nullptr;
      }
    }
    return Status::OK();
  }

  // The next batch; dictionaries before it are taken up.
  Status Find() {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto found, messages_->Next());
      if (!found) return Status::OK();
      if (found->message.kind == IpcMessage::Kind::kDictionary) {
        auto dictionaries = std::make_shared<IpcDictionaries>(*dictionaries_);
        ARROW_RETURN_NOT_OK(
            AddDictionary(context_.get(), *schema_, *found, /*replace=*/true, dictionaries.get()));
        dictionaries_ = std::move(dictionaries);
        continue;
      }
      if (!found->message.metadata.empty() && !told_of_metadata_) {
        told_of_metadata_ = true;
        context_->progress().Note(name_ +
                                  ": batches carry metadata of their own, which is not copied");
      }
      const int64_t rows = found->message.batch.rows;
      if (rows < 0 || rows > std::numeric_limits<int32_t>::max()) {
        return MakeError(ErrorCode::kData,
                         fmt::format("a batch claims {} rows", WithThousands(rows)),
                         {.byte_offset = found->offset});
      }
      next_row_ = 0;
      whole_bytes_ = found->message.body_length;
      if (found->message.batch.codec != arrow::Compression::UNCOMPRESSED) {
        whole_bytes_ *= 4;  // a guess
      }
      part_rows_ = std::max<int64_t>(rows, 1);
      // Twice a part: cutting small batches gains nothing.
      if (rows > 0 && whole_bytes_ > 2 * part_bytes_ &&
          CanReadRows(*schema_, found->message.batch)) {
        part_rows_ = std::max<int64_t>(part_bytes_ / std::max<int64_t>(1, whole_bytes_ / rows), 1);
        part_rows_ = (part_rows_ + 63) / 64 * 64;
      }
      found_ = std::make_shared<const FoundMessage>(std::move(*found));
      return Status::OK();
    }
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<const IpcSchema> schema_;
  std::shared_ptr<arrow::Schema> projected_;
  std::unique_ptr<IpcMessages> messages_;
  std::shared_ptr<const IpcDictionaries> dictionaries_;
  std::vector<int> columns_;
  std::string name_;
  int64_t first_row_;  // of the found batch, in the table; -1: not known

  std::shared_ptr<const FoundMessage> found_;  // a batch of which rows are still to be decoded
  int64_t next_row_ = 0, part_rows_ = 0, whole_bytes_ = 0;
  Status failed_;
  bool told_of_metadata_ = false;

  const int64_t part_bytes_, ahead_bytes_;
  int64_t bytes_in_tasks_ = 0;
  std::deque<int64_t> task_bytes_;
  OrderedTasks<std::shared_ptr<arrow::RecordBatch>> tasks_;
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> ReadIpcBatches(
    std::shared_ptr<Context> context, std::shared_ptr<const IpcSchema> schema,
    std::unique_ptr<IpcMessages> messages, std::shared_ptr<const IpcDictionaries> dictionaries,
    std::vector<int> columns, std::string name, int64_t first_row, bool ahead) {
  return std::make_shared<IpcBatches>(std::move(context), std::move(schema), std::move(messages),
                                      std::move(dictionaries), std::move(columns), std::move(name),
                                      first_row, ahead);
}

}  // namespace bowyer
