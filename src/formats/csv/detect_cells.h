// What a cell looks like, roughly and fast: text in, a kind out. Dialect and header detection weigh
// kinds; types are decided elsewhere, by exact parsers.
#pragma once

#include <cstdint>
#include <string_view>

namespace bowyer {

enum class CellKind : uint8_t {
  kEmpty,
  kNullWord,  // NA, null, -, ? ...: says "nothing here", above and below a header alike
  kBool,
  kNumber,    // with marks that people put around numbers: $1,204.50  (12)  37%
  kTemporal,  // a date, a time or both, in any order of digits
  kText,
};

// Blanks around the cell do not count.
CellKind KindOf(std::string_view cell);

// The cell with each run of digits as '9', each run of letters as 'a', all else as it is, hashed:
// cells of one kind that no type covers (phone numbers, addresses of machines, item codes) share
// a shape. 0 if the cell holds no digit.
uint64_t ShapeOf(std::string_view cell);

}  // namespace bowyer
