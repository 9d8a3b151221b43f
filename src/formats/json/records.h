// Where the records of a text stand: one a line, as elements of one array, or one behind the other
// over as many lines as they like. Used by inference, which looks at records, and by parsing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "formats/json/syntax.h"

namespace bowyer::json {

enum class Layout : uint8_t {
  kLines,   // each record on a line of its own; blank lines mean nothing
  kArray,   // the text is one array, its elements are the records
  kValues,  // values in sequence, which may span lines and, if objects, share one
};

// What stood before a place between two records.
enum class Gap : uint8_t {
  kStart,        // the text's start, or for kLines and kValues the start of a line
  kAfterComma,   // kArray
  kAfterValue,   // kArray; for kValues: on the same line, a value that is no object
  kAfterObject,  // kValues: on the same line
  kClosed,       // kArray: the array has ended
};

// Goes from record to record of a text that `syntax` reads (see there for what must follow it).
class RecordCursor {
 public:
  enum class Step { kRecord, kEnd, kFault };

  // last: the text ends with this part.
  RecordCursor(Syntax* syntax, Layout layout, Gap gap, const char* begin, bool last)
      : syntax_(syntax), layout_(layout), gap_(gap), last_(last), p_(begin) {}

  // To the first byte of the next record.
  Step Find();
  const char* record() const { return p_; }
  Gap gap() const { return gap_; }
  // The record ends before `behind`; false: what follows it there is a fault.
  bool Close(const char* behind);
  // After a fault in the current record of kLines: behind its line, which is returned.
  std::string_view SkipLine();

 private:
  Syntax* syntax_;
  Layout layout_;
  Gap gap_;
  bool last_;
  const char* p_;
};

// The layout that a text shows by its first record; `whole`: the text ends at `end`, otherwise it
// goes on and unset means that more of it is needed.
std::optional<Layout> DetectLayout(const char* begin, const char* end, bool whole);

}  // namespace bowyer::json
