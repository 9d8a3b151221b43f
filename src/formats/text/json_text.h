// JSON's own pieces: strings with their escapes, base64 of binary, checks of ready-made JSON text.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/text.h"
#include "formats/text/scan.h"
#include "formats/text/text_buffer.h"

namespace bowyer {

// Appends `text` in quotes: quote, backslash and control characters escaped, all else as it is.
// Fails on invalid UTF-8.
char* AppendAnyJsonString(std::string_view text, char* at, TextBuffer& buffer);

// The same, quickly for the usual: short text without any of them. `padded`: 16 bytes can be read
// at text.data() however short it is.
inline char* AppendJsonString(std::string_view text, bool padded, char* at, TextBuffer& buffer) {
  if (text.size() - 1 < kMaxShortText) {
    at = buffer.Reserve(at, kMaxShortText + 2);
    if (at == nullptr) [[unlikely]]
      return nullptr;
    const ShortScan scan = CopyShortText(text, padded, at + 1, ScanJson16);
    const bool plain =
        scan.special == 0 && (scan.high == 0 || ValidUtf8Prefix(text) == text.size());
    if (plain) [[likely]] {
      *at = '"';
      at += text.size() + 1;
      *at = '"';
      return at + 1;
    }
  }
  return AppendAnyJsonString(text, at, buffer);
}

// Appends bytes as base64 (RFC 4648, padded), without quotes.
char* AppendBase64(std::string_view bytes, char* at, TextBuffer& buffer);

// Undoes it in place: the number of bytes, or -1 where `text` is no padded base64.
int64_t UndoBase64(char* text, int64_t size);

// Is `text` one JSON value (RFC 8259, valid UTF-8, not nested deeper than 1,000 levels)?
bool IsJson(std::string_view text);

}  // namespace bowyer
