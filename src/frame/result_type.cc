// The types of results: what the table of functions says, and the rules of their own.
#include "frame/result_type.h"

#include <fmt/format.h>

#include <algorithm>

#include "bowyer/type_text.h"
#include "core/text.h"
#include "frame/sql.h"

namespace bowyer {
namespace {

using arrow::Type;

arrow::Result<TypePtr> SumType(const TypePtr& type) {
  if (arrow::is_floating(type->id())) return arrow::float64();
  if (IsWhole(*type) || type->id() == Type::NA) return HugeInt();
  return arrow::decimal128(38, static_cast<const arrow::DecimalType&>(*type).scale());
}

TypePtr WithScale(const TypePtr& type, int32_t scale) {
  const auto& decimal = static_cast<const arrow::DecimalType&>(*type);
  return arrow::decimal128(decimal.precision(), std::min(scale, decimal.scale()));
}

bool IsDecimal(const arrow::DataType& type) { return type.id() == Type::DECIMAL128; }

// What + and - are besides numbers: dates, times and intervals. Null for no such pair.
arrow::Result<TypePtr> TemporalType(Function function, const Typed& left, const Typed& right) {
  const auto is = [](const Typed& typed, Type::type id) { return typed.type->id() == id; };
  const auto micros = arrow::timestamp(arrow::TimeUnit::MICRO);
  if (function == Function::kMultiply && is(left, Type::INTERVAL_MONTH_DAY_NANO) &&
      IsWhole(*right.type)) {
    return left.type;
  }
  if (function != Function::kAdd && function != Function::kSubtract) return TypePtr();
  const bool adds = function == Function::kAdd;
  for (const bool swapped : {false, true}) {
    if (swapped && !adds) break;
    const Typed &moment = swapped ? right : left, &by = swapped ? left : right;
    if (is(by, Type::INTERVAL_MONTH_DAY_NANO)) {
      if (is(moment, Type::DATE32)) return micros;
      if (is(moment, Type::TIME64) || is(moment, Type::INTERVAL_MONTH_DAY_NANO)) {
        return moment.type;
      }
      if (is(moment, Type::TIMESTAMP)) {
        const auto& type = static_cast<const arrow::TimestampType&>(*moment.type);
        if (type.unit() == arrow::TimeUnit::NANO) {
          return Wrong(Show(moment) + " would lose its nanoseconds",
                       fmt::format("cast({} as timestamp[us]), if microseconds are enough",
                                   ExpressionText(*moment.tree)));
        }
        return type.timezone().empty() ? micros : moment.type;
      }
    }
    if (is(moment, Type::DATE32) && IsWhole(*by.type)) {
      if (IntegerOf(by).has_value() || (by.type->byte_width() <= 4 && !is(by, Type::UINT32))) {
        return moment.type;  // so many days
      }
      return Wrong(fmt::format("{} and {} cannot be added", Show(moment), Show(by)),
                   fmt::format("cast({} as int32)", ExpressionText(*by.tree)));
    }
  }
  if (adds) return TypePtr();
  if (is(left, Type::DATE32) && is(right, Type::DATE32)) return arrow::int64();  // days
  if (is(left, Type::TIMESTAMP) || is(right, Type::TIMESTAMP)) {
    const auto common = CommonEngineType({left.type, {}}, {right.type, {}});
    if (common == nullptr || common->id() != Type::TIMESTAMP) return TypePtr();
    if (static_cast<const arrow::TimestampType&>(*common).unit() == arrow::TimeUnit::NANO) {
      return Wrong(fmt::format("the difference of {} and {} would lose its nanoseconds", Show(left),
                               Show(right)),
                   "cast both to timestamp[us], if microseconds are enough");
    }
    return arrow::month_day_nano_interval();
  }
  return TypePtr();
}

arrow::Result<TypePtr> Arithmetic(Function function, Typed& left, Typed& right) {
  ARROW_ASSIGN_OR_RAISE(auto type, ArithmeticType(function, OperandOf(left), OperandOf(right)));
  if (type != nullptr) {
    for (Typed* side : {&left, &right}) {
      const Typed& other = side == &left ? right : left;
      const auto bare = Bare(*side);
      if (!bare) continue;
      ARROW_ASSIGN_OR_RAISE(const auto same,
                            side == &left
                                ? ArithmeticType(function, OperandOf(*bare), OperandOf(other))
                                : ArithmeticType(function, OperandOf(other), OperandOf(*bare)));
      if (same->Equals(*type)) *side = *bare;
    }
    return type;
  }
  // Days are counted in 32 bits.
  for (Typed* side : {&left, &right}) {
    const Typed& other = side == &left ? right : left;
    if (other.type->id() == Type::DATE32) {
      if (auto bare = Bare(*side)) *side = *bare;
    }
  }
  ARROW_ASSIGN_OR_RAISE(type, TemporalType(function, left, right));
  if (type != nullptr) return type;
  std::string hint;
  if (function == Function::kAdd && IsText(*left.type) && IsText(*right.type)) {
    hint = "text is joined with Concat";
  } else if (IsText(*left.type) || IsText(*right.type)) {
    hint = fmt::format("cast({} as float64)",
                       ExpressionText(IsText(*left.type) ? *left.tree : *right.tree));
  }
  return Wrong(fmt::format("{} takes numbers (or dates and intervals), not {} and {}",
                           FunctionName(function), Show(left), Show(right)),
               std::move(hint));
}

arrow::Result<TypePtr> FieldType(const Typed& value, const Typed& name) {
  const auto& type = static_cast<const arrow::StructType&>(*value.type);
  const std::string wanted(TextOf(name));
  if (const auto field = type.GetFieldByName(wanted)) return field->type();
  std::vector<std::string> names;
  for (const auto& field : type.fields()) names.push_back(field->name());
  return Wrong(fmt::format("{} has no field {}{}", ExpressionText(*value.tree), Quoted(wanted),
                           DidYouMean(wanted, names)));
}

// The rules of Returns::kOther.
arrow::Result<TypePtr> OwnRule(Function function, Arguments& arguments) {
  const TypePtr type = arguments.empty() ? nullptr : arguments[0].type;
  switch (function) {
    case Function::kAdd:
    case Function::kSubtract:
    case Function::kMultiply:
    case Function::kDivide:
    case Function::kModulo:
    case Function::kIntegerDivide:
      return Arithmetic(function, arguments[0], arguments[1]);
    case Function::kNegate:
      if (arrow::is_unsigned_integer(type->id())) {
        return Wrong(Show(arguments[0]) + " has no negative values",
                     fmt::format("cast({} as int64)", ExpressionText(*arguments[0].tree)));
      }
      return type;
    case Function::kRound:
      if (arrow::is_unsigned_integer(type->id())) {  // as the next wider whole number with a sign
        return type->id() == Type::UINT64 ? HugeInt() : arrow::int64();
      }
      if (!IsDecimal(*type)) return type;
      return WithScale(type, arguments.size() < 2 ? 0
                                                  : static_cast<int32_t>(std::clamp<int64_t>(
                                                        *IntegerOf(arguments[1]), 0, 38)));
    case Function::kFloor:
    case Function::kCeil:
      if (IsDecimal(*type)) return WithScale(type, 0);
      return type->id() == Type::FLOAT ? type : arrow::float64();
    case Function::kTruncate: {
      ARROW_RETURN_NOT_OK(CheckUnit(arguments[0]));
      const auto& moment = *arguments[1].type;
      const bool zone = moment.id() == Type::TIMESTAMP &&
                        !static_cast<const arrow::TimestampType&>(moment).timezone().empty();
      return zone ? arguments[1].type : arrow::timestamp(arrow::TimeUnit::MICRO);
    }
    case Function::kList: {
      std::vector<Typed*> values;
      for (auto& argument : arguments) values.push_back(&argument);
      ARROW_ASSIGN_OR_RAISE(auto element, UniteAll(std::move(values)));
      return arrow::list(std::move(element));
    }
    case Function::kListSum:
      if (!IsNumber(*ElementOf(*type))) {
        return Wrong("list_sum takes a list of numbers, not " + Show(arguments[0]));
      }
      return SumType(ElementOf(*type));
    case Function::kStruct: {
      arrow::FieldVector fields;
      for (size_t i = 0; i < arguments.size(); i += 2) {
        fields.push_back(arrow::field(std::string(TextOf(arguments[i])), arguments[i + 1].type));
      }
      return arrow::struct_(std::move(fields));
    }
    case Function::kField:
      return FieldType(arguments[0], arguments[1]);
    case Function::kSum:
      return SumType(type);
    case Function::kMedian:
    case Function::kQuantile:
      return IsWhole(*type) || type->id() == Type::NA ? arrow::float64() : type;
    case Function::kCollect:
      return arrow::list(type);
    default:
      return arrow::Status::UnknownError("no rule for ", FunctionName(function));
  }
}

}  // namespace

arrow::Result<TypePtr> ResultType(const FunctionInfo& info, Arguments& arguments) {
  switch (info.returns) {
    case Returns::kBool:
      return arrow::boolean();
    case Returns::kInt8:
      return arrow::int8();
    case Returns::kInt64:
      return arrow::int64();
    case Returns::kFloat64:
      return arrow::float64();
    case Returns::kText:
      return arrow::utf8();
    case Returns::kTexts:
      return arrow::list(arrow::utf8());
    case Returns::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case Returns::kElement:
      return ElementOf(*arguments[0].type);
    case Returns::kFirst:
      // A list of fixed size that is sorted is a list like others.
      return IsList(*arguments[0].type) && info.kind == FunctionKind::kScalar
                 ? arrow::list(ElementOf(*arguments[0].type))
                 : arguments[0].type;
    case Returns::kCommon: {
      std::vector<Typed*> values;
      for (size_t i = 0; i < arguments.size(); ++i) {
        // case: conditions in between
        if (info.function == Function::kCase && i % 2 == 0 && i + 1 < arguments.size()) continue;
        values.push_back(&arguments[i]);
      }
      return UniteAll(std::move(values));
    }
    case Returns::kOther:
      break;
  }
  return OwnRule(info.function, arguments);
}

}  // namespace bowyer
