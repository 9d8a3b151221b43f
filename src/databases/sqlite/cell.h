// A cell as SQLite stores it: its storage class and its value, nothing converted.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string_view>

namespace bowyer {

struct Cell {
  int type = SQLITE_NULL;  // the storage class
  int64_t integer = 0;
  double real = 0;
  // Of texts and blobs, as long as the row is the current one. Of the texts of a UTF-16 database
  // nothing; they are asked of `value`.
  std::string_view bytes;
  sqlite3_value* value = nullptr;  // null where the cell came without SQLite
};

inline Cell CellOf(sqlite3_value* value, bool utf16) {
  Cell cell{.type = sqlite3_value_type(value), .value = value};
  switch (cell.type) {
    case SQLITE_INTEGER:
      cell.integer = sqlite3_value_int64(value);
      break;
    case SQLITE_FLOAT:
      cell.real = sqlite3_value_double(value);
      break;
    case SQLITE_TEXT:
      if (!utf16) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
        cell.bytes = {text, text == nullptr ? 0 : static_cast<size_t>(sqlite3_value_bytes(value))};
      }
      break;
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
      cell.bytes = {bytes, bytes == nullptr ? 0 : static_cast<size_t>(sqlite3_value_bytes(value))};
      break;
    }
    default:
      break;
  }
  return cell;
}

}  // namespace bowyer
