// What a server sends for one query, taken from the socket itself: libpq hands each row over in
// memory of its own, which costs as much as to decode it. (PostgreSQL's documentation,
// "Frontend/Backend Protocol": "Extended Query", "Message Formats".)
#pragma once

#include <arrow/result.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace bowyer {

class RowMessages {
 public:
  // The messages that run `sql` and ask for its rows in binary form, as they are sent.
  static std::string Query(const std::string& sql);

  // The next bytes of the stream, divided anywhere: their rows, laid out as those of binary COPY,
  // are moved to the front of `bytes`. Gives their size. Errors: kPeer, for what no server sends
  // here, and fewer rows than it says.
  arrow::Result<size_t> Take(uint8_t* bytes, size_t size);

  // The server is ready for the next command. It has sent nothing behind that.
  bool ended() const { return state_ == State::kReady; }
  // Bytes that the message of which the last bytes were taken still has.
  size_t missing() const { return missing_; }
  // An error's fields by their codes (PG_DIAG_SQLSTATE and so on); empty: there was none.
  const std::map<char, std::string>& error() const { return error_; }

 private:
  enum class State { kStart, kParsed, kRows, kCompleted, kReady };
  static constexpr size_t kHeadSize = 5;  // a type, and a length that counts itself

  arrow::Status Begin();
  arrow::Status End();

  State state_ = State::kStart;
  uint8_t head_[kHeadSize] = {};
  size_t head_size_ = 0;
  size_t missing_ = 0;
  std::string body_;  // of a message that is no row
  uint64_t rows_ = 0;
  std::map<char, std::string> error_;
};

}  // namespace bowyer
