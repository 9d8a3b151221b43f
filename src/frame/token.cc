#include "frame/token.h"

#include <fmt/format.h>

#include <array>
#include <cctype>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool StartsName(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// 12, 1.5, .5, 1e3: the end of the number that begins at `at`.
size_t NumberEnd(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  if (at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && IsDigit(text[at])) ++at;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    size_t exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (exponent < text.size() && IsDigit(text[exponent])) {
      at = exponent;
      while (at < text.size() && IsDigit(text[at])) ++at;
    }
  }
  return at;
}

// Names may hold dots between words: fields of structs.
size_t NameEnd(std::string_view text, size_t at) {
  while (at < text.size()) {
    const bool dot = text[at] == '.' && at + 1 < text.size() && StartsName(text[at + 1]);
    if (!dot && !StartsName(text[at]) && !IsDigit(text[at])) break;
    ++at;
  }
  return at;
}

}  // namespace

arrow::Status ExpressionError(std::string message, std::string_view text, Span span,
                              std::string hint) {
  // Long texts are shown around the place.
  constexpr size_t kBefore = 50, kShown = 90;
  size_t first = span.begin > kBefore ? span.begin - kBefore : 0;
  while (first < text.size() && (static_cast<unsigned char>(text[first]) & 0xc0) == 0x80) ++first;
  std::string shown;
  for (const char c : text.substr(first, kShown)) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  shown.resize(ValidUtf8Prefix(shown));
  // One mark for each character (not byte) of the span that is shown.
  std::string marks;
  for (size_t at = first; at < span.begin && at - first < shown.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) marks += ' ';
  }
  size_t count = 0;
  for (size_t at = span.begin; at < span.end && at - first < shown.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) ++count;
  }
  marks.append(count == 0 ? 1 : count, '^');
  std::string lines = shown + "\n" + marks;
  if (!hint.empty()) lines += "\n" + hint;
  return MakeError(ErrorCode::kUsage, std::move(message), {.hint = std::move(lines)});
}

arrow::Result<std::vector<Token>> Tokens(std::string_view text) {
  static constexpr std::array<std::string_view, 22> kSymbols = {
      "<=", ">=", "<>", "!=", "==", "||", "<", ">", "=", "+", "-",
      "*",  "/",  "%",  "(",  ")",  ",",  ";", ".", "[", "]", ":"};
  std::vector<Token> tokens;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
      continue;
    }
    Token token;
    token.span.begin = at;
    if (c == '\'' || c == '"') {
      token.kind = c == '"' ? Token::Kind::kQuotedName : Token::Kind::kText;
      for (++at;; ++at) {
        if (at >= text.size()) {
          return ExpressionError(
              c == '"' ? "a double quote is not closed" : "a quote is not closed", text,
              {token.span.begin, text.size()});
        }
        if (text[at] == c) {
          if (at + 1 >= text.size() || text[at + 1] != c) break;
          ++at;
        }
        token.text += text[at];
      }
      ++at;
    } else if (IsDigit(c) || (c == '.' && at + 1 < text.size() && IsDigit(text[at + 1]))) {
      token.kind = Token::Kind::kNumber;
      at = NumberEnd(text, at);
      if (at < text.size() && StartsName(text[at])) {
        return ExpressionError("a name cannot begin with a digit", text,
                               {token.span.begin, NameEnd(text, at)},
                               "names like this one go in double quotes");
      }
    } else if (StartsName(c)) {
      token.kind = Token::Kind::kName;
      at = NameEnd(text, at);
    } else {
      token.kind = Token::Kind::kSymbol;
      size_t length = 0;
      for (const std::string_view symbol : kSymbols) {
        if (length == 0 && text.substr(at).starts_with(symbol)) length = symbol.size();
      }
      if (length == 0) {
        return ExpressionError(Quoted(text.substr(at, 1)) + " has no meaning here", text,
                               {at, at + 1});
      }
      at += length;
    }
    token.span.end = at;
    if (token.text.empty() && c != '\'' && c != '"') {
      token.text = text.substr(token.span.begin, at - token.span.begin);
    }
    if (token.kind == Token::Kind::kName) {
      for (const char letter : token.text) {
        token.lower += static_cast<char>(letter >= 'A' && letter <= 'Z' ? letter + 32 : letter);
      }
    }
    tokens.push_back(std::move(token));
  }
  tokens.push_back({.kind = Token::Kind::kEnd, .span = {text.size(), text.size()}});
  return tokens;
}

}  // namespace bowyer
