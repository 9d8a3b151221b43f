// A record batch as it lies in shared memory: a table of arrays and buffers, and behind it the
// buffers, each at 64 bytes. Written with one copy, read with none.
// Buffers that lie in shared memory already (channel_pool.h) stay there: the table says where.
//
//   BatchTableHead | node... | buffer... | buffers' bytes
//
// Nodes stand in the order of a walk over the schema's types: parents, then children, then a
// dictionary. A slice keeps its offset modulo 8, so that bitmaps are cut between bytes.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace bowyer {

struct BatchTableHead {
  uint32_t magic = 0x4257'4254;
  uint32_t nodes = 0;
  uint32_t buffers = 0;
  uint32_t reserved = 0;
  int64_t rows = 0;
};

struct BatchTableNode {
  int64_t length = 0;
  int64_t null_count = 0;
  int64_t offset = 0;
  int64_t buffers = 0;
};

struct BatchTableBuffer {
  int64_t part = 0;     // slab
  int64_t offset = 0;   // within it
  int64_t length = -1;  // -1: there is none
};

// Memory that one slab lends to a batch.
struct BatchPart {
  const uint8_t* data = nullptr;
  int64_t length = 0;
};

// Where in a batch's parts behind the first these bytes lie; nothing for ordinary memory, or what
// is not at 64 bytes.
using BatchPlaces = std::function<std::optional<BatchTableBuffer>(const uint8_t*, int64_t bytes)>;

// What will be written where. Refers to the batch, which has to outlive it.
class BatchPlan {
 public:
  // Errors: kData for arrays that are not what their types say, or nest deeper than kMaxNesting.
  static arrow::Result<BatchPlan> Of(const arrow::RecordBatch& batch,
                                     const BatchPlaces& places = nullptr);

  int64_t table_bytes() const { return table_bytes_; }
  // Of the table and all buffers that WriteTo writes.
  int64_t bytes() const { return bytes_; }
  // Of buffers that are written, and of those that stay where they are.
  int64_t copied_bytes() const { return copied_bytes_; }
  int64_t in_place_bytes() const { return in_place_bytes_; }
  // Fills bytes() bytes, which are aligned to 64.
  void WriteTo(uint8_t* out) const;

 private:
  struct Piece {
    int64_t at = 0, bytes = 0;
    const uint8_t* from = nullptr;
    std::function<void(uint8_t* out)> write;  // in place of a copy
  };
  friend class PlanMaker;

  BatchTableHead head_;
  std::vector<BatchTableNode> nodes_;
  std::vector<BatchTableBuffer> buffers_;
  std::vector<Piece> pieces_;
  int64_t table_bytes_ = 0, bytes_ = 0, copied_bytes_ = 0, in_place_bytes_ = 0;
};

// The batch that `table` (a private copy: it is looked at more than once) describes, checked
// (CheckBatch). Its buffers lie in `parts` and hold `owner`. Errors: kData.
arrow::Result<std::shared_ptr<arrow::RecordBatch>> ReadBatchTable(
    const std::shared_ptr<arrow::Schema>& schema, std::string_view table,
    std::span<const BatchPart> parts, const std::shared_ptr<const void>& owner, int64_t rows);

// Types that nest too deep for all this. Errors: kData.
arrow::Status CheckNesting(const arrow::Schema& schema);

}  // namespace bowyer
