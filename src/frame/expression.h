// Expressions over the columns of a table: pure values, immutable, shared freely. The command
// line's conditions are parsed into them; plans are made of them.
#pragma once

#include <arrow/result.h>
#include <arrow/scalar.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bowyer {

// Where in its text an expression stands: bytes [begin, end).
struct Span {
  size_t begin = 0;
  size_t end = 0;
};

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

// A column by name. Unquoted names with dots may also mean a field of a struct column.
struct ColumnName {
  std::string name;
  bool quoted = false;
};

// int64 or decimal (exact) and float64 (only with an exponent) for numbers, utf8, date32,
// time64[us], timestamp[us or ns] (with zone UTC where an offset was written), binary, bool, null.
struct Literal {
  std::shared_ptr<arrow::Scalar> value;
  std::string digits;  // of a number, as written
};

enum class Function {
  kOr,   // two arguments or more
  kAnd,  // likewise
  kNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,  // the value, then the list
  kIsNull,
  kLike,
  kIlike,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,
  kConcatenate,
  kLower,
  kUpper,
  kLength,
  kAbs,
  kCoalesce,
};

struct Call {
  Function function;
  std::vector<ExpressionPtr> arguments;
};

struct CastTo {
  ExpressionPtr argument;
  std::shared_ptr<arrow::DataType> type;
};

struct Expression {
  std::variant<ColumnName, Literal, Call, CastTo> node;
  Span span;
};

// As messages name it: "and", "<=", "lower".
std::string_view FunctionName(Function function);

// SQL's conditions and expressions:
//   or, and, not; = == != <> < <= > >=; [not] in (...), [not] between ... and ..., is [not] null,
//   [not] like, [not] ilike; + - * / %; ||; lower upper length abs coalesce, cast(x as TYPE);
//   12, 1.50 (exact decimals), 1e3 (float64), 'text', x'00ff', date '2026-11-01', time '12:30:00',
//   timestamp '2026-11-01 12:30:00Z', true, false, null; names, "quoted names", struct.field.
// Errors: kUsage, with the place of the fault shown under the text.
arrow::Result<ExpressionPtr> ParseExpression(std::string_view text);

// kUsage: `message`, and as its hint the text with a mark under `span`, then `hint`.
arrow::Status ExpressionError(std::string message, std::string_view text, Span span,
                              std::string hint = "");

}  // namespace bowyer
