// A peer's end of its connection to a channel's hub: finding the hub or becoming it, waiting for
// what it says, mapping what it lends.
#pragma once

#include <arrow/result.h>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/context.h"
#include "channels/channel_address.h"
#include "channels/channel_message.h"
#include "channels/hub.h"
#include "channels/slab.h"

namespace bowyer {

// Methods are for one thread at a time; TrySend, Release and the counters for any.
class ChannelLink {
 public:
  // What the hub has said so far.
  struct Heard {
    std::optional<ChannelTerms> terms;
    std::optional<std::string> schema;
    int producers = 0, consumers = 0;  // that are there
    int most_consumers = 0;            // that ever were
    int64_t ended = 0;                 // producers
    std::deque<SlabPart> leases;
    std::deque<Message> batches;
    std::optional<std::pair<int64_t, int64_t>> end;  // batches, rows
    bool drained = false;
    std::string state;
    arrow::Status failure;
  };

  // `hub`: set when this process opened the channel. `schema`: bytes, of a producer.
  // Errors: as of Channel::Produce.
  static arrow::Result<std::shared_ptr<ChannelLink>> Open(std::shared_ptr<Context> context,
                                                          const ChannelAddress& address,
                                                          PeerRole role, const std::string& schema,
                                                          std::unique_ptr<Hub>* hub);

  // On a connection that is there; of a hub that says something within the address's time-out.
  // Errors: as of Open, and kPeer.
  static arrow::Result<std::shared_ptr<ChannelLink>> Over(std::shared_ptr<Context> context,
                                                          const ChannelAddress& address,
                                                          PeerRole role, const std::string& schema,
                                                          Socket socket);

  Heard& heard() { return heard_; }
  const ChannelAddress& address() const { return address_; }
  Context& context() { return *context_; }

  // Waits while the hub's queue is full.
  arrow::Status Send(const Message& message, const std::vector<int>& descriptors = {});
  // Does not wait. OK, Cancelled: the hub takes nothing now, or IOError: it is gone.
  arrow::Status TrySend(const Message& message, const std::vector<int>& descriptors = {}) {
    return SendMessage(socket_.fd(), message, descriptors);
  }
  // Until `done()`, looking at what has come. `others`: is the other side there?
  // Errors: the channel's failure, kPeer when the hub has gone, kResources when the address's times
  // have passed, kInterrupted.
  template <typename Done, typename Others>
  arrow::Status Await(Done done, Others others) {
    bool were_there = others();
    Deadline deadline(were_there ? address_.stall : address_.timeout);
    while (!done()) {
      ARROW_RETURN_NOT_OK(heard_.failure);
      ARROW_ASSIGN_OR_RAISE(const bool came, Listen());
      if (came) {
        were_there = others();
        deadline = Deadline(were_there ? address_.stall : address_.timeout);
        continue;
      }
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      if (deadline.passed()) return TimedOut(were_there);
      WaitForMessage();
    }
    return arrow::Status::OK();
  }
  // Takes one message, if there is one.
  arrow::Result<bool> Listen();

  // The memory of a part. Errors: kPeer for memory that was never lent to this process.
  arrow::Result<uint8_t*> DataOf(const SlabPart& part) const;

  // What consumers give back. Acknowledge also sends what Release has kept for it: between
  // StartKeeping and Acknowledge (or StopKeeping, which leaves it to the next) nothing is sent for
  // each.
  void Held(const std::vector<SlabPart>& parts);
  void Release(uint64_t ticket, const std::vector<SlabPart>& parts);
  void StartKeeping();
  void StopKeeping();
  arrow::Status Acknowledge(uint64_t ticket);
  int64_t leases_held() const { return leases_held_; }
  // Of slabs that several batches share, each once.
  int64_t bytes_held() const { return bytes_held_; }

 private:
  ChannelLink(std::shared_ptr<Context> context, const ChannelAddress& address, PeerRole role)
      : context_(std::move(context)), address_(address), role_(role) {}

  arrow::Result<bool> Connect(const Deadline& deadline, std::unique_ptr<Hub>* hub);
  // False: who listened is at his end.
  arrow::Result<bool> Greet(const std::string& schema, const Deadline& deadline);
  arrow::Status Understand(Message message);
  arrow::Status MapParts(Message& message);
  arrow::Status HubGone();
  void RemoveItsName() const;
  arrow::Status TimedOut(bool others_were_there) const;
  void WaitForMessage() const;
  // What waits in releases_, and what is acknowledged: that has to arrive.
  arrow::Status SendReleases(bool acknowledges);

  const std::shared_ptr<Context> context_;
  const ChannelAddress address_;
  const PeerRole role_;
  Socket socket_;
  Heard heard_;
  std::map<uint32_t, std::unique_ptr<MappedSlab>> slabs_;

  std::mutex release_mutex_;
  std::vector<uint64_t> releases_;
  uint64_t acknowledged_ = 0;
  bool keeping_ = false;
  std::map<uint32_t, int64_t> holds_;  // of each slab
  std::atomic<int64_t> leases_held_{0}, bytes_held_{0};
};

}  // namespace bowyer
