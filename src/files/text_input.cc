// Stored bytes -> padded blocks of UTF-8. Blocks are filled on a thread of their own, straight into
// the buffers that the parser gets, so that reading and unpacking overlap with parsing.
#include "files/text_input.h"

#include <algorithm>
#include <cstring>
#include <deque>

#include "bowyer/error.h"
#include "files/decode.h"
#include "files/read_ahead.h"

namespace bowyer {
namespace {

constexpr int64_t kPadding = 64;
constexpr size_t kBlocksAhead = 2;
constexpr int64_t kSniffedBytes = 4096;

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
  Context* context() const { return context_.get(); }

 private:
  const std::shared_ptr<Context> context_;
  const std::shared_ptr<arrow::io::InputStream> stream_;
  int64_t left_;  // -1: not known
};

// Blocks of another encoding -> blocks of UTF-8. Characters may lie across the blocks' edges.
class DecodedBlocks {
 public:
  DecodedBlocks(std::shared_ptr<ByteBlocks> bytes, std::shared_ptr<arrow::Buffer> first,
                int64_t offset, Encoding encoding, std::string name)
      : bytes_(std::move(bytes)),
        first_(std::move(first)),
        offset_(offset),
        encoding_(encoding),
        name_(std::move(name)) {}

  // Null at the end.
  arrow::Result<std::shared_ptr<arrow::Buffer>> Next() {
    while (true) {
      std::shared_ptr<arrow::Buffer> raw = std::move(first_);
      if (raw == nullptr) {
        ARROW_ASSIGN_OR_RAISE(raw, bytes_->Next());
      }
      if (encoding_ == Encoding::kUtf8) {
        if (raw == nullptr || raw->size() > 0) return raw;
        continue;
      }
      if (raw == nullptr) {
        if (carry_.empty()) return nullptr;
        return Malformed(carry_.size() == 1 ? "half a character of UTF-16" : "a lone surrogate");
      }
      ARROW_ASSIGN_OR_RAISE(auto decoded, Decode(*raw));
      if (decoded != nullptr) return decoded;
    }
  }

  void Abort() { bytes_->Abort(); }

 private:
  // Null if the block held no whole character.
  arrow::Result<std::shared_ptr<arrow::Buffer>> Decode(const arrow::Buffer& raw) {
    std::string_view in(raw);
    const auto room = static_cast<int64_t>(carry_.size()) * 2 + raw.size() * 2 + 16;
    ARROW_ASSIGN_OR_RAISE(auto block, AllocateBlock(bytes_->context(), room));
    int64_t done = 0;
    if (!carry_.empty()) {
      // At most 3 bytes wait; with the next 4 they hold at least one whole character.
      std::string edge = carry_ + std::string(in.substr(0, 4));
      const Decoded decoded = DecodeSome(edge, block->mutable_data());
      if (decoded.malformed) return Malformed("a lone surrogate", decoded.consumed);
      if (decoded.consumed < static_cast<int64_t>(carry_.size())) {
        carry_ = std::move(edge);  // a block of a byte or two
        return nullptr;
      }
      in.remove_prefix(static_cast<size_t>(decoded.consumed) - carry_.size());
      done = decoded.produced;
      offset_ += decoded.consumed;
      carry_.clear();
    }
    const Decoded decoded = DecodeSome(in, block->mutable_data() + done);
    if (decoded.malformed) return Malformed("a lone surrogate", decoded.consumed);
    carry_ = in.substr(static_cast<size_t>(decoded.consumed));
    offset_ += decoded.consumed;
    done += decoded.produced;
    if (done == 0) return nullptr;
    return EndBlock(std::move(block), done);
  }

  Decoded DecodeSome(std::string_view in, uint8_t* out) const {
    if (encoding_ == Encoding::kLatin1) return DecodeLatin1(in, out);
    return DecodeUtf16(in, encoding_ == Encoding::kUtf16Be, out);
  }

  arrow::Status Malformed(const char* what, int64_t behind = 0) const {
    return MakeError(ErrorCode::kData, std::string("the text is malformed: ") + what,
                     {.location = name_, .byte_offset = offset_ + behind});
  }

  const std::shared_ptr<ByteBlocks> bytes_;
  std::shared_ptr<arrow::Buffer> first_;
  int64_t offset_;  // of the first byte that is not decoded
  const Encoding encoding_;
  const std::string name_;
  std::string carry_;  // bytes of an unfinished character
};

class BlockText : public TextInput {
 public:
  BlockText(std::shared_ptr<Context> context, std::shared_ptr<DecodedBlocks> blocks,
            std::string encoding)
      : context_(std::move(context)),
        encoding_(std::move(encoding)),
        ahead_([blocks] { return blocks->Next(); }, kBlocksAhead, [blocks] { blocks->Abort(); }) {}

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

struct Found {
  Encoding encoding = Encoding::kUtf8;
  size_t mark = 0;  // bytes of the byte order mark
  std::string name = "UTF-8";
};

const char* NameOf(Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf16Le:
      return "UTF-16LE";
    case Encoding::kUtf16Be:
      return "UTF-16BE";
    case Encoding::kLatin1:
      return "Latin-1";
    default:
      return "UTF-8";
  }
}

// Text of UTF-16 without a mark shows its ASCII characters as pairs with a NUL on one side only.
Encoding ByNulPattern(std::string_view head) {
  size_t nuls[2] = {0, 0};
  const size_t pairs = head.size() / 2;
  for (size_t at = 0; at < pairs * 2; ++at) nuls[at % 2] += head[at] == '\0';
  if (pairs < 2) return Encoding::kUtf8;
  // Other characters may have a NUL on the other side: U+DE00, U+4E00. In a text of a few bytes a
  // NUL may be just that.
  const auto mostly = [pairs](size_t here, size_t there) {
    if (pairs < 8) return here == pairs && there == 0;
    return here * 5 >= pairs * 2 && there * 4 <= here;
  };
  if (mostly(nuls[1], nuls[0])) return Encoding::kUtf16Le;
  if (mostly(nuls[0], nuls[1])) return Encoding::kUtf16Be;
  return Encoding::kUtf8;
}

arrow::Result<Found> FindEncoding(std::string_view head, Encoding told, const std::string& name) {
  Found found;
  const auto starts = [head](std::string_view mark) { return head.substr(0, mark.size()) == mark; };
  using std::string_view_literals::operator""sv;
  const bool is_utf32 = starts("\xff\xfe\0\0"sv) || starts("\0\0\xfe\xff"sv);
  if (is_utf32 && told == Encoding::kAuto) {
    return MakeError(ErrorCode::kData, "is UTF-32 text, which cannot be read",
                     {.location = name, .hint = "try iconv -f UTF-32 -t UTF-8"});
  }
  Encoding marked = Encoding::kAuto;
  if (starts("\xef\xbb\xbf")) {
    marked = Encoding::kUtf8;
    found.mark = 3;
  } else if (starts("\xff\xfe")) {
    marked = Encoding::kUtf16Le;
    found.mark = 2;
  } else if (starts("\xfe\xff")) {
    marked = Encoding::kUtf16Be;
    found.mark = 2;
  }
  if (told == Encoding::kLatin1) {
    // Every byte is a character of Latin-1, a mark's bytes too; but nobody means those.
    if (marked == Encoding::kAuto) return Found{.encoding = told, .mark = 0, .name = "Latin-1"};
  } else if (marked == Encoding::kAuto) {
    found.encoding = told != Encoding::kAuto ? told : ByNulPattern(head.substr(0, kSniffedBytes));
    found.name = NameOf(found.encoding);
    return found;
  }
  if (told != Encoding::kAuto && told != marked) {
    return MakeError(ErrorCode::kData,
                     std::string("begins with the byte order mark of ") + NameOf(marked) +
                         ", but was said to be " + NameOf(told),
                     {.location = name, .hint = "drop --encoding: the mark tells it"});
  }
  found.encoding = marked;
  found.name = std::string(NameOf(marked)) + " with BOM";
  return found;
}

}  // namespace

arrow::Result<std::unique_ptr<TextInput>> OpenTextInput(const std::shared_ptr<Context>& context,
                                                        const FileInput& input, Encoding encoding) {
  ARROW_ASSIGN_OR_RAISE(auto stream, OpenUnpacked(context, input));
  const int64_t size = input.packing == Packing::kNone ? input.size : -1;
  auto bytes = std::make_shared<ByteBlocks>(context, std::move(stream), size);
  ARROW_ASSIGN_OR_RAISE(auto first, bytes->Next());
  const std::string_view head = first == nullptr ? std::string_view() : std::string_view(*first);
  ARROW_ASSIGN_OR_RAISE(const Found found, FindEncoding(head, encoding, input.name));
  const auto mark = static_cast<int64_t>(found.mark);
  if (mark > 0) first = arrow::SliceBuffer(std::move(first), mark);
  auto blocks = std::make_shared<DecodedBlocks>(std::move(bytes), std::move(first), mark,
                                                found.encoding, input.name);
  return std::make_unique<BlockText>(context, std::move(blocks), found.name);
}

}  // namespace bowyer
