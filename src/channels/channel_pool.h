// Arrow memory in a channel: an arena is a slab that the hub has reserved for this producer, blocks
// are cut out of it. A batch whose buffers are such blocks is published where it lies, and the slab
// is lent again when nobody needs it any more, here or there.
#pragma once

#include <arrow/memory_pool.h>
#include <arrow/result.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/memory_use.h"
#include "channels/channel_link.h"

namespace bowyer {

// Thread-safe. What the channel has no room for comes out of the context's memory. Lives until its
// last block is freed, whoever has forgotten it before, since buffers know it by its address.
class ChannelPool : public arrow::MemoryPool, public std::enable_shared_from_this<ChannelPool> {
 public:
  // Where bytes lie. Holds as long as their block.
  struct Place {
    SlabPart slab;
    int64_t offset = 0;
  };

  // On the link's thread. Errors: kResources.
  static arrow::Result<std::shared_ptr<ChannelPool>> Make(std::shared_ptr<ChannelLink> link);

  // The hub's answers come out of `answers`; it writes them to `for_hub`.
  static std::shared_ptr<ChannelPool> Over(std::shared_ptr<ChannelLink> link, Socket answers,
                                           Socket for_hub);

  // For a batch that is to be published: from now on the block may be read by others, and is not
  // used again when it is freed. Nothing for ordinary memory.
  std::optional<Place> Publish(const uint8_t* data, int64_t bytes);
  // Gives back what holds nothing here.
  void GiveBackIdle();
  // The producer goes: nothing is asked for any more, and all goes back as soon as it can.
  void Close();
  int64_t bytes_reserved() const;

  using MemoryPool::Allocate;
  using MemoryPool::Free;
  using MemoryPool::Reallocate;
  arrow::Status Allocate(int64_t size, int64_t alignment, uint8_t** out) override;
  arrow::Status Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                           uint8_t** pointer) override;
  void Free(uint8_t* buffer, int64_t size, int64_t alignment) override;
  void ReleaseUnused() override { GiveBackIdle(); }
  int64_t bytes_allocated() const override { return use_.now(); }
  int64_t max_memory() const override { return use_.peak(); }
  int64_t total_bytes_allocated() const override { return total_; }
  int64_t num_allocations() const override { return allocations_; }
  std::string backend_name() const override { return "bowyer channel"; }

 private:
  struct Block {
    int64_t bytes = 0;
    bool published = false;
  };
  struct Arena {
    SlabPart part;
    uint8_t* data = nullptr;
    std::map<int64_t, Block> blocks;  // in use, by offset
    std::map<int64_t, int64_t> free;  // offset, bytes
    bool published = false;           // something of it was: what is neither in use nor free
    bool holds(const uint8_t* at) const { return at >= data && at < data + part.length; }
  };
  using Arenas = std::map<uint32_t, Arena>;  // by slab

  ChannelPool(std::shared_ptr<ChannelLink> link, Socket answers, Socket for_hub);

  // All of these are called under the lock.
  uint8_t* Take(int64_t size, int64_t alignment);
  static uint8_t* TakeFrom(Arena& arena, int64_t size, int64_t alignment);
  arrow::Status TakeAny(int64_t size, int64_t alignment, uint8_t** out);
  // In place; false when that cannot be.
  static bool Resize(Arena& arena, int64_t offset, int64_t size);
  void FreeBlock(Arenas::iterator arena, int64_t offset);
  Arenas::iterator ArenaOf(const uint8_t* at);
  // Has the hub given an arena?
  bool Reserve(int64_t bytes);
  bool AddArena(Message message);
  void GiveBack(Arenas::iterator arena);
  void GiveBackAllIdle();
  void SendDiscards();
  void Count(int64_t bytes, int64_t blocks, std::shared_ptr<ChannelPool>* last);

  const std::shared_ptr<ChannelLink> link_;
  arrow::MemoryPool& ordinary_;
  const int64_t most_;  // bytes of the channel
  const int64_t unit_;  // of an arena, if no block needs more

  mutable std::mutex mutex_;
  Socket answers_, for_hub_;
  std::map<uint32_t, std::unique_ptr<MappedSlab>> slabs_;
  Arenas arenas_;
  std::vector<SlabPart> discards_;  // that the hub has not been told yet
  bool asked_ = false;              // and not been answered yet
  std::chrono::steady_clock::time_point refused_until_;
  bool closed_ = false;
  int64_t blocks_ = 0;                 // in use, with those of ordinary memory
  std::shared_ptr<ChannelPool> self_;  // while there are any
  MemoryUse use_;
  std::atomic<int64_t> total_{0}, allocations_{0};
};

}  // namespace bowyer
