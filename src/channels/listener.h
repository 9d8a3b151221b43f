// A name in the file system that one process listens behind: made, taken, and told apart from what
// a dead process left. Also of TCP ports, which have no file.
#pragma once

#include <arrow/result.h>
#include <sys/stat.h>

#include <memory>
#include <string>

#include "bowyer/context.h"
#include "channels/duration.h"
#include "channels/socket.h"
#include "channels/socket_address.h"

namespace bowyer {

// kUnavailable, with what errno `number` means.
arrow::Status SocketUnavailable(std::string_view what, int number);

// Not blocking, closed on exec. `type`: SOCK_STREAM, SOCK_SEQPACKET ...
arrow::Result<Socket> NewSocket(const SocketAddress::Endpoint& endpoint, int type);

// Is the process at the other end of a socket of the file system of neither this user nor root?
bool IsOfAnotherUser(int fd);

// The folder of a socket's file, locked by this process until it goes (flock: leaves no file).
class FolderLock {
 public:
  // Errors: kUnavailable; kResources when another process keeps it locked.
  static arrow::Result<FolderLock> Take(Context& context, const std::string& path,
                                        const Deadline& deadline);

 private:
  Socket folder_;
};

// A listening socket; of a path also the file, which goes with it.
class Listener {
 public:
  ~Listener() { Remove(); }

  // Null: somebody else listens already. `waiting`: how many may wait to be taken.
  static arrow::Result<std::unique_ptr<Listener>> Make(const SocketAddress::Endpoint& endpoint,
                                                       const std::string& path, int type,
                                                       int waiting);
  int fd() const { return socket_.fd(); }
  // Nobody else can connect from here on.
  void Remove();

 private:
  Socket socket_;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

// Removes the file of a socket whose process has died, and nothing else; under a FolderLock.
// True: there was one. Errors: kUnavailable where something else has this name.
arrow::Result<bool> RemoveStaleSocket(const SocketAddress::Endpoint& endpoint,
                                      const std::string& path);

// Of a path. Errors: kUsage when it is too long for a socket.
arrow::Result<SocketAddress::Endpoint> EndpointOfPath(const std::string& path);

}  // namespace bowyer
