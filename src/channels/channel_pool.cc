// First fit in few arenas. What was published is not used again here, as consumers may read it: it
// comes back with its whole slab, through the hub.
#include "channels/channel_pool.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "bowyer/error.h"
#include "channels/poll_awake.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

constexpr int64_t kAlignment = 64, kPage = 4096;
// An arena is this part of a channel's bytes: few enough for the parts of a batch.
constexpr int64_t kArenas = 32;
constexpr int64_t kLeastArena = 64 << 10, kMostArena = 4 << 20;
// A hub answers in microseconds, unless its process is stopped.
constexpr Milliseconds kPatience{100};
// Who was told that there is nothing asks again after this.
constexpr Milliseconds kPause{1};

int64_t Rounded(int64_t bytes, int64_t unit) { return (bytes + unit - 1) / unit * unit; }

}  // namespace

ChannelPool::ChannelPool(std::shared_ptr<ChannelLink> link, Socket answers, Socket for_hub)
    : link_(std::move(link)),
      ordinary_(*link_->context().memory_pool()),
      most_(link_->heard().terms->bytes),
      unit_(std::clamp(most_ / kArenas, kLeastArena, kMostArena)),
      answers_(std::move(answers)),
      for_hub_(std::move(for_hub)) {}

Result<std::shared_ptr<ChannelPool>> ChannelPool::Make(std::shared_ptr<ChannelLink> link) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return MakeError(ErrorCode::kResources,
                     std::string("no socket for a pool's memory: ") + std::strerror(errno),
                     {.location = link->address().name});
  }
  return Over(std::move(link), Socket(ends[0]), Socket(ends[1]));
}

std::shared_ptr<ChannelPool> ChannelPool::Over(std::shared_ptr<ChannelLink> link, Socket answers,
                                               Socket for_hub) {
  return std::shared_ptr<ChannelPool>(
      new ChannelPool(std::move(link), std::move(answers), std::move(for_hub)));
}

Status ChannelPool::Allocate(int64_t size, int64_t alignment, uint8_t** out) {
  const std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(TakeAny(size, alignment, out));
  Count(size, 1, nullptr);
  return Status::OK();
}

Status ChannelPool::Reallocate(int64_t old_size, int64_t new_size, int64_t alignment,
                               uint8_t** pointer) {
  const std::lock_guard lock(mutex_);
  uint8_t* const old = *pointer;
  const auto arena = ArenaOf(old);
  const bool is_ordinary = arena == arenas_.end();
  if (is_ordinary && old_size > 0) {
    ARROW_RETURN_NOT_OK(ordinary_.Reallocate(old_size, new_size, alignment, pointer));
  } else if (is_ordinary || new_size == 0 ||
             !Resize(arena->second, old - arena->second.data, Rounded(new_size, kAlignment))) {
    ARROW_RETURN_NOT_OK(TakeAny(new_size, alignment, pointer));
    const auto kept = static_cast<size_t>(std::min(old_size, new_size));
    if (kept > 0) std::memcpy(*pointer, old, kept);
    if (is_ordinary) {
      ordinary_.Free(old, old_size, alignment);
    } else {
      FreeBlock(arena, old - arena->second.data);
    }
  }
  Count(new_size - old_size, 0, nullptr);
  return Status::OK();
}

void ChannelPool::Free(uint8_t* buffer, int64_t size, int64_t alignment) {
  std::shared_ptr<ChannelPool> last;  // goes after the lock
  const std::lock_guard lock(mutex_);
  const auto arena = ArenaOf(buffer);
  if (arena == arenas_.end()) {
    ordinary_.Free(buffer, size, alignment);
  } else {
    FreeBlock(arena, buffer - arena->second.data);
  }
  Count(-size, -1, &last);
}

void ChannelPool::Count(int64_t bytes, int64_t blocks, std::shared_ptr<ChannelPool>* last) {
  use_.Add(bytes);
  if (bytes > 0) total_ += bytes;
  if (blocks > 0) ++allocations_;
  blocks_ += blocks;
  if (blocks_ > 0 && self_ == nullptr) self_ = shared_from_this();
  if (blocks_ == 0 && last != nullptr) *last = std::move(self_);
}

Status ChannelPool::TakeAny(int64_t size, int64_t alignment, uint8_t** out) {
  if (size > 0 && !closed_) {
    if (uint8_t* const taken = Take(size, alignment)) {
      *out = taken;
      return Status::OK();
    }
  }
  return ordinary_.Allocate(size, alignment, out);
}

uint8_t* ChannelPool::Take(int64_t size, int64_t alignment) {
  if (alignment > kPage || size > most_) return nullptr;
  const int64_t bytes = Rounded(size, kAlignment);
  const auto take = [&]() -> uint8_t* {
    for (auto& [_, arena] : arenas_) {
      if (uint8_t* const taken = TakeFrom(arena, bytes, alignment)) return taken;
    }
    return nullptr;
  };
  if (uint8_t* const taken = take()) return taken;
  GiveBackAllIdle();
  return Reserve(std::max(bytes, unit_)) ? take() : nullptr;
}

uint8_t* ChannelPool::TakeFrom(Arena& arena, int64_t size, int64_t alignment) {
  for (auto at = arena.free.begin(); at != arena.free.end(); ++at) {
    const auto [offset, bytes] = *at;
    const int64_t start = Rounded(offset, std::max(alignment, kAlignment));
    const int64_t left = offset + bytes - start - size;
    if (left < 0) continue;
    if (start > offset) {
      at->second = start - offset;
    } else {
      arena.free.erase(at);
    }
    if (left > 0) arena.free.emplace(start + size, left);
    arena.blocks.emplace(start, Block{.bytes = size});
    return arena.data + start;
  }
  return nullptr;
}

bool ChannelPool::Resize(Arena& arena, int64_t offset, int64_t size) {
  Block& block = arena.blocks.at(offset);
  if (size == block.bytes) return true;
  // Others may read it: its tail is not for somebody else, and what is behind it not for it.
  if (block.published) return size < block.bytes;
  const int64_t end = offset + block.bytes;
  const auto behind = arena.free.find(end);
  const int64_t room = behind == arena.free.end() ? 0 : behind->second;
  if (size > block.bytes + room) return false;
  if (room > 0) arena.free.erase(behind);
  const int64_t left = block.bytes + room - size;
  if (left > 0) arena.free.emplace(offset + size, left);
  block.bytes = size;
  return true;
}

void ChannelPool::FreeBlock(Arenas::iterator at, int64_t offset) {
  Arena& arena = at->second;
  const auto block = arena.blocks.find(offset);
  if (!block->second.published) {
    const auto [freed, _] = arena.free.emplace(offset, block->second.bytes);
    const auto behind = std::next(freed);
    if (behind != arena.free.end() && freed->first + freed->second == behind->first) {
      freed->second += behind->second;
      arena.free.erase(behind);
    }
    if (freed != arena.free.begin()) {
      const auto before = std::prev(freed);
      if (before->first + before->second == freed->first) {
        before->second += freed->second;
        arena.free.erase(freed);
      }
    }
  }
  arena.blocks.erase(block);
  if (!arena.blocks.empty()) return;
  int64_t most = 0;
  for (const auto& [_, bytes] : arena.free) most = std::max(most, bytes);
  const bool used_up = most < arena.part.length / 4;
  // One is kept for what comes next; others may need the rest.
  const bool has_other = std::any_of(arenas_.begin(), arenas_.end(), [&](const auto& other) {
    return &other.second != &arena && other.second.blocks.empty();
  });
  if (closed_ || used_up || has_other) GiveBack(at);
}

ChannelPool::Arenas::iterator ChannelPool::ArenaOf(const uint8_t* at) {
  return std::find_if(arenas_.begin(), arenas_.end(),
                      [at](const auto& arena) { return arena.second.holds(at); });
}

std::optional<ChannelPool::Place> ChannelPool::Publish(const uint8_t* data, int64_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto found = ArenaOf(data);
  if (found == arenas_.end()) return std::nullopt;
  Arena& arena = found->second;
  const int64_t offset = data - arena.data;
  auto block = arena.blocks.upper_bound(offset);
  if (block == arena.blocks.begin()) return std::nullopt;
  --block;
  // Of a block that is in use, which this is as long as the batch's buffer is.
  if (offset % kAlignment != 0 || bytes > block->first + block->second.bytes - offset) {
    return std::nullopt;
  }
  block->second.published = true;
  arena.published = true;
  return Place{.slab = arena.part, .offset = offset};
}

bool ChannelPool::Reserve(int64_t bytes) {
  using Clock = std::chrono::steady_clock;
  if (!answers_.is_open()) return false;
  // Who did not answer in time is not waited for again.
  const bool is_late = asked_;
  if (!asked_) {
    if (Clock::now() < refused_until_) return false;
    Message wanted;
    wanted.kind = MessageKind::kReserve;
    wanted.bytes = bytes;
    std::vector<int> descriptors;
    if (for_hub_.is_open()) descriptors.push_back(for_hub_.fd());
    if (!link_->TrySend(wanted, descriptors).ok()) return false;
    for_hub_.Close();
    asked_ = true;
  }
  const Deadline deadline(kPatience);
  while (true) {
    Message message;
    switch (ReceiveMessage(answers_.fd(), &message)) {
      case Received::kMessage:
        asked_ = false;
        if (message.kind == MessageKind::kReserved && message.part_count == 0) {
          refused_until_ = Clock::now() + kPause;
          return false;
        }
        if (AddArena(std::move(message))) return true;
        answers_.Close();  // not a hub that is understood: the link will say so
        return false;
      case Received::kGone:
      case Received::kNonsense:
        answers_.Close();
        return false;
      case Received::kNothing:
        break;
    }
    if (is_late || deadline.passed()) return false;
    pollfd wait = {.fd = answers_.fd(), .events = POLLIN, .revents = 0};
    (void)PollAwake({&wait, 1}, kPatience);
  }
}

// Checks what the hub says: the memory has to be there, and nobody's yet.
bool ChannelPool::AddArena(Message message) {
  if (message.kind != MessageKind::kReserved || message.part_count != 1) return false;
  const SlabPart part = message.parts[0];
  if (part.length <= 0 || arenas_.contains(part.slab)) return false;
  if (message.fresh != 0) {
    if (message.descriptors.size() != 1) return false;
    auto mapped = MappedSlab::Map(message.descriptors[0].fd(), /*writable=*/true, part.length);
    if (!mapped.ok()) return false;
    slabs_.try_emplace(part.slab, std::move(mapped).ValueUnsafe());
  }
  const auto slab = slabs_.find(part.slab);
  if (slab == slabs_.end() || part.length > slab->second->size()) return false;
  Arena arena{.part = part, .data = slab->second->data()};
  arena.free.emplace(0, part.length / kAlignment * kAlignment);
  arenas_.emplace(part.slab, std::move(arena));
  return true;
}

void ChannelPool::GiveBack(Arenas::iterator arena) {
  const SlabPart part = arena->second.part;
  arenas_.erase(arena);
  // Its pages would stay for as long as they are mapped.
  if (closed_) slabs_.erase(part.slab);
  discards_.push_back(part);
  SendDiscards();
}

void ChannelPool::SendDiscards() {
  while (!discards_.empty()) {
    Message discard;
    discard.kind = MessageKind::kDiscard;
    const size_t count = std::min(discards_.size(), kMostParts);
    discard.part_count = static_cast<uint8_t>(count);
    const auto end = discards_.begin() + static_cast<int64_t>(count);
    std::copy(discards_.begin(), end, discard.parts.begin());
    // A hub that takes nothing now is told with the next ones; one that is gone needs nothing.
    if (link_->TrySend(discard).IsCancelled()) return;
    discards_.erase(discards_.begin(), end);
  }
}

void ChannelPool::GiveBackAllIdle() {
  for (auto arena = arenas_.begin(); arena != arenas_.end();) {
    const auto at = arena++;
    if (at->second.blocks.empty()) GiveBack(at);
  }
  SendDiscards();
}

void ChannelPool::GiveBackIdle() {
  const std::lock_guard lock(mutex_);
  GiveBackAllIdle();
}

void ChannelPool::Close() {
  const std::lock_guard lock(mutex_);
  if (asked_) (void)Reserve(unit_);  // an answer that came late
  closed_ = true;
  GiveBackAllIdle();
  std::erase_if(slabs_, [this](const auto& slab) { return !arenas_.contains(slab.first); });
  answers_.Close();
  for_hub_.Close();
}

int64_t ChannelPool::bytes_reserved() const {
  const std::lock_guard lock(mutex_);
  int64_t bytes = 0;
  for (const auto& [_, arena] : arenas_) bytes += arena.part.length;
  return bytes;
}

}  // namespace bowyer
