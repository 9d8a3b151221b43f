// A cell's kind: one pass over its bytes counts digits and marks; the marks decide.
#include "formats/csv/detect_cells.h"

#include <cstddef>

#include "formats/csv/field.h"

namespace bowyer {
namespace {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

bool IsNullWord(std::string_view cell) {
  if (cell.size() > 7) return false;
  if (cell == "-" || cell == "--" || cell == "?" || cell == "." || cell == "\\N") return true;
  for (const std::string_view word : {"na", "n/a", "#n/a", "null", "none", "nil", "nan", "<na>",
                                      "(null)", "missing", "unknown"}) {
    if (EqualsIgnoringCase(cell, word)) return true;
  }
  return false;
}

// Most numbers: digits, perhaps a point and more digits.
bool IsPlainNumber(std::string_view cell) {
  if (cell.size() > 18) return false;
  int points = 0;
  for (size_t at = cell[0] == '-' && cell.size() > 1; at < cell.size(); ++at) {
    if (IsDigit(cell[at])) continue;
    if (cell[at] != '.' || ++points > 1 || cell.size() == 1) return false;
  }
  return true;
}

// Signs, currencies and percent signs off both ends; the rest must be a number.
bool IsNumber(std::string_view cell) {
  if (cell.size() > 100) return false;
  if (cell.front() == '(' && cell.back() == ')') cell = cell.substr(1, cell.size() - 2);
  const auto strip_front = [&](std::string_view mark) {
    if (cell.starts_with(mark)) cell.remove_prefix(mark.size());
  };
  for (int i = 0; i < 2; ++i) {
    for (const std::string_view mark : {"+", "-", "$", "€", "£", "¥", " "}) strip_front(mark);
  }
  for (const std::string_view mark : {"%", "€", "$", " ", "-"}) {
    if (cell.ends_with(mark)) cell.remove_suffix(mark.size());
  }
  if (cell.empty()) return false;
  size_t at = 0;
  int digits = 0;
  for (; at < cell.size(); ++at) {
    const char c = cell[at];
    if (IsDigit(c)) {
      ++digits;
    } else if (c == '.' || c == ',' || c == '\'' || c == '_') {
      // A mark stands before a digit, or ends the number ("1.").
      if (at + 1 < cell.size() ? !IsDigit(cell[at + 1]) && (cell[at + 1] | 32) != 'e' : c != '.') {
        return false;
      }
      if (at == 0 && c != '.' && c != ',') return false;
    } else {
      break;
    }
  }
  if (digits == 0) {
    return EqualsIgnoringCase(cell, "inf") || EqualsIgnoringCase(cell, "infinity");
  }
  if (at == cell.size()) return true;
  if ((cell[at] | 32) != 'e' || ++at == cell.size()) return false;
  if ((cell[at] == '+' || cell[at] == '-') && ++at == cell.size()) return false;
  for (; at < cell.size(); ++at) {
    if (!IsDigit(cell[at])) return false;
  }
  return true;
}

// Digits in two or more groups with one kind of date mark or colons between them; a T, Z, AM, PM,
// a fraction, an offset may follow.
bool IsTemporal(std::string_view cell) {
  if (cell.size() < 4 || cell.size() > 40 || !IsDigit(cell[0])) return false;
  int dashes = 0, slashes = 0, dots = 0, colons = 0, groups = 0, longest = 0, run = 0, blanks = 0;
  for (size_t at = 0; at < cell.size(); ++at) {
    const char c = cell[at];
    if (IsDigit(c)) {
      if (run++ == 0) ++groups;
      longest = run > longest ? run : longest;
      continue;
    }
    run = 0;
    switch (c) {
      case '-':
        ++dashes;
        break;
      case '/':
        ++slashes;
        break;
      case '.':
        ++dots;
        break;
      case ':':
        ++colons;
        break;
      case ' ':
        ++blanks;
        break;
      case '+':
      case 'T':
      case 'Z':
        break;
      case 'A':
      case 'P':
      case 'a':
      case 'p':
        if (at + 2 == cell.size() && (cell[at + 1] | 32) == 'm')
          ++at;
        else
          return false;
        break;
      default:
        return false;
    }
  }
  if (longest > 9 || groups < 2 || blanks > 3) return false;
  const bool date = (dashes >= 2 || slashes == 2 || dots == 2) && groups >= 3;
  const bool time = colons >= 1 && colons <= 4 && blanks <= 1 && slashes == 0;
  return (date && colons <= 4) || (time && (date || dashes <= 1));
}

}  // namespace

CellKind KindOf(std::string_view cell) {
  cell = TrimBlanks(cell);
  if (cell.empty()) return CellKind::kEmpty;
  if (IsLetter(cell.front()) && static_cast<unsigned char>(cell.front()) < 0x80) {
    if (EqualsIgnoringCase(cell, "true") || EqualsIgnoringCase(cell, "false")) {
      return CellKind::kBool;
    }
    if (IsNullWord(cell)) return CellKind::kNullWord;
    return (cell.front() | 32) == 'i' && IsNumber(cell) ? CellKind::kNumber : CellKind::kText;
  }
  if (IsPlainNumber(cell) || IsNumber(cell)) return CellKind::kNumber;
  if (IsTemporal(cell)) return CellKind::kTemporal;
  return IsNullWord(cell) ? CellKind::kNullWord : CellKind::kText;
}

uint64_t ShapeOf(std::string_view cell) {
  uint64_t hash = 1469598103934665603u;
  char last = 0;
  bool digit = false;
  for (const char c : TrimBlanks(cell).substr(0, 64)) {
    const char kind = IsDigit(c) ? '9' : IsLetter(c) ? 'a' : c;
    digit |= kind == '9';
    if (kind == last && kind != c) continue;
    if (kind == last && (kind == '9' || kind == 'a')) continue;
    last = kind;
    hash = (hash ^ static_cast<unsigned char>(kind)) * 1099511628211u;
  }
  return digit ? hash | 1 : 0;
}

}  // namespace bowyer
