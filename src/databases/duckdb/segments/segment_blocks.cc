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
    auto found = std::find_if(open_.begin(), open_.end(),
                              [&](const Open& open) { return room - open.used >= bytes.size(); });
    if (found == open_.end()) {
      if (open_.size() == kMostOpen) {
        auto fullest = std::max_element(open_.begin(), open_.end(),
                                        [](auto& a, auto& b) { return a.used < b.used; });
        full = std::move(*fullest);
        open_.erase(fullest);
      }
      const auto id = blocks_.GetFreeBlockId();
      Open fresh;
      if (spare_.empty()) {
        fresh.block = blocks_.CreateBlock(id, nullptr);
      } else {
        fresh.block = std::move(spare_.back());
        spare_.pop_back();
        fresh.block->id = id;
      }
      open_.push_back(std::move(fresh));
      found = open_.end() - 1;
    } else {
      blocks_.IncreaseBlockReferenceCount(found->block->id);
    }
    place = {found->block->id, static_cast<uint32_t>(found->used)};
    std::memcpy(found->block->buffer + found->used, bytes.data(), bytes.size());
    const size_t end = found->used + bytes.size();
    found->used = std::min(room, AlignedTo8(end));
    std::memset(found->block->buffer + end, 0, found->used - end);
  }
  try {
    if (full.has_value()) Write(std::move(*full));
  } catch (...) {
    GiveBack(place);
    throw;
  }
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

void SegmentBlocks::Write(Open open) {
  // What nothing was placed in is zero, and not what was in memory.
  std::memset(open.block->buffer + open.used, 0, blocks_.GetBlockSize() - open.used);
  blocks_.Write(*open.block, open.block->id);
  const std::lock_guard lock(mutex_);
  spare_.push_back(std::move(open.block));
}

}  // namespace bowyer::segments
