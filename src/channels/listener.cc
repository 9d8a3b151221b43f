#include "channels/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "bowyer/error.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

// The lock is held for the time of a few system calls.
constexpr Milliseconds kLockPause{1};

const sockaddr* AddressOf(const SocketAddress::Endpoint& endpoint) {
  return reinterpret_cast<const sockaddr*>(&endpoint.address);
}

}  // namespace

Status SocketUnavailable(std::string_view what, int number) {
  return MakeError(ErrorCode::kUnavailable, fmt::format("{}: {}", what, std::strerror(number)));
}

Result<Socket> NewSocket(const SocketAddress::Endpoint& endpoint, int type) {
  Socket made(
      ::socket(endpoint.address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, /*protocol=*/0));
  if (!made.is_open()) return SocketUnavailable("a socket cannot be made", errno);
  return made;
}

bool IsOfAnotherUser(int fd) {
  ucred peer = {};
  socklen_t length = sizeof(peer);
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return true;
  return peer.uid != ::geteuid() && peer.uid != 0;
}

Result<FolderLock> FolderLock::Take(Context& context, const std::string& path,
                                    const Deadline& deadline) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  FolderLock lock;
  lock.folder_ = Socket(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.folder_.is_open()) return SocketUnavailable("its folder cannot be opened", errno);
  while (::flock(lock.folder_.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return SocketUnavailable("its folder cannot be locked", errno);
    }
    ARROW_RETURN_NOT_OK(context.CheckStop());
    if (deadline.passed()) {
      return MakeError(ErrorCode::kResources, "its folder is locked by another process");
    }
    std::this_thread::sleep_for(kLockPause);
  }
  return lock;
}

Result<std::unique_ptr<Listener>> Listener::Make(const SocketAddress::Endpoint& endpoint,
                                                 const std::string& path, int type, int waiting) {
  auto listener = std::make_unique<Listener>();
  ARROW_ASSIGN_OR_RAISE(listener->socket_, NewSocket(endpoint, type));
  const int fd = listener->socket_.fd();
  if (!path.empty()) {
    // The file is made with the socket's own mode: nobody else's at any moment.
    if (::fchmod(fd, 0600) != 0) return SocketUnavailable("its permissions cannot be set", errno);
  } else {
    const int yes = 1;
    (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  }
  if (::bind(fd, AddressOf(endpoint), endpoint.length) != 0) {
    if (errno == EADDRINUSE) return nullptr;
    return SocketUnavailable("cannot be listened on", errno);
  }
  if (!path.empty()) {
    struct stat facts = {};
    if (::lstat(path.c_str(), &facts) == 0) {
      listener->path_ = path;
      listener->device_ = facts.st_dev;
      listener->inode_ = facts.st_ino;
    }
  }
  if (::listen(fd, waiting) != 0) {
    if (errno == EADDRINUSE) return nullptr;
    return SocketUnavailable("cannot be listened on", errno);
  }
  return listener;
}

void Listener::Remove() {
  struct stat facts = {};
  if (!path_.empty() && ::lstat(path_.c_str(), &facts) == 0 && facts.st_dev == device_ &&
      facts.st_ino == inode_) {
    (void)::unlink(path_.c_str());
  }
  path_.clear();
  socket_.Close();
}

Result<bool> RemoveStaleSocket(const SocketAddress::Endpoint& endpoint, const std::string& path) {
  struct stat facts = {};
  if (::lstat(path.c_str(), &facts) != 0) return false;
  if (!S_ISSOCK(facts.st_mode)) {
    return MakeError(ErrorCode::kUnavailable, "something of this name is there, and is no socket",
                     {.hint = "try another path"});
  }
  // Asked for another kind of connection, a living socket names its own kind, whether it listens
  // yet or not; only one without a process refuses.
  ARROW_ASSIGN_OR_RAISE(const auto probe, NewSocket(endpoint, SOCK_DGRAM));
  if (::connect(probe.fd(), AddressOf(endpoint), endpoint.length) == 0 || errno != ECONNREFUSED) {
    return false;
  }
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    return SocketUnavailable("the socket of a dead process cannot be removed", errno);
  }
  return true;
}

Result<SocketAddress::Endpoint> EndpointOfPath(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  constexpr size_t kLongest = sizeof(address.sun_path) - 1;
  if (path.size() > kLongest) {
    return MakeError(
        ErrorCode::kUsage,
        fmt::format("the path of a socket can have {} bytes, this one has {}", kLongest,
                    path.size()),
        {.hint = "try a folder with a shorter name, or a path relative to the working folder"});
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  SocketAddress::Endpoint endpoint;
  std::memcpy(&endpoint.address, &address, sizeof(address));
  endpoint.length = sizeof(address);
  return endpoint;
}

}  // namespace bowyer
