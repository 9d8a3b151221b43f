// A channel carries one table, batch by batch, between processes of one user on one machine through
// shared memory: any number of producers and consumers, bounded, without a server of its own.
//
// Whoever comes first to a name opens the channel and keeps it until its end (on a thread of its
// own in that process); producers and consumers may come in any order. docs/channels.md says what
// the options of a location (shm:NAME?bytes=64M&mode=broadcast...) mean and what holds when a
// process dies. Linux only.
#pragma once

#include <arrow/memory_pool.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"

namespace bowyer {

// Puts batches into a channel. Used by one thread at a time. Destroyed without Finish, it makes the
// channel fail: consumers get an error (kPeer), never a table that is too short.
class ChannelProducer {
 public:
  virtual ~ChannelProducer() = default;

  virtual std::shared_ptr<arrow::Schema> schema() const = 0;
  // Copies the batch once, into shared memory, and gives it to the consumers; afterwards the batch
  // is the caller's alone again (but see memory_pool, of which nothing is copied). One that would
  // take more than an eighth of the channel is cut into several. Waits while the channel is full. A
  // batch without rows is passed over. Errors: kData (another schema, metadata left out of
  // account), kResources (a row that is larger than the channel; no consumer came in time, or none
  // took anything for too long; the system has no shared memory left), kPeer (the channel failed: a
  // consumer or its opener went), kInterrupted.
  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  // Says that all was written, and waits until consumers have processed all of it; the process that
  // opened the channel also waits for the other producers. Called once, last. Errors: as of Write.
  virtual arrow::Status Finish() = 0;

  // Memory for batches in the channel itself: what builders and decoders make there is published
  // where it lies. Write then copies nothing of it but what has to be written anew: the offsets of
  // a slice, of list views and of dense unions. Other buffers of the same batch are copied as ever,
  // and so is what lies in more than seven pieces of shared memory, or not at 64 bytes. Slices, a
  // batch that is written twice, and a dictionary that several batches have, share their memory.
  //
  // From Write on, nobody may write to those buffers any more. Freed, they come back when consumers
  // are through, too.
  //
  // For any number of threads; aligned and padded as Arrow's pools do. An allocation never waits
  // for consumers: where the channel has no room (pools may hold a quarter of it together, counting
  // what was not freed), or after Finish, memory comes out of the context's pool, and is copied by
  // Write. bytes_allocated and max_memory count both. The pool may outlive its producer, and its
  // memory may outlive both.
  // Errors: kResources.
  virtual arrow::Result<std::shared_ptr<arrow::MemoryPool>> memory_pool() = 0;

  virtual int64_t bytes_written() const = 0;  // of batches that were published
  // Of these, the bytes of buffers that Write had to copy or make.
  virtual int64_t bytes_copied() const = 0;
};

// Takes batches out of a channel. Their buffers lie in shared memory and give it back when the last
// reference to the batch goes, on any thread, also after the consumer; they cannot be written to.
// A consumer that keeps more than its part of the channel (half, divided by the number of
// consumers) gets further batches as copies in its context's memory, so that nobody is held up.
// Used by one thread at a time. Destroyed before the end, it counts as a consumer that has died.
class ChannelConsumer : public arrow::RecordBatchReader {
 public:
  // ReadNext waits for the next batch, and says that those before are processed: they will not be
  // given to another consumer when this one dies. Null: every producer has ended, and every batch
  // was processed by some consumer (in a broadcast: by all).
  // Errors: kPeer (a producer died or gave up, or the opener, or a consumer where that fails the
  // channel), kResources (time-outs, memory), kData (a damaged batch), kInterrupted.

  // Batches that this process holds memory of, and their bytes.
  virtual int64_t leases_held() const = 0;
  virtual int64_t bytes_held() const = 0;
};

// What is known of a process at a channel.
struct ChannelPeer {
  int64_t pid = 0;
  bool is_producer = false;
  bool ended = false;    // a producer that has said so; a consumer that only holds memory still
  bool waiting = false;  // a producer for memory
  int64_t batches = 0, rows = 0;            // put in or taken out
  int64_t leases_held = 0, bytes_held = 0;  // memory
};

// What is known of a channel.
struct ChannelFacts {
  enum class State {
    kOpen,
    kSilent,  // its process does not answer
    kStale,   // its process was killed: the name was removed
  };
  std::string name;
  State state = State::kOpen;
  int64_t pid = 0;  // of the process that opened it
  bool broadcast = false, redeliver = false;
  int64_t producers_wanted = 0;  // 0: all that come
  int64_t consumers_wanted = 1;
  int64_t producers_ended = 0;
  int64_t batches_queued = 0;               // that no consumer has taken yet
  int64_t bytes_used = 0, bytes_limit = 0;  // of batches on their way or held
  int64_t bytes_kept = 0;                   // shared memory, with what waits to be used again
  int64_t batches_limit = 0;
  int64_t batches = 0, rows = 0, bytes = 0;                                  // since it was opened
  double seconds = 0;                                                        // since then
  double batches_per_second = 0, rows_per_second = 0, bytes_per_second = 0;  // just now
  std::vector<ChannelPeer> peers;
};

class Channel {
 public:
  // Takes part as a producer; opens the channel if nobody has. Does not wait for consumers.
  // `location`: shm:NAME. Errors: kUsage (a name or option that is none, or options other than
  // those of the opener), kData (the channel has another schema), kUnavailable, kResources,
  // kInterrupted.
  static arrow::Result<std::unique_ptr<ChannelProducer>> Produce(
      std::shared_ptr<Context> context, const Location& location,
      const std::shared_ptr<arrow::Schema>& schema);

  // Takes part as a consumer; opens the channel if nobody has. Waits for a producer, whose schema
  // is the channel's. `expected`: what it has to be, metadata left out of account (kData
  // otherwise). Gets no batches, and binds nobody, until the first ReadNext. Errors as of Produce.
  static arrow::Result<std::shared_ptr<ChannelConsumer>> Consume(
      std::shared_ptr<Context> context, const Location& location,
      const std::shared_ptr<arrow::Schema>& expected = nullptr);

  // The channels of this user, by name. Names that killed processes have left are removed, and
  // told. Takes `seconds` to see rates. Errors: kUnavailable.
  static arrow::Result<std::vector<ChannelFacts>> List(std::shared_ptr<Context> context,
                                                       double seconds = 0.25);
};

}  // namespace bowyer
