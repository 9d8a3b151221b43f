// unix:PATH and tcp://HOST:PORT: where two processes meet, who listens, and how long they wait.
#pragma once

#include <arrow/result.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "bowyer/location.h"
#include "channels/duration.h"

namespace bowyer {

bool IsSocket(const Location& location);

// kEither: who finds somebody listening connects, who finds nobody listens.
enum class SocketRole { kEither, kListen, kConnect };

struct SocketAddress {
  struct Endpoint {
    sockaddr_storage address = {};
    socklen_t length = 0;
  };

  std::string name;  // for messages
  std::string path;  // of the socket's file; empty for TCP
  // To connect to, in this order; the first one is listened on. One for a path, two for
  // "localhost".
  std::vector<Endpoint> endpoints;
  SocketRole role = SocketRole::kEither;
  // Until the other side is there, and until its first byte.
  Milliseconds timeout{30'000};
  // How long the other side may send or take nothing after that; 0: for ever.
  Milliseconds stall{600'000};

  bool is_unix() const { return !path.empty(); }

  // Errors: kUsage for what is no such address, for a TCP address that is not this machine's own
  // (there is no TLS), a path that is longer than a socket's may be, and unknown options.
  static arrow::Result<SocketAddress> Of(const Location& location);
};

}  // namespace bowyer
