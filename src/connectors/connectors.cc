// THE table.
#include "connectors/connectors.h"

#include <algorithm>
#include <array>

namespace bowyer {

std::span<const Format* const> Formats() {
  static const std::array kFormats = {&kArrowFileFormat, &kArrowStreamFormat};
  return kFormats;
}

const Format* FindFormat(std::string_view name) {
  for (const Format* format : Formats()) {
    if (format->name == name) return format;
  }
  return nullptr;
}

}  // namespace bowyer
