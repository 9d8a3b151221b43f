// What arguments are written as, whether they are what a function takes, and the type to which they
// go together. Literals bend to the type beside them where that is exact.
#include "frame/arguments.h"

#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bowyer/type_text.h"
#include "core/text.h"
#include "frame/literal.h"
#include "frame/sql.h"

namespace bowyer {

using arrow::Type;

namespace {

// Spelled as a bare number of 32 bits (literal_sql.cc).
bool FitsInt32(int64_t value) {
  return value > std::numeric_limits<int32_t>::min() &&
         value <= std::numeric_limits<int32_t>::max();
}

void Replace(Typed& typed, std::shared_ptr<arrow::Scalar> value) {
  typed.type = value->type;
  typed.tree = MakeExpression(Literal{std::move(value), ""});
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

}  // namespace

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

std::optional<Typed> Bare(const Typed& typed) {
  const auto value = IntegerOf(typed);
  if (!value || typed.type->id() != Type::INT64 || !FitsInt32(*value)) return {};
  Typed bare = typed;
  Replace(bare, std::make_shared<arrow::Int32Scalar>(static_cast<int32_t>(*value)));
  return bare;
}

Operand OperandOf(const Typed& typed) {
  const auto value = IntegerOf(typed);
  const bool bare = value && (typed.type->id() == Type::INT32 || !FitsInt32(*value));
  return {typed.type, bare ? value : std::nullopt};
}

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

arrow::Status CheckArguments(const FunctionInfo& info, const Arguments& arguments) {
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

arrow::Status CheckUnit(const Typed& unit) {
  static const std::vector<std::string> kUnits = {"year", "quarter", "month",  "week",
                                                  "day",  "hour",    "minute", "second"};
  const std::string name(TextOf(unit));
  if (std::find(kUnits.begin(), kUnits.end(), name) != kUnits.end()) return arrow::Status::OK();
  return Wrong("there is no unit of time " + Quoted(name) + DidYouMean(name, kUnits),
               "units: year, quarter, month, week, day, hour, minute, second");
}

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

}  // namespace bowyer
