// The first records of a text under one dialect: what every step of the detection looks at.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "formats/csv/dialect.h"
#include "formats/csv/split.h"

namespace bowyer {

struct SampleCell {
  std::string_view raw;  // as in the text, quotes included
  bool quoted = false;

  // The text between the quotes; escapes are not undone (kinds and widths do not need it).
  std::string_view text() const {
    if (!quoted) return raw;
    const size_t end = raw.size() >= 2 ? raw.size() - 2 : 0;
    return raw.substr(raw.empty() ? 0 : 1, end);
  }
};

struct SampleRecord {
  size_t begin = 0;  // bytes of the text, line end included in [end, next)
  size_t end = 0;
  size_t next = 0;
  uint32_t first_cell = 0;
  uint32_t width = 0;
  RecordFault fault = RecordFault::kNone;

  bool blank() const { return begin == end; }
};

struct Sample {
  std::vector<SampleRecord> records;  // blank lines among them; comment lines are not
  std::vector<SampleCell> cells;

  const SampleCell& cell(const SampleRecord& record, size_t column) const {
    return cells[record.first_cell + column];
  }
};

// At most `max_records` records that begin in the first `max_bytes` bytes of `text`. Unless the
// text is `whole`, its last record, which the end may have cut, is left out (but for a single one).
Sample TakeSample(std::string_view text, bool whole, const CsvDialect& dialect, size_t max_records,
                  size_t max_bytes);

}  // namespace bowyer
