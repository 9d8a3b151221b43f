// How each type of fixed width takes a value: Fast for the usual spelling, Exact for all others.
// Internal to convert.cc; Fast reads up to 16 bytes from the field's first byte.
#pragma once

#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

#include "formats/csv/convert_fast.h"
#include "formats/csv/field.h"

namespace bowyer::csv_values {

template <typename T>
struct Integer {
  using Value = T;
  NumberStyle style;

  [[gnu::always_inline]] bool Fast(const char* text, size_t size, T* out) const {
    bool negative = false;
    uint64_t magnitude = 0;
    if (!csv_fast::Integer(text, size, &negative, &magnitude)) return false;
    if constexpr (std::is_signed_v<T>) {
      const int64_t value =
          negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
      *out = static_cast<T>(value);
      return sizeof(T) == 8 || static_cast<int64_t>(*out) == value;
    } else {
      *out = static_cast<T>(magnitude);
      return !negative && static_cast<uint64_t>(*out) == magnitude;
    }
  }

  FieldFault Exact(std::string_view text, T* out) const {
    std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t> value = 0;
    FieldFault fault;
    if constexpr (std::is_signed_v<T>) {
      fault = ParseInt64(text, style, &value);
    } else {
      fault = ParseUInt64(text, style, &value);
    }
    if (fault != FieldFault::kNone) return fault;
    if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) {
      return FieldFault::kRange;
    }
    *out = static_cast<T>(value);
    return FieldFault::kNone;
  }
};

struct Double {
  using Value = double;
  NumberStyle style;

  [[gnu::always_inline]] bool Fast(const char* text, size_t size, double* out) const {
    return csv_fast::Double(text, size, style.decimal_point, out);
  }
  FieldFault Exact(std::string_view text, double* out) const {
    return ParseDouble(text, style, out);
  }
};

struct Float {
  using Value = float;
  NumberStyle style;

  // Few digits make both numbers exact floats, and the division rounds once.
  [[gnu::always_inline]] bool Fast(const char* text, size_t size, float* out) const {
    bool negative = false;
    uint64_t magnitude = 0;
    uint32_t fraction = 0;
    if (size > 8 ||
        !csv_fast::Fixed(text, size, style.decimal_point, &negative, &magnitude, &fraction)) {
      return false;
    }
    if (magnitude >= 1000000) return false;
    const float value =
        static_cast<float>(magnitude) / static_cast<float>(csv_fast::kPowersOfTen[fraction]);
    *out = negative ? -value : value;
    return true;
  }
  FieldFault Exact(std::string_view text, float* out) const { return ParseFloat(text, style, out); }
};

struct Half {
  using Value = uint16_t;
  NumberStyle style;

  [[gnu::always_inline]] bool Fast(const char*, size_t, uint16_t*) const { return false; }
  FieldFault Exact(std::string_view text, uint16_t* out) const {
    return ParseHalf(text, style, out);
  }
};

template <typename Decimal>
struct DecimalOf {
  using Value = Decimal;
  NumberStyle style;
  int32_t precision;
  int32_t scale;

  [[gnu::always_inline]] bool Fast(const char* text, size_t size, Decimal* out) const {
    bool negative = false;
    uint64_t magnitude = 0;
    uint32_t fraction = 0;
    if (!csv_fast::Fixed(text, size, style.decimal_point, &negative, &magnitude, &fraction)) {
      return false;
    }
    // 15 digits and as many zeros still fit; whatever is nearer to the limit is checked exactly.
    const int32_t zeros = scale - static_cast<int32_t>(fraction);
    if (zeros < 0 || 15 + zeros > precision) return false;
    const auto value = static_cast<int64_t>(magnitude);
    *out = Decimal(negative ? -value : value);
    if (zeros > 0) *out = *out * Decimal(Decimal::GetScaleMultiplier(zeros));
    return true;
  }
  FieldFault Exact(std::string_view text, Decimal* out) const {
    if constexpr (std::is_same_v<Decimal, arrow::Decimal128>) {
      return ParseDecimal128(text, style, precision, scale, out);
    } else {
      return ParseDecimal256(text, style, precision, scale, out);
    }
  }
};

struct Bool {
  using Value = bool;
  bool loose;

  [[gnu::always_inline]] bool Fast(const char* text, size_t size, bool* out) const {
    const uint64_t lower = csv_fast::Load8(text) | 0x2020202020202020;
    constexpr uint64_t kTrue = 0x65757274, kFalse = 0x65736C6166;
    const bool is_true = size == 4 && (lower & 0xFFFFFFFF) == kTrue;
    const bool is_false = size == 5 && (lower & 0xFFFFFFFFFF) == kFalse;
    *out = is_true;
    // Letters only: '|' 0x20 maps other bytes onto them as well.
    const uint64_t letters = csv_fast::Load8(text) & 0x4040404040;
    return (is_true && (letters & 0x40404040) == 0x40404040) ||
           (is_false && letters == 0x4040404040);
  }
  FieldFault Exact(std::string_view text, bool* out) const { return ParseBool(text, loose, out); }
};

struct Date32 {
  using Value = int32_t;
  std::string format;

  [[gnu::always_inline]] bool Fast(const char* text, size_t size, int32_t* out) const {
    return size == 10 && format.empty() && csv_fast::IsoDate(text, out);
  }
  FieldFault Exact(std::string_view text, int32_t* out) const {
    return ParseDate32(text, format, out);
  }
};

struct Date64 {
  using Value = int64_t;
  std::string format;

  [[gnu::always_inline]] bool Fast(const char*, size_t, int64_t*) const { return false; }
  FieldFault Exact(std::string_view text, int64_t* out) const {
    int32_t days = 0;
    const FieldFault fault = ParseDate32(text, format, &days);
    *out = int64_t{days} * 86400000;
    return fault;
  }
};

template <typename T>
struct Time {
  using Value = T;
  arrow::TimeUnit::type unit;

  [[gnu::always_inline]] bool Fast(const char*, size_t, T*) const { return false; }
  FieldFault Exact(std::string_view text, T* out) const {
    int64_t value = 0;
    const FieldFault fault = ParseTime(text, unit, &value);
    *out = static_cast<T>(value);
    return fault;
  }
};

struct Timestamp {
  using Value = int64_t;
  arrow::TimeUnit::type unit;
  std::string format;
  bool has_zone;       // of the type
  bool offset_needed;  // a time without an offset is refused
  int64_t per_second;

  // YYYY-MM-DD[T ]HH:MM:SS with up to 9 digits behind it, and Z where the type has a zone.
  [[gnu::always_inline]] bool Fast(const char* text, size_t size, int64_t* out) const {
    if (size < 19 || size > 30 || !format.empty()) return false;
    if (text[10] != ' ' && text[10] != 'T') return false;
    int32_t days = 0;
    int64_t seconds = 0;
    if (!csv_fast::IsoDate(text, &days) || !csv_fast::ClockTime(text + 11, &seconds)) return false;
    if (has_zone) {
      if (text[size - 1] != 'Z') return false;
      --size;
    }
    int64_t fraction = 0;
    if (size > 19) {
      const size_t digits = size - 20;
      uint64_t number = 0;
      if (text[19] != '.' || digits - 1 >= 9 || !csv_fast::Digits(text + 20, digits, &number)) {
        return false;
      }
      // Digits that the unit cannot hold are left to the exact parser.
      constexpr int64_t kPowers[] = {1,      10,      100,      1000,      10000,
                                     100000, 1000000, 10000000, 100000000, 1000000000};
      if (kPowers[digits] > per_second) return false;
      fraction = static_cast<int64_t>(number) * (per_second / kPowers[digits]);
    }
    const int64_t total = int64_t{days} * 86400 + seconds;
    return !__builtin_mul_overflow(total, per_second, out) &&
           !__builtin_add_overflow(*out, fraction, out);
  }

  FieldFault Exact(std::string_view text, int64_t* out) const {
    TimestampParts parts;
    const FieldFault fault = ParseTimestamp(text, unit, format, &parts);
    if (fault != FieldFault::kNone) return fault;
    if (parts.has_offset ? !has_zone : offset_needed) return FieldFault::kZone;
    *out = parts.value;
    return FieldFault::kNone;
  }
};

struct Duration {
  using Value = int64_t;
  arrow::TimeUnit::type unit;

  [[gnu::always_inline]] bool Fast(const char*, size_t, int64_t*) const { return false; }
  FieldFault Exact(std::string_view text, int64_t* out) const {
    return ParseDuration(text, unit, out);
  }
};

}  // namespace bowyer::csv_values
