// Bytes to a descriptor: small writes gathered, buffers kept and written together, large writes
// passed on, failures named.
#pragma once

#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/context.h"

struct iovec;

namespace bowyer {

// Used by one thread. Errors of writing and closing: the
// path, the bytes written so far; kResources for a full disk, quota or file size limit, kPeer for
// a closed pipe.
class FileWriter : public arrow::io::OutputStream {
 public:
  // `name` is for messages. owned: the descriptor is closed by Close or the destructor. counted:
  // what is written counts as the context's progress.
  FileWriter(std::shared_ptr<Context> context, int fd, bool owned, std::string name,
             bool counted = true);
  ~FileWriter() override;

  // A new file for writing, relative to the folder `folder_fd` (AT_FDCWD: the working folder).
  // Errors: kUnavailable, also if something of this name is there.
  static arrow::Result<std::shared_ptr<FileWriter>> Create(std::shared_ptr<Context> context,
                                                           int folder_fd, const std::string& file,
                                                           const std::string& name);

  using OutputStream::Write;
  arrow::Status Write(const void* data, int64_t bytes) override;
  // Keeps the buffer, which nobody may change any more, until it is written.
  arrow::Status Write(const std::shared_ptr<arrow::Buffer>& buffer) override;
  arrow::Status Flush() override;
  arrow::Status Close() override;  // flushes first; errors of close(2) are errors
  arrow::Status Sync();            // flushes, then fsync
  arrow::Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return fd_ < 0; }
  int fd() const { return fd_; }
  int64_t bytes_written() const { return position_; }
  // Copies the first `bytes` bytes of another file, in the kernel where it can.
  arrow::Status CopyFrom(int fd, int64_t bytes);

 private:
  void Count(int64_t bytes);
  struct Piece {
    const uint8_t* data;
    int64_t bytes;
    std::shared_ptr<arrow::Buffer> kept;  // null: part of gather_
  };

  arrow::Status WriteAll(const uint8_t* data, int64_t bytes);
  arrow::Status WritePieces(const std::vector<Piece>& pieces);
  arrow::Result<int64_t> WriteOnce(const struct iovec* pieces, int count);
  arrow::Status Failed(const char* what, int number) const;

  const std::shared_ptr<Context> context_;
  int fd_;
  const bool owned_, counted_;
  const std::string name_;
  int64_t position_ = 0;  // with what is gathered
  int64_t written_ = 0;
  std::vector<Piece> waiting_;
  int64_t waiting_bytes_ = 0, gathered_ = 0;
  std::shared_ptr<arrow::Buffer> gather_;
};

}  // namespace bowyer
