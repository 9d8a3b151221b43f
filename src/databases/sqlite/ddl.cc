// A tokeniser, and over it a walk through the parentheses of CREATE TABLE: items between commas of
// the first level are columns or constraints of the table.
#include "databases/sqlite/ddl.h"

#include <algorithm>
#include <array>
#include <optional>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

struct Token {
  enum Kind { kWord, kName, kText, kNumber, kSign } kind;  // kName: quoted
  size_t begin, end;                                       // in the text
  std::string value;                                       // quotes undone; words in upper case
  std::string name;                                        // of words: as written
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordChar(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x80 || IsDigit(c) || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || c == '_' ||
         c == '$';
}
char Upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

arrow::Result<std::vector<Token>> Tokenize(std::string_view sql) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (at < sql.size()) {
    const char c = sql[at];
    const char next = at + 1 < sql.size() ? sql[at + 1] : '\0';
    if (IsBlank(c)) {
      ++at;
    } else if (c == '-' && next == '-') {
      at = std::min(sql.find('\n', at), sql.size());
    } else if (c == '/' && next == '*') {
      const size_t end = sql.find("*/", at + 2);
      at = end == std::string_view::npos ? sql.size() : end + 2;
    } else if (c == '"' || c == '`' || c == '[' || c == '\'') {
      Token token{c == '\'' ? Token::kText : Token::kName, at, 0, "", ""};
      const char close = c == '[' ? ']' : c;
      size_t end = at + 1;
      for (;; ++end) {
        if (end >= sql.size()) {
          return MakeError(ErrorCode::kData, "a quote in the schema is not closed: " + Quoted(sql));
        }
        if (sql[end] != close) {
          token.value += sql[end];
        } else if (c != '[' && end + 1 < sql.size() && sql[end + 1] == close) {
          token.value += sql[end++];
        } else {
          break;
        }
      }
      token.end = at = end + 1;
      tokens.push_back(std::move(token));
    } else if (IsWordChar(c)) {
      size_t end = at;
      while (end < sql.size() &&
             (IsWordChar(sql[end]) || (IsDigit(c) && sql[end] == '.') ||
              // 1e-5
              (IsDigit(c) && (sql[end] == '-' || sql[end] == '+') && Upper(sql[end - 1]) == 'E' &&
               sql[at + 1] != 'x' && sql[at + 1] != 'X'))) {
        ++end;
      }
      // x'00' is one literal.
      if (end == at + 1 && Upper(c) == 'X' && next == '\'') {
        end = sql.find('\'', at + 2);
        end = end == std::string_view::npos ? sql.size() : end + 1;
        tokens.push_back({Token::kNumber, at, end, "", ""});
      } else {
        Token token{IsDigit(c) ? Token::kNumber : Token::kWord, at, end, "",
                    std::string(sql.substr(at, end - at))};
        for (const char letter : token.name) token.value += Upper(letter);
        tokens.push_back(std::move(token));
      }
      at = end;
    } else {
      tokens.push_back({Token::kSign, at, at + 1, std::string(1, c), ""});
      ++at;
    }
  }
  return tokens;
}

class Parser {
 public:
  Parser(std::string_view sql, std::vector<Token> tokens) : sql_(sql), tokens_(std::move(tokens)) {}

  arrow::Result<SqliteDdl> Run() {
    // CREATE TABLE name: nothing before the first parenthesis holds one unless in quotes.
    while (at_ < tokens_.size() && !IsSign("(")) ++at_;
    if (at_ == tokens_.size()) {
      return MakeError(ErrorCode::kData, "is no CREATE TABLE that can be read: " + Quoted(sql_));
    }
    ++at_;
    while (at_ < tokens_.size() && !IsSign(")")) {
      if (IsConstraint()) {
        TableConstraint();
      } else {
        Column();
      }
      SkipItem();
      if (IsSign(",")) ++at_;
    }
    return std::move(ddl_);
  }

 private:
  bool IsSign(const char* sign) const {
    return at_ < tokens_.size() && tokens_[at_].kind == Token::kSign && tokens_[at_].value == sign;
  }
  bool IsWord(std::string_view word) const {
    return at_ < tokens_.size() && tokens_[at_].kind == Token::kWord && tokens_[at_].value == word;
  }
  bool TakeWord(std::string_view word) {
    if (!IsWord(word)) return false;
    ++at_;
    return true;
  }
  bool IsConstraint() const {
    constexpr std::array kWords = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"};
    return std::any_of(kWords.begin(), kWords.end(), [&](const char* w) { return IsWord(w); });
  }
  std::string TakeName() {
    if (at_ >= tokens_.size() || tokens_[at_].kind == Token::kSign) return "";
    const Token& token = tokens_[at_++];
    return token.kind == Token::kWord || token.kind == Token::kNumber ? token.name : token.value;
  }
  // On an opening parenthesis: behind the closing one; gives the text within.
  std::string TakeGroup() {
    if (!IsSign("(")) return "";
    const size_t begin = tokens_[at_].end;
    size_t end = begin;
    int depth = 0;
    for (; at_ < tokens_.size(); ++at_) {
      end = tokens_[at_].begin;
      if (IsSign("(")) ++depth;
      if (IsSign(")") && --depth == 0) {
        ++at_;
        break;
      }
    }
    while (end > begin && IsBlank(sql_[end - 1])) --end;
    size_t start = begin;
    while (start < end && IsBlank(sql_[start])) ++start;
    return std::string(sql_.substr(start, end - start));
  }
  void SkipItem() {
    while (at_ < tokens_.size() && !IsSign(",") && !IsSign(")")) Skip();
  }
  void Skip() {
    if (IsSign("(")) {
      (void)TakeGroup();
    } else {
      ++at_;
    }
  }
  // (a, "b" COLLATE NOCASE DESC): the names.
  std::vector<std::string> TakeNames() {
    std::vector<std::string> names;
    if (!IsSign("(")) return names;
    ++at_;
    while (at_ < tokens_.size() && !IsSign(")")) {
      names.push_back(TakeName());
      SkipItem();
      if (IsSign(",")) ++at_;
    }
    ++at_;
    return names;
  }

  void TableConstraint() {
    std::string name;
    while (TakeWord("CONSTRAINT")) name = TakeName();
    if (TakeWord("CHECK")) {
      ddl_.checks.push_back({name, TakeGroup()});
    } else if (TakeWord("PRIMARY") || TakeWord("FOREIGN")) {
      const bool foreign = tokens_[at_ - 1].value == "FOREIGN";
      (void)TakeWord("KEY");
      (foreign ? ddl_.foreign_keys : ddl_.keys).push_back({name, TakeNames()});
    } else if (TakeWord("UNIQUE")) {
      ddl_.keys.push_back({name, TakeNames()});
    }
    // CHECK (...) CHECK (...): constraints need no comma between them.
    while (at_ < tokens_.size() && !IsSign(",") && !IsSign(")")) {
      if (IsConstraint()) return TableConstraint();
      if (TakeWord("AUTOINCREMENT")) continue;
      Skip();
    }
  }

  void Column() {
    SqliteDdl::Column column{.name = TakeName()};
    std::string name;
    while (at_ < tokens_.size() && !IsSign(",") && !IsSign(")")) {
      if (TakeWord("CONSTRAINT")) {
        name = TakeName();
        continue;
      }
      if (TakeWord("CHECK")) {
        ddl_.checks.push_back({name, TakeGroup()});
      } else if (TakeWord("PRIMARY") || TakeWord("UNIQUE")) {
        ddl_.keys.push_back({name, {column.name}});
      } else if (TakeWord("REFERENCES")) {
        ddl_.foreign_keys.push_back({name, {column.name}});
        (void)TakeName();
      } else if (TakeWord("COLLATE")) {
        column.collation = TakeName();
      } else if (TakeWord("AUTOINCREMENT")) {
        column.autoincrement = true;
      } else if (TakeWord("DEFAULT")) {
        // A word behind it is a value, whatever it says.
        Skip();
      } else if (IsWord("GENERATED") ||
                 (IsWord("AS") && at_ + 1 < tokens_.size() && tokens_[at_ + 1].value == "(")) {
        const size_t begin = tokens_[at_].begin;
        if (TakeWord("GENERATED")) (void)TakeWord("ALWAYS");
        (void)TakeWord("AS");
        column.generated_sql = TakeGroup();
        if (IsWord("STORED") || IsWord("VIRTUAL")) ++at_;
        column.generated_ddl = std::string(sql_.substr(begin, tokens_[at_ - 1].end - begin));
      } else {
        Skip();
        continue;
      }
      name.clear();
    }
    ddl_.columns.push_back(std::move(column));
  }

  std::string_view sql_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  SqliteDdl ddl_;
};

}  // namespace

std::string FoldedName(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return folded;
}

const SqliteDdl::Column* SqliteDdl::Find(std::string_view name) const {
  const std::string folded = FoldedName(name);
  for (const Column& column : columns) {
    if (FoldedName(column.name) == folded) return &column;
  }
  return nullptr;
}

arrow::Result<SqliteDdl> ParseCreateTable(std::string_view sql) {
  ARROW_ASSIGN_OR_RAISE(auto tokens, Tokenize(sql));
  return Parser(sql, std::move(tokens)).Run();
}

}  // namespace bowyer
