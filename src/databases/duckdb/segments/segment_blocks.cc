#include "databases/duckdb/segments/segment_blocks.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "databases/duckdb/segments/segment.h"

namespace bowyer::segments {
namespace {

// Blocks that wait for more: enough for small segments to find a place.
constexpr size_t kMostOpen = 4;

}  // namespace

duckdb::BlockPointer SegmentBlocks::Place(std::span<const uint8_t> bytes) {
  const size_t room = blocks_.GetBlockSize();
  std::optional<Open> full;
  duckdb::BlockPointer place;
  {
    const std::lock_guard lock(mutex_);
    auto found = std::find_if(open_.begin(), open_.end(), [&](const Open& open) {
      return room - open.used >= bytes.size();
    });
    if (found == open_.end()) {
      if (open_.size() == kMostOpen) {
        auto fullest = std::max_element(open_.begin(), open_.end(), [](auto& a, auto& b) {
          return a.used < b.used;
        });
        full = std::move(*fullest);
        open_.erase(fullest);
      }
      Open fresh{blocks_.CreateBlock(blocks_.GetFreeBlockId(), nullptr)};
      // What nothing is placed in is zero, and not what was in memory.
      std::memset(fresh.block->buffer, 0, room);
      open_.push_back(std::move(fresh));
      found = open_.end() - 1;
    } else {
      blocks_.IncreaseBlockReferenceCount(found->block->id);
    }
    place = {found->block->id, static_cast<uint32_t>(found->used)};
    std::memcpy(found->block->buffer + found->used, bytes.data(), bytes.size());
    found->used = std::min(room, AlignedTo8(found->used + bytes.size()));
  }
  if (full.has_value()) Write(std::move(*full));
  return place;
}

void SegmentBlocks::GiveBack(const duckdb::BlockPointer& place) {
  blocks_.MarkBlockAsModified(place.block_id);
}

void SegmentBlocks::WriteAll() {
  std::vector<Open> open;
  {
    const std::lock_guard lock(mutex_);
    open.swap(open_);
  }
  for (Open& one : open) Write(std::move(one));
}

void SegmentBlocks::Write(Open open) { blocks_.Write(*open.block, open.block->id); }

}  // namespace bowyer::segments
