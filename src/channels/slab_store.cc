#include "channels/slab_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "channels/slab.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr int64_t kUnit = 64 << 10;

// Few sizes, so that slabs fit again; what of one is not asked for has no memory.
int64_t SizeFor(int64_t bytes) {
  int64_t size = kUnit;
  while (size < bytes) size *= 4;
  return size;
}

}  // namespace

bool SlabStore::MakeRoom(int64_t bytes, uint32_t but) {
  for (size_t i = 0; i < idle_.size() && bytes_kept_ + bytes > most_bytes_; ++i) {
    Slab& slab = slabs_[idle_[i]];
    if (idle_[i] == but || slab.resident == 0) continue;
    EmptySlab(slab.memory.fd());
    bytes_kept_ -= slab.resident;
    slab.resident = 0;
  }
  return bytes_kept_ + bytes <= most_bytes_;
}

arrow::Result<std::optional<SlabPart>> SlabStore::Lend(int64_t bytes) {
  if (bytes <= 0 || bytes > most_bytes_) {
    return MakeError(ErrorCode::kResources,
                     fmt::format("a batch of {} does not fit into a channel of {}",
                                 HumanBytes(bytes), HumanBytes(most_bytes_)),
                     {.hint = "open the channel with ?bytes=SIZE, or write smaller batches"});
  }
  const int64_t wanted = std::min(most_bytes_, (bytes + kUnit - 1) / kUnit * kUnit);
  const int64_t size = SizeFor(wanted);
  const auto fits = [&](uint32_t i) { return slabs_[i].size == size; };
  auto found = std::find_if(idle_.rbegin(), idle_.rend(), fits);
  uint32_t index = static_cast<uint32_t>(slabs_.size());
  if (found != idle_.rend()) {
    index = *found;
  } else {
    if (bytes_lent_ + wanted > most_bytes_) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(auto memory, MakeSlab(size));
    slabs_.push_back({.memory = std::move(memory), .size = size});
    idle_.push_back(index);
  }
  Slab& slab = slabs_[index];
  if (const int64_t more = wanted - slab.resident; more > 0) {
    if (!MakeRoom(more, index)) return std::nullopt;
    auto filled = FillSlab(slab.memory.fd(), wanted);
    if (!filled.ok()) {
      // What idle slabs keep may be what the system lacks.
      (void)MakeRoom(most_bytes_, index);
      filled = FillSlab(slab.memory.fd(), wanted);
    }
    ARROW_RETURN_NOT_OK(filled);
    bytes_kept_ += more;
    slab.resident = wanted;
  }
  idle_.erase(std::find(idle_.begin(), idle_.end(), index));
  slab.lent = wanted;
  slab.holders = 1;
  ++slab.generation;
  bytes_lent_ += wanted;
  return SlabPart{.slab = index, .generation = slab.generation, .length = wanted};
}

void SlabStore::Retain(uint32_t index) { ++slabs_[index].holders; }

void SlabStore::Release(uint32_t index) {
  Slab& slab = slabs_[index];
  if (--slab.holders > 0) return;
  bytes_lent_ -= slab.lent;
  slab.lent = 0;
  idle_.push_back(index);
}

}  // namespace bowyer
