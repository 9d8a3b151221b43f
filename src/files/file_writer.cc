// writev(2) until all is written, with the reason when it is not.
#include "files/file_writer.h"

#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr int64_t kGatherBytes = 256 << 10;
constexpr int64_t kKeptBytes = 4 << 10;  // smaller buffers are gathered, too
constexpr int64_t kWaitingBytes = 1 << 20;
constexpr size_t kMostPieces = 64;
constexpr int64_t kLargestWrite = int64_t{16} << 20;  // so that a stop is noticed in between

}  // namespace

FileWriter::FileWriter(std::shared_ptr<Context> context, int fd, bool owned, std::string name,
                       bool counted)
    : context_(std::move(context)),
      fd_(fd),
      owned_(owned),
      counted_(counted),
      name_(std::move(name)) {}

FileWriter::~FileWriter() {
  if (owned_ && fd_ >= 0) ::close(fd_);
}

arrow::Result<std::shared_ptr<FileWriter>> FileWriter::Create(std::shared_ptr<Context> context,
                                                              int folder_fd,
                                                              const std::string& file,
                                                              const std::string& name) {
  const int fd =
      ::openat(folder_fd, file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0) {
    return AtPlace(arrow::internal::IOErrorFromErrno(
                       errno, fmt::format("cannot be written: {}", std::strerror(errno))),
                   {.location = name});
  }
  return std::make_shared<FileWriter>(std::move(context), fd, true, name);
}

arrow::Status FileWriter::Failed(const char* what, int number) const {
  std::string message = fmt::format("cannot be {} ({}); {} had been written", what,
                                    std::strerror(number), HumanBytes(written_));
  ErrorPlace place{.location = name_};
  switch (number) {
    case ENOSPC:
      message = fmt::format("the disk is full; {} had been written", HumanBytes(written_));
      break;
    case EDQUOT:
      message = fmt::format("the disk quota is used up; {} had been written", HumanBytes(written_));
      break;
    case EFBIG:
      message = fmt::format("the file grew beyond the largest size allowed; {} had been written",
                            HumanBytes(written_));
      break;
    case EPIPE:
    case ECONNRESET:
      return MakeError(
          ErrorCode::kPeer,
          fmt::format("the other side closed the pipe; {} had been written", HumanBytes(written_)),
          std::move(place));
    default:
      break;
  }
  return MakeError(ErrorCode::kResources, std::move(message), std::move(place));
}

void FileWriter::Count(int64_t bytes) {
  written_ += bytes;
  if (counted_) context_->progress().bytes_written.fetch_add(bytes, std::memory_order_relaxed);
}

// One writev; 0 when the descriptor was not ready or a signal came.
arrow::Result<int64_t> FileWriter::WriteOnce(const struct iovec* pieces, int count) {
  ARROW_RETURN_NOT_OK(context_->CheckStop());
  const ssize_t put = ::writev(fd_, pieces, count);
  if (put >= 0) {
    Count(put);
    return put;
  }
  if (errno == EAGAIN) {
    struct pollfd wait = {.fd = fd_, .events = POLLOUT, .revents = 0};
    (void)::poll(&wait, 1, 100);
    return 0;
  }
  if (errno == EINTR) return 0;
  return Failed("written", errno);
}

arrow::Status FileWriter::WriteAll(const uint8_t* data, int64_t bytes) {
  while (bytes > 0) {
    const struct iovec piece = {.iov_base = const_cast<uint8_t*>(data),
                                .iov_len = static_cast<size_t>(std::min(bytes, kLargestWrite))};
    ARROW_ASSIGN_OR_RAISE(const int64_t put, WriteOnce(&piece, 1));
    data += put;
    bytes -= put;
  }
  return arrow::Status::OK();
}

arrow::Status FileWriter::WritePieces(const std::vector<Piece>& pieces) {
  std::array<struct iovec, kMostPieces> vectors;
  size_t end = 0;
  for (const Piece& piece : pieces) {
    vectors[end++] = {.iov_base = const_cast<uint8_t*>(piece.data),
                      .iov_len = static_cast<size_t>(piece.bytes)};
  }
  for (size_t at = 0; at < end;) {
    ARROW_ASSIGN_OR_RAISE(int64_t put, WriteOnce(&vectors[at], static_cast<int>(end - at)));
    for (; at < end && put >= static_cast<int64_t>(vectors[at].iov_len); ++at) {
      put -= static_cast<int64_t>(vectors[at].iov_len);
    }
    if (put > 0) {
      vectors[at].iov_base = static_cast<uint8_t*>(vectors[at].iov_base) + put;
      vectors[at].iov_len -= static_cast<size_t>(put);
    }
  }
  return arrow::Status::OK();
}

arrow::Status FileWriter::Write(const void* data, int64_t bytes) {
  if (fd_ < 0) return MakeError(ErrorCode::kInternal, "written after its end", {.location = name_});
  if (bytes == 0) return arrow::Status::OK();
  const auto* from = static_cast<const uint8_t*>(data);
  position_ += bytes;
  // What waits comes first, also before a write that passes it by.
  const bool large = bytes >= kGatherBytes;
  if (large || gathered_ + bytes > kGatherBytes || waiting_.size() == kMostPieces) {
    ARROW_RETURN_NOT_OK(Flush());
  }
  if (large) return WriteAll(from, bytes);
  if (gather_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(gather_, arrow::AllocateBuffer(kGatherBytes, context_->memory_pool()));
  }
  uint8_t* to = gather_->mutable_data() + gathered_;
  std::memcpy(to, from, static_cast<size_t>(bytes));
  gathered_ += bytes;
  waiting_bytes_ += bytes;
  if (!waiting_.empty() && waiting_.back().kept == nullptr) {
    waiting_.back().bytes += bytes;
  } else {
    waiting_.push_back({.data = to, .bytes = bytes, .kept = nullptr});
  }
  return arrow::Status::OK();
}

arrow::Status FileWriter::Write(const std::shared_ptr<arrow::Buffer>& buffer) {
  const int64_t bytes = buffer->size();
  if (bytes < kKeptBytes || bytes >= kGatherBytes || fd_ < 0) return Write(buffer->data(), bytes);
  if (waiting_bytes_ + bytes > kWaitingBytes || waiting_.size() == kMostPieces) {
    ARROW_RETURN_NOT_OK(Flush());
  }
  position_ += bytes;
  waiting_bytes_ += bytes;
  waiting_.push_back({.data = buffer->data(), .bytes = bytes, .kept = buffer});
  return arrow::Status::OK();
}

arrow::Status FileWriter::Flush() {
  const auto pieces = std::exchange(waiting_, {});
  waiting_bytes_ = gathered_ = 0;
  return WritePieces(pieces);
}

arrow::Status FileWriter::Sync() {
  ARROW_RETURN_NOT_OK(Flush());
  if (::fsync(fd_) != 0) return Failed("made durable", errno);
  return arrow::Status::OK();
}

arrow::Status FileWriter::Close() {
  if (fd_ < 0) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(Flush());
  gather_.reset();
  const int fd = fd_;
  fd_ = -1;
  if (owned_ && ::close(fd) != 0 && errno != EINTR) return Failed("closed", errno);
  return arrow::Status::OK();
}

arrow::Status FileWriter::CopyFrom(int fd, int64_t bytes) {
  ARROW_RETURN_NOT_OK(Flush());
  position_ += bytes;
  off_t from = 0;
  bool in_kernel = true;
  std::shared_ptr<arrow::Buffer> block;
  while (from < bytes) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    const auto wanted = static_cast<size_t>(std::min<int64_t>(bytes - from, kLargestWrite));
    ssize_t got = 0;
    if (in_kernel) {
      got = ::copy_file_range(fd, &from, fd_, nullptr, wanted, 0);
      if (got < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ||
                      errno == EBADF)) {
        in_kernel = false;
        ARROW_ASSIGN_OR_RAISE(block, arrow::AllocateBuffer(1 << 20, context_->memory_pool()));
        continue;
      }
      if (got > 0) {
        Count(got);
      }
    } else {
      got = ::pread(fd, block->mutable_data(), std::min<size_t>(wanted, 1 << 20), from);
      if (got > 0) {
        ARROW_RETURN_NOT_OK(WriteAll(block->data(), got));
        from += got;
      }
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed("written", errno);
    if (got == 0) {
      return MakeError(ErrorCode::kData, "became shorter while it was copied", {.location = name_});
    }
  }
  return arrow::Status::OK();
}

}  // namespace bowyer
