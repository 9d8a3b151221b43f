// Functions of bound arguments: are they what the table of functions asks for, and what is the type
// of the result? Literals bend to the type beside them where that is exact.
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bowyer/error.h"
#include "core/text.h"
#include "core/type_text.h"
#include "frame/functions.h"
#include "frame/infer.h"
#include "frame/literal.h"
#include "frame/sql.h"

namespace bowyer {
namespace {

using arrow::Type;
using Arguments = std::vector<Typed>;

arrow::Status Wrong(std::string message, std::string hint = "") {
  return MakeError(ErrorCode::kUsage, std::move(message), {.hint = std::move(hint)});
}

std::string Show(const Typed& typed) {
  return fmt::format("{} ({})", ExpressionText(*typed.tree), TypeText(*ExportedType(typed.type)));
}

const arrow::Scalar* ValueOf(const Typed& typed) {
  const auto* literal = std::get_if<Literal>(&typed.tree->node);
  return literal != nullptr && literal->value->is_valid ? literal->value.get() : nullptr;
}

std::optional<int64_t> IntegerOf(const Typed& typed) {
  const auto* value = ValueOf(typed);
  if (value == nullptr) return {};
  if (value->type->id() == Type::INT32) return static_cast<const arrow::Int32Scalar&>(*value).value;
  if (value->type->id() == Type::INT64) return static_cast<const arrow::Int64Scalar&>(*value).value;
  return {};
}

std::string_view TextOf(const Typed& typed) {
  return static_cast<const arrow::BaseBinaryScalar&>(*ValueOf(typed)).view();
}

// Spelled as a bare number of 32 bits (literal_sql.cc).
bool FitsInt32(int64_t value) {
  return value > std::numeric_limits<int32_t>::min() &&
         value <= std::numeric_limits<int32_t>::max();
}

void Replace(Typed& typed, std::shared_ptr<arrow::Scalar> value) {
  typed.type = value->type;
  typed.tree = MakeExpression(Literal{std::move(value), ""});
}

// An int64 literal as a bare number: where that makes no difference it reads better.
std::optional<Typed> Bare(const Typed& typed) {
  const auto value = IntegerOf(typed);
  if (!value || typed.type->id() != Type::INT64 || !FitsInt32(*value)) return {};
  Typed bare = typed;
  Replace(bare, std::make_shared<arrow::Int32Scalar>(static_cast<int32_t>(*value)));
  return bare;
}

// What is spelled as a bare number: the engine lets it bend.
Operand OperandOf(const Typed& typed) {
  const auto value = IntegerOf(typed);
  const bool bare = value && (typed.type->id() == Type::INT32 || !FitsInt32(*value));
  return {typed.type, bare ? value : std::nullopt};
}

struct Letter {
  char letter;
  const char* wants;
};
constexpr Letter kLetters[] = {{'t', "text"},
                               {'T', "a written text"},
                               {'n', "a number"},
                               {'i', "an integer"},
                               {'I', "a written integer"},
                               {'b', "true or false"},
                               {'d', "a date or timestamp"},
                               {'c', "a date, time or timestamp"},
                               {'l', "a list"},
                               {'s', "a struct"},
                               {'o', "a value that has an order"},
                               {'a', "a value"}};

bool Is(char letter, const Typed& typed) {
  const arrow::DataType& type = *typed.type;
  const bool instant = type.id() == Type::DATE32 || type.id() == Type::TIMESTAMP;
  switch (letter) {
    case 'T':
      return ValueOf(typed) != nullptr && IsText(type);
    case 'I':
      return IntegerOf(typed).has_value();
    case 't':
      return IsText(type) || type.id() == Type::NA;
    case 'n':
      return IsNumber(type) || type.id() == Type::NA;
    case 'i':
      return IsWhole(type) || type.id() == Type::NA;
    case 'b':
      return type.id() == Type::BOOL || type.id() == Type::NA;
    case 'd':
      return instant || type.id() == Type::NA;
    case 'c':
      return instant || type.id() == Type::TIME64 || type.id() == Type::NA;
    case 'l':
      return IsList(type);
    case 's':
      return type.id() == Type::STRUCT;
    case 'o':
      return HasOrder(type);
    default:
      return true;
  }
}

arrow::Status Check(const FunctionInfo& info, const Arguments& arguments) {
  std::string_view takes = info.takes;
  for (const Typed& argument : arguments) {
    if (takes.starts_with('[')) takes.remove_prefix(1);
    if (takes.empty()) return Wrong(fmt::format("{} has too many arguments", info.name));
    const char letter = takes.front();
    if (!Is(letter, argument)) {
      const auto found = std::find_if(std::begin(kLetters), std::end(kLetters),
                                      [&](const Letter& l) { return l.letter == letter; });
      std::string hint;
      if (letter == 't' && !arrow::is_nested(argument.type->id())) {
        hint = fmt::format("cast({} as text)", ExpressionText(*argument.tree));
      } else if (letter == 'n' && IsText(*argument.type)) {
        hint = fmt::format("cast({} as float64)", ExpressionText(*argument.tree));
      } else if (letter == 'd' && IsText(*argument.type)) {
        hint = fmt::format("cast({} as date)", ExpressionText(*argument.tree));
      }
      return Wrong(
          fmt::format("{} takes {}, but {} is {}", info.name, found->wants,
                      ExpressionText(*argument.tree), TypeText(*ExportedType(argument.type))),
          std::move(hint));
    }
    if (takes.size() < 2 || takes[1] != '*') takes.remove_prefix(1);
  }
  if (!takes.empty() && takes[0] != '[' && !(takes.size() == 2 && takes[1] == '*')) {
    return Wrong(fmt::format("{} has too few arguments", info.name));
  }
  return arrow::Status::OK();
}

// 0.05 written as a double means these digits where a decimal stands beside it.
std::shared_ptr<arrow::Scalar> DecimalOf(const arrow::Scalar& value) {
  const std::string digits =
      fmt::format("{}", static_cast<const arrow::DoubleScalar&>(value).value);
  arrow::Decimal128 decimal;
  int32_t precision = 0, scale = 0;
  if (digits.find_first_not_of("-0123456789.") != std::string::npos ||
      !arrow::Decimal128::FromString(digits, &decimal, &precision, &scale).ok()) {
    return nullptr;
  }
  // As the engine reads it: a digit for each that is written.
  const bool leading_zero = digits.find("0.") <= 1;
  precision = std::max(precision, scale + (leading_zero ? 1 : 0));
  if (precision > arrow::Decimal128Type::kMaxPrecision) return nullptr;
  return std::make_shared<arrow::Decimal128Scalar>(decimal, arrow::decimal128(precision, scale));
}

// Brings two operands to types that can be compared. Errors: both, and what to try.
arrow::Result<TypePtr> Unite(Typed& left, Typed& right, std::string_view verb, bool compares) {
  for (const bool swapped : {false, true}) {
    Typed& literal = swapped ? left : right;
    const Typed& other = swapped ? right : left;
    const auto* value = ValueOf(literal);
    if (value == nullptr || ValueOf(other) != nullptr) continue;
    if (IsText(*literal.type) && !IsText(*other.type) && !IsNumber(*other.type)) {
      auto exact = ExactLiteral(std::get<Literal>(literal.tree->node).value, other.type);
      if (exact != nullptr && LiteralSql(*exact).ok()) Replace(literal, std::move(exact));
    } else if (compares && literal.type->id() == Type::DOUBLE &&
               arrow::is_decimal(other.type->id())) {
      if (auto decimal = DecimalOf(*value)) Replace(literal, std::move(decimal));
    } else if (auto bare = Bare(literal)) {
      if (compares) literal = *bare;
    }
  }
  if (auto type = CommonEngineType(OperandOf(left), OperandOf(right))) return type;
  std::string hint;
  if (IsText(*left.type) != IsText(*right.type)) {
    const Typed& text = IsText(*left.type) ? left : right;
    const Typed& other = IsText(*left.type) ? right : left;
    hint = text.is_literal() && IsNumber(*other.type)
               ? "leave the quotes out for a number"
               : fmt::format("cast({} as {})", ExpressionText(*text.tree),
                             TypeText(*ExportedType(other.type)));
  } else if (left.type->id() == Type::TIMESTAMP && right.type->id() == Type::TIMESTAMP) {
    hint = "one has a time zone, the other none: cast one of them";
  }
  return Wrong(fmt::format("{} and {} cannot be {}", Show(left), Show(right), verb),
               std::move(hint));
}

// The type that all of them have in common.
arrow::Result<TypePtr> UniteAll(std::vector<Typed*> values) {
  Typed all = *values[0];
  for (size_t i = 1; i < values.size(); ++i) {
    const bool written = all.is_literal() && values[i]->is_literal();
    ARROW_ASSIGN_OR_RAISE(all.type, Unite(all, *values[i], "combined", false));
    if (i == 1) values[0]->tree = all.tree;  // a literal may have bent
    if (written) {
      all.tree = MakeExpression(CastTo{all.tree, all.type});  // two of them bend no further
    } else if (all.is_literal()) {
      all.tree = values[i]->tree;
    }
  }
  return all.type;
}

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

arrow::Status CheckUnit(const Typed& unit) {
  static const std::vector<std::string> kUnits = {"year", "quarter", "month",  "week",
                                                  "day",  "hour",    "minute", "second"};
  const std::string name(TextOf(unit));
  if (std::find(kUnits.begin(), kUnits.end(), name) != kUnits.end()) return arrow::Status::OK();
  return Wrong("there is no unit of time " + Quoted(name) + DidYouMean(name, kUnits),
               "units: year, quarter, month, week, day, hour, minute, second");
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

// What the table of functions cannot say.
arrow::Status Prepare(Function function, Arguments& arguments) {
  switch (function) {
    case Function::kEqual:
    case Function::kNotEqual:
    case Function::kLess:
    case Function::kLessOrEqual:
    case Function::kGreater:
    case Function::kGreaterOrEqual:
    case Function::kIsDistinct:
    case Function::kNullIf:
      return Unite(arguments[0], arguments[1], "compared", true).status();
    case Function::kIn:
      for (size_t i = 1; i < arguments.size(); ++i) {
        ARROW_RETURN_NOT_OK(Unite(arguments[0], arguments[i], "compared", true).status());
      }
      return arrow::Status::OK();
    case Function::kListContains: {
      Typed element{arguments[1].tree, ElementOf(*arguments[0].type)};
      // Not a literal, whatever the other is.
      element.tree = arguments[0].tree;
      return Unite(element, arguments[1], "compared", true).status();
    }
    case Function::kListJoin:
      return IsText(*ElementOf(*arguments[0].type))
                 ? arrow::Status::OK()
                 : Wrong("list_join takes a list of text, not " + Show(arguments[0]));
    case Function::kCase:
      for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
        if (!Is('b', arguments[i])) {
          return Wrong(fmt::format("a condition is true or false, but {} is {}",
                                   ExpressionText(*arguments[i].tree),
                                   TypeText(*ExportedType(arguments[i].type))),
                       "compare it with something");
        }
      }
      return arrow::Status::OK();
    case Function::kDateDiff: {
      ARROW_RETURN_NOT_OK(CheckUnit(arguments[0]));
      return Unite(arguments[1], arguments[2], "compared", true).status();
    }
    case Function::kQuantile: {
      const auto* value = ValueOf(arguments[1]);
      const bool fraction = value != nullptr && value->type->id() == Type::DOUBLE &&
                            static_cast<const arrow::DoubleScalar&>(*value).value >= 0 &&
                            static_cast<const arrow::DoubleScalar&>(*value).value <= 1;
      return fraction ? arrow::Status::OK() : Wrong("a quantile is a number between 0.0 and 1.0");
    }
    default:
      return arrow::Status::OK();
  }
}

}  // namespace

arrow::Result<Typed> InferCall(Function function, Arguments arguments) {
  const FunctionInfo& info = InfoOf(function);
  if (function == Function::kStruct) {  // names and values take turns
    for (size_t i = 0; i < arguments.size(); i += 2) {
      ARROW_RETURN_NOT_OK(Is('T', arguments[i]) ? arrow::Status::OK() : Wrong("no field name"));
    }
  } else {
    ARROW_RETURN_NOT_OK(Check(info, arguments));
  }
  ARROW_RETURN_NOT_OK(Prepare(function, arguments));
  Typed typed;
  ARROW_ASSIGN_OR_RAISE(typed.type, ResultType(info, arguments));
  Call call{function, {}};
  for (auto& argument : arguments) {
    typed.aggregates |= argument.aggregates;
    typed.windows |= argument.windows;
    call.arguments.push_back(std::move(argument.tree));
  }
  typed.tree = MakeExpression(std::move(call));
  return typed;
}

}  // namespace bowyer
