// Whole numbers: for each 2,048 of them the smallest, and what the others are more, or how they
// differ from their predecessors, in as few bits as hold it.
#pragma once

#include "databases/duckdb/segments/segment.h"

namespace bowyer::segments {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// T: int8_t to int64_t, uint8_t to uint64_t, Int128, UInt128.
template <typename T>
void EncodeIntegers(const Column<T>& column, const SegmentSink& sink);

// Which rows are there, as the column that stands beside another one.
void EncodeValidity(const RowMask& valid, const SegmentSink& sink);

// Values as they are, for types that nothing better is known of. T is of their width.
template <typename T>
void EncodePlain(const Column<T>& column, const SegmentSink& sink);

}  // namespace bowyer::segments
