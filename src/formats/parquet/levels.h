// Rows of a nested column -> definition and repetition levels of one leaf, and the positions of its
// values: each step of the path turns the slots of the step before into its own.
#pragma once

#include <arrow/array/data.h>
#include <arrow/status.h>

#include <cstdint>
#include <vector>

#include "formats/parquet/schema.h"

namespace bowyer::parquet {

// Levels of one slot each; grows by Append calls. Rows begin where `repetition` is 0.
struct Levels {
  std::vector<uint8_t> repetition;
  std::vector<uint8_t> definition;

  void Clear() {
    repetition.clear();
    definition.clear();
  }
};

class LevelWalker {
 public:
  explicit LevelWalker(const Leaf* leaf) : leaf_(leaf) {}

  // Appends the levels of rows [row, row + rows) of `column`, and to `positions` the index of each
  // value in the leaf's array (its offset not added). Errors: kData, a null where the schema
  // forbids it (`row` of the place is relative to `column`).
  arrow::Status Append(const arrow::ArrayData& column, int64_t row, int64_t rows, Levels* levels,
                       std::vector<int64_t>* positions);

 private:
  struct Slot {
    int64_t index;  // in the array of this step; -1: ended above
    uint8_t repetition, definition;
  };

  const Leaf* leaf_;
  std::vector<Slot> slots_, next_;
};

// The leaf's array within a column.
std::shared_ptr<arrow::ArrayData> LeafArray(const Leaf& leaf,
                                            const std::shared_ptr<arrow::ArrayData>& column);

// Which part of the leaf's array rows [from, to) cover: exact for lists in order, all of it where
// list views make that unknown.
struct LeafRange {
  int64_t from, to;
};
LeafRange RangeInLeaf(const Leaf& leaf, const arrow::ArrayData& column, int64_t from, int64_t to);

}  // namespace bowyer::parquet
