// Numbers as PostgreSQL sends them, big-endian, and the frame of binary COPY.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace bowyer {

inline uint16_t LoadBig16(const uint8_t* at) {
  uint16_t value;
  std::memcpy(&value, at, sizeof(value));
  return __builtin_bswap16(value);
}
inline uint32_t LoadBig32(const uint8_t* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof(value));
  return __builtin_bswap32(value);
}
inline uint64_t LoadBig64(const uint8_t* at) {
  uint64_t value;
  std::memcpy(&value, at, sizeof(value));
  return __builtin_bswap64(value);
}

inline void PutBig16(uint16_t value, std::string* out) {
  value = __builtin_bswap16(value);
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}
inline void PutBig32(uint32_t value, std::string* out) {
  value = __builtin_bswap32(value);
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}
inline void PutBig64(uint64_t value, std::string* out) {
  value = __builtin_bswap64(value);
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Days and microseconds between 1970-01-01 and 2000-01-01, from which PostgreSQL counts.
inline constexpr int32_t kDaysTo2000 = 10'957;
inline constexpr int64_t kMicrosecondsTo2000 = int64_t{kDaysTo2000} * 86'400 * 1'000'000;

// What binary COPY begins and ends with: a signature, flags and an empty extension; a row of -1
// columns.
inline constexpr std::string_view kCopySignature("PGCOPY\n\377\r\n\0", 11);
inline constexpr std::string_view kCopyHead("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
inline constexpr std::string_view kCopyEnd("\377\377", 2);

}  // namespace bowyer
