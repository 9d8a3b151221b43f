// write(2) until all is written, with the reason when it is not.
#include "files/file_writer.h"

#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr int64_t kGatherBytes = 256 << 10;
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

arrow::Status FileWriter::WriteAll(const uint8_t* data, int64_t bytes) {
  while (bytes > 0) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    const ssize_t put = ::write(fd_, data, static_cast<size_t>(std::min(bytes, kLargestWrite)));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN) {
      struct pollfd wait = {.fd = fd_, .events = POLLOUT, .revents = 0};
      (void)::poll(&wait, 1, 100);
      continue;
    }
    if (put < 0) return Failed("written", errno);
    data += put;
    bytes -= put;
    Count(put);
  }
  return arrow::Status::OK();
}

arrow::Status FileWriter::Write(const void* data, int64_t bytes) {
  if (fd_ < 0) return MakeError(ErrorCode::kInternal, "written after its end", {.location = name_});
  const auto* from = static_cast<const uint8_t*>(data);
  position_ += bytes;
  if (gathered_ + bytes > kGatherBytes) ARROW_RETURN_NOT_OK(Flush());
  if (bytes >= kGatherBytes) return WriteAll(from, bytes);
  if (gather_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(gather_, arrow::AllocateBuffer(kGatherBytes, context_->memory_pool()));
  }
  std::memcpy(gather_->mutable_data() + gathered_, from, static_cast<size_t>(bytes));
  gathered_ += bytes;
  return arrow::Status::OK();
}

arrow::Status FileWriter::Flush() {
  const int64_t bytes = gathered_;
  gathered_ = 0;
  return bytes == 0 ? arrow::Status::OK() : WriteAll(gather_->data(), bytes);
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
