// Scalar -> SQL that means exactly this value of exactly this type.
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "frame/engine_types.h"
#include "frame/sql.h"

namespace bowyer {
namespace {

using arrow::Type;
using Sql = arrow::Result<std::string>;

arrow::Result<std::string> Cast(std::string_view value, const arrow::DataType& type) {
  ARROW_ASSIGN_OR_RAISE(const auto name, SqlType(type));
  return fmt::format("CAST({} AS {})", value, name);
}

// Bare numbers are INTEGER, or BIGINT beyond it. The least ones of both are read as the negative of
// a number that is too large for the type.
Sql Integer(const arrow::Scalar& value) {
  const std::string digits = value.ToString();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  constexpr int64_t kLeast32 = std::numeric_limits<int32_t>::min();
  const bool is32 =
      error == std::errc() && number > kLeast32 && number <= std::numeric_limits<int32_t>::max();
  const bool least = number == kLeast32 || number == std::numeric_limits<int64_t>::min();
  const bool bare = value.type->id() == (is32 ? Type::INT32 : Type::INT64) && !least;
  return bare ? Sql(digits) : Cast(digits, *value.type);
}

// Shortest digits that read back as the same double; an exponent makes them a DOUBLE.
Sql Float(double value, const arrow::DataType& type) {
  std::string text;
  if (std::isnan(value)) {
    return Cast("'nan'", type);
  } else if (std::isinf(value)) {
    return Cast(value < 0 ? "'-inf'" : "'inf'", type);
  } else {
    text = fmt::format("{}", value);
    if (text.find('e') == std::string::npos) text += "e0";
  }
  return type.id() == Type::DOUBLE ? Sql(text) : Cast(text, type);
}

// 0.05 is a DECIMAL(3, 2): as many digits as are written. Without a point it would be an integer.
Sql Decimal(const arrow::Scalar& value) {
  const auto& type = static_cast<const arrow::DecimalType&>(*value.type);
  std::string digits;
  if (value.type->id() == Type::DECIMAL256) {
    digits = static_cast<const arrow::Decimal256Scalar&>(value).value.ToString(type.scale());
  } else {
    digits = static_cast<const arrow::Decimal128Scalar&>(value).value.ToString(type.scale());
  }
  if (digits.find_first_of("eE") == std::string::npos) {
    const int written = static_cast<int>(digits.size()) - (digits[0] == '-' ? 1 : 0) - 1;
    if (type.scale() > 0 && written == type.precision()) return digits;
  }
  return Cast(QuotedText(digits), type);
}

// Days and instants of the years 0001 to 9999, which ISO 8601 can spell.
Sql Temporal(const arrow::Scalar& value, const char* prefix, const char* suffix = "") {
  const std::string text = value.ToString();
  if (text.size() < 10 || text[0] == '-' || text[4] != '-' || text.substr(0, 4) == "0000") {
    return MakeError(ErrorCode::kUsage,
                     "a date in an expression must be of the years 1 to 9999, this one is not",
                     {.hint = Printable(text)});
  }
  return fmt::format("{} '{}{}'", prefix, text, suffix);
}

Sql Timestamp(const arrow::Scalar& value) {
  const auto& type = static_cast<const arrow::TimestampType&>(*value.type);
  ARROW_ASSIGN_OR_RAISE(const auto name, SqlType(type));
  if (type.timezone().empty()) return Temporal(value, name.c_str());
  const int64_t ticks = static_cast<const arrow::TimestampScalar&>(value).value;
  return Temporal(arrow::TimestampScalar(ticks, arrow::timestamp(type.unit())), name.c_str(),
                  "+00");
}

Sql Interval(const arrow::MonthDayNanoIntervalScalar& scalar) {
  const auto& value = scalar.value;
  if (value.nanoseconds % 1000 != 0) {
    return MakeError(ErrorCode::kUsage, "SQL's intervals have microseconds, not nanoseconds");
  }
  std::string sum;
  int parts = 0;
  const auto add = [&](int64_t count, const char* unit) {
    if (count == 0) return;
    if (parts++ > 0) sum += " + ";
    sum += count < 0 ? fmt::format("INTERVAL ({}) {}", count, unit)
                     : fmt::format("INTERVAL {} {}", count, unit);
  };
  add(value.months, "MONTH");
  add(value.days, "DAY");
  const int64_t micros = value.nanoseconds / 1000;
  if (micros % 1000000 == 0) {
    add(micros / 1000000, "SECOND");
  } else {
    add(micros, "MICROSECOND");
  }
  if (parts == 0) return std::string("INTERVAL 0 DAY");
  return parts == 1 ? sum : "(" + sum + ")";
}

std::string Bytes(std::string_view bytes) {
  std::string text = "'";
  for (const char c : bytes) text += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  return fmt::format("CAST({}' AS BLOB)", text);
}

}  // namespace

std::string QuotedName(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string QuotedText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + '\'';
}

Sql LiteralSql(const arrow::Scalar& value) {
  if (value.type->id() == Type::NA) return "NULL";
  if (!value.is_valid) return Cast("NULL", *value.type);
  switch (value.type->id()) {
    case Type::BOOL:
      return static_cast<const arrow::BooleanScalar&>(value).value ? "true" : "false";
    case Type::FLOAT:
      return Float(static_cast<const arrow::FloatScalar&>(value).value, *value.type);
    case Type::DOUBLE:
      return Float(static_cast<const arrow::DoubleScalar&>(value).value, *value.type);
    case Type::DECIMAL128:
    case Type::DECIMAL256:
      return Decimal(value);
    case Type::STRING: {
      const std::string_view text = static_cast<const arrow::BaseBinaryScalar&>(value).view();
      // The engine takes its SQL as a C string.
      if (text.find('\0') != std::string_view::npos) return fmt::format("decode({})", Bytes(text));
      return QuotedText(text);
    }
    case Type::BINARY:
      return Bytes(static_cast<const arrow::BaseBinaryScalar&>(value).view());
    case Type::DATE32:
      return Temporal(value, "DATE");
    case Type::TIME64: {
      ARROW_ASSIGN_OR_RAISE(const auto name, SqlType(*value.type));
      return fmt::format("{} '{}'", name, value.ToString());
    }
    case Type::TIMESTAMP:
      return Timestamp(value);
    case Type::INTERVAL_MONTH_DAY_NANO:
      return Interval(static_cast<const arrow::MonthDayNanoIntervalScalar&>(value));
    default:
      if (arrow::is_integer(value.type->id())) return Integer(value);
      return MakeError(
          ErrorCode::kUsage,
          "SQL cannot spell a value of type " + TypeText(*value.type) + " in an expression",
          {.hint = "lists and structs are made of their parts: list({...})"});
  }
}

}  // namespace bowyer
