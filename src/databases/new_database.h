// A database file that appears under its name only when it is whole.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "files/part_name.h"

namespace bowyer {

// The file, its log and its spill live in a hidden folder beside the destination (named and locked
// as in files/atomic_file.h). Publish renames the file; destroyed before, it removes the folder,
// unless it was told to keep it for a run that resumes.
class NewDatabase {
 public:
  // Removes what dead runs left of `path`, or, with `resume`, goes on with the newest of it.
  // Errors: kUnavailable for a folder that is missing or cannot be written.
  static arrow::Result<std::unique_ptr<NewDatabase>> Create(const std::string& path,
                                                            bool resume = false);
  ~NewDatabase();
  NewDatabase(const NewDatabase&) = delete;
  NewDatabase& operator=(const NewDatabase&) = delete;

  // Where the database is built.
  const std::string& file() const { return file_; }

  // Whatever happens, the folder stays until it is published.
  void Keep() { keep_ = true; }

  // Once the database is closed. Errors: kUnavailable if the destination exists by now.
  arrow::Status Publish(bool durable);

 private:
  NewDatabase() = default;

  std::string path_, name_, part_, file_;
  OwnedFd parent_, folder_;  // folder_: the part; holds the lock
  bool keep_ = false;
};

}  // namespace bowyer
