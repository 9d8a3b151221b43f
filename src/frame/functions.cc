#include "frame/functions.h"

#include <iterator>

namespace bowyer {
namespace {

using F = Function;
using R = Returns;
constexpr auto kAggregate = FunctionKind::kAggregate;
constexpr auto kWindow = FunctionKind::kWindow;
constexpr auto kScalar = FunctionKind::kScalar;

constexpr FunctionInfo kFunctions[] = {
    {F::kOr, "or", "OR", "bb*", R::kBool, kScalar, kOrLevel},
    {F::kAnd, "and", "AND", "bb*", R::kBool, kScalar, kAndLevel},
    {F::kNot, "not", "", "b", R::kBool},
    {F::kEqual, "=", "=", "aa", R::kBool, kScalar, kComparisonLevel},
    {F::kNotEqual, "!=", "<>", "aa", R::kBool, kScalar, kComparisonLevel},
    {F::kLess, "<", "<", "oo", R::kBool, kScalar, kComparisonLevel},
    {F::kLessOrEqual, "<=", "<=", "oo", R::kBool, kScalar, kComparisonLevel},
    {F::kGreater, ">", ">", "oo", R::kBool, kScalar, kComparisonLevel},
    {F::kGreaterOrEqual, ">=", ">=", "oo", R::kBool, kScalar, kComparisonLevel},
    {F::kIn, "in", "", "aa*", R::kBool},
    {F::kIsNull, "is null", "", "a", R::kBool},
    {F::kLike, "like", "LIKE", "tt", R::kBool, kScalar, kComparisonLevel},
    {F::kIlike, "ilike", "ILIKE", "tt", R::kBool, kScalar, kComparisonLevel},
    {F::kAdd, "+", "+", "aa", R::kOther, kScalar, kSumLevel},
    {F::kSubtract, "-", "-", "aa", R::kOther, kScalar, kSumLevel},
    {F::kMultiply, "*", "*", "aa", R::kOther, kScalar, kProductLevel},
    {F::kDivide, "/", "/", "aa", R::kOther, kScalar, kProductLevel},
    {F::kModulo, "%", "%", "aa", R::kOther, kScalar, kProductLevel},
    {F::kNegate, "-", "", "n", R::kOther},
    {F::kConcatenate, "||", "||", "tt", R::kText, kScalar, kConcatenationLevel},
    {F::kLower, "lower", "lower", "t", R::kText},
    {F::kUpper, "upper", "upper", "t", R::kText},
    {F::kLength, "length", "length", "t", R::kInt64},
    {F::kAbs, "abs", "abs", "n", R::kFirst},
    {F::kCoalesce, "coalesce", "coalesce", "aa*", R::kCommon},
    {F::kIsDistinct, "is distinct from", "IS DISTINCT FROM", "aa", R::kBool, kScalar,
     kComparisonLevel},
    {F::kCase, "case", "", "aa*", R::kCommon},
    {F::kNullIf, "nullif", "nullif", "aa", R::kFirst},
    {F::kIntegerDivide, "//", "//", "ii", R::kOther, kScalar, kProductLevel},
    {F::kRound, "round", "round", "n[I", R::kOther},
    {F::kFloor, "floor", "floor", "n", R::kOther},
    {F::kCeil, "ceil", "ceil", "n", R::kOther},
    {F::kSqrt, "sqrt", "sqrt", "n", R::kFloat64},
    {F::kExp, "exp", "exp", "n", R::kFloat64},
    {F::kLn, "ln", "ln", "n", R::kFloat64},
    {F::kLog10, "log10", "log10", "n", R::kFloat64},
    {F::kPower, "pow", "pow", "nn", R::kFloat64},
    {F::kSign, "sign", "sign", "n", R::kInt8},
    {F::kGreatest, "greatest", "greatest", "oo*", R::kCommon},
    {F::kLeast, "least", "least", "oo*", R::kCommon},
    {F::kTrim, "trim", "trim", "t", R::kText},
    {F::kTrimStart, "ltrim", "ltrim", "t", R::kText},
    {F::kTrimEnd, "rtrim", "rtrim", "t", R::kText},
    {F::kSubstring, "substring", "substring", "ti[i", R::kText},
    {F::kReplace, "replace", "replace", "ttt", R::kText},
    {F::kStartsWith, "starts_with", "starts_with", "tt", R::kBool},
    {F::kEndsWith, "ends_with", "ends_with", "tt", R::kBool},
    {F::kContains, "contains", "contains", "tt", R::kBool},
    {F::kPosition, "position", "strpos", "tt", R::kInt64},
    {F::kSplit, "split", "string_split", "tt", R::kTexts},
    {F::kRegexMatches, "regexp_matches", "regexp_matches", "tT", R::kBool},
    {F::kRegexReplace, "regexp_replace", "regexp_replace($1, $2, $3, 'g')", "tTt", R::kText},
    {F::kRegexExtract, "regexp_extract", "regexp_extract", "tTI", R::kText},
    {F::kPadStart, "lpad", "lpad", "tit", R::kText},
    {F::kPadEnd, "rpad", "rpad", "tit", R::kText},
    {F::kReverse, "reverse", "reverse", "t", R::kText},
    {F::kYear, "year", "year", "d", R::kInt64},
    {F::kQuarter, "quarter", "quarter", "d", R::kInt64},
    {F::kMonth, "month", "month", "d", R::kInt64},
    {F::kWeek, "week", "week", "d", R::kInt64},
    {F::kDay, "day", "day", "d", R::kInt64},
    {F::kDayOfWeek, "day_of_week", "isodow", "d", R::kInt64},
    {F::kDayOfYear, "day_of_year", "dayofyear", "d", R::kInt64},
    {F::kHour, "hour", "hour", "c", R::kInt64},
    {F::kMinute, "minute", "minute", "c", R::kInt64},
    {F::kSecond, "second", "second", "c", R::kInt64},
    {F::kTruncate, "truncate", "date_trunc", "Td", R::kOther},
    {F::kDateDiff, "date_diff", "date_diff", "Tdd", R::kInt64},
    {F::kFormat, "format", "strftime", "dT", R::kText},
    {F::kParseTimestamp, "parse_timestamp", "strptime", "tT", R::kTimestamp},
    {F::kEpochMillis, "epoch_millis", "epoch_ms", "d", R::kInt64},
    {F::kList, "list", "", "aa*", R::kOther},
    {F::kListLength, "list_length", "len", "l", R::kInt64},
    {F::kListGet, "list_get", "list_extract", "li", R::kElement},
    {F::kListContains, "list_contains", "list_contains", "la", R::kBool},
    {F::kListSum, "list_sum", "list_sum", "l", R::kOther},
    {F::kListMin, "list_min", "list_min", "l", R::kElement},
    {F::kListMax, "list_max", "list_max", "l", R::kElement},
    {F::kListSort, "list_sort", "list_sort", "l", R::kFirst},
    {F::kListDistinct, "list_distinct", "list_distinct", "l", R::kFirst},
    {F::kListJoin, "list_join", "array_to_string", "lT", R::kText},
    {F::kUnnest, "unnest", "unnest", "l", R::kElement},
    {F::kStruct, "struct", "", "Ta*", R::kOther},
    {F::kField, "field", "struct_extract", "sT", R::kOther},
    {F::kCountRows, "count", "count(*)", "", R::kInt64, kAggregate},
    {F::kCount, "count", "count", "a", R::kInt64, kAggregate},
    {F::kCountDistinct, "count_distinct", "count(DISTINCT $1)", "a", R::kInt64, kAggregate},
    {F::kSum, "sum", "sum", "n", R::kOther, kAggregate},
    {F::kMean, "mean", "avg", "n", R::kFloat64, kAggregate},
    {F::kMin, "min", "min", "o", R::kFirst, kAggregate},
    {F::kMax, "max", "max", "o", R::kFirst, kAggregate},
    {F::kFirst, "first", "first", "a", R::kFirst, kAggregate},
    {F::kLast, "last", "last", "a", R::kFirst, kAggregate},
    {F::kStdDev, "stddev", "stddev_samp", "n", R::kFloat64, kAggregate},
    {F::kVariance, "variance", "var_samp", "n", R::kFloat64, kAggregate},
    {F::kMedian, "median", "median", "n", R::kOther, kAggregate},
    {F::kQuantile, "quantile", "quantile_cont", "nn", R::kOther, kAggregate},
    {F::kMode, "mode", "mode", "o", R::kFirst, kAggregate},
    {F::kAll, "all", "bool_and", "b", R::kBool, kAggregate},
    {F::kAny, "any", "bool_or", "b", R::kBool, kAggregate},
    {F::kCollect, "collect", "list", "a", R::kOther, kAggregate},
    {F::kJoinText, "join_text", "string_agg", "tT", R::kText, kAggregate},
    {F::kMinBy, "min_by", "min_by", "ao", R::kFirst, kAggregate},
    {F::kMaxBy, "max_by", "max_by", "ao", R::kFirst, kAggregate},
    {F::kCorrelation, "correlation", "corr", "nn", R::kFloat64, kAggregate},
    {F::kRowNumber, "row_number", "row_number", "", R::kInt64, kWindow},
    {F::kRank, "rank", "rank", "", R::kInt64, kWindow},
    {F::kDenseRank, "dense_rank", "dense_rank", "", R::kInt64, kWindow},
    {F::kPercentRank, "percent_rank", "percent_rank", "", R::kFloat64, kWindow},
    {F::kNtile, "ntile", "ntile", "I", R::kInt64, kWindow},
    {F::kLag, "lag", "lag", "aI", R::kFirst, kWindow},
    {F::kLead, "lead", "lead", "aI", R::kFirst, kWindow},
    {F::kNthValue, "nth_value", "nth_value", "aI", R::kFirst, kWindow},
};

constexpr bool InOrder() {
  for (size_t i = 0; i < std::size(kFunctions); ++i) {
    if (static_cast<size_t>(kFunctions[i].function) != i) return false;
  }
  return std::size(kFunctions) == static_cast<size_t>(Function::kNthValue) + 1;
}
static_assert(InOrder(), "one line for each function, in the order of the enum");

}  // namespace

const FunctionInfo& InfoOf(Function function) { return kFunctions[static_cast<size_t>(function)]; }

std::string_view FunctionName(Function function) { return InfoOf(function).name; }

}  // namespace bowyer
