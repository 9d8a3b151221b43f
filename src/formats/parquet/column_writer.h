// One leaf of one row group -> the bytes of its column chunk. The arrays of the row group's batches
// are encoded as they are, one after the other; nothing is concatenated.
#pragma once

#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>
#include <arrow/util/compression.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "formats/parquet/metadata.h"

namespace bowyer::parquet {

struct ChunkOptions {
  Codec codec = Codec::kUncompressed;
  int level = arrow::util::kUseDefaultCompressionLevel;
  int64_t page_bytes = 1 << 20;  // of plain values that a page holds
  int64_t page_rows = 1 << 17;
  int64_t first_row = 0;  // of the row group in the table, for messages
};

struct EncodedChunk {
  ChunkFacts facts;
  std::vector<std::shared_ptr<arrow::Buffer>> parts;  // in the file's order
};

// `columns`: the arrays of the leaf's table column, one for each batch. Thread-safe.
// Errors: kData for a value that the column's Parquet type cannot hold (names column and row),
// kResources when memory ends.
arrow::Result<EncodedChunk> EncodeColumnChunk(
    const Leaf& leaf, const std::vector<std::shared_ptr<arrow::ArrayData>>& columns,
    const ChunkOptions& options, arrow::MemoryPool* pool);

}  // namespace bowyer::parquet
