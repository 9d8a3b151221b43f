// Fuzzes the detection: any bytes give a layout that fits them, or an error of kind kData, quickly.
#include <arrow/type.h>

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string_view>

#include "bowyer/error.h"
#include "formats/csv/detect.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bowyer;
  if (size == 0) return 0;
  // The first byte chooses what the user has set.
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  ReadOptions options;
  if (data[0] & 1) options.csv.delimiter = ';';
  if (data[0] & 2) options.csv.header = (data[0] & 4) != 0;
  if (data[0] & 8) options.csv.quote = '\0';
  if (data[0] & 16) options.csv.skip_lines = 2;
  if (data[0] & 32) options.csv.comment = "//";
  if (data[0] & 64) options.csv.decimal_comma = true;
  const bool whole = (data[0] & 128) == 0;
  const auto layout = DetectCsv(text, whole, options, "fuzz.csv");
  if (!layout.ok()) {
    if (CodeOf(layout.status()) != ErrorCode::kData) abort();
    return 0;
  }
  const std::set<std::string> names(layout->names.begin(), layout->names.end());
  if (names.size() != layout->names.size() || names.contains("")) abort();
  if (layout->types.size() != names.size()) abort();
  for (const auto& type : layout->types) {
    if (type == nullptr) abort();
  }
  if (layout->header_end < 0 || layout->header_end > static_cast<int64_t>(text.size())) abort();
  if (options.csv.delimiter && layout->dialect.delimiter != ';') abort();
  if (options.csv.header && layout->dialect.header != *options.csv.header) abort();
  return 0;
}
