// How much the values of a chunk take.
#pragma once

#include <cstddef>
#include <duckdb/common/types/data_chunk.hpp>

namespace bowyer {

// With texts and elements, wherever they lie: DuckDB's own count of a chunk's memory leaves out
// what its vectors only point to.
size_t BytesOf(duckdb::DataChunk& rows);

}  // namespace bowyer
