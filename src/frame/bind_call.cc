// Functions of bound arguments as Arrow's functions. Literals bend to columns where they can do so
// exactly; otherwise both sides are widened to a type that holds all values of both; where there is
// none, the user is told.
#include "frame/bind_call.h"

#include <arrow/compute/api_scalar.h>
#include <arrow/compute/cast.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/type_text.h"
#include "core/common_type.h"
#include "core/text.h"
#include "frame/literal.h"

namespace bowyer {

using arrow::Type;
using Kind = BoundNode::Kind;
using Bound = arrow::Result<BoundNode>;
using TypePtr = std::shared_ptr<arrow::DataType>;

BoundNode MakeLiteral(std::shared_ptr<arrow::Scalar> value, Span span) {
  BoundNode node;
  node.type = value->type;
  node.value = std::move(value);
  node.span = span;
  return node;
}

BoundNode MakeCall(std::string function, TypePtr type, std::vector<BoundNode> arguments, Span span,
                   std::shared_ptr<arrow::compute::FunctionOptions> options) {
  BoundNode node;
  node.kind = Kind::kCall;
  node.function = std::move(function);
  node.type = std::move(type);
  node.arguments = std::move(arguments);
  node.options = std::move(options);
  node.span = span;
  return node;
}

BoundNode CastNode(BoundNode node, const TypePtr& type) {
  if (node.type->Equals(*type)) return node;
  const Span span = node.span;
  auto options =
      std::make_shared<arrow::compute::CastOptions>(arrow::compute::CastOptions::Safe(type));
  return MakeCall("cast", type, {std::move(node)}, span, std::move(options));
}

namespace {

bool IsText(const arrow::DataType& type) {
  return type.id() == Type::STRING || type.id() == Type::LARGE_STRING;
}
bool IsBinary(const arrow::DataType& type) {
  return type.id() == Type::BINARY || type.id() == Type::LARGE_BINARY ||
         type.id() == Type::FIXED_SIZE_BINARY;
}
bool IsNumber(const arrow::DataType& type) {
  return arrow::is_integer(type.id()) || arrow::is_floating(type.id()) ||
         arrow::is_decimal(type.id());
}

class CallBinder {
 public:
  explicit CallBinder(std::string_view text) : text_(text) {}

  Bound Bind(Function function, std::vector<BoundNode> nodes, Span span) const {
    switch (function) {
      case Function::kOr:
        return Logic("or_kleene", std::move(nodes), span);
      case Function::kAnd:
        return Logic("and_kleene", std::move(nodes), span);
      case Function::kNot: {
        ARROW_ASSIGN_OR_RAISE(nodes[0], Condition(std::move(nodes[0])));
        return MakeCall("invert", arrow::boolean(), std::move(nodes), span);
      }
      case Function::kIn:
        return In(std::move(nodes), span);
      case Function::kLike:
      case Function::kIlike:
        return Like(function, std::move(nodes), span);
      case Function::kAdd:
      case Function::kSubtract:
      case Function::kMultiply:
      case Function::kDivide:
      case Function::kModulo:
        return Arithmetic(function, std::move(nodes), span);
      case Function::kNegate:
      case Function::kAbs:
        return OneNumber(function, std::move(nodes), span);
      case Function::kLower:
      case Function::kUpper:
      case Function::kLength:
        return OneText(function, std::move(nodes), span);
      case Function::kConcatenate:
        return Concatenate(std::move(nodes), span);
      case Function::kCoalesce:
        return Coalesce(std::move(nodes), span);
      default:
        return Compare(function, std::move(nodes[0]), std::move(nodes[1]), span);
    }
  }

 private:
  arrow::Status Wrong(std::string message, Span span, std::string hint = "") const {
    return ExpressionError(std::move(message), text_, span, std::move(hint));
  }

  std::string Source(Span span) const {
    return Printable(text_.substr(span.begin, span.end - span.begin), 60);
  }

  // Why two operands do not go together, and what would.
  arrow::Status CannotPair(const BoundNode& left, const BoundNode& right, std::string_view verb,
                           Span span) const {
    const arrow::DataType &a = *left.type, &b = *right.type;
    std::string hint;
    const auto try_cast = [&](const BoundNode& node, const char* type) {
      hint = fmt::format("try cast({} as {})", Source(node.span), type);
    };
    if (IsText(a) != IsText(b)) {
      const BoundNode& text = IsText(a) ? left : right;
      const BoundNode& other = IsText(a) ? right : left;
      const bool quoted_number = text.kind == Kind::kLiteral && IsNumber(*other.type);
      if (quoted_number) {
        hint = "leave the quotes out to compare with a number";
      } else if (other.kind == Kind::kLiteral && IsNumber(*other.type)) {
        hint = fmt::format("put the number in quotes to compare as text, or cast({} as float64)",
                           Source(text.span));
      } else if (text.kind == Kind::kLiteral) {
        hint =
            fmt::format("the text is not a {} as it must be written here", TypeText(*other.type));
      } else {
        hint = fmt::format("try cast({} as {})", Source(text.span), TypeText(*other.type));
      }
    } else if (a.id() == Type::TIMESTAMP && b.id() == Type::TIMESTAMP) {
      hint =
          "one has a time zone, the other none; an offset says which instant is meant: "
          "timestamp '2026-11-01T12:30:00Z'";
    } else if (arrow::is_decimal(a.id()) && arrow::is_floating(b.id())) {
      try_cast(left, "float64");
    } else if (arrow::is_floating(a.id()) && arrow::is_decimal(b.id())) {
      try_cast(right, "float64");
    }
    return Wrong(fmt::format("{} ({}) and {} ({}) cannot be {}", Source(left.span), TypeText(a),
                             Source(right.span), TypeText(b), verb),
                 span, std::move(hint));
  }

  // Brings two operands to one type in which they can be compared without loss.
  arrow::Status Unite(BoundNode& left, BoundNode& right, std::string_view verb, Span span) const {
    if (left.type->id() == Type::NA && right.type->id() == Type::NA) return arrow::Status::OK();
    if (left.type->id() == Type::NA) {
      left = MakeLiteral(arrow::MakeNullScalar(right.type), left.span);
      return arrow::Status::OK();
    }
    if (right.type->id() == Type::NA) {
      right = MakeLiteral(arrow::MakeNullScalar(left.type), right.span);
      return arrow::Status::OK();
    }
    if (left.type->Equals(*right.type)) return arrow::Status::OK();
    for (const bool swapped : {false, true}) {
      BoundNode& literal = swapped ? left : right;
      const BoundNode& other = swapped ? right : left;
      if (literal.kind != Kind::kLiteral || other.kind == Kind::kLiteral) continue;
      if (auto value = ExactLiteral(literal.value, other.type)) {
        literal = MakeLiteral(std::move(value), literal.span);
        return arrow::Status::OK();
      }
    }
    const TypePtr type = Comparable(left, right);
    if (type == nullptr) return CannotPair(left, right, verb, span);
    left = CastNode(std::move(left), type);
    right = CastNode(std::move(right), type);
    return arrow::Status::OK();
  }

  static TypePtr Comparable(const BoundNode& left, const BoundNode& right) {
    const TypePtr &a = left.type, &b = right.type;
    // Integers beyond 2^53 have no float64: the safe cast tells when it meets one.
    if ((arrow::is_floating(a->id()) && arrow::is_integer(b->id())) ||
        (arrow::is_integer(a->id()) && arrow::is_floating(b->id()))) {
      return arrow::float64();
    }
    if (arrow::is_floating(a->id()) && right.kind == Kind::kLiteral && arrow::is_decimal(b->id())) {
      return arrow::float64();
    }
    if (arrow::is_floating(b->id()) && left.kind == Kind::kLiteral && arrow::is_decimal(a->id())) {
      return arrow::float64();
    }
    const bool a_is_date = a->id() == Type::DATE32 || a->id() == Type::DATE64;
    const bool b_is_date = b->id() == Type::DATE32 || b->id() == Type::DATE64;
    if (a_is_date && b_is_date) return arrow::date32();
    if (a_is_date && b->id() == Type::TIMESTAMP) return WithoutZone(b) ? b : nullptr;
    if (b_is_date && a->id() == Type::TIMESTAMP) return WithoutZone(a) ? a : nullptr;
    if (a->id() == Type::TIMESTAMP && b->id() == Type::TIMESTAMP) {
      if (WithoutZone(a) != WithoutZone(b)) return nullptr;
      const auto unit = std::max(static_cast<const arrow::TimestampType&>(*a).unit(),
                                 static_cast<const arrow::TimestampType&>(*b).unit());
      return arrow::timestamp(unit, WithoutZone(a) ? "" : "UTC");
    }
    if (a->id() == Type::DURATION && b->id() == Type::DURATION) {
      return arrow::duration(std::max(static_cast<const arrow::DurationType&>(*a).unit(),
                                      static_cast<const arrow::DurationType&>(*b).unit()));
    }
    if (arrow::is_time(a->id()) && arrow::is_time(b->id()))
      return arrow::time64(arrow::TimeUnit::NANO);
    return CommonType(a, b);
  }
  static bool WithoutZone(const TypePtr& type) {
    return static_cast<const arrow::TimestampType&>(*type).timezone().empty();
  }

  static bool Orders(const arrow::DataType& type) {
    return IsNumber(type) || IsText(type) || IsBinary(type) || arrow::is_temporal(type.id()) ||
           type.id() == Type::BOOL || type.id() == Type::NA;
  }

  Bound Compare(Function function, BoundNode left, BoundNode right, Span span) const {
    static constexpr const char* kNames[] = {"equal",      "not_equal", "less",
                                             "less_equal", "greater",   "greater_equal"};
    for (const BoundNode* node : {&left, &right}) {
      if (!Orders(*node->type)) {
        return Wrong(fmt::format("{} values cannot be compared", TypeText(*node->type)), node->span,
                     "is null and is not null work for all types");
      }
    }
    ARROW_RETURN_NOT_OK(Unite(left, right, "compared", span));
    if (left.type->id() == Type::NA) {
      return MakeLiteral(arrow::MakeNullScalar(arrow::boolean()), span);
    }
    const auto name = kNames[static_cast<int>(function) - static_cast<int>(Function::kEqual)];
    std::vector<BoundNode> arguments;
    arguments.push_back(std::move(left));
    arguments.push_back(std::move(right));
    return MakeCall(name, arrow::boolean(), std::move(arguments), span);
  }

  Bound Condition(BoundNode node) const {
    if (node.type->id() == Type::NA) {
      return MakeLiteral(arrow::MakeNullScalar(arrow::boolean()), node.span);
    }
    if (node.type->id() != Type::BOOL) {
      return Wrong(fmt::format("this is {}, not true or false", TypeText(*node.type)), node.span,
                   fmt::format("compare it with something: {} = ...", Source(node.span)));
    }
    return node;
  }

  Bound Logic(const char* function, std::vector<BoundNode> nodes, Span span) const {
    ARROW_ASSIGN_OR_RAISE(auto result, Condition(std::move(nodes[0])));
    // A balanced tree, so that a thousand operands are ten levels deep.
    std::vector<BoundNode> level;
    level.push_back(std::move(result));
    for (size_t i = 1; i < nodes.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(auto node, Condition(std::move(nodes[i])));
      level.push_back(std::move(node));
    }
    while (level.size() > 1) {
      std::vector<BoundNode> next;
      for (size_t i = 0; i + 1 < level.size(); i += 2) {
        std::vector<BoundNode> pair;
        pair.push_back(std::move(level[i]));
        pair.push_back(std::move(level[i + 1]));
        next.push_back(MakeCall(function, arrow::boolean(), std::move(pair), span));
      }
      if (level.size() % 2 == 1) next.push_back(std::move(level.back()));
      level = std::move(next);
    }
    return std::move(level[0]);
  }

  // x in (...): a lookup when all of the list are literals of x's type, otherwise comparisons.
  Bound In(std::vector<BoundNode> nodes, Span span) const {
    const BoundNode& value = nodes[0];
    arrow::ScalarVector set;
    bool exact = !arrow::is_floating(value.type->id());  // NaN, -0.0: as = has it
    for (size_t i = 1; i < nodes.size() && exact; ++i) {
      if (nodes[i].kind != Kind::kLiteral) exact = false;
      if (!exact) break;
      auto item = nodes[i].type->id() == Type::NA ? arrow::MakeNullScalar(value.type)
                                                  : ExactLiteral(nodes[i].value, value.type);
      exact = item != nullptr;
      if (exact) set.push_back(std::move(item));
    }
    if (!exact || value.type->id() == Type::NA || set.size() < 4) {
      std::vector<BoundNode> equals;
      for (size_t i = 1; i < nodes.size(); ++i) {
        ARROW_ASSIGN_OR_RAISE(auto equal,
                              Compare(Function::kEqual, value, nodes[i], nodes[i].span));
        equals.push_back(std::move(equal));
      }
      return Logic("or_kleene", std::move(equals), span);
    }
    std::unique_ptr<arrow::ArrayBuilder> builder;
    ARROW_RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), value.type, &builder));
    ARROW_RETURN_NOT_OK(builder->AppendScalars(set));
    ARROW_ASSIGN_OR_RAISE(auto values, builder->Finish());
    auto options = std::make_shared<arrow::compute::SetLookupOptions>(
        std::move(values), arrow::compute::SetLookupOptions::INCONCLUSIVE);
    nodes.resize(1);
    return MakeCall("is_in", arrow::boolean(), std::move(nodes), span, std::move(options));
  }

  Bound Like(Function function, std::vector<BoundNode> nodes, Span span) const {
    if (!IsText(*nodes[0].type)) {
      return Wrong(
          fmt::format("{} takes text, not {}", FunctionName(function), TypeText(*nodes[0].type)),
          nodes[0].span, fmt::format("try cast({} as text)", Source(nodes[0].span)));
    }
    if (nodes[1].kind != Kind::kLiteral || !IsText(*nodes[1].type)) {
      return Wrong("the pattern must be a text in quotes", nodes[1].span, "name like 'A%'");
    }
    const auto& pattern = static_cast<const arrow::BaseBinaryScalar&>(*nodes[1].value);
    auto options = std::make_shared<arrow::compute::MatchSubstringOptions>(
        std::string(std::string_view(*pattern.value)), function == Function::kIlike);
    nodes.resize(1);
    return MakeCall("match_like", arrow::boolean(), std::move(nodes), span, std::move(options));
  }

  // Decimals are computed in 256 bits: their results are wider than their operands.
  static BoundNode Wide(BoundNode node) {
    if (arrow::is_decimal(node.type->id()) && node.type->id() != Type::DECIMAL256) {
      const auto& decimal = static_cast<const arrow::DecimalType&>(*node.type);
      return CastNode(std::move(node), arrow::decimal256(decimal.precision(), decimal.scale()));
    }
    return node;
  }

  Bound Arithmetic(Function function, std::vector<BoundNode> nodes, Span span) const {
    BoundNode left = std::move(nodes[0]), right = std::move(nodes[1]);
    for (BoundNode* node : {&left, &right}) {
      if (node->type->id() == Type::NA)
        *node = MakeLiteral(arrow::MakeNullScalar(arrow::int64()), node->span);
      if (!IsNumber(*node->type)) {
        return Wrong(
            fmt::format("{} takes numbers, not {}", FunctionName(function), TypeText(*node->type)),
            node->span,
            IsText(*node->type) ? fmt::format("try cast({} as float64)", Source(node->span)) : "");
      }
    }
    const bool integers = arrow::is_integer(left.type->id()) && arrow::is_integer(right.type->id());
    const bool floats = arrow::is_floating(left.type->id()) || arrow::is_floating(right.type->id());
    if (function == Function::kModulo && !integers) {
      return Wrong("% takes whole numbers", span);
    }
    if (integers && function == Function::kDivide) {
      // 7 / 2 is 3.5: whole numbers are never cut silently.
      return Checked("divide_checked", CastNode(std::move(left), arrow::float64()),
                     CastNode(std::move(right), arrow::float64()), arrow::float64(), span);
    }
    if (integers) {
      const bool is_unsigned = left.type->id() == Type::UINT64 || right.type->id() == Type::UINT64;
      const TypePtr type = is_unsigned && arrow::is_unsigned_integer(left.type->id()) &&
                                   arrow::is_unsigned_integer(right.type->id())
                               ? arrow::uint64()
                               : arrow::int64();
      left = CastNode(std::move(left), type);
      right = CastNode(std::move(right), type);
      if (function == Function::kModulo) {
        // a - (a / b) * b, whose steps cannot overflow when a / b does not.
        ARROW_ASSIGN_OR_RAISE(auto quotient, Checked("divide_checked", left, right, type, span));
        ARROW_ASSIGN_OR_RAISE(auto product,
                              Checked("multiply_checked", std::move(quotient), right, type, span));
        return Checked("subtract_checked", std::move(left), std::move(product), type, span);
      }
      return Checked(ArrowName(function), std::move(left), std::move(right), type, span);
    }
    if (floats) {
      for (BoundNode* node : {&left, &right}) {
        if (node->kind != Kind::kLiteral && arrow::is_decimal(node->type->id())) {
          return CannotPair(left, right, "combined", span);
        }
        *node = CastNode(std::move(*node), arrow::float64());
      }
      return Checked(ArrowName(function), std::move(left), std::move(right), arrow::float64(),
                     span);
    }
    return DecimalArithmetic(function, std::move(left), std::move(right), span);
  }

  // The precisions and scales that Arrow's decimal functions give (its documented rules).
  Bound DecimalArithmetic(Function function, BoundNode left, BoundNode right, Span span) const {
    for (BoundNode* node : {&left, &right}) {
      if (arrow::is_integer(node->type->id())) {
        const int32_t digits = node->type->id() == Type::UINT64 ? 20 : 19;
        *node = CastNode(std::move(*node), arrow::decimal256(digits, 0));
      }
      *node = Wide(std::move(*node));
    }
    const auto& a = static_cast<const arrow::DecimalType&>(*left.type);
    const auto& b = static_cast<const arrow::DecimalType&>(*right.type);
    int precision = 0, scale = 0;
    if (function == Function::kMultiply) {
      scale = a.scale() + b.scale();
      precision = a.precision() + b.precision() + 1;
    } else if (function == Function::kDivide) {
      scale = std::max(4, a.scale() + b.precision() - b.scale() + 1);
      precision = a.precision() - a.scale() + b.scale() + scale;
    } else {
      scale = std::max(a.scale(), b.scale());
      precision = std::max(a.precision() - a.scale(), b.precision() - b.scale()) + scale + 1;
    }
    if (precision > arrow::Decimal256Type::kMaxPrecision) {
      return Wrong(fmt::format("the result of {} and {} needs more than 76 digits",
                               TypeText(*left.type), TypeText(*right.type)),
                   span, "cast one of them to fewer digits, or to float64");
    }
    return Checked(ArrowName(function), std::move(left), std::move(right),
                   arrow::decimal256(precision, scale), span);
  }

  static const char* ArrowName(Function function) {
    switch (function) {
      case Function::kAdd:
        return "add_checked";
      case Function::kSubtract:
        return "subtract_checked";
      case Function::kMultiply:
        return "multiply_checked";
      default:
        return "divide_checked";
    }
  }
  static Bound Checked(const char* function, BoundNode left, BoundNode right, const TypePtr& type,
                       Span span) {
    std::vector<BoundNode> arguments;
    arguments.push_back(std::move(left));
    arguments.push_back(std::move(right));
    return MakeCall(function, type, std::move(arguments), span);
  }

  Bound OneNumber(Function function, std::vector<BoundNode> nodes, Span span) const {
    if (!IsNumber(*nodes[0].type)) {
      return Wrong(fmt::format("{} takes a number, not {}", FunctionName(function),
                               TypeText(*nodes[0].type)),
                   nodes[0].span);
    }
    if (arrow::is_integer(nodes[0].type->id())) {
      if (function == Function::kAbs && arrow::is_unsigned_integer(nodes[0].type->id())) {
        return std::move(nodes[0]);
      }
      nodes[0] = CastNode(std::move(nodes[0]), arrow::int64());
    }
    const TypePtr type = nodes[0].type;
    return MakeCall(function == Function::kAbs ? "abs_checked" : "negate_checked", type,
                    std::move(nodes), span);
  }

  Bound OneText(Function function, std::vector<BoundNode> nodes, Span span) const {
    if (!IsText(*nodes[0].type)) {
      return Wrong(
          fmt::format("{} takes text, not {}", FunctionName(function), TypeText(*nodes[0].type)),
          nodes[0].span, fmt::format("try cast({} as text)", Source(nodes[0].span)));
    }
    const TypePtr text = nodes[0].type;
    if (function == Function::kLength) {
      auto length =
          MakeCall("utf8_length", text->id() == Type::STRING ? arrow::int32() : arrow::int64(),
                   std::move(nodes), span);
      return CastNode(std::move(length), arrow::int64());
    }
    return MakeCall(function == Function::kLower ? "utf8_lower" : "utf8_upper", text,
                    std::move(nodes), span);
  }

  Bound Concatenate(std::vector<BoundNode> nodes, Span span) const {
    for (auto& node : nodes) {
      if (node.type->id() == Type::NA)
        node = MakeLiteral(arrow::MakeNullScalar(arrow::utf8()), node.span);
      if (!IsText(*node.type)) {
        return Wrong(fmt::format("|| takes text, not {}", TypeText(*node.type)), node.span,
                     fmt::format("try cast({} as text)", Source(node.span)));
      }
    }
    ARROW_RETURN_NOT_OK(Unite(nodes[0], nodes[1], "joined", span));
    const TypePtr text = nodes[0].type;
    nodes.push_back(
        MakeLiteral(text->id() == Type::STRING
                        ? std::shared_ptr<arrow::Scalar>(std::make_shared<arrow::StringScalar>(""))
                        : std::make_shared<arrow::LargeStringScalar>(""),
                    span));
    return MakeCall("binary_join_element_wise", text, std::move(nodes), span,
                    std::make_shared<arrow::compute::JoinOptions>());
  }

  Bound Coalesce(std::vector<BoundNode> nodes, Span span) const {
    // Twice: what the later ones widened reaches the earlier ones.
    for (int round = 0; round < 2; ++round) {
      for (size_t i = 1; i < nodes.size(); ++i) {
        ARROW_RETURN_NOT_OK(Unite(nodes[0], nodes[i], "combined", span));
      }
    }
    const TypePtr type = nodes[0].type;
    return MakeCall("coalesce", type, std::move(nodes), span);
  }

  std::string_view text_;
};

}  // namespace

Bound BindCall(Function function, std::vector<BoundNode> arguments, Span span,
               std::string_view text) {
  return CallBinder(text).Bind(function, std::move(arguments), span);
}

}  // namespace bowyer
