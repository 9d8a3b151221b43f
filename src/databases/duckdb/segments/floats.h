// Floating numbers that are decimal ones at heart, as whole numbers: ALP (Afroozeh, Kuffó and
// Boncz, "ALP: Adaptive Lossless floating-Point Compression", 2023). For each 1,024 of them two
// powers of ten that make most of them whole; those that do not come back bit by bit are kept as
// they are.
#pragma once

#include "databases/duckdb/segments/segment.h"

namespace bowyer::segments {

// T: float or double. What ALP does not make smaller stays as it is.
template <typename T>
void EncodeFloats(const Column<T>& column, const SegmentSink& sink);

}  // namespace bowyer::segments
