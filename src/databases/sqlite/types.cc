#include "databases/sqlite/types.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Type;

// NAME(12, 2) -> 12 and 2; NAME(12) -> 12 and 0.
std::optional<std::pair<int32_t, int32_t>> PrecisionAndScale(std::string_view upper) {
  const auto open = upper.find('('), close = upper.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return std::nullopt;
  }
  std::array<int32_t, 2> numbers = {0, 0};
  const char* at = upper.data() + open + 1;
  const char* const end = upper.data() + close;
  for (size_t i = 0; i < numbers.size(); ++i) {
    while (at < end && *at == ' ') ++at;
    const auto [behind, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc()) return std::nullopt;
    at = behind;
    while (at < end && *at == ' ') ++at;
    if (at == end) return std::pair(numbers[0], numbers[1]);
    if (i == 1 || *at != ',') return std::nullopt;
    ++at;
  }
  return std::nullopt;
}

}  // namespace

bool KeptAsText(std::string_view declared) { return declared.starts_with("DECIMAL_TEXT"); }

std::shared_ptr<arrow::DataType> DeclaredType(std::string_view declared, bool strict) {
  std::string upper(declared);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto has = [&](const char* part) { return upper.find(part) != std::string::npos; };
  const std::string word = upper.substr(0, upper.find_first_of(" ("));
  if (strict && word == "ANY") return nullptr;
  // SQLite's own rules of affinity, in its order.
  if (has("INT")) return arrow::int64();
  if (has("CHAR") || has("CLOB") || has("TEXT")) {
    // As Bowyer declares decimals of more digits than a float64 keeps.
    if (KeptAsText(declared)) {
      const auto digits = PrecisionAndScale(upper);
      if (digits && digits->first >= 1 && digits->first <= 38 && digits->second >= 0 &&
          digits->second <= digits->first) {
        return arrow::decimal128(digits->first, digits->second);
      }
    }
    return arrow::utf8();
  }
  if (has("BLOB")) return arrow::binary();
  if (has("REAL") || has("FLOA") || has("DOUB")) return arrow::float64();
  // The affinity of the rest is NUMERIC: the words say what their users mean.
  if (has("BOOL")) return arrow::boolean();
  if (word == "DECIMAL" || word == "NUMERIC" || word == "DEC" || word == "NUMBER") {
    const auto digits = PrecisionAndScale(upper);
    if (!digits || digits->first < 1 || digits->first > 38 || digits->second < 0 ||
        digits->second > digits->first) {
      return nullptr;
    }
    return arrow::decimal128(digits->first, digits->second);
  }
  if (word == "DATE") return arrow::date32();
  if (word == "DATETIME" || word == "TIMESTAMP") return arrow::timestamp(arrow::TimeUnit::MICRO);
  if (word == "TIMESTAMPTZ") return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  // As Bowyer declares those of nanoseconds.
  if (word == "TIMESTAMP_NS") return arrow::timestamp(arrow::TimeUnit::NANO);
  if (word == "TIMESTAMPTZ_NS") return arrow::timestamp(arrow::TimeUnit::NANO, "UTC");
  if (word == "TIME" || word == "UUID" || word == "GUID" || word == "JSON" || word == "STRING") {
    return arrow::utf8();
  }
  return nullptr;
}

arrow::Result<SqliteColumnPlan> PlanColumn(std::string name,
                                           std::shared_ptr<arrow::DataType> type) {
  SqliteColumnPlan plan{.name = std::move(name), .type = std::move(type)};
  switch (plan.type->id()) {
    case Type::BOOL:
      plan.kind = SqliteCellKind::kBool;
      break;
    case Type::INT8:
    case Type::INT16:
    case Type::INT32:
    case Type::INT64:
    case Type::UINT8:
    case Type::UINT16:
    case Type::UINT32:
    case Type::UINT64:
      plan.kind = SqliteCellKind::kInteger;
      plan.width = plan.type->byte_width();
      break;
    case Type::FLOAT:
    case Type::DOUBLE:
      plan.kind = SqliteCellKind::kFloat;
      plan.width = plan.type->byte_width();
      break;
    case Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(*plan.type);
      plan.kind = SqliteCellKind::kDecimal;
      plan.width = 16;
      plan.precision = decimal.precision();
      plan.scale = decimal.scale();
      break;
    }
    case Type::DATE32:
      plan.kind = SqliteCellKind::kDate;
      plan.width = 4;
      break;
    case Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(*plan.type);
      plan.kind = SqliteCellKind::kTimestamp;
      plan.width = 8;
      plan.unit = timestamp.unit();
      plan.zone = !timestamp.timezone().empty();
      break;
    }
    case Type::TIME32:
    case Type::TIME64:
      plan.kind = SqliteCellKind::kTimeOfDay;
      plan.width = plan.type->byte_width();
      plan.unit = static_cast<const arrow::TimeType&>(*plan.type).unit();
      break;
    case Type::DURATION:
      plan.kind = SqliteCellKind::kDuration;
      plan.width = 8;
      plan.unit = static_cast<const arrow::DurationType&>(*plan.type).unit();
      break;
    case Type::STRING:
      plan.kind = SqliteCellKind::kText;
      break;
    case Type::BINARY:
      plan.kind = SqliteCellKind::kBinary;
      break;
    default:
      return MakeError(ErrorCode::kUsage,
                       "values of SQLite are not read as " + TypeText(*plan.type),
                       {.column = plan.name,
                        .hint = "they are read as bool, integers, float32, float64, decimal(p,s) "
                                "up to 38 digits, date, time, timestamp, duration, text or "
                                "binary"});
  }
  return plan;
}

arrow::Result<Epoch> ParseEpoch(const std::string& column, const std::string& text) {
  if (text == "seconds") return Epoch::kSeconds;
  if (text == "milliseconds") return Epoch::kMilliseconds;
  if (text == "microseconds") return Epoch::kMicroseconds;
  if (text == "julian") return Epoch::kJulian;
  return MakeError(ErrorCode::kUsage,
                   Quoted(text) + " does not say what numbers mean" +
                       DidYouMean(text, {"seconds", "milliseconds", "microseconds", "julian"}),
                   {.column = column, .hint = "seconds, milliseconds, microseconds or julian"});
}

}  // namespace bowyer
