// An output file that appears under its name only when it is whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "bowyer/context.h"

namespace bowyer {

// Writes to a temporary file beside the destination, recognisable by its name
// (".NAME.PID-RANDOM.bowyer-part") and locked while its writer lives; Commit renames it.
// Destroyed without Commit, it removes the temporary file. Used by one thread.
class AtomicFile : public arrow::io::OutputStream {
 public:
  // Removes temporary files of `path` that dead runs left behind, then creates a new one.
  // Errors: kUnavailable for a folder that is missing or read-only, and for a destination that is a
  // folder, FIFO, socket, device or symbolic link.
  static arrow::Result<std::shared_ptr<AtomicFile>> Create(std::shared_ptr<Context> context,
                                                           const std::string& path);

  // Renames onto the destination. replace = false: kUnavailable if it exists by now.
  // durable: fsync of file and folder first.
  virtual arrow::Status Commit(bool replace, bool durable) = 0;
};

// Removes what dead runs left behind for `path`; what a living run holds stays.
void RemoveStaleParts(const std::string& path);

}  // namespace bowyer
