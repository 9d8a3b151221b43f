// An output file that appears under its name only when it is whole.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>

#include "bowyer/context.h"

namespace bowyer {

// Writes to a temporary file beside the destination, recognisable by its name
// (".NAME.PID-RANDOM.bowyer-part") and locked while its writer lives; Commit renames it.
// Destroyed without Commit, it removes the temporary file. Used by one thread.
class AtomicFile : public arrow::io::OutputStream {
 public:
  // Removes temporary files of `path` that dead runs left behind, then creates a new one.
  // Errors: kUnavailable for a folder that is missing or read-only, and for a destination that is a
  // folder, FIFO, socket, block device or symbolic link. A character device such as /dev/null is
  // written as it is.
  static arrow::Result<std::shared_ptr<AtomicFile>> Create(std::shared_ptr<Context> context,
                                                           const std::string& path);

  // Renames onto the destination. replace = false: kUnavailable if it exists by now.
  // durable: fsync of file and folder first.
  virtual arrow::Status Commit(bool replace, bool durable) = 0;
  // After a Commit that replaced nothing: takes the file away again, if it still is this one.
  virtual void Withdraw() = 0;

  // The first `bytes` bytes of `fd`, as the file's start (for appending to a copy of the old file).
  virtual arrow::Status CopyFrom(int fd, int64_t bytes) = 0;
};

enum class DestinationKind { kNothing, kFile, kFolder, kDevice };

// What is under a destination's name now. Errors: kUnavailable for what is never written to
// (symbolic links, pipes, sockets, block devices) or cannot be looked at.
arrow::Result<DestinationKind> LookAtDestination(const std::string& path);

// Do both paths lead to one file, also through symbolic or hard links?
bool SameFile(const std::string& a, const std::string& b);
bool SameFile(int fd, const std::string& path);

// "exists already", with what to try.
arrow::Status AlreadyExists(const std::string& path);

// Removes what dead runs left behind for `path`; what a living run holds stays.
void RemoveStaleParts(const std::string& path);

}  // namespace bowyer
