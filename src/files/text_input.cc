// Stored bytes -> padded blocks of UTF-8. Blocks are filled on a thread of their own, straight into
// the buffers that the parser gets, so that reading and unpacking overlap with parsing.
#include "files/text_input.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include "bowyer/error.h"
#include "files/read_ahead.h"

namespace bowyer {
namespace {

constexpr int64_t kPadding = 64;
constexpr size_t kBlocksAhead = 2;
constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";

arrow::Result<std::unique_ptr<arrow::ResizableBuffer>> AllocateBlock(Context* context,
                                                                     int64_t bytes) {
  return arrow::AllocateResizableBuffer(bytes + kPadding, context->memory_pool());
}

arrow::Result<std::shared_ptr<arrow::Buffer>> EndBlock(
    std::unique_ptr<arrow::ResizableBuffer> block, int64_t bytes) {
  ARROW_RETURN_NOT_OK(block->Resize(bytes, /*shrink_to_fit=*/false));
  std::memset(block->mutable_data() + bytes, 0, kPadding);
  return std::shared_ptr<arrow::Buffer>(std::move(block));
}

// Fills blocks with a stream's bytes as they are.
class ByteBlocks {
 public:
  ByteBlocks(std::shared_ptr<Context> context, std::shared_ptr<arrow::io::InputStream> stream,
             int64_t size)
      : context_(std::move(context)), stream_(std::move(stream)), left_(size) {}

  // Null at the end.
  arrow::Result<std::shared_ptr<arrow::Buffer>> Next() {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    if (left_ == 0) return nullptr;
    int64_t wanted = context_->block_bytes();
    if (left_ > 0) wanted = std::min(wanted, left_);
    ARROW_ASSIGN_OR_RAISE(auto block, AllocateBlock(context_.get(), wanted));
    ARROW_ASSIGN_OR_RAISE(const int64_t got, stream_->Read(wanted, block->mutable_data()));
    if (left_ > 0) left_ -= got;
    if (got == 0) return nullptr;
    return EndBlock(std::move(block), got);
  }

  void Abort() { (void)stream_->Abort(); }

 private:
  const std::shared_ptr<Context> context_;
  const std::shared_ptr<arrow::io::InputStream> stream_;
  int64_t left_;  // -1: not known
};

class BlockText : public TextInput {
 public:
  BlockText(std::shared_ptr<Context> context, std::shared_ptr<ByteBlocks> bytes,
            std::string encoding)
      : context_(std::move(context)),
        encoding_(std::move(encoding)),
        ahead_([bytes] { return bytes->Next(); }, kBlocksAhead, [bytes] { bytes->Abort(); }) {}

  arrow::Result<std::string_view> Peek(int64_t bytes) override {
    ARROW_RETURN_NOT_OK(Gather(bytes));
    if (waiting_.empty()) return std::string_view();
    return std::string_view(*waiting_.front());
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Next() override {
    if (waiting_.empty()) return ahead_.Next();
    std::shared_ptr<arrow::Buffer> block = std::move(waiting_.front());
    waiting_.pop_front();
    return block;
  }

  std::string encoding() const override { return encoding_; }

  // Drops the text's first bytes (a byte order mark, which Peek has shown to be there).
  arrow::Status Skip(int64_t bytes) {
    std::shared_ptr<arrow::Buffer> block = std::move(waiting_.front());
    waiting_.pop_front();
    if (block->size() > bytes) waiting_.push_front(arrow::SliceBuffer(block, bytes));
    return arrow::Status::OK();
  }
  void set_encoding(std::string encoding) { encoding_ = std::move(encoding); }

 private:
  // Makes the first waiting block hold at least `bytes` bytes, or all there are.
  arrow::Status Gather(int64_t bytes) {
    int64_t held = 0;
    for (const auto& block : waiting_) held += block->size();
    while (held < bytes) {
      ARROW_ASSIGN_OR_RAISE(auto block, ahead_.Next());
      if (block == nullptr) break;
      held += block->size();
      waiting_.push_back(std::move(block));
    }
    if (waiting_.size() < 2 || waiting_.front()->size() >= bytes) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto whole, AllocateBlock(context_.get(), held));
    int64_t at = 0;
    for (const auto& block : waiting_) {
      std::memcpy(whole->mutable_data() + at, block->data(), static_cast<size_t>(block->size()));
      at += block->size();
    }
    ARROW_ASSIGN_OR_RAISE(auto end, EndBlock(std::move(whole), held));
    waiting_.clear();
    waiting_.push_back(std::move(end));
    return arrow::Status::OK();
  }

  const std::shared_ptr<Context> context_;
  std::string encoding_;
  std::deque<std::shared_ptr<arrow::Buffer>> waiting_;
  ReadAhead<std::shared_ptr<arrow::Buffer>> ahead_;
};

}  // namespace

arrow::Result<std::unique_ptr<TextInput>> OpenTextInput(const std::shared_ptr<Context>& context,
                                                        const FileInput& input, Encoding encoding) {
  if (encoding != Encoding::kAuto && encoding != Encoding::kUtf8) {
    return MakeError(ErrorCode::kUsage, "only UTF-8 text can be read", {.location = input.name});
  }
  ARROW_ASSIGN_OR_RAISE(auto stream, OpenUnpacked(context, input));
  const int64_t size = input.packing == Packing::kNone ? input.size : -1;
  auto text = std::make_unique<BlockText>(
      context, std::make_shared<ByteBlocks>(context, std::move(stream), size), "UTF-8");
  ARROW_ASSIGN_OR_RAISE(const std::string_view head, text->Peek(kUtf8Mark.size()));
  if (head.substr(0, kUtf8Mark.size()) == kUtf8Mark) {
    ARROW_RETURN_NOT_OK(text->Skip(kUtf8Mark.size()));
    text->set_encoding("UTF-8 with BOM");
  }
  return text;
}

}  // namespace bowyer
