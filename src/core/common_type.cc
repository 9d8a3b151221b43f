// Numbers by the digits or bits that they need; text, binary and timestamps by their widest form.
#include "core/common_type.h"

#include <arrow/type.h>
#include <arrow/type_traits.h>

#include <algorithm>

namespace bowyer {
namespace {

using arrow::Type;
using TypePtr = std::shared_ptr<arrow::DataType>;

bool IsUnsigned(Type::type id) { return arrow::is_unsigned_integer(id); }

// Decimal digits that any value of an integer type fits into.
int DigitsOf(Type::type id) {
  switch (id) {
    case Type::INT8:
    case Type::UINT8:
      return 3;
    case Type::INT16:
    case Type::UINT16:
      return 5;
    case Type::INT32:
    case Type::UINT32:
      return 10;
    case Type::INT64:
      return 19;
    default:
      return 20;
  }
}

TypePtr CommonInteger(const TypePtr& left, const TypePtr& right) {
  const int left_bits = arrow::bit_width(left->id()), right_bits = arrow::bit_width(right->id());
  if (IsUnsigned(left->id()) == IsUnsigned(right->id())) {
    return left_bits >= right_bits ? left : right;
  }
  const TypePtr& wide = IsUnsigned(left->id()) ? left : right;   // the unsigned one
  const TypePtr& other = IsUnsigned(left->id()) ? right : left;  // the signed one
  const int bits = std::max(arrow::bit_width(wide->id()) * 2, arrow::bit_width(other->id()));
  if (bits <= 16) return arrow::int16();
  if (bits <= 32) return arrow::int32();
  if (bits <= 64) return arrow::int64();
  return arrow::decimal128(20, 0);
}

TypePtr CommonDecimal(int left_whole, int left_scale, int right_whole, int right_scale) {
  const int scale = std::max(left_scale, right_scale);
  const int precision = std::max(left_whole, right_whole) + scale;
  if (precision <= arrow::Decimal128Type::kMaxPrecision) return arrow::decimal128(precision, scale);
  if (precision <= arrow::Decimal256Type::kMaxPrecision) return arrow::decimal256(precision, scale);
  return nullptr;
}

// float64 holds integers of up to 53 bits, float32 of up to 24, float16 of up to 11.
TypePtr CommonFloat(const TypePtr& left, const TypePtr& right) {
  const auto bits_needed = [](const TypePtr& type) {
    if (arrow::is_floating(type->id())) return arrow::bit_width(type->id());
    const int bits = arrow::bit_width(type->id());
    return bits <= 8 ? 16 : bits <= 16 ? 32 : bits <= 32 ? 64 : 128;
  };
  const int bits = std::max(bits_needed(left), bits_needed(right));
  if (bits > 64) return nullptr;
  return bits == 64 ? arrow::float64() : bits == 32 ? arrow::float32() : arrow::float16();
}

bool IsText(Type::type id) {
  return id == Type::STRING || id == Type::LARGE_STRING || id == Type::STRING_VIEW;
}
bool IsBinary(Type::type id) {
  return id == Type::BINARY || id == Type::LARGE_BINARY || id == Type::BINARY_VIEW ||
         id == Type::FIXED_SIZE_BINARY;
}

TypePtr CommonTimestamp(const TypePtr& left, const TypePtr& right) {
  const auto& a = static_cast<const arrow::TimestampType&>(*left);
  const auto& b = static_cast<const arrow::TimestampType&>(*right);
  // Another zone shows the same instants otherwise: not the same column.
  if (a.timezone() != b.timezone()) return nullptr;
  return a.unit() >= b.unit() ? left : right;
}

}  // namespace

TypePtr CommonType(const TypePtr& left, const TypePtr& right) {
  if (left->Equals(*right)) return left;
  const Type::type a = left->id(), b = right->id();
  if (a == Type::NA) return right;
  if (b == Type::NA) return left;
  if (arrow::is_integer(a) && arrow::is_integer(b)) return CommonInteger(left, right);
  if (arrow::is_decimal(a) || arrow::is_decimal(b)) {
    const auto whole_and_scale = [](const TypePtr& type, int* whole, int* scale) {
      if (arrow::is_integer(type->id())) {
        *whole = DigitsOf(type->id());
        *scale = 0;
        return true;
      }
      if (!arrow::is_decimal(type->id())) return false;
      const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
      *scale = decimal.scale();
      *whole = decimal.precision() - decimal.scale();
      return true;
    };
    int whole[2], scale[2];
    if (!whole_and_scale(left, &whole[0], &scale[0]) ||
        !whole_and_scale(right, &whole[1], &scale[1]) || scale[0] < 0 || scale[1] < 0) {
      return nullptr;
    }
    return CommonDecimal(whole[0], scale[0], whole[1], scale[1]);
  }
  const auto is_number = [](Type::type id) {
    return arrow::is_integer(id) || arrow::is_floating(id);
  };
  if (is_number(a) && is_number(b)) return CommonFloat(left, right);
  if (IsText(a) && IsText(b)) return arrow::large_utf8();
  if (IsBinary(a) && IsBinary(b)) return arrow::large_binary();
  if (a == Type::TIMESTAMP && b == Type::TIMESTAMP) return CommonTimestamp(left, right);
  if (a == Type::DICTIONARY) {
    return CommonType(static_cast<const arrow::DictionaryType&>(*left).value_type(), right);
  }
  if (b == Type::DICTIONARY) return CommonType(right, left);
  return nullptr;
}

}  // namespace bowyer
