// Lines of cells in columns that line up, cut to a width where there is one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bowyer::cli {

// Columns of a terminal that UTF-8 text takes (double for East Asian wide characters and emoji,
// none for combining marks).
int DisplayWidth(std::string_view text);
// The longest prefix of at most `width` columns, "…" in place of what is left out.
std::string CutToWidth(std::string_view text, int width);

struct TextTable {
  std::vector<std::vector<std::string>> lines;  // of equal length; the first may be a heading
  std::vector<bool> right;                      // columns that are aligned to the right, or empty

  // `width` columns at most; 0: whatever it takes. Wide cells are cut first, then columns are left
  // out on the right, and the last line says how many.
  std::string Text(int width, std::string_view indent) const;
};

}  // namespace bowyer::cli
