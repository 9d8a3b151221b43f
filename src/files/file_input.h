// A file to read, as formats see it: seekable where the system can, a stream where it cannot.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>

#include "bowyer/context.h"

struct stat;

namespace bowyer {

// How the bytes of a whole file are packed.
enum class Packing { kNone, kGzip, kZstd, kBzip2, kLz4 };

struct FileInput {
  std::string name;        // for messages: the path as the user wrote it, "-" for standard input
  std::string local_path;  // empty when there is none
  // Random access through pread, never a mapping (a file truncated under a mapping is a SIGBUS);
  // ReadAt is thread-safe. Null for a pipe.
  std::shared_ptr<arrow::io::RandomAccessFile> file;
  // Sequential reading from the start; always set, used by one thread. What is read through either
  // counts as the context's progress (no byte of a file twice).
  std::shared_ptr<arrow::io::InputStream> stream;
  int64_t size = -1;  // bytes as stored; -1 for a pipe
  Packing packing = Packing::kNone;
  std::string head;         // the first bytes as stored (up to 16), for detection
  std::string fingerprint;  // size, time, identity; empty for a pipe
};

// Size, time and identity of a file: changes when the bytes may have.
std::string FileFingerprint(const struct stat& facts);

// Opens a local path; "-" is standard input. The packing comes from the first bytes, not the name.
// Errors: kUnavailable (not there, a folder, no permission).
arrow::Result<FileInput> OpenFileInput(const std::shared_ptr<Context>& context,
                                       const std::string& path);

// `input`'s bytes as stored, from the start: of a file a new stream for each call, independent of
// all others, that ends where the file ended when it was opened (kData if it became shorter); of a
// pipe the one stream that there is. Abort() on it makes a waiting Read return, from any thread.
arrow::Result<std::shared_ptr<arrow::io::InputStream>> StoredBytes(const FileInput& input);

// StoredBytes unpacked (checksums and lengths verified, concatenated members read on). Errors from
// Read: kData with the stored offset for damaged or truncated data.
arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenUnpacked(
    const std::shared_ptr<Context>& context, const FileInput& input);

}  // namespace bowyer
