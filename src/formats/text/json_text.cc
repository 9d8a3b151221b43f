#include "formats/text/json_text.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/text/scan.h"

namespace bowyer {
namespace {

constexpr int kMaxJsonDepth = 1000;

// Text is escaped in pieces, so that the room reserved for the worst case stays small.
constexpr size_t kPiece = 4096;

char* WriteEscaped(char* at, unsigned char c) {
  *at++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *at++ = static_cast<char>(c);
      return at;
    case '\n':
      *at++ = 'n';
      return at;
    case '\r':
      *at++ = 'r';
      return at;
    case '\t':
      *at++ = 't';
      return at;
    case '\b':
      *at++ = 'b';
      return at;
    case '\f':
      *at++ = 'f';
      return at;
    default: {
      constexpr char kHex[] = "0123456789abcdef";
      std::memcpy(at, "u00", 3);
      at[3] = kHex[c >> 4];
      at[4] = kHex[c & 15];
      return at + 5;
    }
  }
}

// Checks by recursive descent; each function returns false as soon as the text is no JSON.
class JsonChecker {
 public:
  explicit JsonChecker(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool Whole() {
    if (!Value(0)) return false;
    Space();
    return at_ == end_;
  }

 private:
  void Space() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool Take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool Word(std::string_view word) {
    if (std::string_view(at_, static_cast<size_t>(end_ - at_)).substr(0, word.size()) != word) {
      return false;
    }
    at_ += word.size();
    return true;
  }
  bool Digits() {
    const char* first = at_;
    while (at_ < end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ > first;
  }
  bool Number() {
    Take('-');
    if (!Take('0') && !Digits()) return false;
    if (Take('.') && !Digits()) return false;
    if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
      ++at_;
      if (!Take('+')) Take('-');
      return Digits();
    }
    return true;
  }
  bool String() {
    if (!Take('"')) return false;
    while (at_ < end_) {
      const auto c = static_cast<unsigned char>(*at_++);
      if (c == '"') return true;
      if (c < 0x20) return false;
      if (c != '\\') continue;
      if (at_ == end_) return false;
      const char escaped = *at_++;
      if (escaped == 'u') {
        for (int i = 0; i < 4; ++i, ++at_) {
          if (at_ == end_ || !std::strchr("0123456789abcdefABCDEF", *at_) || *at_ == 0)
            return false;
        }
      } else if (escaped == 0 || !std::strchr("\"\\/bfnrt", escaped)) {
        return false;
      }
    }
    return false;
  }
  bool Value(int depth) {
    Space();
    if (at_ == end_ || depth > kMaxJsonDepth) return false;
    switch (*at_) {
      case '{':
        ++at_;
        Space();
        if (Take('}')) return true;
        do {
          Space();
          if (!String()) return false;
          Space();
          if (!Take(':') || !Value(depth + 1)) return false;
          Space();
        } while (Take(','));
        return Take('}');
      case '[':
        ++at_;
        Space();
        if (Take(']')) return true;
        do {
          if (!Value(depth + 1)) return false;
          Space();
        } while (Take(','));
        return Take(']');
      case '"':
        return String();
      case 't':
        return Word("true");
      case 'f':
        return Word("false");
      case 'n':
        return Word("null");
      default:
        return Number();
    }
  }

  const char* at_;
  const char* end_;
};

}  // namespace

char* AppendAnyJsonString(std::string_view text, char* at, TextBuffer& buffer) {
  if (!IsAscii(text) && ValidUtf8Prefix(text) != text.size()) {
    return buffer.Fail(InvalidUtf8(text));
  }
  if ((at = buffer.Reserve(at, 2)) == nullptr) return nullptr;
  *at++ = '"';
  while (!text.empty()) {
    const std::string_view piece = text.substr(0, kPiece);
    at = buffer.Reserve(at, static_cast<int64_t>(6 * piece.size()) + 2);
    if (at == nullptr) return nullptr;
    size_t done = 0;
    while (done < piece.size()) {
      const size_t plain = PlainJsonPrefix(piece.substr(done));
      std::memcpy(at, piece.data() + done, plain);
      at += plain;
      done += plain;
      if (done < piece.size()) at = WriteEscaped(at, static_cast<unsigned char>(piece[done++]));
    }
    text.remove_prefix(piece.size());
  }
  *at = '"';
  return at + 1;
}

char* AppendBase64(std::string_view bytes, char* at, TextBuffer& buffer) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  at = buffer.Reserve(at, static_cast<int64_t>((bytes.size() + 2) / 3 * 4));
  if (at == nullptr) return nullptr;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t word = uint32_t{data[i]} << 16 | uint32_t{data[i + 1]} << 8 | data[i + 2];
    *at++ = kAlphabet[word >> 18];
    *at++ = kAlphabet[(word >> 12) & 63];
    *at++ = kAlphabet[(word >> 6) & 63];
    *at++ = kAlphabet[word & 63];
  }
  if (const size_t rest = bytes.size() - i; rest > 0) {
    const uint32_t word = uint32_t{data[i]} << 16 | (rest == 2 ? uint32_t{data[i + 1]} << 8 : 0);
    *at++ = kAlphabet[word >> 18];
    *at++ = kAlphabet[(word >> 12) & 63];
    *at++ = rest == 2 ? kAlphabet[(word >> 6) & 63] : '=';
    *at++ = '=';
  }
  return at;
}

int64_t UndoBase64(char* text, int64_t size) {
  if (size % 4 != 0) return -1;
  const auto digit = [](char c) -> int {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
  };
  char* out = text;
  for (int64_t i = 0; i < size; i += 4) {
    int padding = 0;
    if (i + 4 == size) padding = text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
    uint32_t word = 0;
    for (int k = 0; k < 4 - padding; ++k) {
      const int value = digit(text[i + k]);
      if (value < 0) return -1;
      word |= static_cast<uint32_t>(value) << (18 - 6 * k);
    }
    // Bits that belong to no byte are zero in the one spelling of the bytes.
    if ((word & ((1U << (8 * padding)) - 1)) != 0) return -1;
    *out++ = static_cast<char>(word >> 16);
    if (padding < 2) *out++ = static_cast<char>(word >> 8);
    if (padding < 1) *out++ = static_cast<char>(word);
  }
  return out - text;
}

bool IsJson(std::string_view text) {
  return ValidUtf8Prefix(text) == text.size() && JsonChecker(text).Whole();
}

}  // namespace bowyer
