// The grammar of RFC 8259, strictly, by recursive descent.
#include "formats/json/syntax.h"

#include <fmt/format.h>

#include "core/text.h"

namespace bowyer::json {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

const char* Syntax::LongSpace(const char* p) const {
  while (*p == ' ' || *p == '\t' || *p == '\r' || (*p == '\n' && !lines_)) ++p;
  return p;
}

const char* Syntax::Fail(const char* p, std::string message) {
  fault_.at = p;
  fault_.message = std::move(message);
  fault_.path.clear();
  fault_.misfit = false;
  return nullptr;
}

const char* Syntax::Unexpected(const char* p, std::string_view expected) {
  if (p >= end_) return Fail(p, fmt::format("the text ends where {} was expected", expected));
  if (*p == '\n' && lines_) {
    return Fail(p, fmt::format("the line ends where {} was expected", expected));
  }
  size_t size = 1;
  while (p + size < end_ && size < 4 && (static_cast<uint8_t>(p[size]) & 0xC0) == 0x80) ++size;
  return Fail(p, fmt::format("expected {}, found {}", expected, Quoted(std::string_view(p, size))));
}

const char* Syntax::BadStringByte(const char* p) {
  if (p >= end_) return Fail(p, "the text ends inside a string");
  if (*p == '\n' && lines_) return Fail(p, "the line ends inside a string");
  return Fail(p, fmt::format("a control character (0x{:02x}) must be escaped in a string",
                             static_cast<unsigned>(static_cast<uint8_t>(*p))));
}

const char* Syntax::TooDeep(const char* p) {
  return Fail(p, fmt::format("values are nested more than {} levels deep", kMaxDepth));
}

const char* Syntax::Key(const char* p, std::string* scratch, std::string_view* key) {
  if (*p != '"') return Unexpected(p, "a key in double quotes");
  const char* const begin = p + 1;
  bool plain;
  p = SkipString(begin, &plain);
  if (p == nullptr) return nullptr;
  *key = {begin, static_cast<size_t>(p - 1 - begin)};
  if (!plain) {
    scratch->clear();
    (void)DecodeString(begin, scratch);
    *key = *scratch;
  }
  return p;
}

bool Syntax::CheckUtf8(const char* begin, const char* end) {
  const std::string_view text(begin, static_cast<size_t>(end - begin));
  const size_t valid = ValidUtf8Prefix(text);
  if (valid == text.size()) return true;
  Fail(begin + valid, fmt::format("a string is not valid UTF-8 (byte 0x{:02x})",
                                  static_cast<unsigned>(static_cast<uint8_t>(text[valid]))));
  return false;
}

const char* Syntax::Escape(const char* p, char* utf8, int* size) {
  *size = 1;
  switch (*p) {
    case '"':
    case '\\':
    case '/':
      *utf8 = *p;
      return p + 1;
    case 'b':
      *utf8 = '\b';
      return p + 1;
    case 'f':
      *utf8 = '\f';
      return p + 1;
    case 'n':
      *utf8 = '\n';
      return p + 1;
    case 'r':
      *utf8 = '\r';
      return p + 1;
    case 't':
      *utf8 = '\t';
      return p + 1;
    case 'u':
      break;
    default:
      return Unexpected(p, "an escape (one of \"\\/bfnrtu)");
  }
  const auto unit = [this](const char* digits) {
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = HexValue(digits[i]);
      if (digit < 0) {
        Unexpected(digits + i, "a hexadecimal digit");
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  };
  int code = unit(p + 1);
  if (code < 0) return nullptr;
  const char* const start = p - 1;
  p += 5;
  if (code >= 0xD800 && code <= 0xDFFF) {
    int low = 0;
    if (code <= 0xDBFF && p[0] == '\\' && p[1] == 'u') {
      low = unit(p + 2);
      if (low < 0) return nullptr;
    }
    if (low < 0xDC00 || low > 0xDFFF) {
      return Fail(start, fmt::format("{} is half of a surrogate pair: no character",
                                     std::string_view(start, 6)));
    }
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    p += 6;
  }
  if (code < 0x80) {
    utf8[0] = static_cast<char>(code);
  } else if (code < 0x800) {
    utf8[0] = static_cast<char>(0xC0 | code >> 6);
    utf8[1] = static_cast<char>(0x80 | (code & 0x3F));
    *size = 2;
  } else if (code < 0x10000) {
    utf8[0] = static_cast<char>(0xE0 | code >> 12);
    utf8[1] = static_cast<char>(0x80 | (code >> 6 & 0x3F));
    utf8[2] = static_cast<char>(0x80 | (code & 0x3F));
    *size = 3;
  } else {
    utf8[0] = static_cast<char>(0xF0 | code >> 18);
    utf8[1] = static_cast<char>(0x80 | (code >> 12 & 0x3F));
    utf8[2] = static_cast<char>(0x80 | (code >> 6 & 0x3F));
    utf8[3] = static_cast<char>(0x80 | (code & 0x3F));
    *size = 4;
  }
  return p;
}

const char* Syntax::SkipString(const char* p, bool* plain) {
  const char* const begin = p;
  uint32_t high = 0;
  *plain = true;
  for (;;) {
    const StringMasks masks = ScanString(p, nullptr);
    if (masks.stop == 0) {
      high |= masks.high;
      p += 16;
      continue;
    }
    const int count = std::countr_zero(masks.stop);
    high |= masks.high & ((1U << count) - 1);
    p += count;
    if (*p == '"') break;
    if (*p != '\\') {
      // Wrong UTF-8 before this place is the earlier fault.
      if (high != 0 && !CheckUtf8(begin, p)) return nullptr;
      return BadStringByte(p);
    }
    *plain = false;
    char utf8[4];
    int size;
    p = Escape(p + 1, utf8, &size);
    if (p == nullptr) return nullptr;
  }
  if (high != 0 && !CheckUtf8(begin, p)) return nullptr;
  return p + 1;
}

const char* Syntax::DecodeString(const char* p, std::string* out) {
  const char* const begin = p;
  bool plain;
  const char* const end = SkipString(p, &plain);
  if (end == nullptr) return nullptr;
  if (plain) {
    out->append(begin, end - 1);
    return end;
  }
  while (p != end - 1) {
    if (*p != '\\') {
      out->push_back(*p++);
      continue;
    }
    char utf8[4];
    int size;
    p = Escape(p + 1, utf8, &size);
    out->append(utf8, static_cast<size_t>(size));
  }
  return end;
}

const char* Syntax::SkipNumber(const char* p, bool* integer) {
  const char* const begin = p;
  *integer = true;
  if (*p == '-') ++p;
  if (*p == '0') {
    ++p;
    if (IsDigit(*p)) return Fail(begin, "a number may not begin with 0 and go on");
  } else if (IsDigit(*p)) {
    while (IsDigit(*p)) ++p;
  } else {
    return Unexpected(p, p == begin ? "a value" : "a digit");
  }
  if (*p == '.') {
    *integer = false;
    ++p;
    if (!IsDigit(*p)) return Unexpected(p, "a digit");
    while (IsDigit(*p)) ++p;
  }
  if (*p == 'e' || *p == 'E') {
    *integer = false;
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!IsDigit(*p)) return Unexpected(p, "a digit");
    while (IsDigit(*p)) ++p;
  }
  return p;
}

const char* Syntax::SkipLiteral(const char* p, std::string_view literal) {
  for (size_t i = 0; i < literal.size(); ++i) {
    if (p[i] != literal[i]) return Unexpected(p + i, literal);
  }
  return p + literal.size();
}

const char* Syntax::SkipValue(const char* p, int depth) {
  bool ignored;
  switch (*p) {
    case '"':
      return SkipString(p + 1, &ignored);
    case 't':
      return SkipLiteral(p, "true");
    case 'f':
      return SkipLiteral(p, "false");
    case 'n':
      return SkipLiteral(p, "null");
    case '[':
      if (depth >= kMaxDepth) return TooDeep(p);
      p = Space(p + 1);
      if (*p == ']') return p + 1;
      for (;;) {
        p = SkipValue(p, depth + 1);
        if (p == nullptr) return nullptr;
        p = Space(p);
        if (*p == ']') return p + 1;
        if (*p != ',') return Unexpected(p, "',' or ']'");
        p = Space(p + 1);
      }
    case '{':
      if (depth >= kMaxDepth) return TooDeep(p);
      p = Space(p + 1);
      if (*p == '}') return p + 1;
      for (;;) {
        if (*p != '"') return Unexpected(p, "a key in double quotes");
        p = SkipString(p + 1, &ignored);
        if (p == nullptr) return nullptr;
        p = Space(p);
        if (*p != ':') return Unexpected(p, "':'");
        p = SkipValue(Space(p + 1), depth + 1);
        if (p == nullptr) return nullptr;
        p = Space(p);
        if (*p == '}') return p + 1;
        if (*p != ',') return Unexpected(p, "',' or '}'");
        p = Space(p + 1);
      }
    default:
      return SkipNumber(p, &ignored);
  }
}

}  // namespace bowyer::json
