// Connecting is tried first, listening second, and again from the start when somebody else was
// faster. For a path all of a try happens under a lock on its folder, so that a socket file that
// nobody listens to any more can be told from one that somebody is just making.
#include "channels/meet.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <thread>

#include "bowyer/error.h"
#include "channels/listener.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

constexpr Milliseconds kPause{20};  // between tries

const sockaddr* AddressOf(const SocketAddress::Endpoint& endpoint) {
  return reinterpret_cast<const sockaddr*>(&endpoint.address);
}

// A connection to a port that nobody listens on can by chance come from that very port.
bool IsToItself(int fd) {
  sockaddr_storage own = {}, other = {};
  socklen_t own_length = sizeof(own), other_length = sizeof(other);
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_length) == 0 &&
         ::getpeername(fd, reinterpret_cast<sockaddr*>(&other), &other_length) == 0 &&
         own_length == other_length && std::memcmp(&own, &other, own_length) == 0;
}

// Waits a slice at most; what poll says of `fd`.
int PollSlice(int fd, int16_t events) {
  pollfd wait = {.fd = fd, .events = events, .revents = 0};
  return ::poll(&wait, 1, static_cast<int>(kWaitSlice.count())) > 0 ? wait.revents : 0;
}

class Meeting {
 public:
  Meeting(Context& context, const SocketAddress& address)
      : context_(context), address_(address), deadline_(address.timeout) {}

  Result<Socket> Run() {
    while (true) {
      ARROW_RETURN_NOT_OK(context_.CheckStop());
      ARROW_ASSIGN_OR_RAISE(auto found, Try());
      if (found.is_open()) return found;
      if (listener_ != nullptr) return TakeOne();
      if (deadline_.passed()) return TimedOut("nobody listened there");
      std::this_thread::sleep_for(kPause);
    }
  }

 private:
  // A connection, or a listener in listener_, or neither: then it is to be tried again.
  Result<Socket> Try() {
    std::optional<FolderLock> lock;
    if (address_.is_unix()) {
      ARROW_ASSIGN_OR_RAISE(lock, FolderLock::Take(context_, address_.path, deadline_));
    }
    somebody_listens_ = false;
    if (address_.role != SocketRole::kListen) {
      for (const auto& endpoint : address_.endpoints) {
        ARROW_ASSIGN_OR_RAISE(auto connected, Connect(endpoint));
        if (connected.is_open()) return connected;
      }
    }
    if (address_.role == SocketRole::kConnect || somebody_listens_) return Socket();
    if (address_.is_unix()) {
      ARROW_ASSIGN_OR_RAISE(const bool removed,
                            RemoveStaleSocket(address_.endpoints.front(), address_.path));
      if (removed) {
        context_.progress().Detail(
            1, [&] { return address_.name + ": removed the socket of a process that has died"; });
      }
    }
    // One waits to be taken, others are told to come again: only one is taken.
    ARROW_ASSIGN_OR_RAISE(listener_, Listener::Make(address_.endpoints.front(), address_.path,
                                                    SOCK_STREAM, /*waiting=*/0));
    if (listener_ == nullptr && address_.role == SocketRole::kListen) {
      return MakeError(ErrorCode::kUnavailable, "somebody else listens there already",
                       {.hint = "leave ?listen out to connect to it"});
    }
    return Socket();
  }

  // Not open: nobody listens, or (somebody_listens_) he has no time yet.
  Result<Socket> Connect(const SocketAddress::Endpoint& endpoint) {
    ARROW_ASSIGN_OR_RAISE(auto connection, NewSocket(endpoint, SOCK_STREAM));
    int fault = 0;
    if (::connect(connection.fd(), AddressOf(endpoint), endpoint.length) != 0) fault = errno;
    if (fault == EINPROGRESS || fault == EINTR) {
      ARROW_ASSIGN_OR_RAISE(fault, WaitForConnection(connection.fd()));
    }
    switch (fault) {
      case 0:
        break;
      case EAGAIN:     // the queue of connections is full
      case ETIMEDOUT:  // likewise
        somebody_listens_ = true;
        return Socket();
      case ENOENT:
      case ECONNREFUSED:
      case ECONNRESET:
      case EADDRNOTAVAIL:  // no such loopback here (IPv6 may be off)
      case ENETUNREACH:
        return Socket();
      default:
        return SocketUnavailable("cannot be connected to", fault);
    }
    if (address_.is_unix() && IsOfAnotherUser(connection.fd())) {
      return MakeError(ErrorCode::kUnavailable, "a process of another user listens there");
    }
    if (!address_.is_unix() && IsToItself(connection.fd())) return Socket();
    return connection;
  }

  // An errno, 0 once connected.
  Result<int> WaitForConnection(int fd) {
    while (PollSlice(fd, POLLOUT) == 0) {
      ARROW_RETURN_NOT_OK(context_.CheckStop());
      if (deadline_.passed()) return ETIMEDOUT;
    }
    int fault = 0;
    socklen_t length = sizeof(fault);
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &length) != 0) fault = errno;
    return fault;
  }

  Result<Socket> TakeOne() {
    context_.progress().Detail(1, [&] { return address_.name + ": waiting for the other side"; });
    while (true) {
      ARROW_RETURN_NOT_OK(context_.CheckStop());
      if (deadline_.passed()) return TimedOut("nobody connected");
      if (PollSlice(listener_->fd(), POLLIN) == 0) continue;
      std::optional<FolderLock> lock;
      if (address_.is_unix()) {
        ARROW_ASSIGN_OR_RAISE(lock, FolderLock::Take(context_, address_.path, deadline_));
      }
      Socket connection(::accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!connection.is_open()) {
        // He has gone again, or a signal came.
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) continue;
        return SocketUnavailable("a connection cannot be taken", errno);
      }
      if (address_.is_unix() && IsOfAnotherUser(connection.fd())) continue;
      listener_->Remove();
      return connection;
    }
  }

  Status TimedOut(std::string_view what) const {
    return MakeError(ErrorCode::kResources,
                     fmt::format("{} within {}", what, DurationText(address_.timeout)),
                     {.hint = "start the other side, too, or wait longer: ?timeout=5m"});
  }

  Context& context_;
  const SocketAddress& address_;
  const Deadline deadline_;
  std::unique_ptr<Listener> listener_;
  bool somebody_listens_ = false;
};

}  // namespace

Result<Socket> Meet(Context& context, const SocketAddress& address) {
  auto met = Meeting(context, address).Run();
  if (!met.ok()) return AtPlace(met.status(), {.location = address.name});
  return met;
}

}  // namespace bowyer
