// Runs the splitter and keeps spans; nothing is copied.
#include "formats/csv/detect_sample.h"

namespace bowyer {

Sample TakeSample(std::string_view text, bool whole, const CsvDialect& dialect, size_t max_records,
                  size_t max_bytes) {
  Sample sample;
  RecordSplitter splitter(text, dialect);
  RecordSpan span;
  while (sample.records.size() < max_records && splitter.position() < max_bytes &&
         splitter.Next(&span)) {
    if (!whole && span.next >= text.size() && !sample.records.empty()) break;
    SampleRecord record;
    record.begin = span.begin;
    record.end = span.end;
    record.next = span.next;
    record.first_cell = static_cast<uint32_t>(sample.cells.size());
    record.width = static_cast<uint32_t>(span.fields.size());
    record.fault = span.fault;
    for (const FieldSpan& field : span.fields) {
      sample.cells.push_back({text.substr(field.begin, field.end - field.begin), field.quoted});
    }
    sample.records.push_back(record);
  }
  return sample;
}

}  // namespace bowyer
