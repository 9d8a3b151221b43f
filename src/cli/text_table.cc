#include "cli/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace bowyer::cli {
namespace {

// The code point at text[*at] (well-formed UTF-8; otherwise the byte), and moves on behind it.
uint32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = static_cast<unsigned char>(text[*at]);
  const int length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
  if (length == 1 || *at + static_cast<size_t>(length) > text.size()) {
    ++*at;
    return byte;
  }
  uint32_t point = byte & (0xffU >> (length + 1));
  for (int i = 1; i < length; ++i) {
    point = point << 6 | (static_cast<unsigned char>(text[*at + static_cast<size_t>(i)]) & 0x3fU);
  }
  *at += static_cast<size_t>(length);
  return point;
}

int WidthOf(uint32_t point) {
  const auto within = [point](uint32_t first, uint32_t last) {
    return point >= first && point <= last;
  };
  if (within(0x300, 0x36f) || within(0x200b, 0x200f) || within(0x20d0, 0x20ff) ||
      within(0xfe00, 0xfe0f)) {
    return 0;
  }
  if (within(0x1100, 0x115f) || within(0x2e80, 0xa4cf) || within(0xac00, 0xd7a3) ||
      within(0xf900, 0xfaff) || within(0xfe30, 0xfe6f) || within(0xff00, 0xff60) ||
      within(0x1f300, 0x1faff) || within(0x20000, 0x3fffd)) {
    return 2;
  }
  return 1;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) width += WidthOf(NextCodePoint(text, &at));
  return width;
}

std::string CutToWidth(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  int used = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    used += WidthOf(NextCodePoint(text, &at));
    if (used > width - 1) return std::string(text.substr(0, start)) + "…";
  }
  return std::string(text);
}

std::string TextTable::Text(int width, std::string_view indent) const {
  if (lines.empty()) return "";
  constexpr int kGap = 2, kNarrowest = 12;
  std::vector<int> widths(lines[0].size(), 0);
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(line[i]));
  }
  size_t shown = widths.size();
  if (width > 0) {
    const int room = width - static_cast<int>(indent.size());
    const auto total = [&] {
      int sum = 0;
      for (size_t i = 0; i < shown; ++i) sum += widths[i] + (i > 0 ? kGap : 0);
      return sum;
    };
    // The widest column gives way until the line fits or none is wide any more.
    while (total() > room) {
      const auto widest =
          std::max_element(widths.begin(), widths.begin() + static_cast<ptrdiff_t>(shown));
      if (*widest <= kNarrowest) break;
      --*widest;
    }
    while (shown > 1 && total() > room) --shown;
  }
  std::string text;
  for (const auto& line : lines) {
    std::string row(indent);
    for (size_t i = 0; i < shown; ++i) {
      if (i > 0) row.append(kGap, ' ');
      const std::string cell = CutToWidth(line[i], widths[i]);
      const auto padding = static_cast<size_t>(widths[i] - DisplayWidth(cell));
      const bool to_right = i < right.size() && right[i];
      row += to_right ? std::string(padding, ' ') + cell : cell + std::string(padding, ' ');
    }
    row.resize(row.find_last_not_of(' ') + 1);
    text += row + '\n';
  }
  if (shown < widths.size()) {
    text += fmt::format("{}... and {} more columns; wider terminals and --json show them\n", indent,
                        widths.size() - shown);
  }
  return text;
}

}  // namespace bowyer::cli
