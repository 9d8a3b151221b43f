// Expressions over the columns of a table: pure values, immutable, shared freely. The command
// line's conditions are parsed into them and evaluated by Arrow (bind.h); LazyFrames are made of
// them and become SQL (infer.h, sql.h).
#pragma once

#include <arrow/result.h>
#include <arrow/scalar.h>

#include <cstdint>
#include <memory>
#include <optional>
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
  // In a plan: which of the node's inputs has the column (infer.h). -1: not resolved yet.
  int source = -1;
};

// int64 or decimal (exact) and float64 (only with an exponent) for numbers, utf8, date32,
// time64[us], timestamp[us or ns] (with zone UTC where an offset was written), binary, bool, null.
struct Literal {
  std::shared_ptr<arrow::Scalar> value;
  std::string digits;  // of a number, as written
};

// What each is called, takes and gives stands in one table, functions.cc, in this order.
enum class Function {
  // What conditions on the command line know, too.
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
  // Only LazyFrames.
  kIsDistinct,
  kCase,  // condition, value, condition, value, ..., the value otherwise
  kNullIf,
  kIntegerDivide,
  kRound,
  kFloor,
  kCeil,
  kSqrt,
  kExp,
  kLn,
  kLog10,
  kPower,
  kSign,
  kGreatest,
  kLeast,
  kTrim,
  kTrimStart,
  kTrimEnd,
  kSubstring,
  kReplace,
  kStartsWith,
  kEndsWith,
  kContains,
  kPosition,
  kSplit,
  kRegexMatches,
  kRegexReplace,
  kRegexExtract,
  kPadStart,
  kPadEnd,
  kReverse,
  kYear,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kDayOfWeek,
  kDayOfYear,
  kHour,
  kMinute,
  kSecond,
  kTruncate,
  kDateDiff,
  kFormat,
  kParseTimestamp,
  kEpochMillis,
  kList,
  kListLength,
  kListGet,
  kListContains,
  kListSum,
  kListMin,
  kListMax,
  kListSort,
  kListDistinct,
  kListJoin,
  kUnnest,  // a plan's own: one row for each element
  kStruct,  // name, value, name, value, ...
  kField,
  // Aggregates.
  kCountRows,
  kCount,
  kCountDistinct,
  kSum,
  kMean,
  kMin,
  kMax,
  kFirst,
  kLast,
  kStdDev,
  kVariance,
  kMedian,
  kQuantile,
  kMode,
  kAll,
  kAny,
  kCollect,
  kJoinText,
  kMinBy,
  kMaxBy,
  kCorrelation,
  // Only over a window.
  kRowNumber,
  kRank,
  kDenseRank,
  kPercentRank,
  kNtile,
  kLag,
  kLead,
  kNthValue,
};

struct Call {
  Function function;
  std::vector<ExpressionPtr> arguments;
};

struct CastTo {
  ExpressionPtr argument;
  std::shared_ptr<arrow::DataType> type;
  bool lenient = false;  // null where a value cannot be cast
};

// A key of an order: an expression here; a name or the number of a column in src/transfer.
template <typename Key>
struct OrderedBy {
  Key key = {};
  bool descending = false;
  bool nulls_first = false;  // whatever the direction; otherwise nulls come last
};
using Ordering = OrderedBy<ExpressionPtr>;

// An aggregate over the rows that `where` (may be null) lets through, taken in this order.
struct OfRows {
  ExpressionPtr aggregate;
  ExpressionPtr where;
  std::vector<Ordering> order;
};

// A function over a window of rows. Bounds are rows relative to the current one; unset: unbounded.
struct Over {
  struct Rows {
    std::optional<int64_t> begin, end;
  };
  ExpressionPtr function;
  std::vector<ExpressionPtr> partition;
  std::vector<Ordering> order;
  std::optional<Rows> rows;  // unset: as SQL has it, up to the current row and its peers
};

struct Expression {
  std::variant<ColumnName, Literal, Call, CastTo, OfRows, Over> node;
  Span span;  // empty unless parsed
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
