// The rows of one column while a row group fills, and the segments that they become.
#pragma once

#include <duckdb/common/types/vector.hpp>
#include <memory>

#include "databases/duckdb/segments/segment.h"

namespace bowyer::segments {

// Used by one thread at a time.
class ColumnRows {
 public:
  // Null for a type whose values we do not lay out: nested ones and the rarer ones.
  static std::unique_ptr<ColumnRows> Make(const duckdb::LogicalType& type);
  virtual ~ColumnRows() = default;

  // May these values be appended? Texts that need blocks of their own may not.
  virtual bool Takes(const duckdb::UnifiedVectorFormat& values, duckdb::idx_t rows) const = 0;
  virtual void Append(const duckdb::UnifiedVectorFormat& values, duckdb::idx_t rows) = 0;
  // Rows [begin, begin + rows) as they came, into an empty flat vector.
  virtual void Give(duckdb::idx_t begin, duckdb::idx_t rows, duckdb::Vector* values) const = 0;
  virtual void Encode(size_t block_bytes, Scratch* scratch, const SegmentSink& sink) const = 0;
  // That the rows take in memory, more or less.
  virtual size_t bytes() const = 0;
  // No rows; the memory is kept for others.
  virtual void Clear() = 0;

  const RowMask& valid() const { return valid_; }

 protected:
  RowMask valid_;
};

}  // namespace bowyer::segments
