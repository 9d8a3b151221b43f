// Which delimiter, quote, escape and line end a text uses, and where its table begins.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "bowyer/options.h"
#include "formats/csv/detect_sample.h"
#include "formats/csv/dialect.h"

namespace bowyer {

struct DialectChoice {
  CsvDialect dialect;      // all but `header`
  size_t table_begin = 0;  // bytes of skipped lines before the header or first record
  bool titles = false;     // title lines are among the skipped ones: a header must follow
  size_t width = 1;        // columns
  Sample sample;           // the first records from table_begin on, read with `dialect`
};

// What `options` sets is taken as it is. Errors: kData when the evidence is contradictory (the
// hint names the options that settle it).
arrow::Result<DialectChoice> ChooseDialect(std::string_view text, bool whole,
                                           const CsvReadOptions& options, const std::string& name);

}  // namespace bowyer
