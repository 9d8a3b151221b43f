// Segments in the blocks of a database file: several to a block, each block written once it is
// full.
#pragma once

#include <duckdb.hpp>
#include <duckdb/storage/block.hpp>
#include <duckdb/storage/block_manager.hpp>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace bowyer::segments {

// Thread-safe. Throws what DuckDB throws.
class SegmentBlocks {
 public:
  explicit SegmentBlocks(duckdb::BlockManager& blocks) : blocks_(blocks) {}

  // Where they will be: one use more of that block, which whoever does not keep it gives back.
  duckdb::BlockPointer Place(std::span<const uint8_t> bytes);
  void GiveBack(const duckdb::BlockPointer& place);

  // All that was placed is in the file.
  void WriteAll();

 private:
  struct Open {
    duckdb::unique_ptr<duckdb::Block> block;
    size_t used = 0;
  };
  void Write(Open open);

  duckdb::BlockManager& blocks_;
  std::mutex mutex_;
  std::vector<Open> open_;
  std::vector<duckdb::unique_ptr<duckdb::Block>> spare_;  // memory of blocks that were written
};

}  // namespace bowyer::segments
