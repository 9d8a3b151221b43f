// Whole numbers: for each 2,048 of them the smallest, and what the others are more, or how they
// differ from their predecessors, in as few bits as hold it.
#pragma once

#include "databases/duckdb/segments/packing.h"
#include "databases/duckdb/segments/segment.h"

namespace bowyer::segments {

// T: int8_t to int64_t, uint8_t to uint64_t, Int128, UInt128.
template <typename T>
void EncodeIntegers(const Column<T>& column, const SegmentSink& sink);

}  // namespace bowyer::segments
