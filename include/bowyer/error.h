// Errors: arrow::Status with a detail of our own, so that Arrow's calls need no translation and a
// person still learns what failed, where, and what to try.
#pragma once

#include <arrow/status.h>

#include <cstdint>
#include <memory>
#include <string>

namespace bowyer {

// The kinds of failure. The number is the exit code of the command.
enum class ErrorCode : int {
  kInternal = 1,       // a fault of Bowyer's own
  kUsage = 2,          // wrong option, expression or location
  kUnavailable = 3,    // cannot be reached or opened, is not there, or exists already
  kData = 4,           // corrupt input, a value that does not fit, schemas that differ
  kVerification = 5,   // source and destination differ
  kResources = 6,      // memory budget, disk full, time-out
  kPeer = 7,           // connection lost, channel cut, pipe closed by the other side
  kInterrupted = 130,  // SIGINT
  kTerminated = 143,   // SIGTERM
};

// Where an error happened and what to try; empty strings and -1 mean "not known".
struct ErrorPlace {
  std::string location;  // already redacted: never holds a password
  std::string column;
  int64_t line = -1;         // 1-based physical line of a text file
  int64_t row = -1;          // 1-based row of the table (the header is not a row)
  int64_t byte_offset = -1;  // 0-based offset in the (decompressed) file
  std::string hint;          // what to try; may hold several lines
};

class ErrorDetail : public arrow::StatusDetail {
 public:
  ErrorDetail(ErrorCode code, ErrorPlace place) : code_(code), place_(std::move(place)) {}
  const char* type_id() const override;
  std::string ToString() const override;
  ErrorCode code() const { return code_; }
  const ErrorPlace& place() const { return place_; }

 private:
  ErrorCode code_;
  ErrorPlace place_;
};

// A status of the given kind. `message` says what failed, in lower case, without place or hint.
arrow::Status MakeError(ErrorCode code, std::string message, ErrorPlace place = {});

// The kind of any status, also of one that Arrow or the operating system made.
ErrorCode CodeOf(const arrow::Status& status);

// Our detail, or null for a foreign status.
const ErrorDetail* DetailOf(const arrow::Status& status);

// `status` with what is known of its place filled in where it is still missing, and, for a foreign
// status, its kind. An OK status stays OK.
arrow::Status AtPlace(const arrow::Status& status, const ErrorPlace& place);

// A foreign status as an error of kind `code` (for calls whose failures mean one thing only, such
// as "the bytes are corrupt"). Statuses of our own, out-of-memory and cancelled ones pass through.
arrow::Status WithCode(const arrow::Status& status, ErrorCode code, const ErrorPlace& place);

// For people: "orders.csv, line 12, column amount: message" and the hint on lines of its own.
std::string Describe(const arrow::Status& status);

}  // namespace bowyer
