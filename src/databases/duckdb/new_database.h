// A database file that appears under its name only when it is whole.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "files/part_name.h"

namespace bowyer {

// The file, its log and its spill live in a hidden folder beside the destination (named and locked
// as in files/atomic_file.h). Publish renames the file; destroyed before, it removes the folder.
class NewDatabase {
 public:
  // Removes what dead runs left of `path`. Errors: kUnavailable for a folder that is missing or
  // cannot be written.
  static arrow::Result<std::unique_ptr<NewDatabase>> Create(const std::string& path);
  ~NewDatabase();
  NewDatabase(const NewDatabase&) = delete;
  NewDatabase& operator=(const NewDatabase&) = delete;

  // Where the database is built.
  const std::string& file() const { return file_; }

  // Once the database is closed. Errors: kUnavailable if the destination exists by now.
  arrow::Status Publish(bool durable);

 private:
  NewDatabase() = default;

  std::string path_, name_, part_, file_;
  OwnedFd parent_, folder_;  // folder_: the part; holds the lock
};

}  // namespace bowyer
