// Text that grows: what the writers append to. A position (`char* at`) travels through the
// functions that append and comes back moved; the buffer only says how far it may go.
#pragma once

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/status.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace bowyer {

// Used by one thread. Memory comes from the pool; a refusal or a value that cannot be spelled is
// told by a null position, the reason by status().
class TextBuffer {
 public:
  // Bytes behind every reserved range that may be overwritten: vectors are stored whole.
  static constexpr int64_t kSlack = 64;

  explicit TextBuffer(arrow::MemoryPool* pool) : pool_(pool) {}
  TextBuffer(TextBuffer&&) = default;
  TextBuffer& operator=(TextBuffer&&) = default;

  // Forgets the text, keeps the memory. Null when memory for `bytes` is refused.
  char* Restart(int64_t bytes) {
    status_ = arrow::Status::OK();
    return Reserve(begin_, bytes);
  }

  // A position equal to `at` behind which `bytes` can be written; text before it is kept. The old
  // position is void. Null when memory is refused.
  char* Reserve(char* at, int64_t bytes) {
    if (end_ - at >= bytes) [[likely]] {
      return at;
    }
    return Grow(at, bytes);
  }

  // Records why nothing more can be appended; returns null for the caller to return.
  char* Fail(arrow::Status status) {
    status_ = std::move(status);
    return nullptr;
  }

  char* begin() const { return begin_; }
  int64_t size(const char* at) const { return at - begin_; }
  int64_t capacity() const { return end_ - begin_; }
  std::string_view view(const char* at) const { return {begin_, static_cast<size_t>(at - begin_)}; }
  const arrow::Status& status() const { return status_; }

 private:
  char* Grow(char* at, int64_t bytes);

  arrow::MemoryPool* pool_;
  std::unique_ptr<arrow::ResizableBuffer> buffer_;
  char* begin_ = nullptr;
  char* end_ = nullptr;  // of what may be reserved; kSlack bytes follow
  arrow::Status status_;
};

}  // namespace bowyer
