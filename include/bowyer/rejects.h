// Rows set aside: each with its place, its reason and its raw text, in a CSV file of its own with
// the columns source, line, row, byte_offset, column, reason, encoding, raw. `raw` holds the record
// exactly: as it is (encoding utf-8) or, where it is not well-formed UTF-8, in base64 (RFC 4648;
// encoding base64). What is not known is empty.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "bowyer/context.h"

namespace bowyer {

struct Reject {
  std::string source;  // file name
  int64_t line = -1;   // 1-based physical line on which the record begins
  int64_t row = -1;    // 1-based record of the table
  int64_t byte_offset = -1;
  std::string column;  // empty where the whole row is at fault
  std::string reason;
  std::string raw;  // the record's bytes, whole and unchanged
};

// Thread-safe; callers add rows in source order. The file appears under its name with Commit.
class RejectsFile {
 public:
  // Errors: kUnavailable if the file exists or cannot be made.
  static arrow::Result<std::shared_ptr<RejectsFile>> Open(std::shared_ptr<Context> context,
                                                          const std::string& path);
  ~RejectsFile();  // without Commit: removes what was written

  // Counts into the context's rows_rejected.
  arrow::Status Add(const Reject& reject);
  int64_t count() const;
  // Writes the file (also when it holds no rows) under its name.
  arrow::Status Commit();
  // Takes it away again after a Commit: what it belongs to did not come about.
  void Withdraw();

 private:
  struct State;
  explicit RejectsFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bowyer
