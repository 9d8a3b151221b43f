// Connecting is tried first, listening second, and again from the start when somebody else was
// faster. For a path all of a try happens under a lock on its folder, so that a socket file that
// nobody listens to any more can be told from one that somebody is just making.
#include "channels/meet.h"

#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "bowyer/error.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

// Between tries; the lock is held for the time of a few system calls.
constexpr Milliseconds kPause{20}, kLockPause{1};

Status Unavailable(std::string_view what, int number) {
  return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", what, std::strerror(number)));
}

const sockaddr* AddressOf(const SocketAddress::Endpoint& endpoint) {
  return reinterpret_cast<const sockaddr*>(&endpoint.address);
}

Result<Socket> NewSocket(const SocketAddress::Endpoint& endpoint, int type = SOCK_STREAM) {
  Socket made(
      ::socket(endpoint.address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, /*protocol=*/0));
  if (!made.is_open()) return Unavailable("a socket cannot be made", errno);
  return made;
}

// Only processes of one user find each other: a file in a shared folder may be anybody's.
bool IsOfAnotherUser(int fd) {
  ucred peer = {};
  socklen_t length = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return true;
  return peer.uid != ::geteuid() && peer.uid != 0;
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

// The folder of a socket's file, locked by this process until it goes.
class FolderLock {
 public:
  static Result<FolderLock> Take(Context& context, const std::string& path,
                                 const Deadline& deadline) {
    std::string folder = std::filesystem::path(path).parent_path().string();
    if (folder.empty()) folder = ".";
    FolderLock lock;
    lock.folder_ = Socket(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!lock.folder_.is_open()) return Unavailable("its folder cannot be opened", errno);
    while (::flock(lock.folder_.fd(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) {
        return Unavailable("its folder cannot be locked", errno);
      }
      ARROW_RETURN_NOT_OK(context.CheckStop());
      if (deadline.passed()) {
        return MakeError(ErrorCode::kResources, "its folder is locked by another process");
      }
      std::this_thread::sleep_for(kLockPause);
    }
    return lock;
  }

 private:
  Socket folder_;
};

// A listening socket; of a path also the file, which goes with it.
class Listener {
 public:
  ~Listener() { Remove(); }

  // Null: somebody else listens already.
  static Result<std::unique_ptr<Listener>> Make(const SocketAddress& address) {
    const auto& endpoint = address.endpoints.front();
    auto listener = std::make_unique<Listener>();
    ARROW_ASSIGN_OR_RAISE(listener->socket_, NewSocket(endpoint));
    const int fd = listener->socket_.fd();
    if (address.is_unix()) {
      // The file is made with the socket's own mode: nobody else's at any moment.
      if (::fchmod(fd, 0600) != 0) return Unavailable("its permissions cannot be set", errno);
    } else {
      const int yes = 1;
      (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    }
    if (::bind(fd, AddressOf(endpoint), endpoint.length) != 0) {
      if (errno == EADDRINUSE) return nullptr;
      return Unavailable("cannot be listened on", errno);
    }
    if (address.is_unix()) {
      struct stat facts = {};
      if (::lstat(address.path.c_str(), &facts) == 0) {
        listener->path_ = address.path;
        listener->device_ = facts.st_dev;
        listener->inode_ = facts.st_ino;
      }
    }
    // One waits to be taken, others are told to come again: only one is taken.
    if (::listen(fd, /*backlog=*/0) != 0) {
      if (errno == EADDRINUSE) return nullptr;
      return Unavailable("cannot be listened on", errno);
    }
    return listener;
  }

  int fd() const { return socket_.fd(); }

  // Nobody else can connect from here on.
  void Remove() {
    struct stat facts = {};
    if (!path_.empty() && ::lstat(path_.c_str(), &facts) == 0 && facts.st_dev == device_ &&
        facts.st_ino == inode_) {
      (void)::unlink(path_.c_str());
    }
    path_.clear();
    socket_.Close();
  }

 private:
  Socket socket_;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

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
    if (address_.is_unix()) ARROW_RETURN_NOT_OK(RemoveStale());
    ARROW_ASSIGN_OR_RAISE(listener_, Listener::Make(address_));
    if (listener_ == nullptr && address_.role == SocketRole::kListen) {
      return MakeError(ErrorCode::kUnavailable, "somebody else listens there already",
                       {.hint = "leave ?listen out to connect to it"});
    }
    return Socket();
  }

  // Not open: nobody listens, or (somebody_listens_) he has no time yet.
  Result<Socket> Connect(const SocketAddress::Endpoint& endpoint) {
    ARROW_ASSIGN_OR_RAISE(auto connection, NewSocket(endpoint));
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
        return Unavailable("cannot be connected to", fault);
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

  // Removes the file of a socket whose process has died, and nothing else.
  Status RemoveStale() {
    struct stat facts = {};
    if (::lstat(address_.path.c_str(), &facts) != 0) return Status::OK();
    if (!S_ISSOCK(facts.st_mode)) {
      return MakeError(ErrorCode::kUnavailable, "something of this name is there, and is no socket",
                       {.hint = "try another path"});
    }
    // Asked for another kind of connection, a living socket names its own kind, whether it listens
    // yet or not; only one without a process refuses.
    ARROW_ASSIGN_OR_RAISE(const auto probe, NewSocket(address_.endpoints.front(), SOCK_DGRAM));
    const auto& endpoint = address_.endpoints.front();
    if (::connect(probe.fd(), AddressOf(endpoint), endpoint.length) == 0 || errno != ECONNREFUSED) {
      return Status::OK();
    }
    context_.progress().Detail(
        1, [&] { return address_.name + ": removed the socket of a process that has died"; });
    if (::unlink(address_.path.c_str()) != 0 && errno != ENOENT) {
      return Unavailable("the socket of a dead process cannot be removed", errno);
    }
    return Status::OK();
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
        return Unavailable("a connection cannot be taken", errno);
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
