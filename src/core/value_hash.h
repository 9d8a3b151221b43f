// 128 bits for each value of an array, the same for equal values whatever type of Arrow's carries
// them: what digests are made of.
#pragma once

#include <arrow/array/data.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace bowyer {

struct ValueHash {
  uint64_t low = 0, high = 0;
};

// Of one column; remembers the hashes of a dictionary. Used by one thread.
//
// Equal are: whole numbers, decimals and booleans of the same number; floating numbers of any width
// (all NaN are one, -0.0 is not 0.0); texts and bytes in any layout or dictionary, with a UUID as
// its 16 bytes; instants, times of day and durations of any unit; lists of any kind; maps and lists
// of their pairs. A null equals nothing but nulls.
class ValueHasher {
 public:
  static constexpr int64_t kMostRows = 1024;

  // Rows [first, first + rows) of `data`, at most kMostRows, whose layout is valid.
  void Hash(const arrow::ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
            uint64_t* high);

 private:
  // Of a child, a window at a time: for children that are read from the start to the end.
  struct Window {
    std::vector<uint64_t> low, high;
    int64_t begin = 0, end = 0;
  };
  ValueHasher& Child(size_t i);
  ValueHash One(const arrow::ArrayData& data, int64_t row);
  ValueHash InWindow(const arrow::ArrayData& values, int64_t row, int64_t end);
  void HashValues(const arrow::ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                  uint64_t* high);
  void HashDictionary(const arrow::ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                      uint64_t* high);
  // Behind `values_end` no value of these rows stands, if they are in order; 0: not known.
  template <typename RangeOf>
  void HashLists(const arrow::ArrayData& data, int64_t first, int64_t rows, int64_t values_end,
                 RangeOf range_of, uint64_t* low, uint64_t* high);
  void HashStructs(const arrow::ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                   uint64_t* high);
  void HashUnions(const arrow::ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                  uint64_t* high);
  void HashRuns(const arrow::ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                uint64_t* high);

  std::vector<std::unique_ptr<ValueHasher>> children_;
  Window window_;
  std::shared_ptr<arrow::ArrayData> dictionary_;  // whose hashes are in entries_
  std::vector<ValueHash> entries_;
};

}  // namespace bowyer
