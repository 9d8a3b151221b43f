// One way of reading a text, tried on its first records: is there a table, and how good is it?
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bowyer/options.h"
#include "formats/csv/detect_sample.h"
#include "formats/csv/dialect.h"

namespace bowyer {

constexpr size_t kMaxSampleRecords = 1000;  // that one candidate reads

// Strong delimiters mean columns wherever they are regular; weak ones occur in prose, times and
// paths as well and must earn it with typed cells.
constexpr std::string_view kStrongDelimiters = ",\t;|";
constexpr std::string_view kWeakDelimiters = " :^~\x01\x02\x1e\x1f";

struct Candidate {
  CsvDialect dialect;
  size_t begin = 0;     // of the table in the text
  bool titles = false;  // title lines stand before it
  size_t width = 1;
  size_t records = 0;  // that are no blank lines, comments or titles
  double regular = 0;  // share of the records that have `width` and no fault
  double score = 0;    // how much the cells look like values, times `regular`
  double typed = 0;    // share of the cells behind the first record that are numbers, dates ...
  double with_delimiter = 0;  // share of the records that hold the delimiter at all
  size_t faults = 0;          // records with text behind a closing quote, or an open one
  size_t quoted = 0;          // quoted cells
  size_t guarded = 0;         // quoted cells that hold a delimiter or a line end
  size_t stray_cr = 0;        // unquoted cells with a '\r' inside
  bool fits = false;
  std::string objection;  // why it does not fit
  size_t odd_at = 0;      // where the first line begins that shows it
};

// Reads the first records of `window` with `dialect`; comment lines and titles are found on the
// way.
Candidate TryDialect(std::string_view window, bool whole, CsvDialect dialect,
                     const CsvReadOptions& options);

}  // namespace bowyer
