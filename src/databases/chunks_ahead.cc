#include "databases/chunks_ahead.h"

#include <arrow/util/byte_size.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "core/ordered_tasks.h"

namespace bowyer {
namespace {

// Connections are dear to a server.
constexpr int kMostAtATime = 4;

class AheadReader : public arrow::RecordBatchReader {
 public:
  AheadReader(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
              std::vector<Chunk> chunks, OpenChunk open)
      : schema_(std::move(schema)),
        chunks_(std::move(chunks)),
        open_(std::move(open)),
        most_bytes_(2 * context->block_bytes()),
        tasks_(context, std::min(context->threads() + 1, kMostAtATime)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    for (;;) {
      while (next_ < chunks_.size() && !tasks_.full()) {
        ARROW_RETURN_NOT_OK(tasks_.Submit([this, chunk = chunks_[next_]] { return Begin(chunk); }));
        ++next_;
      }
      if (!begun_.batches.empty()) {
        *out = std::move(begun_.batches.front());
        begun_.batches.pop_front();
        return arrow::Status::OK();
      }
      if (begun_.rest != nullptr) {
        ARROW_RETURN_NOT_OK(begun_.rest->ReadNext(out));
        if (*out != nullptr) return arrow::Status::OK();
        begun_.rest.reset();
      }
      if (tasks_.empty()) return arrow::Status::OK();
      ARROW_ASSIGN_OR_RAISE(begun_, tasks_.Next());
    }
  }

 private:
  struct Begun {
    std::deque<std::shared_ptr<arrow::RecordBatch>> batches;
    std::shared_ptr<arrow::RecordBatchReader> rest;  // null: there is none
  };

  arrow::Result<Begun> Begin(const Chunk& chunk) const {
    Begun begun;
    ARROW_ASSIGN_OR_RAISE(begun.rest, open_(chunk));
    for (int64_t bytes = 0; bytes < most_bytes_;) {
      std::shared_ptr<arrow::RecordBatch> batch;
      ARROW_RETURN_NOT_OK(begun.rest->ReadNext(&batch));
      if (batch == nullptr) {
        begun.rest.reset();
        break;
      }
      ARROW_ASSIGN_OR_RAISE(const int64_t more, arrow::util::ReferencedBufferSize(*batch));
      bytes += more;
      begun.batches.push_back(std::move(batch));
    }
    return begun;
  }

  const std::shared_ptr<arrow::Schema> schema_;
  const std::vector<Chunk> chunks_;
  const OpenChunk open_;
  const int64_t most_bytes_;
  size_t next_ = 0;  // to be begun
  Begun begun_;
  OrderedTasks<Begun> tasks_;  // last: its tasks use the members above
};

}  // namespace

std::shared_ptr<arrow::RecordBatchReader> ReadChunksAhead(std::shared_ptr<Context> context,
                                                          std::shared_ptr<arrow::Schema> schema,
                                                          std::vector<Chunk> chunks,
                                                          OpenChunk open) {
  return std::make_shared<AheadReader>(std::move(context), std::move(schema), std::move(chunks),
                                       std::move(open));
}

}  // namespace bowyer
