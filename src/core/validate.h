// Array data that came from outside, checked before anything follows its offsets.
#pragma once

#include <arrow/array/data.h>
#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <cstdint>
#include <string>

namespace bowyer {

// Arrays nested deeper than this are refused.
inline constexpr int kMaxNesting = 64;

// Is it safe to read `data` through its type? Buffers are there and large enough, offsets,
// dictionary indices, views, union types and run ends stay within bounds, null counts are true
// (an unknown one stays unknown), nesting is bounded. Says nothing of what values mean: a date64 in
// the middle of a day or a decimal beyond its precision passes.
// check_dictionary = false: the dictionary of a dictionary-encoded array was checked before.
// Errors: kData; the place's column is the path of the nested column at fault, below `path`.
arrow::Status CheckLayout(const arrow::ArrayData& data, const std::string& path,
                          bool check_dictionary = true);

// Is the text of every non-null value in utf8 columns (also nested ones) well-formed? Only for data
// that CheckLayout accepted. Errors: kData with column and row, where `first_row` is the number
// (0-based) of the array's first row in its table; rows of nested columns are not known.
arrow::Status CheckUtf8(const arrow::ArrayData& data, const std::string& path, int64_t first_row,
                        bool check_dictionary = true);

// Both for each column.
arrow::Status CheckBatch(const arrow::RecordBatch& batch, int64_t first_row);

}  // namespace bowyer
