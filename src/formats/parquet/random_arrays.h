// For tests: random arrays of any type, sliced and with nulls, the same for a seed.
#pragma once

#include <arrow/array.h>
#include <arrow/type.h>

#include <memory>
#include <random>

namespace bowyer {

enum class Spread { kAny, kFew, kRising, kOne };  // how values are spread

class RandomArrays {
 public:
  explicit RandomArrays(uint64_t seed) : random_(seed) {}

  // `nulls`: the share of values that are null. The array has an offset, so have its children.
  std::shared_ptr<arrow::Array> Make(const std::shared_ptr<arrow::DataType>& type, int64_t length,
                                     double nulls, Spread spread);
  int64_t Below(int64_t end) { return static_cast<int64_t>(random_() % end); }

 private:
  std::shared_ptr<arrow::Array> MakeWhole(const std::shared_ptr<arrow::DataType>& type,
                                          int64_t length, double nulls, Spread spread);
  std::shared_ptr<arrow::Buffer> Valid(int64_t length, double nulls);
  int64_t Number(int64_t i, Spread spread, int64_t end);

  std::mt19937_64 random_;
};

}  // namespace bowyer
