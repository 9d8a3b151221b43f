// shm:NAME: which channel is meant, and what is to hold for it.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>

#include "bowyer/location.h"
#include "channels/duration.h"
#include "channels/socket_address.h"

namespace bowyer {

// What the opener of a channel lays down for all. `given`: bits of what a location said; the rest
// are defaults.
struct ChannelTerms {
  enum Given : uint32_t {
    kBytes = 1,
    kBatches = 2,
    kProducers = 4,
    kConsumers = 8,
    kMode = 16,
    kConsumerDeath = 32,
  };
  int64_t bytes = int64_t{64} << 20;  // of shared memory, all batches together
  int64_t batches = 64;               // on their way or still held by consumers
  int64_t producers = 0;              // that have to end; 0: all that have come
  int64_t consumers = 1;              // that have to be there before the first batch is given out
  uint32_t given = 0;
  uint8_t broadcast = 0;  // each batch to all consumers, not to one of them
  uint8_t redeliver = 0;  // a consumer's death does not fail the channel
  uint8_t unused[2] = {};
};

// Can a channel have been opened with these? Those of another process may be anything.
bool ArePossible(const ChannelTerms& terms);

struct ChannelAddress {
  std::string name;  // "shm:orders", for messages
  std::string path;  // of the socket's file
  SocketAddress::Endpoint endpoint;
  ChannelTerms terms;
  bool connect_only = false;  // never opens the channel
  // Until the other side is there; then, how long it may do nothing (0: for ever).
  Milliseconds timeout{30'000}, stall{600'000};

  // Errors: kUsage for a name or option that is none, kUnavailable where there is no folder of this
  // user's own for names.
  static arrow::Result<ChannelAddress> Of(const Location& location);
};

// Where names stand: $XDG_RUNTIME_DIR/bowyer, /run/user/UID/bowyer or /tmp/bowyer-UID, of mode
// 0700. Made when it is not there. Errors: kUnavailable, also when somebody else could get into it.
arrow::Result<std::string> ChannelFolder();

}  // namespace bowyer
