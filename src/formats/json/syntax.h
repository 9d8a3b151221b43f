// The grammar of RFC 8259, one value at a time: text in, the place behind the value out, or what is
// wrong and where. Inference and parsing both stand on it, so they agree about what JSON is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/json/scan.h"

namespace bowyer::json {

// Values may be nested this deep; deeper is refused, so that hostile text cannot exhaust the stack.
inline constexpr int kMaxDepth = 256;

// Why a record cannot be read.
struct Fault {
  const char* at = nullptr;  // in the text; null: not known
  std::string message;
  std::string path;     // keys from the record to the value: "user.tags[]"; empty: the record
  bool misfit = false;  // well-formed JSON, but not what the schema can hold
};

// Text must be followed by 64 readable bytes, and either end with a line feed or be followed by a
// NUL: nothing in the grammar reaches over either, so no step has to look for the end.
// Functions take the place of the first byte and return the place behind the last one; null after
// a fault. Used by one thread.
class Syntax {
 public:
  // lines: a line feed ends a record, so it is no white space inside of one.
  Syntax(const char* end, bool lines) : end_(end), lines_(lines) {}

  const Fault& fault() const { return fault_; }
  Fault& fault() { return fault_; }
  const char* end() const { return end_; }
  bool lines() const { return lines_; }

  const char* Space(const char* p) const {
    if (static_cast<uint8_t>(*p) > ' ') [[likely]]
      return p;
    return LongSpace(p);
  }

  // Any value, `depth` levels down in its record.
  const char* SkipValue(const char* p, int depth);
  // A string; p is behind the opening quote. `plain`: it has no escapes. Checks the UTF-8.
  const char* SkipString(const char* p, bool* plain);
  // A string's decoded text is appended to `out`.
  const char* DecodeString(const char* p, std::string* out);
  // A number; `integer`: it has neither fraction nor exponent.
  const char* SkipNumber(const char* p, bool* integer);
  // "true", "false" or "null".
  const char* SkipLiteral(const char* p, std::string_view literal);

  // What stands behind a backslash (p is there), decoded to `utf8` (room for 4 bytes).
  const char* Escape(const char* p, char* utf8, int* size);
  // The string from `begin` to `end` holds bytes beyond ASCII: are they UTF-8?
  bool CheckUtf8(const char* begin, const char* end);
  // The key at `p`, decoded into `scratch` where it has escapes, and the place behind it; null
  // where there is none.
  const char* Key(const char* p, std::string* scratch, std::string_view* key);

  // Sets the fault and returns null. Unexpected says what stands at `p` and what was expected.
  const char* Fail(const char* p, std::string message);
  const char* Unexpected(const char* p, std::string_view expected);
  // The stop of a string scan at `p` is no quote and no backslash.
  const char* BadStringByte(const char* p);
  const char* TooDeep(const char* p);

 private:
  const char* LongSpace(const char* p) const;

  const char* end_;
  bool lines_;
  Fault fault_;
};

}  // namespace bowyer::json
