// The definition of the CSV grammar: text -> records -> fields, one byte at a time. The fast
// tokeniser (tokenize.h) must give the same fields, and hands over to this whatever is irregular.
//
//   A record is fields between delimiters, ended by "\n", "\r\n", the end of the text, a lone '\r'
//   with dialect.bare_cr; a '\r' that is the text's last byte ends a record as well.
//   A quote opens a quoted field only as the field's very first byte; elsewhere it is a byte like
//   any other. Inside, a doubled quote stands for one, and escape + byte for the byte. After the
//   closing quote the field must end; bytes that follow it are a fault of the record, which goes
//   on as if the field were not quoted from there.
//   A line that begins with dialect.comment (where a record would begin) is no record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/dialect.h"

namespace bowyer {

// Bytes [begin, end) of the text, quotes included.
struct FieldSpan {
  size_t begin = 0;
  size_t end = 0;
  bool quoted = false;
};

enum class RecordFault : uint8_t {
  kNone,
  kTextAfterQuote,  // behind a closing quote there is neither delimiter nor line end
  kOpenQuote,       // the text ends inside quotes
};

struct RecordSpan {
  size_t begin = 0;               // first byte
  size_t end = 0;                 // behind the last byte, without the line end
  size_t next = 0;                // behind the line end
  std::vector<FieldSpan> fields;  // never empty
  RecordFault fault = RecordFault::kNone;
  size_t fault_at = 0;  // the offending byte; for kOpenQuote the opening quote

  // An empty line: no record where there are two or more columns.
  bool blank() const { return begin == end; }
};

// Walks over `text`, which must begin where a record does and, as the dialect, stay alive.
class RecordSplitter {
 public:
  RecordSplitter(std::string_view text, const CsvDialect& dialect)
      : text_(text), dialect_(dialect) {}
  RecordSplitter(std::string_view text, CsvDialect&& dialect) = delete;

  // The next record, blank lines among them; false at the end of the text. `record` is reused.
  bool Next(RecordSpan* record);

  // Where the next call looks.
  size_t position() const { return at_; }
  // Goes on at `at`, where a record must begin.
  void Seek(size_t at) { at_ = at; }

 private:
  bool EndsLine(size_t at) const;
  size_t BehindLineEnd(size_t at) const;

  std::string_view text_;
  const CsvDialect& dialect_;
  size_t at_ = 0;
};

// The value of a field as written: without its quotes, with escapes undone. The result is a view
// of `raw`, or of `buffer` where something had to be undone.
std::string_view FieldValue(std::string_view raw, bool quoted, const CsvDialect& dialect,
                            std::string* buffer);

int64_t CountBytes(std::string_view text, char c);

// Physical lines that end in `text`: each "\n", "\r\n" and, with bare_cr, '\r' counts once.
int64_t CountLineEnds(std::string_view text, bool bare_cr);

}  // namespace bowyer
