#include "frame/engine_types.h"

#include <arrow/extension_type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "frame/sql.h"

namespace bowyer {
namespace {

using arrow::Type;

constexpr int kMaxDigits = 38;
constexpr int kMaxDigitsIn64Bits = 18;

// The type rebuilt with `change` applied to what it is made of.
template <typename Change>
arrow::Result<TypePtr> WithChildren(const TypePtr& type, const Change& change) {
  arrow::FieldVector fields;
  for (const auto& field : type->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto child, change(field->type()));
    fields.push_back(arrow::field(field->name(), std::move(child)));
  }
  switch (type->id()) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW:
      return arrow::list(fields[0]->type());
    case Type::FIXED_SIZE_LIST:
      return arrow::fixed_size_list(
          fields[0]->type(), static_cast<const arrow::FixedSizeListType&>(*type).list_size());
    case Type::STRUCT:
      return arrow::struct_(std::move(fields));
    case Type::MAP: {
      const auto& entry = *fields[0]->type();
      return arrow::map(entry.field(0)->type(), entry.field(1)->type());
    }
    default:
      return type;
  }
}

// Decimal digits of the whole numbers of a type.
int DigitsOf(const arrow::DataType& type) {
  switch (type.id()) {
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
    case Type::UINT64:
      return 20;
    default:
      return kMaxDigits;
  }
}

struct Digits {
  int precision, scale;
  int before() const { return precision - scale; }
};
Digits DecimalOf(const arrow::DataType& type) {
  if (IsWhole(type)) return {DigitsOf(type), 0};
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  return {decimal.precision(), decimal.scale()};
}

bool Fits(int64_t value, const arrow::DataType& type) {
  if (IsHugeInt(type)) return true;
  const int bits = type.byte_width() * 8;
  if (arrow::is_unsigned_integer(type.id())) {
    return value >= 0 && (bits == 64 || value < (int64_t{1} << bits));
  }
  return bits == 64 || (value >= -(int64_t{1} << (bits - 1)) && value < (int64_t{1} << (bits - 1)));
}

// Both written out: as their own types.
TypePtr Bent(const Operand& left, const Operand& right) {
  if (left.written && !right.written && IsWhole(*right.type) && Fits(*left.written, *right.type)) {
    return right.type;
  }
  if (right.written && !left.written && IsWhole(*left.type) && Fits(*right.written, *left.type)) {
    return left.type;
  }
  return nullptr;
}

// The smallest signed type for both, or the wider one of the same sign.
TypePtr WholeForBoth(const TypePtr& a, const TypePtr& b) {
  if (IsHugeInt(*a) || IsHugeInt(*b)) return HugeInt();
  const bool a_unsigned = arrow::is_unsigned_integer(a->id());
  const bool b_unsigned = arrow::is_unsigned_integer(b->id());
  if (a_unsigned == b_unsigned) return a->byte_width() >= b->byte_width() ? a : b;
  const TypePtr &with_sign = a_unsigned ? b : a, &without = a_unsigned ? a : b;
  if (with_sign->byte_width() > without->byte_width()) return with_sign;
  switch (without->byte_width()) {
    case 1:
      return arrow::int16();
    case 2:
      return arrow::int32();
    case 4:
      return arrow::int64();
    default:
      return HugeInt();
  }
}

TypePtr FloatForBoth(const arrow::DataType& a, const arrow::DataType& b) {
  return a.id() == Type::DOUBLE || b.id() == Type::DOUBLE ? arrow::float64() : arrow::float32();
}

bool WithoutZone(const arrow::DataType& type) {
  return static_cast<const arrow::TimestampType&>(type).timezone().empty();
}

}  // namespace

TypePtr HugeInt() {
  static const TypePtr type = arrow::decimal256(39, 0);
  return type;
}
bool IsHugeInt(const arrow::DataType& type) { return type.id() == Type::DECIMAL256; }
bool IsWhole(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || IsHugeInt(type);
}
bool IsNumber(const arrow::DataType& type) {
  return IsWhole(type) || arrow::is_floating(type.id()) || arrow::is_decimal(type.id());
}
bool IsText(const arrow::DataType& type) { return type.id() == Type::STRING; }
bool IsList(const arrow::DataType& type) {
  return type.id() == Type::LIST || type.id() == Type::FIXED_SIZE_LIST;
}
bool HasOrder(const arrow::DataType& type) {
  return IsNumber(type) || IsText(type) || type.id() == Type::BOOL || type.id() == Type::BINARY ||
         type.id() == Type::NA || arrow::is_temporal(type.id());
}
TypePtr ElementOf(const arrow::DataType& type) { return type.field(0)->type(); }

arrow::Result<TypePtr> EngineType(const TypePtr& type) {
  const auto none = [&]() {
    return MakeError(ErrorCode::kUsage,
                     fmt::format("SQL has no counterpart of the type {}", TypeText(*type)),
                     {.hint = "leave the column out, or convert it first (bowyer copy --type)"});
  };
  switch (type->id()) {
    case Type::STRING:
    case Type::LARGE_STRING:
    case Type::STRING_VIEW:
      return arrow::utf8();
    case Type::BINARY:
    case Type::LARGE_BINARY:
    case Type::BINARY_VIEW:
    case Type::FIXED_SIZE_BINARY:
      return arrow::binary();
    case Type::HALF_FLOAT:
      return arrow::float32();
    case Type::DATE64:
      return arrow::date32();
    case Type::TIME32:
      return arrow::time64(arrow::TimeUnit::MICRO);
    case Type::TIMESTAMP:
      return WithoutZone(*type) ? type : arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case Type::DURATION:
    case Type::INTERVAL_MONTHS:
    case Type::INTERVAL_DAY_TIME:
      return arrow::month_day_nano_interval();
    case Type::DECIMAL32:
    case Type::DECIMAL64:
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
      if (decimal.precision() > kMaxDigits || decimal.scale() < 0) return none();
      return arrow::decimal128(decimal.precision(), decimal.scale());
    }
    case Type::DICTIONARY:
      return EngineType(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case Type::RUN_END_ENCODED:
      return EngineType(static_cast<const arrow::RunEndEncodedType&>(*type).value_type());
    case Type::EXTENSION:
      return EngineType(static_cast<const arrow::ExtensionType&>(*type).storage_type());
    case Type::SPARSE_UNION:
    case Type::DENSE_UNION:
      return none();
    default:
      return WithChildren(type, EngineType);
  }
}

TypePtr ExportedType(const TypePtr& type) {
  if (IsHugeInt(*type)) return arrow::decimal128(kMaxDigits, 0);
  return WithChildren(
             type,
             [](const TypePtr& child) -> arrow::Result<TypePtr> { return ExportedType(child); })
      .ValueUnsafe();
}

arrow::Result<std::string> SqlType(const arrow::DataType& type) {
  if (IsHugeInt(type)) return "HUGEINT";
  switch (type.id()) {
    case Type::BOOL:
      return "BOOLEAN";
    case Type::INT8:
      return "TINYINT";
    case Type::INT16:
      return "SMALLINT";
    case Type::INT32:
    case Type::NA:
      return "INTEGER";
    case Type::INT64:
      return "BIGINT";
    case Type::UINT8:
      return "UTINYINT";
    case Type::UINT16:
      return "USMALLINT";
    case Type::UINT32:
      return "UINTEGER";
    case Type::UINT64:
      return "UBIGINT";
    case Type::FLOAT:
      return "FLOAT";
    case Type::DOUBLE:
      return "DOUBLE";
    case Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      return fmt::format("DECIMAL({}, {})", decimal.precision(), decimal.scale());
    }
    case Type::STRING:
      return "VARCHAR";
    case Type::BINARY:
      return "BLOB";
    case Type::DATE32:
      return "DATE";
    case Type::TIME64:
      return static_cast<const arrow::TimeType&>(type).unit() == arrow::TimeUnit::NANO ? "TIME_NS"
                                                                                       : "TIME";
    case Type::TIMESTAMP: {
      if (!WithoutZone(type)) return "TIMESTAMPTZ";
      static constexpr const char* kNames[] = {"TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP",
                                               "TIMESTAMP_NS"};
      return kNames[static_cast<const arrow::TimestampType&>(type).unit()];
    }
    case Type::INTERVAL_MONTH_DAY_NANO:
      return "INTERVAL";
    case Type::LIST: {
      ARROW_ASSIGN_OR_RAISE(const auto element, SqlType(*ElementOf(type)));
      return element + "[]";
    }
    case Type::FIXED_SIZE_LIST: {
      ARROW_ASSIGN_OR_RAISE(const auto element, SqlType(*ElementOf(type)));
      return fmt::format("{}[{}]", element,
                         static_cast<const arrow::FixedSizeListType&>(type).list_size());
    }
    case Type::STRUCT: {
      std::string fields;
      for (const auto& field : type.fields()) {
        ARROW_ASSIGN_OR_RAISE(const auto name, SqlType(*field->type()));
        fields += (fields.empty() ? "" : ", ") + QuotedName(field->name()) + " " + name;
      }
      return "STRUCT(" + fields + ")";
    }
    case Type::MAP: {
      const auto& map = static_cast<const arrow::MapType&>(type);
      ARROW_ASSIGN_OR_RAISE(const auto key, SqlType(*map.key_type()));
      ARROW_ASSIGN_OR_RAISE(const auto item, SqlType(*map.item_type()));
      return fmt::format("MAP({}, {})", key, item);
    }
    default:
      return MakeError(ErrorCode::kUsage, "SQL has no counterpart of the type " + TypeText(type));
  }
}

TypePtr CommonEngineType(const Operand& left, const Operand& right) {
  const TypePtr &a = left.type, &b = right.type;
  if (a->id() == Type::NA) return b;
  if (b->id() == Type::NA) return a;
  if (IsNumber(*a) && IsNumber(*b)) {
    if (const auto bent = Bent(left, right)) return bent;
    if (arrow::is_floating(a->id()) || arrow::is_floating(b->id())) return FloatForBoth(*a, *b);
    if (IsWhole(*a) && IsWhole(*b)) return WholeForBoth(a, b);
    const Digits x = DecimalOf(*a), y = DecimalOf(*b);
    const int scale = std::max(x.scale, y.scale);
    return arrow::decimal128(std::min(std::max(x.before(), y.before()) + scale, kMaxDigits), scale);
  }
  if (a->Equals(*b)) return a;
  if (a->id() == Type::DATE32 && b->id() == Type::TIMESTAMP) return WithoutZone(*b) ? b : nullptr;
  if (b->id() == Type::DATE32 && a->id() == Type::TIMESTAMP) return WithoutZone(*a) ? a : nullptr;
  if (a->id() == Type::TIMESTAMP && b->id() == Type::TIMESTAMP) {
    if (WithoutZone(*a) != WithoutZone(*b)) return nullptr;
    return static_cast<const arrow::TimestampType&>(*a).unit() >=
                   static_cast<const arrow::TimestampType&>(*b).unit()
               ? a
               : b;
  }
  if (a->id() == Type::LIST && b->id() == Type::LIST) {
    const auto element = CommonEngineType({ElementOf(*a), {}}, {ElementOf(*b), {}});
    return element == nullptr ? nullptr : arrow::list(element);
  }
  return nullptr;
}

arrow::Result<TypePtr> ArithmeticType(Function function, const Operand& left,
                                      const Operand& right) {
  TypePtr a = left.type, b = right.type;
  if (a->id() == Type::NA) a = b;
  if (b->id() == Type::NA) b = a;
  if (!IsNumber(*a) || !IsNumber(*b)) return TypePtr();
  if (arrow::is_floating(a->id()) || arrow::is_floating(b->id())) return FloatForBoth(*a, *b);
  if (function == Function::kDivide) return arrow::float64();
  if (IsWhole(*a) && IsWhole(*b)) {
    if (auto bent = Bent(left, right)) return bent;
    const bool mixed = !IsHugeInt(*a) && !IsHugeInt(*b) &&
                       arrow::is_unsigned_integer(a->id()) != arrow::is_unsigned_integer(b->id());
    auto common = WholeForBoth(a, b);
    // Operators jump to 64 bits where neither operand's type holds both.
    if (mixed && !IsHugeInt(*common) && !common->Equals(*a) && !common->Equals(*b)) {
      return arrow::int64();
    }
    return common;
  }
  const Digits x = DecimalOf(*a), y = DecimalOf(*b);
  if (function == Function::kModulo) {
    if (IsHugeInt(*a) || IsHugeInt(*b)) return arrow::float64();
    return CommonEngineType({a, {}}, {b, {}});
  }
  // Results that fit 64 bits by their operands' types stay there, and are checked for overflow.
  const bool narrow = std::max(x.precision, y.precision) <= kMaxDigitsIn64Bits;
  int precision = 0, scale = 0;
  if (function == Function::kMultiply) {
    precision = x.precision + y.precision;
    scale = x.scale + y.scale;
    if (scale > kMaxDigits) {
      return MakeError(ErrorCode::kUsage,
                       fmt::format("{} times {} has more than 38 digits behind the point",
                                   TypeText(*a), TypeText(*b)),
                       {.hint = "cast one of them to fewer digits, or to float64"});
    }
    if (precision > kMaxDigitsIn64Bits && narrow && scale < kMaxDigitsIn64Bits) {
      precision = kMaxDigitsIn64Bits;
    }
  } else {
    scale = std::max(x.scale, y.scale);
    precision = std::max(x.before(), y.before()) + scale + 1;
    if (precision > kMaxDigitsIn64Bits && narrow) precision = kMaxDigitsIn64Bits;
  }
  return arrow::decimal128(std::min(precision, kMaxDigits), scale);
}

}  // namespace bowyer
