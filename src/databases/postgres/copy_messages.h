// What a server sends for one COPY ... TO STDOUT, taken from the socket itself: libpq hands each
// row over in memory of its own, which costs as much as to decode it. (PostgreSQL's documentation,
// "Frontend/Backend Protocol": "COPY Operations", "Message Formats".)
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace bowyer {

class CopyMessages {
 public:
  // The messages of a Query that runs `sql`, as it is sent.
  static std::string Query(const std::string& sql);

  // The next bytes of the stream, divided anywhere: their COPY data is moved to the front of
  // `bytes`. Gives its size. Errors: kPeer, for what no server sends here.
  arrow::Result<size_t> Take(uint8_t* bytes, size_t size);

  // The server is ready for the next command. It has sent nothing behind that.
  bool ended() const { return state_ == State::kReady; }
  // Bytes that the message of which the last bytes were taken still has.
  size_t missing() const { return missing_; }
  // An error's fields by their codes (PG_DIAG_SQLSTATE and so on); empty: there was none.
  const std::map<char, std::string>& error() const { return error_; }

 private:
  enum class State { kStart, kCopying, kCopied, kCompleted, kReady };
  static constexpr size_t kHeadSize = 5;  // a type, and a length that counts itself

  arrow::Status Begin();
  arrow::Status End();

  State state_ = State::kStart;
  uint8_t head_[kHeadSize] = {};
  size_t head_size_ = 0;
  size_t missing_ = 0;
  std::string body_;  // of a message that is no data
  std::map<char, std::string> error_;
};

}  // namespace bowyer
