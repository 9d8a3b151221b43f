// Text encodings other than UTF-8 -> UTF-8.
#pragma once

#include <cstdint>
#include <string_view>

namespace bowyer {

// What of `in` was decoded: `consumed` bytes became `produced` bytes. Behind them stands the end,
// an unfinished character, or (malformed) one that is none.
struct Decoded {
  int64_t consumed = 0;
  int64_t produced = 0;
  bool malformed = false;
};

// UTF-16 (RFC 2781). `out` has room for 3 bytes a unit. A lone surrogate is malformed.
Decoded DecodeUtf16(std::string_view in, bool big_endian, uint8_t* out);

// ISO 8859-1: each byte is the code point of its value. `out` has room for 2 bytes a byte.
Decoded DecodeLatin1(std::string_view in, uint8_t* out);

}  // namespace bowyer
