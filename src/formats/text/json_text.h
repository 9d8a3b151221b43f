// JSON's own pieces: strings with their escapes, base64 of binary, checks of ready-made JSON text.
#pragma once

#include <cstdint>
#include <string_view>

#include "formats/text/text_buffer.h"

namespace bowyer {

// Appends `text` in quotes: quote, backslash and control characters escaped, all else as it is.
// `padded`: 16 bytes can be read at text.data() however short it is. Fails on invalid UTF-8.
char* AppendJsonString(std::string_view text, bool padded, char* at, TextBuffer& buffer);

// Appends bytes as base64 (RFC 4648, padded), without quotes.
char* AppendBase64(std::string_view bytes, char* at, TextBuffer& buffer);

// Is `text` one JSON value (RFC 8259, valid UTF-8, not nested deeper than 1,000 levels)?
bool IsJson(std::string_view text);

}  // namespace bowyer
