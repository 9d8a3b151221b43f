// Which encoding makes a column chunk smallest, judged on a sample of it.
#pragma once

#include <arrow/memory_pool.h>
#include <arrow/result.h>

#include <vector>

#include "formats/parquet/encoding.h"
#include "formats/parquet/piece.h"

namespace bowyer::parquet {

// A dictionary larger than this would not stay in readers' caches.
inline constexpr int64_t kLargestDictionary = 2 << 20;

struct Choice {
  ValueEncoding encoding = ValueEncoding::kPlain;
  // What to use should the dictionary turn out larger than the sample made believe.
  ValueEncoding otherwise = ValueEncoding::kPlain;
  // Of the dictionary; bytes in plain encoding.
  int64_t expected_values = 0, expected_bytes = 0;
  double other_bytes_per_value = 0;  // of `otherwise`: a dictionary must stay below
};

arrow::Result<Choice> ChooseEncoding(const Leaf& leaf, const std::vector<Piece>& pieces,
                                     arrow::MemoryPool* pool);

}  // namespace bowyer::parquet
