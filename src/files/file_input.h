// A file to read, as formats see it: seekable where the system can, a stream where it cannot.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "bowyer/context.h"

namespace bowyer {

// How the bytes of a whole file are packed.
enum class Packing { kNone, kGzip, kZstd, kBzip2, kLz4 };

struct FileInput {
  std::string name;        // for messages: the path as the user wrote it, "-" for standard input
  std::string local_path;  // empty when there is none
  // Random access through pread, never a mapping (a file truncated under a mapping is a SIGBUS);
  // ReadAt is thread-safe. Null for a pipe.
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  // Sequential reading from the start; always set, used by one thread.
  std::shared_ptr<arrow::io::InputStream> stream;
  int64_t size = -1;       // bytes as stored; -1 for a pipe
  Packing packing = Packing::kNone;
  std::string fingerprint;  // size, time, identity; empty for a pipe
};

// Opens a local path; "-" is standard input. The packing comes from the first bytes, not the name.
// Errors: kUnavailable (not there, a folder, no permission).
arrow::Result<FileInput> OpenFileInput(const std::shared_ptr<Context>& context,
                                       const std::string& path);

// `input`'s bytes unpacked (checksums and lengths verified, concatenated members read on); counts
// stored bytes read into the context's progress. Errors from Read: kData with the stored offset
// for damaged or truncated data.
arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenUnpacked(
    const std::shared_ptr<Context>& context, const FileInput& input);

}  // namespace bowyer
