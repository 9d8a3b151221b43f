// The smallest and largest value of a column chunk, in the order that the format defines for the
// column's type. Exact, or left out: wrong bounds make readers skip rows that match.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "formats/parquet/values.h"

namespace bowyer::parquet {

// Bounds as the footer holds them: plain encoding without a length.
struct Bounds {
  std::string min, max;
  bool min_exact = true, max_exact = true;
};

class Statistics {
 public:
  explicit Statistics(const Leaf* leaf) : leaf_(leaf) {}

  void Update(const ValueBlock& block);

  // Nothing if there was no value, the type has no order, or a NaN was seen (readers order NaN
  // differently). Zeros are -0 as a minimum and +0 as a maximum. Long byte arrays are cut: the
  // minimum to a prefix, the maximum to a prefix made larger.
  std::optional<Bounds> Finish() const;

 private:
  void UpdateFixedBytes(const ValueBlock& block);
  void UpdateBytes(const ValueBlock& block);

  const Leaf* leaf_;
  bool any_ = false;
  bool nan_ = false;
  // By physical type.
  int64_t min_ = 0, max_ = 0;  // integers and booleans; unsigned ones by their bits
  double min_real_ = 0, max_real_ = 0;
  std::string min_bytes_, max_bytes_;
};

}  // namespace bowyer::parquet
