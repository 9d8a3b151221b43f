// For tests and fuzzers of the JSON reader: a text in memory, in blocks of any size, and what is
// read from it as JSON lines.
#pragma once

#include <arrow/io/memory.h>

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "files/text_input.h"
#include "formats/format.h"
#include "formats/json/writer.h"

namespace bowyer::json {

// Gives `text` out in blocks of `block` bytes, each with exactly the padding that was promised, so
// that a sanitizer sees what reads beyond it.
class MemoryText : public TextInput {
 public:
  MemoryText(std::string text, size_t block) : text_(std::move(text)), block_(block) {}

  arrow::Result<std::string_view> Peek(int64_t) override {
    text_.reserve(text_.size() + 64);
    std::memset(text_.data() + text_.size(), 0, 64);
    return std::string_view(text_).substr(at_);
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Next() override {
    if (at_ >= text_.size()) return nullptr;
    const size_t size = std::min(block_, text_.size() - at_);
    ARROW_ASSIGN_OR_RAISE(auto buffer,
                          arrow::AllocateResizableBuffer(static_cast<int64_t>(size) + 64));
    std::memcpy(buffer->mutable_data(), text_.data() + at_, size);
    std::memset(buffer->mutable_data() + size, 0, 64);
    ARROW_RETURN_NOT_OK(buffer->Resize(static_cast<int64_t>(size), /*shrink_to_fit=*/false));
    at_ += size;
    return buffer;
  }

  std::string encoding() const override { return "UTF-8"; }

 private:
  std::string text_;
  size_t block_;
  size_t at_ = 0;
};

inline FileInput MemoryInput(const std::string& text) {
  auto file = std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(text));
  return {
      .name = "test.json", .file = file, .stream = file, .size = static_cast<int64_t>(text.size())};
}

// All rows of `reader` as JSON lines.
inline arrow::Result<std::string> ToLines(const std::shared_ptr<Context>& context,
                                          arrow::RecordBatchReader* reader) {
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto encoder, MakeJsonEncoder(context, reader->schema(), stream, {}));
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(batch->ValidateFull());
    ARROW_RETURN_NOT_OK(encoder->Write(batch));
  }
  ARROW_RETURN_NOT_OK(encoder->Finish());
  ARROW_ASSIGN_OR_RAISE(auto buffer, stream->Finish());
  return buffer->ToString();
}

}  // namespace bowyer::json
