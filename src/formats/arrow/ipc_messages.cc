// Finds messages: by the footer's blocks, or one behind the other in a stream.
// A message is a length (in front of it a continuation marker, since 0.15), metadata, a body.
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/util/endian.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/arrow/ipc_reader.h"

namespace bowyer {
namespace {

using arrow::Buffer;
using arrow::Result;
using arrow::Status;

constexpr uint32_t kContinuation = 0xFFFFFFFF;
constexpr char kMagic[] = "ARROW1\0\0";

Status Fault(std::string what, int64_t offset) {
  return MakeError(ErrorCode::kData, std::move(what), {.byte_offset = offset});
}

uint32_t Word(const uint8_t* bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return arrow::bit_util::FromLittleEndian(word);
}

Result<IpcMessage> Parse(const uint8_t* bytes, int64_t size, int64_t offset) {
  auto message = ParseIpcMessage({bytes, static_cast<size_t>(size)});
  if (!message.ok()) return AtPlace(message.status(), {.byte_offset = offset});
  return message;
}

class BlockMessages : public IpcMessages {
 public:
  BlockMessages(std::shared_ptr<arrow::io::RandomAccessFile> file, int64_t size,
                std::vector<IpcBlock> blocks)
      : file_(std::move(file)), size_(size), blocks_(std::move(blocks)) {}

  Result<std::optional<FoundMessage>> Next() override {
    if (next_ == blocks_.size()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(auto found, ReadIpcBlock(file_, size_, blocks_[next_++]));
    if (found.message.kind != IpcMessage::Kind::kBatch) {
      return Fault("the footer calls this message a batch, but it is none", found.offset);
    }
    return found;
  }

 private:
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  int64_t size_;
  std::vector<IpcBlock> blocks_;
  size_t next_ = 0;
};

class Stream : public IpcStream {
 public:
  Stream(std::shared_ptr<Context> context, std::shared_ptr<arrow::io::RandomAccessFile> file,
         int64_t size, std::shared_ptr<arrow::io::InputStream> pipe, std::string name)
      : context_(std::move(context)),
        file_(std::move(file)),
        size_(size),
        pipe_(std::move(pipe)),
        name_(std::move(name)) {}

  const std::shared_ptr<const IpcSchema>& schema() const override { return schema_; }

  bool may_wait() const override { return file_ == nullptr; }

  Status ReadSchema() {
    ARROW_ASSIGN_OR_RAISE(auto head, Read(8));
    if (head->size() == 8 && std::memcmp(head->data(), kMagic, 8) == 0) {
      ARROW_ASSIGN_OR_RAISE(head, Read(8));
    }
    if (head->size() == 0) return Fault("the file is empty", at_);
    if (head->size() < 4) return Fault("this is no Arrow data", 0);
    ARROW_ASSIGN_OR_RAISE(const auto length, LengthOf(*head));
    // Of a message without continuation marker the metadata has begun.
    const int64_t begun = Word(head->data()) == kContinuation ? 0 : head->size() - 4;
    if (!length || *length <= begun || *length > (64 << 20)) {
      return Fault("this is no Arrow data", 0);
    }
    ARROW_ASSIGN_OR_RAISE(auto rest, Read(*length - begun));
    if (rest->size() < *length - begun) return Fault("this is no Arrow data", 0);
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Buffer> metadata, arrow::AllocateBuffer(*length));
    std::memcpy(metadata->mutable_data(), head->data() + 4, static_cast<size_t>(begun));
    std::memcpy(metadata->mutable_data() + begun, rest->data(), static_cast<size_t>(rest->size()));
    arrow::ipc::DictionaryMemo memo;
    // The version first: a future one has its own message.
    ARROW_RETURN_NOT_OK(Parse(metadata->data(), metadata->size(), 0).status());
    ARROW_ASSIGN_OR_RAISE(auto schema, SchemaOfMessage(metadata, &memo));
    ARROW_ASSIGN_OR_RAISE(schema_, IpcSchema::Make(std::move(schema), memo));
    return Status::OK();
  }

  Result<std::optional<FoundMessage>> Next() override {
    if (ended_) return std::nullopt;
    const int64_t offset = at_;
    ARROW_ASSIGN_OR_RAISE(auto head, Read(4));
    if (head->size() == 0) {
      ended_ = true;
      ARROW_RETURN_NOT_OK(EndWithoutMarker());
      return std::nullopt;
    }
    if (head->size() == 4 && Word(head->data()) == kContinuation) {
      ARROW_ASSIGN_OR_RAISE(head, Read(4));
    }
    if (head->size() < 4) return Cut("a message's length");
    const auto length = static_cast<int32_t>(Word(head->data()));
    if (length == 0) {
      ended_ = true;
      // A writer in another process may be waiting to see that all was read.
      if (pipe_ != nullptr) ARROW_RETURN_NOT_OK(pipe_->Close());
      return std::nullopt;
    }
    if (length < 0) return Fault("a message's length is negative", offset);
    ARROW_ASSIGN_OR_RAISE(auto metadata, Read(length));
    if (metadata->size() < length) return Cut("a message's metadata");
    ARROW_ASSIGN_OR_RAISE(auto message, Parse(metadata->data(), metadata->size(), offset));
    if (message.kind == IpcMessage::Kind::kSchema) return Fault("a second schema", offset);
    FoundMessage found{.message = std::move(message), .offset = offset};
    found.body = {.file = file_, .start = at_, .length = found.message.body_length};
    if (file_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(found.body.bytes, Read(found.body.length));
      if (found.body.bytes->size() < found.body.length) return Cut("a message's body");
    } else {
      if (found.body.length > size_ - at_) {
        at_ = size_;
        return Cut("a message's body");
      }
      at_ += found.body.length;
    }
    if (told_end_) return Fault("the stream goes on behind what it calls its end", offset);
    if (found.message.kind == IpcMessage::Kind::kBatch) {
      ARROW_ASSIGN_OR_RAISE(told_end_, IsEnd(found));
      if (told_end_) return Next();
      ++batches_;
      rows_ += static_cast<uint64_t>(found.message.batch.rows);
    }
    return found;
  }

 private:
  // Is this the batch that tells what came before it? kPeer or kData if that is not what came.
  Result<bool> IsEnd(const FoundMessage& found) const {
    std::string batches, rows;
    for (const auto& [key, value] : found.message.metadata) {
      if (key == kEndBatches) batches = value;
      if (key == kEndRows) rows = value;
    }
    if (batches.empty() || rows.empty() || found.message.batch.rows != 0) return false;
    if (batches == std::to_string(batches_) && rows == std::to_string(rows_)) return true;
    return MakeError(
        file_ == nullptr ? ErrorCode::kPeer : ErrorCode::kData,
        fmt::format("the stream says that it held {} rows in {} batches, but {} rows in {} came",
                    Printable(rows, 20), Printable(batches, 20), rows_, batches_),
        {.byte_offset = found.offset});
  }

  // Up to `size` bytes; fewer only at the end. Never allocates much more than is there.
  Result<std::shared_ptr<Buffer>> Read(int64_t size) {
    if (file_ != nullptr) {
      ARROW_ASSIGN_OR_RAISE(auto bytes, file_->ReadAt(at_, std::min(size, size_ - at_)));
      at_ += bytes->size();
      return bytes;
    }
    if (pipe_->supports_zero_copy()) {  // it has the bytes, and knows how many there are
      ARROW_ASSIGN_OR_RAISE(auto bytes, pipe_->Read(size));
      at_ += bytes->size();
      return bytes;
    }
    constexpr int64_t kStep = 1 << 20;
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(std::min(size, kStep),
                                                                      context_->memory_pool()));
    int64_t have = 0;
    while (have < size) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      if (have == buffer->size()) {
        ARROW_RETURN_NOT_OK(buffer->Resize(std::min(size, 2 * have)));
      }
      ARROW_ASSIGN_OR_RAISE(const int64_t read,
                            pipe_->Read(buffer->size() - have, buffer->mutable_data() + have));
      if (read == 0) break;
      have += read;
    }
    ARROW_RETURN_NOT_OK(buffer->Resize(have));
    at_ += have;
    return std::shared_ptr<Buffer>(std::move(buffer));
  }

  // Nothing: an end marker.
  Result<std::optional<int64_t>> LengthOf(const Buffer& head) const {
    uint32_t word = Word(head.data());
    if (word == kContinuation) {
      if (head.size() < 8) return Fault("this is no Arrow data", 0);
      word = Word(head.data() + 4);
    }
    const auto length = static_cast<int32_t>(word);
    if (length == 0) return std::nullopt;
    if (length < 0) return Fault("this is no Arrow data", 0);
    return length;
  }

  Status Cut(const std::string& what) const {
    return MakeError(file_ == nullptr ? ErrorCode::kPeer : ErrorCode::kData,
                     fmt::format("the {} ends within {}", file_ == nullptr ? "pipe" : "file", what),
                     {.byte_offset = at_});
  }

  Status EndWithoutMarker() {
    if (file_ == nullptr) {
      return MakeError(ErrorCode::kPeer,
                       "the pipe ends without the marker that ends an Arrow stream",
                       {.byte_offset = at_,
                        .hint = "its writer may have died; what it wrote in full can be read from "
                                "a file"});
    }
    context_->progress().Note(name_ +
                              ": the Arrow stream has no end marker; its batches are whole, but "
                              "more may have been meant to follow");
    return Status::OK();
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  int64_t size_;
  std::shared_ptr<arrow::io::InputStream> pipe_;
  std::string name_;
  std::shared_ptr<const IpcSchema> schema_;
  int64_t at_ = 0;
  bool ended_ = false;
  bool told_end_ = false;
  uint64_t batches_ = 0, rows_ = 0;  // that came
};

}  // namespace

Result<FoundMessage> ReadIpcBlock(const std::shared_ptr<arrow::io::RandomAccessFile>& file,
                                  int64_t size, const IpcBlock& block) {
  if (block.offset < 0 || block.metadata_length < 8 || block.offset > size ||
      block.metadata_length > size - block.offset) {
    return Fault("the footer points outside of the file", size);
  }
  ARROW_ASSIGN_OR_RAISE(auto bytes, file->ReadAt(block.offset, block.metadata_length));
  if (bytes->size() < block.metadata_length) {
    return Fault("the file ends within a message's metadata", block.offset + bytes->size());
  }
  const int64_t prefix = Word(bytes->data()) == kContinuation ? 8 : 4;
  const auto length = static_cast<int32_t>(Word(bytes->data() + prefix - 4));
  if (length <= 0 || length > block.metadata_length - prefix) {
    return Fault("a message's length is out of range", block.offset);
  }
  ARROW_ASSIGN_OR_RAISE(auto message, Parse(bytes->data() + prefix, length, block.offset));
  FoundMessage found{.message = std::move(message), .offset = block.offset};
  found.body = {.file = file,
                .start = block.offset + block.metadata_length,
                .length = found.message.body_length};
  if (found.body.length > size - found.body.start) {
    return Fault("the file ends within a batch", size);
  }
  return found;
}

std::unique_ptr<IpcMessages> MessagesOfBlocks(std::shared_ptr<arrow::io::RandomAccessFile> file,
                                              int64_t size, std::vector<IpcBlock> blocks) {
  return std::make_unique<BlockMessages>(std::move(file), size, std::move(blocks));
}

Result<std::unique_ptr<IpcStream>> IpcStream::Open(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::io::RandomAccessFile> file,
    int64_t size, std::shared_ptr<arrow::io::InputStream> pipe, const std::string& name) {
  auto stream =
      std::make_unique<Stream>(std::move(context), std::move(file), size, std::move(pipe), name);
  ARROW_RETURN_NOT_OK(stream->ReadSchema());
  return stream;
}

Status AddDictionary(Context* context, const IpcSchema& schema, const FoundMessage& found,
                     bool replace, IpcDictionaries* dictionaries) {
  const int64_t id = found.message.dictionary_id;
  const IpcField* field = schema.DictionaryField(id);
  if (field == nullptr) {
    return Fault(fmt::format("no column has a dictionary {}", id), found.offset);
  }
  ARROW_ASSIGN_OR_RAISE(auto values, DecodeIpcDictionary(context, schema, *field, found.message,
                                                         found.body, *dictionaries));
  const auto known = dictionaries->find(id);
  if (found.message.delta && known != dictionaries->end()) {
    ARROW_ASSIGN_OR_RAISE(
        auto joined, arrow::Concatenate({arrow::MakeArray(known->second), arrow::MakeArray(values)},
                                        context->memory_pool()));
    values = joined->data();
  } else if (known != dictionaries->end() && !replace) {
    return Fault(fmt::format("a second dictionary {}, which a file cannot have", id), found.offset);
  }
  (*dictionaries)[id] = std::move(values);
  return Status::OK();
}

}  // namespace bowyer
