#include "frame/literal.h"

#include <arrow/compute/cast.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <arrow/util/decimal.h>
#include <arrow/util/value_parsing.h>

#include <charconv>
#include <cmath>
#include <string>

namespace bowyer {
namespace {

using arrow::Type;
using ScalarPtr = std::shared_ptr<arrow::Scalar>;
using TypePtr = std::shared_ptr<arrow::DataType>;

ScalarPtr Cast(const ScalarPtr& value, const TypePtr& type) {
  auto cast = arrow::compute::Cast(arrow::Datum(value), type, arrow::compute::CastOptions::Safe());
  return cast.ok() ? cast->scalar() : nullptr;
}

// "-12.50" as any numeric type; the shortest way to be exact is to go through the digits.
ScalarPtr FromNumber(const ScalarPtr& value, const TypePtr& type) {
  if (arrow::is_floating(type->id())) {
    if (value->type->id() == Type::DOUBLE) return Cast(value, type);
    const std::string digits = value->ToString();
    if (type->id() == Type::DOUBLE) {
      double number = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      return std::make_shared<arrow::DoubleScalar>(number);
    }
    float number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || type->id() != Type::FLOAT) return nullptr;
    return std::make_shared<arrow::FloatScalar>(number);
  }
  if (value->type->id() == Type::DOUBLE) {
    // 1e3 is a float64; beside whole numbers it is one of them where it is whole.
    const double number = static_cast<const arrow::DoubleScalar&>(*value).value;
    if (!arrow::is_integer(type->id()) || std::floor(number) != number ||
        std::fabs(number) > 9e15) {
      return nullptr;
    }
    return Cast(std::make_shared<arrow::Int64Scalar>(static_cast<int64_t>(number)), type);
  }
  return Cast(value, type);
}

ScalarPtr FromText(std::string_view text, const TypePtr& type) {
  switch (type->id()) {
    case Type::STRING:
    case Type::LARGE_STRING:
      return Cast(std::make_shared<arrow::StringScalar>(std::string(text)), type);
    case Type::BINARY:
    case Type::LARGE_BINARY:
      return Cast(std::make_shared<arrow::BinaryScalar>(std::string(text)), type);
    case Type::DATE32:
    case Type::DATE64: {
      int32_t days = 0;
      if (!arrow::internal::ParseValue<arrow::Date32Type>(text.data(), text.size(), &days)) {
        return nullptr;
      }
      return Cast(std::make_shared<arrow::Date32Scalar>(days), type);
    }
    case Type::TIME32:
    case Type::TIME64: {
      int64_t nanos = 0;
      const arrow::Time64Type nano_type(arrow::TimeUnit::NANO);
      if (!arrow::internal::ParseValue<arrow::Time64Type>(nano_type, text.data(), text.size(),
                                                          &nanos)) {
        return nullptr;
      }
      return Cast(
          std::make_shared<arrow::Time64Scalar>(nanos, arrow::time64(arrow::TimeUnit::NANO)), type);
    }
    case Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(*type);
      int64_t instant = 0;
      bool has_zone = false;
      if (!arrow::internal::ParseTimestampISO8601(text.data(), text.size(), timestamp.unit(),
                                                  &instant, &has_zone) ||
          has_zone == timestamp.timezone().empty()) {
        return nullptr;
      }
      return std::make_shared<arrow::TimestampScalar>(instant, type);
    }
    default:
      return nullptr;
  }
}

ScalarPtr FromTimestamp(const ScalarPtr& value, const TypePtr& type) {
  if (type->id() != Type::TIMESTAMP) return nullptr;
  const bool value_has_zone =
      !static_cast<const arrow::TimestampType&>(*value->type).timezone().empty();
  const bool type_has_zone = !static_cast<const arrow::TimestampType&>(*type).timezone().empty();
  // Between zones the instant stays; a cast is exact unless the unit is too coarse.
  return value_has_zone == type_has_zone ? Cast(value, type) : nullptr;
}

}  // namespace

ScalarPtr ExactLiteral(const ScalarPtr& value, const TypePtr& type) {
  if (!value->is_valid) return nullptr;
  if (value->type->Equals(*type)) return value;
  const Type::type from = value->type->id(), to = type->id();
  const auto is_number = [](Type::type id) {
    return arrow::is_integer(id) || arrow::is_floating(id) || arrow::is_decimal(id);
  };
  if (is_number(from)) return is_number(to) ? FromNumber(value, type) : nullptr;
  if (from == Type::STRING) {
    const auto& text = static_cast<const arrow::StringScalar&>(*value);
    return FromText(std::string_view(*text.value), type);
  }
  if (from == Type::TIMESTAMP) return FromTimestamp(value, type);
  if (from == Type::DATE32 && to == Type::DATE64) return Cast(value, type);
  if (from == Type::TIME64 && arrow::is_time(to)) return Cast(value, type);
  if (from == Type::BINARY && to == Type::LARGE_BINARY) return Cast(value, type);
  if (from == Type::BINARY && to == Type::FIXED_SIZE_BINARY) return Cast(value, type);
  return nullptr;
}

}  // namespace bowyer
