// Fuzzes the messages of a query: any bytes are taken apart or refused, the same wherever they are
// divided. The first byte says how they are.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "databases/postgres/row_messages.h"

namespace {

// The data; "!" for what is refused.
std::string Take(const uint8_t* data, size_t size, size_t step) {
  bowyer::RowMessages messages;
  std::string all;
  for (size_t at = 0; at < size; at += step) {
    std::vector<uint8_t> part(data + at, data + std::min(size, at + step));
    const auto taken = messages.Take(part.data(), part.size());
    if (!taken.ok()) return "!";
    if (*taken > part.size()) std::abort();
    all.append(part.begin(), part.begin() + static_cast<int64_t>(*taken));
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t step = data[0] + size_t{1};
  if (Take(data + 1, size - 1, step) != Take(data + 1, size - 1, size)) std::abort();
  return 0;
}
