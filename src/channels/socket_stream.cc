// recv(2) and send(2) without SIGPIPE, waiting in slices. A reader that closes with bytes unread
// makes the kernel reset the connection: that is how a writer that waits at its end learns whether
// everything was read.
#include "channels/socket_stream.h"

#include <arrow/buffer.h>
#include <fmt/format.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

constexpr int64_t kLargestPiece = int64_t{16} << 20;  // so that a stop is noticed in between
constexpr int64_t kGatherBytes = 256 << 10;

void WaitFor(int fd, int16_t events, Milliseconds time) {
  pollfd wait = {.fd = fd, .events = events, .revents = 0};
  (void)::poll(&wait, 1, static_cast<int>(time.count()));
}

bool MeansGone(int fault) {
  return fault == EPIPE || fault == ECONNRESET || fault == ENOTCONN || fault == ESHUTDOWN;
}

Status Failed(const std::string& name, const char* what, int fault) {
  return MakeError(ErrorCode::kPeer,
                   fmt::format("the connection cannot be {}: {}", what, std::strerror(fault)),
                   {.location = name});
}

}  // namespace

SocketReader::SocketReader(std::shared_ptr<Context> context, Socket socket,
                           const SocketAddress& address)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      name_(address.name),
      timeout_(address.timeout),
      stall_(address.stall) {}

Result<int64_t> SocketReader::Read(int64_t bytes, void* out) {
  int64_t done = 0;
  while (done < bytes) {
    ARROW_ASSIGN_OR_RAISE(const int64_t got,
                          ReadSome(bytes - done, static_cast<char*>(out) + done));
    done += got;
  }
  return done;
}

Result<std::shared_ptr<arrow::Buffer>> SocketReader::Read(int64_t bytes) {
  // A length that the other side claims may be a lie: grow as the bytes come.
  constexpr int64_t kStep = 1 << 20;
  ARROW_ASSIGN_OR_RAISE(
      auto buffer, arrow::AllocateResizableBuffer(std::min(bytes, kStep), context_->memory_pool()));
  for (int64_t done = 0; done < bytes;) {
    const int64_t wanted = std::min(bytes, std::max(kStep, 2 * done));
    ARROW_RETURN_NOT_OK(buffer->Resize(wanted));
    ARROW_ASSIGN_OR_RAISE(const int64_t got, Read(wanted - done, buffer->mutable_data() + done));
    done += got;
  }
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

Result<int64_t> SocketReader::ReadSome(int64_t bytes, void* out) {
  const Deadline deadline(position_ == 0 ? timeout_ : stall_);
  while (true) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    if (aborted_.load(std::memory_order_relaxed)) return Status::Cancelled("closed");
    if (closed()) return MakeError(ErrorCode::kInternal, "read after its end", {.location = name_});
    const ssize_t got = ::recv(socket_.fd(), out,
                               static_cast<size_t>(std::min(bytes, kLargestPiece)), MSG_DONTWAIT);
    if (got > 0) {
      position_ += got;
      context_->progress().bytes_read.fetch_add(got, std::memory_order_relaxed);
      return got;
    }
    if (got == 0 || MeansGone(errno)) return Cut();
    if (errno != EAGAIN && errno != EINTR) return Failed(name_, "read", errno);
    if (deadline.passed()) return Silent();
    WaitFor(socket_.fd(), POLLIN, kWaitSlice);
  }
}

Status SocketReader::Cut() const {
  if (position_ == 0) {
    return MakeError(ErrorCode::kPeer, "the other side closed the connection before it sent any",
                     {.location = name_, .hint = "it may have failed: see what it says"});
  }
  return MakeError(
      ErrorCode::kPeer,
      "the connection was cut before the end of the stream: the writer died or gave up",
      {.location = name_, .byte_offset = position_, .hint = "what came is not the whole table"});
}

Status SocketReader::Silent() const {
  if (position_ == 0) {
    return MakeError(
        ErrorCode::kResources,
        fmt::format("the other side is there, but sent nothing within {}", DurationText(timeout_)),
        {.location = name_, .hint = "does it read, too? or wait longer: ?timeout=5m"});
  }
  return MakeError(ErrorCode::kResources,
                   fmt::format("the writer sent nothing for {}", DurationText(stall_)),
                   {.location = name_,
                    .byte_offset = position_,
                    .hint = "wait longer with ?stall=1h, or for ever with ?stall=0"});
}

Status SocketReader::Close() {
  socket_.Close();
  return Status::OK();
}

Status SocketReader::Abort() {
  aborted_.store(true, std::memory_order_relaxed);
  return Status::OK();
}

SocketWriter::SocketWriter(std::shared_ptr<Context> context, Socket socket,
                           const SocketAddress& address)
    : context_(std::move(context)),
      socket_(std::move(socket)),
      name_(address.name),
      is_unix_(address.is_unix()),
      stall_(address.stall) {}

Status SocketWriter::Write(const void* data, int64_t bytes) {
  const auto* from = static_cast<const uint8_t*>(data);
  position_ += bytes;
  if (gathered_ + bytes > kGatherBytes) ARROW_RETURN_NOT_OK(Flush());
  if (bytes >= kGatherBytes / 4) {
    ARROW_RETURN_NOT_OK(Flush());
    return Send(from, bytes);
  }
  if (bytes == 0) return Status::OK();
  if (gather_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(gather_, arrow::AllocateBuffer(kGatherBytes, context_->memory_pool()));
  }
  std::memcpy(gather_->mutable_data() + gathered_, from, static_cast<size_t>(bytes));
  gathered_ += bytes;
  return Status::OK();
}

Status SocketWriter::Flush() {
  const int64_t bytes = std::exchange(gathered_, 0);
  return bytes == 0 ? Status::OK() : Send(gather_->data(), bytes);
}

Status SocketWriter::Send(const uint8_t* data, int64_t bytes) {
  if (closed()) {
    return MakeError(ErrorCode::kInternal, "written after its end", {.location = name_});
  }
  Deadline deadline(stall_);
  while (bytes > 0) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    const ssize_t put =
        ::send(socket_.fd(), data, static_cast<size_t>(std::min(bytes, kLargestPiece)),
               MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put > 0) {
      data += put;
      bytes -= put;
      sent_ += put;
      context_->progress().bytes_written.fetch_add(put, std::memory_order_relaxed);
      deadline.Restart();
      continue;
    }
    if (MeansGone(errno)) {
      // Before the connection went, the other side may have said that it writes as well.
      ARROW_RETURN_NOT_OK(LookBack().status());
      return Gone();
    }
    if (errno != EAGAIN && errno != EINTR) return Failed(name_, "written", errno);
    ARROW_RETURN_NOT_OK(LookBack().status());
    if (deadline.passed()) return Silent();
    WaitFor(socket_.fd(), POLLOUT, kWaitSlice);
  }
  return Status::OK();
}

Result<bool> SocketWriter::LookBack() {
  std::array<char, 4096> bytes;
  while (true) {
    const ssize_t got = ::recv(socket_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got == 0) return true;
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return false;
      return Gone();
    }
    const bool is_table =
        looked_back_ == 0 && got >= 4 && std::memcmp(bytes.data(), "\xff\xff\xff\xff", 4) == 0;
    looked_back_ += got;
    if (is_table) {
      return MakeError(ErrorCode::kPeer, "the other side sends a table, too: nobody reads",
                       {.location = name_, .hint = "one of the two has to name it as its source"});
    }
  }
}

Status SocketWriter::Finish() {
  ARROW_RETURN_NOT_OK(Flush());
  if (::shutdown(socket_.fd(), SHUT_WR) != 0) return Gone();
  Deadline deadline(stall_);
  constexpr Milliseconds kShortest{1}, kLongest{20};
  Milliseconds pause = kShortest;
  int waiting_before = -1;
  while (true) {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_ASSIGN_OR_RAISE(const bool closed_there, LookBack());
    // Bytes that the other process has not read (of TCP: that have not arrived). A reset says so
    // before they go: asked in this order, no bytes and no fault mean that all were read.
    int waiting = 0, fault = 0;
    socklen_t length = sizeof(fault);
    if (::ioctl(socket_.fd(), SIOCOUTQ, &waiting) != 0) return Failed(name_, "watched", errno);
    if (::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &fault, &length) != 0) fault = errno;
    if (fault != 0) return Gone();
    if (waiting == 0 && (is_unix_ || closed_there)) break;
    if (std::exchange(waiting_before, waiting) != waiting) deadline.Restart();
    if (deadline.passed() && waiting == 0) {
      return MakeError(ErrorCode::kResources,
                       fmt::format("the reader has got everything, but did not close the "
                                   "connection within {}: whether it read it is not known",
                                   DurationText(stall_)),
                       {.location = name_});
    }
    if (deadline.passed()) return Silent();
    // Closed there, the socket would be ready at once, again and again.
    if (closed_there) {
      std::this_thread::sleep_for(pause);
    } else {
      WaitFor(socket_.fd(), POLLIN, pause);
    }
    pause = std::min(2 * pause, kLongest);
  }
  socket_.Close();
  return Status::OK();
}

Status SocketWriter::Close() {
  socket_.Close();
  return Status::OK();
}

Status SocketWriter::Gone() const {
  return MakeError(
      ErrorCode::kPeer,
      fmt::format("the reader closed the connection before it had read everything; {} were sent",
                  HumanBytes(sent_)),
      {.location = name_});
}

Status SocketWriter::Silent() const {
  return MakeError(
      ErrorCode::kResources,
      fmt::format("the reader took nothing for {}; {} were sent", DurationText(stall_),
                  HumanBytes(sent_)),
      {.location = name_, .hint = "wait longer with ?stall=1h, or for ever with ?stall=0"});
}

}  // namespace bowyer
