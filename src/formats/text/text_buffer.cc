#include "formats/text/text_buffer.h"

#include <algorithm>

namespace bowyer {

char* TextBuffer::Grow(char* at, int64_t bytes) {
  const int64_t size = at - begin_;
  // Half as much again: cheap enough in copies, and less is left unused when the budget is tight.
  const int64_t wanted = std::max(size + bytes, capacity() + capacity() / 2) + kSlack;
  auto grown = buffer_ ? buffer_->Resize(wanted, /*shrink_to_fit=*/false) : arrow::Status::OK();
  if (!buffer_) {
    auto made = arrow::AllocateResizableBuffer(wanted, pool_);
    grown = made.status();
    if (made.ok()) buffer_ = std::move(made).ValueUnsafe();
  }
  if (!grown.ok()) return Fail(std::move(grown));
  begin_ = reinterpret_cast<char*>(buffer_->mutable_data());
  end_ = begin_ + wanted - kSlack;
  return begin_ + size;
}

}  // namespace bowyer
