// A batch's share of a column chunk: the leaf's array found and made plain (run-end encoding
// undone, extension types seen through), with the ways to walk over its values.
#pragma once

#include <arrow/array/data.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "formats/parquet/values.h"

namespace bowyer::parquet {

struct Piece {
  std::shared_ptr<arrow::ArrayData> column;  // of the table
  std::shared_ptr<arrow::ArrayData> leaf;    // the leaf's; of indices, if `indexed`
  ValueArray values;                         // the leaf's values, or those of its dictionary
  bool indexed;
  const uint8_t* valid;  // bitmap of the leaf's array (its offset not added); null: no nulls in it
  int64_t first_row;     // in the row group
  int64_t rows;
};

// Errors: kResources when decoding takes more memory than there is.
arrow::Result<Piece> MakePiece(const Leaf& leaf, std::shared_ptr<arrow::ArrayData> column,
                               int64_t first_row, arrow::MemoryPool* pool);

// Which of `count` bits from `offset` on are set; returns how many. count: at most kBlockValues.
int32_t SetPositions(const uint8_t* bitmap, int64_t offset, int32_t count, int32_t* positions);

// Indices of an indexed piece as 32-bit positions in its dictionary.
arrow::Status DictionaryPositions(const arrow::ArrayData& indices, const Selected& selected,
                                  int64_t dictionary_length, int32_t* out);

// Gathers values of the piece: `selected` are positions in the leaf's array.
arrow::Status GatherPiece(const Piece& piece, const Selected& selected, GatherScratch* scratch,
                          ValueBlock* block, int32_t* bad);

}  // namespace bowyer::parquet
