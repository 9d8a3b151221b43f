// Values as they are, and which of them are there.
#pragma once

#include "databases/duckdb/segments/segment.h"

namespace bowyer::segments {

// For types that nothing better is known of. T is of their width.
template <typename T>
void EncodePlain(const Column<T>& column, const SegmentSink& sink);

// The column of truth values that stands beside another one.
void EncodeValidity(const RowMask& valid, const SegmentSink& sink);

}  // namespace bowyer::segments
