// Is the first record a header, and what are the columns called?
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/detect_sample.h"

namespace bowyer {

enum class Header {
  kNone,
  kByCustom,    // nothing tells, but the cells could well be names
  kByEvidence,  // text above columns of something else
};

// Compares the first record with those below it, column by column. Errors: kData if some columns
// speak for a header and others against it.
arrow::Result<Header> FindHeader(const Sample& sample, size_t width, const std::string& name);

// Names as they stand, made complete and unique: a blank or missing name becomes "columnN" (N from
// 0), a repeated one gets "_1", "_2" ... behind it, whichever is free.
std::vector<std::string> CompleteNames(std::vector<std::string> names, size_t width);

}  // namespace bowyer
