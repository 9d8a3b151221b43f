// What the peers of a channel and its hub say to each other: one message, one datagram of an
// AF_UNIX SOCK_SEQPACKET connection, with descriptors beside it. Nothing here is believed: each
// side checks what concerns it.
#pragma once

#include <arrow/status.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "channels/channel_address.h"
#include "channels/socket.h"

namespace bowyer {

inline constexpr uint32_t kChannelVersion = 0x42570002;

enum class MessageKind : uint8_t {
  // From a peer.
  kHello = 1,  // version, role, terms; descriptor: the schema (of a producer always)
  kLease,      // bytes: wanted
  kPublish,    // parts, table, bytes, rows; wanted: bytes that the next batch may need
  kDiscard,    // parts: leases, or reserved memory, that are given back
  kEnd,        // batches, rows: all that were published
  kStart,      // a consumer wants batches from now on
  kAck,        // ticket: it and all before are processed; tickets[]: memory no longer used
  kBye,        // goes; a consumer may still hold memory
  kAsk,        // an observer: what is the state?
  kReserve,    // bytes: memory for a producer's pool; with the first, a socket for the answers
  // From the hub.
  kWelcome = 64,  // terms, as they are
  kRefused,       // code, text: this peer cannot take part
  kSchema,        // descriptor
  kPeers,         // producers, consumers that are there
  kLeased,        // parts, each for one batch; descriptors of those that are new to the peer
  kBatch,         // ticket, parts, table, bytes, rows; likewise
  kEos,           // the channel's end; batches, rows: all that this peer got, or put in
  kDrained,       // all that this producer published is processed
  kFailed,        // code, text: the channel is at its end for everybody
  kState,         // text: JSON
  kReserved,      // on the pool's own socket, at once: one part, or none now; a descriptor if new
};

enum class PeerRole : uint8_t { kProducer = 1, kConsumer = 2, kObserver = 3 };

// Memory for one batch or a part of it.
struct SlabPart {
  uint32_t slab = 0;
  uint32_t generation = 0;  // grows with each lease
  int64_t length = 0;       // bytes that may be used, from the slab's start
};

inline constexpr size_t kMostParts = 8;        // slabs of a batch
inline constexpr int64_t kSmallBatch = 64 << 10;  // bytes; with fewer, words cost more than they do
inline constexpr size_t kMostReleases = 64;    // tickets of one message
inline constexpr size_t kMostText = 16 << 10;  // bytes

struct MessageHead {
  uint32_t version = kChannelVersion;
  MessageKind kind = MessageKind::kBye;
  PeerRole role = PeerRole::kObserver;
  uint8_t part_count = 0;
  uint8_t fresh = 0;  // bits: parts whose descriptors come along, in their order
  int32_t code = 0;   // an ErrorCode
  uint32_t release_count = 0;
  uint64_t ticket = 0;
  int64_t bytes = 0;
  int64_t rows = 0;
  int64_t batches = 0;
  int64_t wanted = 0;
  int64_t in_place = 0;                       // of kPublish: bytes that lie in reserved memory
  int64_t table_offset = 0, table_bytes = 0;  // of the batch's table (batch_table.h), in part 0
  int32_t producers = 0, consumers = 0;
  std::array<SlabPart, kMostParts> parts;
};

struct Message : MessageHead {
  ChannelTerms terms;              // of kHello and kWelcome
  std::vector<uint64_t> releases;  // of kAck
  std::string text;
  std::vector<Socket> descriptors;
};

// OK: sent. Cancelled: the other side takes nothing now. IOError: it is gone.
// `descriptors` stay the caller's.
arrow::Status SendMessage(int fd, const Message& message, const std::vector<int>& descriptors = {});

enum class Received { kMessage, kNothing, kGone, kNonsense };
Received ReceiveMessage(int fd, Message* message);

}  // namespace bowyer
