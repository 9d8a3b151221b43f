// The hub of a channel: owns its memory, its queue and all that is counted, in the process that
// opened it, on a thread of its own. Peers only ask; what they hold is written down here by
// connection, so that one that dies leaves nothing behind.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "bowyer/error.h"
#include "channels/channel_address.h"
#include "channels/channel_message.h"
#include "channels/duration.h"
#include "channels/listener.h"
#include "channels/slab_store.h"

namespace bowyer {

// What an observer is told; followed by a PeerState for each peer.
struct HubState {
  int64_t bytes_lent = 0, bytes_kept = 0;
  int64_t leases = 0;                        // of producers, not published yet
  int64_t queued = 0;                        // batches that wait for a consumer
  int64_t given = 0;                         // batches that consumers hold
  int64_t batches = 0, rows = 0, bytes = 0;  // published since the beginning
  int64_t ended_producers = 0;
  int64_t milliseconds = 0;  // since it was opened
  int32_t pid = 0;
  int32_t peers = 0;
};

struct PeerState {
  int32_t pid = 0;
  PeerRole role = PeerRole::kObserver;
  uint8_t waits = 0;  // a producer for memory
  uint8_t ended = 0;
  uint8_t left = 0;               // a consumer that only holds memory still
  int64_t batches = 0, rows = 0;  // published or given
  int64_t held = 0, held_bytes = 0;
};

class Hub {
 public:
  // `listener` may be null: then peers are those that Adopt gets.
  Hub(const ChannelTerms& terms, std::unique_ptr<Listener> listener);
  ~Hub();
  Hub(const Hub&) = delete;

  void Start();
  // A connection that did not come through the listener; before Start.
  void Adopt(Socket socket);
  // Handles what has come, waiting at most so long for it.
  void Step(Milliseconds wait);

  // The opener goes: a channel that is not at its end fails. Tells everybody, and ends the thread.
  void Close();

 private:
  enum class State { kOpen, kEnded, kFailed };
  struct Outgoing {
    Message message;
    std::vector<uint32_t> slabs;  // whose descriptors go along
    int schema = -1;
  };
  struct Given {
    uint64_t batch = 0;
    bool acknowledged = false, released = false;
  };
  struct Peer {
    Socket socket;
    Socket process;  // pidfd; none of peers in this process
    int32_t pid = 0;
    PeerRole role = PeerRole::kObserver;
    bool greeted = false;
    bool gone = false;
    std::deque<Outgoing> out;
    std::set<uint32_t> known;  // slabs whose descriptors it has got
    // Of a producer.
    std::map<uint32_t, SlabPart> leases;
    int64_t wanted = 0;  // bytes that it waits for
    // Of its pool: where answers go, memory that stays with it whatever it publishes of it, how
    // much of its last batch lay there.
    Socket pool;
    std::set<uint32_t> pool_known;
    std::map<uint32_t, SlabPart> reserved;
    int64_t in_place = 0;
    bool ended = false, drained = false;
    int64_t in_process = 0;  // its batches that are not acknowledged yet
    // Of a consumer.
    bool started = false, left = false, at_end = false;
    std::map<uint64_t, Given> given;
    std::deque<uint64_t> pending;  // of a broadcast
    uint64_t last_ticket = 0;
    int64_t unacknowledged = 0, unacknowledged_bytes = 0;
    int64_t batches = 0, rows = 0, held_bytes = 0;
  };
  struct Batch {
    Message head;
    uint64_t producer = 0;
    int waiting = 0;  // acknowledgements that are to come
    int holders = 0;
  };

  void Run();
  void Accept();
  // True: nothing is left to be received.
  bool Receive(uint64_t id);
  // False: the peer said what it cannot say.
  bool Handle(uint64_t id, Message message);
  bool HandleHello(uint64_t id, Message message);
  bool HandlePublish(uint64_t id, const Message& message);
  bool HandleAck(Peer& peer, const Message& message);
  bool HandleEnd(Peer& peer, const Message& message);
  bool HandleDiscard(Peer& peer, const Message& message);
  bool HandleReserve(Peer& peer, Message message);
  bool HandleStart(uint64_t id);
  arrow::Status CheckTerms(const Message& hello) const;
  arrow::Status TakeSchema(const Message& hello);

  void Leave(uint64_t id, bool died);
  void LeaveProducer(Peer& peer, bool died);
  void LeaveConsumer(Peer& peer, bool died);
  void Fail(ErrorCode code, std::string text);
  void Refuse(Peer& peer, const arrow::Status& why);

  // What has become possible is done.
  void Advance();
  void Grant();
  bool Lend(uint64_t id, int64_t bytes, bool ahead);
  void Deliver();
  void Give(Peer& peer, uint64_t batch);
  void CheckEnd();
  void Acknowledge(Batch& batch);
  void Unreserve(Peer& peer);
  void Unhold(uint64_t batch);
  void Forget(uint64_t batch);

  void Send(Peer& peer, Outgoing outgoing);
  void Flush(Peer& peer);
  arrow::Status SendNow(Peer& peer, Outgoing& outgoing);
  void SendState(Peer& peer);
  void Tell();  // who is there
  void SetState(State state);
  int CountOf(PeerRole role) const;

  const ChannelTerms terms_;
  std::unique_ptr<Listener> listener_;
  SlabStore slabs_;
  std::map<uint64_t, Peer> peers_;
  uint64_t next_peer_ = 1, next_batch_ = 1;
  std::map<uint64_t, Batch> batches_;
  std::set<uint64_t> queue_;      // batches without a consumer, oldest first
  std::deque<uint64_t> waiting_;  // producers for memory
  int64_t leases_ = 0, in_process_ = 0, ended_producers_ = 0;
  int64_t reserved_bytes_ = 0;  // of all pools
  int64_t total_batches_ = 0, total_rows_ = 0, total_bytes_ = 0;
  bool begun_ = false;  // as many consumers came as have to
  bool tell_ = false;
  std::shared_ptr<arrow::Schema> schema_;
  Socket schema_bytes_;
  const std::chrono::steady_clock::time_point opened_ = std::chrono::steady_clock::now();

  Socket wake_;  // eventfd
  std::thread thread_;
  std::atomic<bool> closing_{false};
  State state_ = State::kOpen;
};

// A schema as its bytes say. Errors: kData.
arrow::Result<std::shared_ptr<arrow::Schema>> SchemaOfBytes(const std::string& bytes);
arrow::Result<std::string> BytesOfSchema(const arrow::Schema& schema);
// For messages: "process 4711".
inline std::string ProcessText(int32_t pid) { return "process " + std::to_string(pid); }

inline constexpr int64_t kMostSchemaBytes = int64_t{64} << 20;

}  // namespace bowyer
