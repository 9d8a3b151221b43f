#include "databases/postgres/row_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/postgres/wire.h"

namespace bowyer {
namespace {

// Of an error's text; the rest is passed over.
constexpr size_t kMostBody = size_t{64} << 10;

enum Type : uint8_t {
  kParseComplete = '1',
  kBindComplete = '2',
  kDataRow = 'D',
  kCommandComplete = 'C',
  kReadyForQuery = 'Z',
  kErrorResponse = 'E',
  // May come at any time.
  kNoticeResponse = 'N',
  kParameterStatus = 'S',
  kNotificationResponse = 'A',
};

arrow::Status Unexpected(const std::string& what) {
  return MakeError(ErrorCode::kPeer, "the server sent " + what + " where it sends rows");
}

}  // namespace

std::string RowMessages::Query(const std::string& sql) {
  std::string all;
  const auto add = [&all](char type, const std::string& body) {
    all += type;
    PutBig32(static_cast<uint32_t>(4 + body.size()), &all);
    all += body;
  };
  const std::string unnamed(1, '\0');
  add('P', unnamed + sql + std::string(3, '\0'));  // Parse: no types of parameters
  add('B', unnamed + unnamed + std::string("\0\0\0\0\0\1\0\1", 8));  // Bind: all columns binary
  add('E', unnamed + std::string(4, '\0'));                          // Execute: all rows
  add('S', "");                                                      // Sync
  return all;
}

// Of the message whose head is there.
arrow::Status RowMessages::Begin() {
  const uint32_t length = LoadBig32(head_ + 1);
  if (length < 4 || length > uint32_t{INT32_MAX}) return Unexpected("a message of no length");
  missing_ = length - 4;
  body_.clear();
  bool fits = false;
  switch (head_[0]) {
    case kParseComplete:
      fits = state_ == State::kStart;
      break;
    case kBindComplete:
      fits = state_ == State::kParsed;
      break;
    case kDataRow:
    case kCommandComplete:
      fits = state_ == State::kRows;
      break;
    case kReadyForQuery:
      fits = state_ == State::kCompleted;
      break;
    case kErrorResponse:
    case kNoticeResponse:
    case kParameterStatus:
    case kNotificationResponse:
      fits = true;
      break;
    default:
      break;
  }
  if (fits) return arrow::Status::OK();
  return Unexpected("a message of type " + Quoted(std::string(1, static_cast<char>(head_[0]))));
}

arrow::Status RowMessages::End() {
  head_size_ = 0;
  switch (head_[0]) {
    case kParseComplete:
      state_ = State::kParsed;
      break;
    case kBindComplete:
      state_ = State::kRows;
      break;
    case kDataRow:
      ++rows_;
      break;
    case kCommandComplete:
      if (const std::string said = body_.c_str(); said != "SELECT " + std::to_string(rows_)) {
        return MakeError(ErrorCode::kPeer,
                         fmt::format("{} rows came, and the server says {}", rows_, Quoted(said)));
      }
      state_ = State::kCompleted;
      break;
    case kReadyForQuery:
      state_ = State::kReady;
      break;
    case kErrorResponse:
      // Code, text, NUL; code, text, NUL; NUL.
      for (size_t at = 0; at < body_.size() && body_[at] != '\0';) {
        const size_t end = std::min(body_.find('\0', at), body_.size());
        error_.emplace(body_[at], body_.substr(at + 1, end - at - 1));
        at = end + 1;
      }
      if (error_.empty()) return Unexpected("an error without a text");
      state_ = State::kCompleted;
      break;
    default:
      break;
  }
  return arrow::Status::OK();
}

arrow::Result<size_t> RowMessages::Take(uint8_t* bytes, size_t size) {
  size_t kept = 0;
  for (size_t at = 0; at < size;) {
    if (ended()) return Unexpected("something behind its last message");
    // Nearly all are whole.
    if (head_size_ == 0 && size - at > kHeadSize && bytes[at] == kDataRow &&
        state_ == State::kRows) {
      const uint32_t length = LoadBig32(bytes + at + 1);
      if (length >= 4 && length - 4 <= size - at - kHeadSize) {
        std::memmove(bytes + kept, bytes + at + kHeadSize, length - 4);
        kept += length - 4;
        at += kHeadSize + (length - 4);
        ++rows_;
        continue;
      }
    }
    if (head_size_ < kHeadSize) {
      const size_t part = std::min(kHeadSize - head_size_, size - at);
      std::memcpy(head_ + head_size_, bytes + at, part);
      head_size_ += part;
      at += part;
      if (head_size_ < kHeadSize) break;
      ARROW_RETURN_NOT_OK(Begin());
    }
    const size_t part = std::min(missing_, size - at);
    if (head_[0] == kDataRow) {
      if (kept != at) std::memmove(bytes + kept, bytes + at, part);
      kept += part;
    } else {
      body_.append(reinterpret_cast<const char*>(bytes) + at,
                   std::min(part, kMostBody - std::min(kMostBody, body_.size())));
    }
    at += part;
    missing_ -= part;
    if (missing_ == 0) ARROW_RETURN_NOT_OK(End());
  }
  return kept;
}

}  // namespace bowyer
