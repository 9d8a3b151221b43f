// Text -> expression by recursive descent, one function for each level of precedence:
// or, and, not, comparison, || , + -, * / %, sign, primary.
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <arrow/util/value_parsing.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "frame/expression.h"
#include "frame/token.h"

namespace bowyer {
namespace {

using Kind = Token::Kind;
using Parsed = arrow::Result<ExpressionPtr>;

struct NamedFunction {
  std::string_view name;
  Function function;
  size_t least, most;  // arguments
};
constexpr NamedFunction kFunctions[] = {{"lower", Function::kLower, 1, 1},
                                        {"upper", Function::kUpper, 1, 1},
                                        {"length", Function::kLength, 1, 1},
                                        {"abs", Function::kAbs, 1, 1},
                                        {"coalesce", Function::kCoalesce, 1, 100}};

// Words that are no columns unless they are quoted.
constexpr std::string_view kKeywords[] = {"and",     "or",   "not",   "in",   "is",    "null",
                                          "between", "like", "ilike", "true", "false", "as"};

ExpressionPtr Make(decltype(Expression::node) node, Span span) {
  return std::make_shared<Expression>(Expression{std::move(node), span});
}

ExpressionPtr MakeCall(Function function, std::vector<ExpressionPtr> arguments) {
  const Span span{arguments.front()->span.begin, arguments.back()->span.end};
  return Make(Call{function, std::move(arguments)}, span);
}

ExpressionPtr WithSpan(const ExpressionPtr& expression, Span span) {
  return Make(expression->node, span);
}

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens)
      : text_(text), tokens_(std::move(tokens)) {}

  Parsed Whole() {
    if (Peek().kind == Kind::kEnd) return Wrong("the condition is empty");
    ARROW_ASSIGN_OR_RAISE(auto expression, Or());
    if (Peek().kind != Kind::kEnd) {
      if (Peek().kind == Kind::kText || Peek().kind == Kind::kQuotedName ||
          Peek().kind == Kind::kNumber || Peek().kind == Kind::kName) {
        return Wrong("an operator is missing before this");
      }
      return Wrong("nothing should follow here");
    }
    return expression;
  }

 private:
  static constexpr int kMaxDepth = 200;   // of brackets
  static constexpr int kMaxChain = 1000;  // of a + b + c ...

  const Token& Peek() const { return tokens_[at_]; }
  arrow::Status Wrong(std::string message, std::string hint = "") const {
    return ExpressionError(std::move(message), text_, Peek().span, std::move(hint));
  }
  bool IsSymbol(std::string_view symbol) const {
    return Peek().kind == Kind::kSymbol && Peek().text == symbol;
  }
  bool TakeSymbol(std::string_view symbol) {
    if (!IsSymbol(symbol)) return false;
    ++at_;
    return true;
  }
  bool IsWord(std::string_view word) const {
    return Peek().kind == Kind::kName && Peek().lower == word;
  }
  bool TakeWord(std::string_view word) {
    if (!IsWord(word)) return false;
    ++at_;
    return true;
  }
  size_t LastEnd() const { return tokens_[at_ - 1].span.end; }

  // and and or: many operands as one flat call, so that long conditions stay shallow.
  Parsed Or() {
    if (++depth_ > kMaxDepth) return Wrong("too deeply nested");
    std::vector<ExpressionPtr> operands;
    do {
      ARROW_ASSIGN_OR_RAISE(auto operand, And());
      operands.push_back(std::move(operand));
    } while (TakeWord("or"));
    --depth_;
    return operands.size() == 1 ? operands[0] : MakeCall(Function::kOr, std::move(operands));
  }

  Parsed And() {
    std::vector<ExpressionPtr> operands;
    do {
      ARROW_ASSIGN_OR_RAISE(auto operand, Not());
      operands.push_back(std::move(operand));
    } while (TakeWord("and"));
    return operands.size() == 1 ? operands[0] : MakeCall(Function::kAnd, std::move(operands));
  }

  Parsed Not() {
    const size_t begin = Peek().span.begin;
    bool negated = false;
    while (TakeWord("not")) negated = !negated;
    const bool any = begin != Peek().span.begin;
    ARROW_ASSIGN_OR_RAISE(auto operand, Comparison());
    if (!any) return operand;
    // not not x is x for booleans; keep one not so that the type is still checked.
    auto inner = Make(Call{Function::kNot, {operand}}, {begin, operand->span.end});
    return negated ? inner : Make(Call{Function::kNot, {inner}}, inner->span);
  }

  ExpressionPtr Negated(bool negated, ExpressionPtr expression) {
    if (!negated) return expression;
    const Span span = expression->span;
    return Make(Call{Function::kNot, {std::move(expression)}}, span);
  }

  Parsed Comparison() {
    static constexpr std::pair<std::string_view, Function> kOperators[] = {
        {"=", Function::kEqual},     {"==", Function::kEqual},
        {"!=", Function::kNotEqual}, {"<>", Function::kNotEqual},
        {"<", Function::kLess},      {"<=", Function::kLessOrEqual},
        {">", Function::kGreater},   {">=", Function::kGreaterOrEqual}};
    ARROW_ASSIGN_OR_RAISE(auto left, Concatenation());
    for (const auto& [symbol, function] : kOperators) {
      if (!TakeSymbol(symbol)) continue;
      ARROW_ASSIGN_OR_RAISE(auto right, Concatenation());
      for (const auto& [again, unused] : kOperators) {
        if (IsSymbol(again)) return Wrong("comparisons cannot be chained: join two with and");
      }
      return MakeCall(function, {std::move(left), std::move(right)});
    }
    if (TakeWord("is")) {
      const bool negated = TakeWord("not");
      if (!TakeWord("null")) return Wrong("null is missing", "x is null, x is not null");
      const Span span{left->span.begin, LastEnd()};
      return Negated(negated, Make(Call{Function::kIsNull, {std::move(left)}}, span));
    }
    const bool negated = TakeWord("not");
    if (TakeWord("in")) {
      if (!TakeSymbol("(")) return Wrong("a list in brackets is missing", "x in ('a', 'b')");
      std::vector<ExpressionPtr> arguments = {left};
      do {
        ARROW_ASSIGN_OR_RAISE(auto item, Concatenation());
        arguments.push_back(std::move(item));
      } while (TakeSymbol(","));
      if (!TakeSymbol(")")) return Wrong("')' or ',' is missing");
      const Span span{left->span.begin, LastEnd()};
      return Negated(negated, Make(Call{Function::kIn, std::move(arguments)}, span));
    }
    if (TakeWord("between")) {
      ARROW_ASSIGN_OR_RAISE(auto low, Concatenation());
      if (!TakeWord("and")) return Wrong("and is missing", "x between 1 and 10");
      ARROW_ASSIGN_OR_RAISE(auto high, Concatenation());
      auto both = MakeCall(Function::kAnd, {MakeCall(Function::kGreaterOrEqual, {left, low}),
                                            MakeCall(Function::kLessOrEqual, {left, high})});
      return Negated(negated, WithSpan(both, {left->span.begin, high->span.end}));
    }
    for (const bool fold : {false, true}) {
      if (!TakeWord(fold ? "ilike" : "like")) continue;
      ARROW_ASSIGN_OR_RAISE(auto pattern, Concatenation());
      return Negated(negated, MakeCall(fold ? Function::kIlike : Function::kLike,
                                       {std::move(left), std::move(pattern)}));
    }
    if (negated) return Wrong("in, between, like or ilike is missing");
    return left;
  }

  using Level = Parsed (Parser::*)();
  struct Operator {
    std::string_view symbol;
    Function function;
  };
  Parsed Chain(Level next, std::initializer_list<Operator> operators) {
    ARROW_ASSIGN_OR_RAISE(auto left, (this->*next)());
    for (int length = 0;;) {
      const auto found =
          std::find_if(operators.begin(), operators.end(),
                       [this](const Operator& candidate) { return TakeSymbol(candidate.symbol); });
      if (found == operators.end()) return left;
      if (++length > kMaxChain) return Wrong("too long a chain of operators");
      ARROW_ASSIGN_OR_RAISE(auto right, (this->*next)());
      left = MakeCall(found->function, {std::move(left), std::move(right)});
    }
  }

  Parsed Concatenation() { return Chain(&Parser::Sum, {{"||", Function::kConcatenate}}); }
  Parsed Sum() {
    return Chain(&Parser::Product, {{"+", Function::kAdd}, {"-", Function::kSubtract}});
  }
  Parsed Product() {
    return Chain(&Parser::Signed,
                 {{"*", Function::kMultiply}, {"/", Function::kDivide}, {"%", Function::kModulo}});
  }

  Parsed Signed() {
    const size_t begin = Peek().span.begin;
    while (TakeSymbol("+")) {
    }
    if (!TakeSymbol("-")) return Primary();
    // The sign belongs to the number, so that -9223372036854775808 is an int64.
    if (Peek().kind == Kind::kNumber) return Number(begin, "-");
    if (++depth_ > kMaxDepth) return Wrong("too deeply nested");
    ARROW_ASSIGN_OR_RAISE(auto operand, Signed());
    --depth_;
    return Make(Call{Function::kNegate, {operand}}, {begin, operand->span.end});
  }

  Parsed Number(size_t begin, std::string digits) {
    const Token& token = tokens_[at_++];
    digits += token.text;
    const Span span{begin, token.span.end};
    const auto literal = [&](std::shared_ptr<arrow::Scalar> value) {
      return Make(Literal{std::move(value), digits}, span);
    };
    if (digits.find_first_of("eE") != std::string::npos) {
      double value = 0;
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error != std::errc()) {
        return ExpressionError("the number does not fit a float64", text_, span);
      }
      return literal(std::make_shared<arrow::DoubleScalar>(value));
    }
    if (digits.find('.') == std::string::npos) {
      int64_t value = 0;
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error == std::errc()) return literal(std::make_shared<arrow::Int64Scalar>(value));
    }
    arrow::Decimal256 value;
    int32_t precision = 0, scale = 0;
    const bool valid = arrow::Decimal256::FromString(digits, &value, &precision, &scale).ok();
    precision = std::max({precision, scale, 1});  // 0.001 has one digit, but three places
    if (!valid || precision > arrow::Decimal256Type::kMaxPrecision) {
      return ExpressionError("the number has more than 76 digits", text_, span);
    }
    if (precision <= arrow::Decimal128Type::kMaxPrecision) {
      const arrow::Decimal128 narrow(arrow::BasicDecimal128(
          static_cast<int64_t>(value.little_endian_array()[1]), value.little_endian_array()[0]));
      return literal(
          std::make_shared<arrow::Decimal128Scalar>(narrow, arrow::decimal128(precision, scale)));
    }
    return literal(
        std::make_shared<arrow::Decimal256Scalar>(value, arrow::decimal256(precision, scale)));
  }

  // date '...', time '...', timestamp '...', x'...': the keyword is at hand, a text follows.
  Parsed Typed(const std::string& keyword, Span word) {
    const Token& token = tokens_[at_++];
    const Span span{word.begin, token.span.end};
    const std::string& value = token.text;
    const auto literal = [&](std::shared_ptr<arrow::Scalar> scalar) {
      return Make(Literal{std::move(scalar), ""}, span);
    };
    if (keyword == "x") {
      std::string bytes;
      for (size_t i = 0; i < value.size(); i += 2) {
        unsigned byte = 0;
        const char* first = value.data() + i;
        const auto [end, error] =
            std::from_chars(first, value.data() + std::min(i + 2, value.size()), byte, 16);
        if (error != std::errc() || end != first + 2) {
          return ExpressionError("two hexadecimal digits make a byte: x'00ff'", text_, span);
        }
        bytes += static_cast<char>(byte);
      }
      return literal(std::make_shared<arrow::BinaryScalar>(std::move(bytes)));
    }
    if (keyword == "date") {
      int32_t days = 0;
      if (!arrow::internal::ParseValue<arrow::Date32Type>(value.data(), value.size(), &days)) {
        return ExpressionError("this is not a date", text_, span, "date '2026-11-01'");
      }
      return literal(std::make_shared<arrow::Date32Scalar>(days));
    }
    if (keyword == "time") {
      int64_t micros = 0;
      const arrow::Time64Type type(arrow::TimeUnit::MICRO);
      if (!arrow::internal::ParseValue<arrow::Time64Type>(type, value.data(), value.size(),
                                                          &micros)) {
        return ExpressionError("this is not a time", text_, span, "time '12:30:00'");
      }
      return literal(
          std::make_shared<arrow::Time64Scalar>(micros, arrow::time64(arrow::TimeUnit::MICRO)));
    }
    for (const auto unit : {arrow::TimeUnit::MICRO, arrow::TimeUnit::NANO}) {
      int64_t instant = 0;
      bool has_zone = false;
      if (arrow::internal::ParseTimestampISO8601(value.data(), value.size(), unit, &instant,
                                                 &has_zone)) {
        return literal(std::make_shared<arrow::TimestampScalar>(
            instant, arrow::timestamp(unit, has_zone ? "UTC" : "")));
      }
    }
    return ExpressionError("this is not a timestamp", text_, span,
                           "timestamp '2026-11-01 12:30:00', or with an offset: "
                           "timestamp '2026-11-01T12:30:00Z'");
  }

  Parsed Primary() {
    const Token& token = Peek();
    switch (token.kind) {
      case Kind::kNumber:
        return Number(token.span.begin, "");
      case Kind::kText:
        ++at_;
        return Make(Literal{std::make_shared<arrow::StringScalar>(token.text), ""}, token.span);
      case Kind::kQuotedName:
        ++at_;
        return Make(ColumnName{token.text, true}, token.span);
      case Kind::kSymbol: {
        if (!TakeSymbol("(")) return Wrong("a column or a value is missing here");
        ARROW_ASSIGN_OR_RAISE(auto inner, Or());
        if (!TakeSymbol(")")) return Wrong("')' is missing");
        return WithSpan(inner, {token.span.begin, LastEnd()});
      }
      case Kind::kEnd:
        return Wrong("the condition ends too early");
      case Kind::kName:
        break;
    }
    ++at_;
    const std::string& word = token.lower;
    if (word == "true" || word == "false") {
      return Make(Literal{std::make_shared<arrow::BooleanScalar>(word == "true"), ""}, token.span);
    }
    if (word == "null") return Make(Literal{std::make_shared<arrow::NullScalar>(), ""}, token.span);
    if (Peek().kind == Kind::kText &&
        (word == "date" || word == "time" || word == "timestamp" || word == "x")) {
      return Typed(word, token.span);
    }
    if (IsSymbol("(")) return Named(token);
    if (std::find(std::begin(kKeywords), std::end(kKeywords), word) != std::end(kKeywords)) {
      --at_;
      return Wrong("a column or a value is missing here",
                   "a column of this name goes in double quotes");
    }
    return Make(ColumnName{token.text, false}, token.span);
  }

  // NAME( ...
  Parsed Named(const Token& name) {
    ++at_;
    if (name.lower == "cast") {
      ARROW_ASSIGN_OR_RAISE(auto argument, Or());
      if (!TakeWord("as")) return Wrong("as is missing", "cast(x as int64)");
      // The type runs to the bracket that closes the cast.
      const size_t begin = Peek().span.begin;
      int open = 1;
      while (Peek().kind != Kind::kEnd) {
        open += IsSymbol("(") ? 1 : IsSymbol(")") ? -1 : 0;
        if (open == 0) break;
        ++at_;
      }
      if (Peek().kind == Kind::kEnd) return Wrong("')' is missing");
      const Span place{begin, Peek().span.begin};
      auto type = ParseType(text_.substr(place.begin, place.end - place.begin));
      if (!type.ok()) return ExpressionError(type.status().message(), text_, place);
      ++at_;
      return Make(CastTo{std::move(argument), std::move(type).ValueUnsafe()},
                  {name.span.begin, LastEnd()});
    }
    const auto known = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                    [&](const auto& f) { return f.name == name.lower; });
    if (known == std::end(kFunctions)) {
      std::vector<std::string> names = {"cast"};
      for (const auto& function : kFunctions) names.emplace_back(function.name);
      return ExpressionError(
          "there is no function " + Quoted(name.text) + DidYouMean(name.lower, names), text_,
          name.span, "functions are lower, upper, length, abs, coalesce, cast(x as TYPE)");
    }
    std::vector<ExpressionPtr> arguments;
    if (!IsSymbol(")")) {
      do {
        ARROW_ASSIGN_OR_RAISE(auto argument, Or());
        arguments.push_back(std::move(argument));
      } while (TakeSymbol(","));
    }
    if (!TakeSymbol(")")) return Wrong("')' or ',' is missing");
    const Span span{name.span.begin, LastEnd()};
    if (arguments.size() < known->least || arguments.size() > known->most) {
      return ExpressionError(
          fmt::format("{} takes {}", known->name,
                      known->most == 1 ? "one argument" : "one argument or more, up to 100"),
          text_, span);
    }
    return Make(Call{known->function, std::move(arguments)}, span);
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

arrow::Result<ExpressionPtr> ParseExpression(std::string_view text) {
  if (const size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
    return MakeError(ErrorCode::kUsage, "the condition is not valid UTF-8");
  }
  ARROW_ASSIGN_OR_RAISE(auto tokens, Tokens(text));
  return Parser(text, std::move(tokens)).Whole();
}

}  // namespace bowyer
