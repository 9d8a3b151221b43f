// Between two records: commas, line ends, the array's brackets.
#include "formats/json/records.h"

namespace bowyer::json {
namespace {

const char* SkipBlank(const char* p) {
  while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n') ++p;
  return p;
}

}  // namespace

RecordCursor::Step RecordCursor::Find() {
  const char* const end = syntax_->end();
  switch (layout_) {
    case Layout::kLines:
      p_ = SkipBlank(p_);
      return p_ >= end ? Step::kEnd : Step::kRecord;
    case Layout::kValues:
      for (; *p_ == ' ' || *p_ == '\t' || *p_ == '\r' || *p_ == '\n'; ++p_) {
        if (*p_ == '\r' || *p_ == '\n') gap_ = Gap::kStart;
      }
      if (p_ >= end) return Step::kEnd;
      if (gap_ == Gap::kAfterValue) {
        syntax_->Unexpected(p_, "the end of the line");
        return Step::kFault;
      }
      if (gap_ == Gap::kAfterObject && *p_ != '{') {
        syntax_->Unexpected(p_, "the end of the line or another object");
        return Step::kFault;
      }
      return Step::kRecord;
    case Layout::kArray:
      break;
  }
  if (gap_ == Gap::kStart) {
    p_ = SkipBlank(p_) + 1;  // the bracket by which the layout was known
    p_ = SkipBlank(p_);
    if (*p_ == ']') {
      ++p_;
      gap_ = Gap::kClosed;
    } else {
      gap_ = Gap::kAfterComma;
    }
  } else if (gap_ == Gap::kAfterValue) {
    p_ = SkipBlank(p_);
    if (*p_ == ',') {
      ++p_;
      gap_ = Gap::kAfterComma;
    } else if (*p_ == ']') {
      ++p_;
      gap_ = Gap::kClosed;
    } else if (p_ < end || last_) {
      syntax_->Unexpected(p_, "',' or the array's closing ']'");
      return Step::kFault;
    }
  }
  p_ = SkipBlank(p_);
  if (p_ >= end) {
    if (!last_ || gap_ == Gap::kClosed) return Step::kEnd;
    syntax_->Unexpected(p_, "a value");
    return Step::kFault;
  }
  if (gap_ == Gap::kClosed) {
    syntax_->Unexpected(p_, "nothing behind the array");
    return Step::kFault;
  }
  return Step::kRecord;
}

bool RecordCursor::Close(const char* behind) {
  const bool object = *p_ == '{';
  switch (layout_) {
    case Layout::kArray:
      gap_ = Gap::kAfterValue;
      break;
    case Layout::kValues:
      gap_ = object ? Gap::kAfterObject : Gap::kAfterValue;
      break;
    case Layout::kLines:
      if (*behind != '\n') {
        while (*behind == ' ' || *behind == '\t' || *behind == '\r') ++behind;
        if (*behind != '\n' && behind < syntax_->end()) {
          syntax_->Unexpected(behind, "the end of the line");
          return false;
        }
      }
      break;
  }
  p_ = behind;
  return true;
}

std::string_view RecordCursor::SkipLine() {
  const char* const begin = p_;
  while (p_ < syntax_->end() && *p_ != '\n') ++p_;
  return {begin, static_cast<size_t>(p_ - begin)};
}

std::optional<Layout> DetectLayout(const char* begin, const char* end, bool whole) {
  const char* const p = SkipBlank(begin);
  if (p >= end) return whole ? std::optional(Layout::kLines) : std::nullopt;
  if (*p == '[') return Layout::kArray;
  // One value on the first line that is not blank: lines. A value that goes on over line ends, or
  // shares its line: values. Otherwise the text is at fault, which a line names best.
  Syntax line(end, true);
  RecordCursor cursor(&line, Layout::kLines, Gap::kStart, p, whole);
  const char* behind = line.SkipValue(p, 0);
  if (behind != nullptr && cursor.Close(behind)) {
    if (behind >= end && !whole) return std::nullopt;
    return Layout::kLines;
  }
  if (line.fault().at >= end && !whole) return std::nullopt;
  Syntax value(end, false);
  behind = value.SkipValue(p, 0);
  if (behind != nullptr) return Layout::kValues;
  if (value.fault().at < end) {
    // A fault on a later line is one of a value over several lines, unless the second line can
    // stand alone.
    const char* feed = p;
    while (feed < value.fault().at && *feed != '\n') ++feed;
    if (feed == value.fault().at) return Layout::kLines;
    const char* const second = SkipBlank(feed);
    Syntax alone(end, true);
    return second < end && *second == '{' && alone.SkipValue(second, 0) != nullptr
               ? Layout::kLines
               : Layout::kValues;
  }
  return whole ? std::optional(Layout::kValues) : std::nullopt;
}

}  // namespace bowyer::json
