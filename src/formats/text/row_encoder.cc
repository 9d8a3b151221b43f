#include "formats/text/row_encoder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "core/ordered_tasks.h"

namespace bowyer {
namespace {

constexpr int64_t kMaxSliceRows = 1 << 16;
constexpr int64_t kSampleRows = 16;
// Small batches in one task: they may each hold far more memory than their rows.
constexpr size_t kMaxGathered = 64;

// Rows of one batch.
struct Rows {
  std::shared_ptr<arrow::RecordBatch> batch;
  int64_t begin = 0;  // next row to append
  int64_t end = 0;
  int64_t first_row = 0;  // of the table, 0-based: row 0 of the batch
};

// The work of one task: rows of one large batch or of several small ones, and their text as far as
// it was made.
struct Slice {
  std::vector<Rows> rows;
  size_t done = 0;  // entries of `rows` that are all appended
  std::unique_ptr<TextBuffer> buffer;
  int64_t text_size = 0;
};

class RowEncoder : public Encoder {
 public:
  RowEncoder(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
             std::shared_ptr<arrow::io::OutputStream> stream, std::unique_ptr<RowFormat> format)
      : context_(std::move(context)),
        schema_(std::move(schema)),
        stream_(std::move(stream)),
        format_(std::move(format)),
        // A small share of the budget: the texts of a window of slices exist at a time.
        slice_bytes_(std::clamp<int64_t>(context_->block_bytes() / 4, 32 << 10, 1 << 20)),
        tasks_(context_, context_->threads() + 2) {}

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    if (!batch->schema()->Equals(*schema_, /*check_metadata=*/false)) {
      return MakeError(ErrorCode::kInternal, "a batch of another schema than the encoder's");
    }
    ARROW_RETURN_NOT_OK(WriteHeader());
    const int64_t rows = batch->num_rows();
    if (rows == 0) return arrow::Status::OK();
    const double row_bytes = RowBytes(*batch);
    const int64_t slice_rows = std::clamp<int64_t>(
        static_cast<int64_t>(static_cast<double>(slice_bytes_) / row_bytes), 1, kMaxSliceRows);
    for (int64_t begin = 0; begin < rows;) {
      // What is left of a batch is gathered with the batches behind it: a task for each of many
      // small batches would cost more than their text.
      const int64_t room = std::max<int64_t>(1, slice_rows - gathered_rows_);
      const int64_t end = std::min(begin + room, rows);
      gathered_.push_back({batch, begin, end, rows_});
      gathered_rows_ += end - begin;
      begin = end;
      if (gathered_rows_ >= slice_rows || gathered_.size() == kMaxGathered) {
        ARROW_RETURN_NOT_OK(SubmitGathered());
      }
    }
    rows_ += rows;
    return arrow::Status::OK();
  }

  arrow::Status Finish() override {
    ARROW_RETURN_NOT_OK(WriteHeader());
    if (!gathered_.empty()) ARROW_RETURN_NOT_OK(SubmitGathered());
    while (!tasks_.empty()) ARROW_RETURN_NOT_OK(WriteOldest());
    return arrow::Status::OK();
  }

 private:
  arrow::Status WriteHeader() {
    if (std::exchange(header_written_, true)) return arrow::Status::OK();
    TextBuffer buffer(context_->memory_pool());
    char* at = buffer.Restart(1);
    if (at != nullptr) at = format_->AppendHeader(at, buffer);
    if (at == nullptr) return buffer.status();
    return stream_->Write(buffer.begin(), buffer.size(at));
  }

  arrow::Status SubmitGathered() {
    while (tasks_.full()) ARROW_RETURN_NOT_OK(WriteOldest());
    while (!tasks_.empty() && tasks_.ready()) ARROW_RETURN_NOT_OK(WriteOldest());
    Slice slice;
    slice.rows = std::exchange(gathered_, {});
    slice.buffer = TakeBuffer();
    gathered_rows_ = 0;
    return tasks_.Submit(
        [this, slice = std::move(slice)]() mutable { return Append(std::move(slice)); });
  }

  // Bytes of a row's text, by a few rows spelled out: right for any type.
  double RowBytes(const arrow::RecordBatch& batch) {
    const int64_t rows = batch.num_rows();
    // Small batches of a kind are not worth a sample each.
    if (rows <= kSampleRows && row_bytes_ > 0) return row_bytes_;
    const int64_t samples = std::min(rows, kSampleRows);
    auto buffer = TakeBuffer();
    int64_t bytes = 0;
    for (int64_t i = 0; i < samples; ++i) {
      const int64_t row = rows / samples * i;
      char* at = buffer->Restart(1);
      if (at != nullptr) at = format_->AppendRows(batch, row, row + 1, 0, at, *buffer).at;
      // What fails here fails again in its place, and is reported there.
      if (at != nullptr) bytes += buffer->size(at);
    }
    GiveBuffer(std::move(buffer));
    row_bytes_ = static_cast<double>(std::max<int64_t>(bytes, 1)) / static_cast<double>(samples);
    return row_bytes_;
  }

  // Appends as many of the slice's rows as the limit allows: a sample may have been wrong about
  // the rows' size by any factor (one dictionary value may be a megabyte of text in each row).
  arrow::Result<Slice> Append(Slice slice) const {
    const int64_t limit = 2 * slice_bytes_;
    char* at = slice.buffer->Restart(1);
    if (at == nullptr) return slice.buffer->status();
    while (slice.done < slice.rows.size() && slice.buffer->size(at) <= limit) {
      Rows& rows = slice.rows[slice.done];
      const RowFormat::Rows appended =
          format_->AppendRows(*rows.batch, rows.begin, rows.end, limit, at, *slice.buffer);
      if (appended.at == nullptr) {
        ErrorPlace place;
        if (appended.column >= 0) place.column = schema_->field(appended.column)->name();
        place.row = rows.first_row + appended.end + 1;
        return AtPlace(slice.buffer->status(), place);
      }
      at = appended.at;
      rows.begin = appended.end;
      if (rows.begin == rows.end) {
        rows.batch.reset();
        ++slice.done;
      }
    }
    slice.text_size = slice.buffer->size(at);
    return slice;
  }

  arrow::Status WriteOldest() {
    ARROW_ASSIGN_OR_RAISE(Slice slice, tasks_.Next());
    while (true) {
      ARROW_RETURN_NOT_OK(stream_->Write(slice.buffer->begin(), slice.text_size));
      if (slice.done == slice.rows.size()) break;
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      ARROW_ASSIGN_OR_RAISE(slice, Append(std::move(slice)));
    }
    GiveBuffer(std::move(slice.buffer));
    return arrow::Status::OK();
  }

  std::unique_ptr<TextBuffer> TakeBuffer() {
    if (spare_.empty()) return std::make_unique<TextBuffer>(context_->memory_pool());
    auto buffer = std::move(spare_.back());
    spare_.pop_back();
    return buffer;
  }
  void GiveBuffer(std::unique_ptr<TextBuffer> buffer) {
    // One row may have been huge: such memory is given back.
    if (buffer->capacity() <= 4 * slice_bytes_) spare_.push_back(std::move(buffer));
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::unique_ptr<RowFormat> format_;
  const int64_t slice_bytes_;
  bool header_written_ = false;
  int64_t rows_ = 0;
  double row_bytes_ = 0;        // of the last sample; 0: none yet
  std::vector<Rows> gathered_;  // for the next task
  int64_t gathered_rows_ = 0;
  std::vector<std::unique_ptr<TextBuffer>> spare_;
  OrderedTasks<Slice> tasks_;  // last: its tasks use the members above
};

}  // namespace

std::unique_ptr<Encoder> MakeRowEncoder(std::shared_ptr<Context> context,
                                        std::shared_ptr<arrow::Schema> schema,
                                        std::shared_ptr<arrow::io::OutputStream> stream,
                                        std::unique_ptr<RowFormat> format) {
  return std::make_unique<RowEncoder>(std::move(context), std::move(schema), std::move(stream),
                                      std::move(format));
}

}  // namespace bowyer
