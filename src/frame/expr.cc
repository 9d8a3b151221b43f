// The builders of expressions: each makes one node of the tree.
#include "bowyer/expr.h"

#include <arrow/type.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "frame/expression.h"
#include "frame/infer.h"

namespace bowyer {
namespace {

using Tree = std::shared_ptr<const Expression>;

Expr Of(decltype(Expression::node) node) { return Expr(MakeExpression(std::move(node)), ""); }

Expr Of(Function function, const std::vector<Expr>& arguments) {
  Call call{function, {}};
  for (const auto& argument : arguments) call.arguments.push_back(argument.tree());
  return Of(std::move(call));
}

Expr Text(std::string text) { return Expr(std::make_shared<arrow::StringScalar>(std::move(text))); }

// and, or: one flat call.
Expr Logic(Function function, const Expr& left, const Expr& right) {
  Call all{function, {}};
  for (const auto* side : {&left, &right}) {
    const auto* call = std::get_if<Call>(&side->tree()->node);
    if (call != nullptr && call->function == function) {
      all.arguments.insert(all.arguments.end(), call->arguments.begin(), call->arguments.end());
    } else {
      all.arguments.push_back(side->tree());
    }
  }
  return Of(std::move(all));
}

Expr IntervalOf(int32_t month_count, int32_t day_count, int64_t nanos) {
  return Expr(std::make_shared<arrow::MonthDayNanoIntervalScalar>(
      arrow::MonthDayNanoIntervalType::MonthDayNanos{month_count, day_count, nanos}));
}

std::vector<Ordering> OrderOf(const std::vector<OrderKey>& keys) {
  std::vector<Ordering> order;
  for (const auto& key : keys) {
    order.push_back({key.column.expr().tree(), key.descending, key.nulls_first});
  }
  return order;
}

}  // namespace

Expr::Expr(Tree tree, std::string name) : tree_(std::move(tree)), name_(std::move(name)) {}
Expr::Expr(std::shared_ptr<arrow::Scalar> value)
    : tree_(MakeExpression(Literal{std::move(value), ""})) {}
Expr::Expr(bool value) : Expr(std::make_shared<arrow::BooleanScalar>(value)) {}
Expr::Expr(double value) : Expr(std::make_shared<arrow::DoubleScalar>(value)) {}
Expr::Expr(std::string text) : Expr(std::make_shared<arrow::StringScalar>(std::move(text))) {}
Expr::Expr(const char* text) : Expr(std::string(text)) {}
Expr::Expr(std::string_view text) : Expr(std::string(text)) {}

arrow::Result<Expr> Expr::Parse(std::string_view text) {
  ARROW_ASSIGN_OR_RAISE(auto tree, ParseExpression(text));
  return Expr(std::move(tree), "");
}

Expr Expr::As(std::string name) const { return Expr(tree_, std::move(name)); }
Expr Expr::Cast(std::shared_ptr<arrow::DataType> type) const {
  return Expr(MakeExpression(CastTo{tree_, std::move(type)}), name_);
}
Expr Expr::TryCast(std::shared_ptr<arrow::DataType> type) const {
  return Expr(MakeExpression(CastTo{tree_, std::move(type), true}), name_);
}

Expr Expr::IsNull() const { return Of(Function::kIsNull, {*this}); }
Expr Expr::IsNotNull() const { return !IsNull(); }
Expr Expr::FillNull(Expr value) const { return Of(Function::kCoalesce, {*this, value}); }
Expr Expr::NullIf(Expr value) const { return Of(Function::kNullIf, {*this, value}); }
Expr Expr::IsSame(Expr other) const { return !Of(Function::kIsDistinct, {*this, other}); }
Expr Expr::IsIn(std::vector<Expr> values) const {
  if (values.empty()) return Expr(false);
  values.insert(values.begin(), *this);
  return Of(Function::kIn, values);
}
Expr Expr::Between(Expr low, Expr high) const { return *this >= low && *this <= high; }

Expr Expr::IntegerDivide(Expr divisor) const {
  return Of(Function::kIntegerDivide, {*this, divisor});
}
Expr Expr::Abs() const { return Of(Function::kAbs, {*this}); }
Expr Expr::Round(int digits) const {
  return digits == 0 ? Of(Function::kRound, {*this}) : Of(Function::kRound, {*this, digits});
}
Expr Expr::Floor() const { return Of(Function::kFloor, {*this}); }
Expr Expr::Ceil() const { return Of(Function::kCeil, {*this}); }
Expr Expr::Sqrt() const { return Of(Function::kSqrt, {*this}); }
Expr Expr::Exp() const { return Of(Function::kExp, {*this}); }
Expr Expr::Ln() const { return Of(Function::kLn, {*this}); }
Expr Expr::Log10() const { return Of(Function::kLog10, {*this}); }
Expr Expr::Pow(Expr exponent) const { return Of(Function::kPower, {*this, exponent}); }
Expr Expr::Sign() const { return Of(Function::kSign, {*this}); }

Expr Expr::Like(Expr pattern) const { return Of(Function::kLike, {*this, pattern}); }
Expr Expr::ILike(Expr pattern) const { return Of(Function::kIlike, {*this, pattern}); }
Expr Expr::Concat(Expr other) const { return Of(Function::kConcatenate, {*this, other}); }
Expr Expr::Lower() const { return Of(Function::kLower, {*this}); }
Expr Expr::Upper() const { return Of(Function::kUpper, {*this}); }
Expr Expr::Length() const { return Of(Function::kLength, {*this}); }
Expr Expr::Trim() const { return Of(Function::kTrim, {*this}); }
Expr Expr::TrimStart() const { return Of(Function::kTrimStart, {*this}); }
Expr Expr::TrimEnd() const { return Of(Function::kTrimEnd, {*this}); }
Expr Expr::Substring(Expr start) const { return Of(Function::kSubstring, {*this, start}); }
Expr Expr::Substring(Expr start, Expr length) const {
  return Of(Function::kSubstring, {*this, start, length});
}
Expr Expr::Replace(Expr from, Expr to) const { return Of(Function::kReplace, {*this, from, to}); }
Expr Expr::StartsWith(Expr prefix) const { return Of(Function::kStartsWith, {*this, prefix}); }
Expr Expr::EndsWith(Expr suffix) const { return Of(Function::kEndsWith, {*this, suffix}); }
Expr Expr::Contains(Expr part) const { return Of(Function::kContains, {*this, part}); }
Expr Expr::Position(Expr part) const { return Of(Function::kPosition, {*this, part}); }
Expr Expr::Split(Expr separator) const { return Of(Function::kSplit, {*this, separator}); }
Expr Expr::RegexMatches(std::string pattern) const {
  return Of(Function::kRegexMatches, {*this, Text(std::move(pattern))});
}
Expr Expr::RegexReplace(std::string pattern, Expr replacement) const {
  return Of(Function::kRegexReplace, {*this, Text(std::move(pattern)), replacement});
}
Expr Expr::RegexExtract(std::string pattern, int group) const {
  return Of(Function::kRegexExtract, {*this, Text(std::move(pattern)), group});
}
Expr Expr::PadStart(Expr length, Expr with) const {
  return Of(Function::kPadStart, {*this, length, with});
}
Expr Expr::PadEnd(Expr length, Expr with) const {
  return Of(Function::kPadEnd, {*this, length, with});
}
Expr Expr::Reverse() const { return Of(Function::kReverse, {*this}); }

Expr Expr::Year() const { return Of(Function::kYear, {*this}); }
Expr Expr::Quarter() const { return Of(Function::kQuarter, {*this}); }
Expr Expr::Month() const { return Of(Function::kMonth, {*this}); }
Expr Expr::Week() const { return Of(Function::kWeek, {*this}); }
Expr Expr::Day() const { return Of(Function::kDay, {*this}); }
Expr Expr::DayOfWeek() const { return Of(Function::kDayOfWeek, {*this}); }
Expr Expr::DayOfYear() const { return Of(Function::kDayOfYear, {*this}); }
Expr Expr::Hour() const { return Of(Function::kHour, {*this}); }
Expr Expr::Minute() const { return Of(Function::kMinute, {*this}); }
Expr Expr::Second() const { return Of(Function::kSecond, {*this}); }
Expr Expr::Truncate(std::string unit) const {
  return Of(Function::kTruncate, {Text(std::move(unit)), *this});
}
Expr Expr::Since(Expr start, std::string unit) const {
  return Of(Function::kDateDiff, {Text(std::move(unit)), start, *this});
}
Expr Expr::Format(std::string format) const {
  return Of(Function::kFormat, {*this, Text(std::move(format))});
}
Expr Expr::ParseTimestamp(std::string format) const {
  return Of(Function::kParseTimestamp, {*this, Text(std::move(format))});
}
Expr Expr::EpochMillis() const { return Of(Function::kEpochMillis, {*this}); }

Expr Expr::ListLength() const { return Of(Function::kListLength, {*this}); }
Expr Expr::ListGet(Expr position) const { return Of(Function::kListGet, {*this, position}); }
Expr Expr::ListContains(Expr value) const { return Of(Function::kListContains, {*this, value}); }
Expr Expr::ListSum() const { return Of(Function::kListSum, {*this}); }
Expr Expr::ListMin() const { return Of(Function::kListMin, {*this}); }
Expr Expr::ListMax() const { return Of(Function::kListMax, {*this}); }
Expr Expr::ListSort() const { return Of(Function::kListSort, {*this}); }
Expr Expr::ListDistinct() const { return Of(Function::kListDistinct, {*this}); }
Expr Expr::ListJoin(std::string separator) const {
  return Of(Function::kListJoin, {*this, Text(std::move(separator))});
}
Expr Expr::Field(std::string name) const {
  return Of(Function::kField, {*this, Text(std::move(name))});
}

Expr Expr::Where(Expr condition) const {
  OfRows rows{tree_, nullptr, {}};
  if (const auto* already = std::get_if<OfRows>(&tree_->node)) rows = *already;
  rows.where = rows.where == nullptr ? condition.tree()
                                     : (Expr(rows.where, "") && Expr(condition.tree(), "")).tree();
  return Expr(MakeExpression(std::move(rows)), name_);
}
Expr Expr::OrderBy(std::vector<OrderKey> order) const {
  OfRows rows{tree_, nullptr, {}};
  if (const auto* already = std::get_if<OfRows>(&tree_->node)) rows = *already;
  rows.order = OrderOf(order);
  return Expr(MakeExpression(std::move(rows)), name_);
}
Expr Expr::Over(std::vector<Column> partition) const {
  return Over(std::move(partition), std::vector<OrderKey>{});
}
Expr Expr::Over(std::vector<Column> partition, std::vector<OrderKey> order,
                std::optional<WindowRows> rows) const {
  bowyer::Over over{tree_, {}, OrderOf(order), {}};
  for (const auto& key : partition) over.partition.push_back(key.expr().tree());
  if (rows.has_value()) over.rows = bowyer::Over::Rows{rows->begin, rows->end};
  return Expr(MakeExpression(std::move(over)), name_);
}

Expr operator+(const Expr& left, const Expr& right) { return Of(Function::kAdd, {left, right}); }
Expr operator-(const Expr& left, const Expr& right) {
  return Of(Function::kSubtract, {left, right});
}
Expr operator*(const Expr& left, const Expr& right) {
  return Of(Function::kMultiply, {left, right});
}
Expr operator/(const Expr& left, const Expr& right) { return Of(Function::kDivide, {left, right}); }
Expr operator%(const Expr& left, const Expr& right) { return Of(Function::kModulo, {left, right}); }
Expr operator-(const Expr& value) { return Of(Function::kNegate, {value}); }
Expr operator==(const Expr& left, const Expr& right) { return Of(Function::kEqual, {left, right}); }
Expr operator!=(const Expr& left, const Expr& right) {
  return Of(Function::kNotEqual, {left, right});
}
Expr operator<(const Expr& left, const Expr& right) { return Of(Function::kLess, {left, right}); }
Expr operator<=(const Expr& left, const Expr& right) {
  return Of(Function::kLessOrEqual, {left, right});
}
Expr operator>(const Expr& left, const Expr& right) {
  return Of(Function::kGreater, {left, right});
}
Expr operator>=(const Expr& left, const Expr& right) {
  return Of(Function::kGreaterOrEqual, {left, right});
}
Expr operator&&(const Expr& left, const Expr& right) { return Logic(Function::kAnd, left, right); }
Expr operator||(const Expr& left, const Expr& right) { return Logic(Function::kOr, left, right); }
Expr operator!(const Expr& condition) {
  const auto* call = std::get_if<Call>(&condition.tree()->node);
  // !!x: back to x.IsSame and the like
  if (call != nullptr && call->function == Function::kNot) return Expr(call->arguments[0], "");
  return Of(Function::kNot, {condition});
}

Expr col(std::string name) { return Of(ColumnName{std::move(name), true}); }
Expr lit(Expr value) { return value; }
Expr null() { return Expr(std::make_shared<arrow::NullScalar>()); }

Expr decimal(std::string_view digits) {
  arrow::Decimal128 value;
  int32_t precision = 0, scale = 0;
  if (!arrow::Decimal128::FromString(digits, &value, &precision, &scale).ok() || scale < 0 ||
      precision > arrow::Decimal128Type::kMaxPrecision) {
    // The cast says what is wrong, when the frame is built.
    return Expr(std::string(digits))
        .Cast(arrow::decimal256(arrow::Decimal256Type::kMaxPrecision, 0));
  }
  // SQL's 0.05 is a decimal(3,2): each written digit counts.
  int32_t written = 0;
  for (const char c : digits) written += c >= '0' && c <= '9' ? 1 : 0;
  precision = std::max({precision, scale, written, 1});
  return Expr(
      std::make_shared<arrow::Decimal128Scalar>(value, arrow::decimal128(precision, scale)));
}

Expr date(int year, int month, int day) {
  const std::chrono::year_month_day ymd{std::chrono::year(year),
                                        std::chrono::month(static_cast<unsigned>(month)),
                                        std::chrono::day(static_cast<unsigned>(day))};
  // 30 February is an error of the frame: no date has such a number of days.
  if (!ymd.ok()) {
    return Expr(std::make_shared<arrow::Date32Scalar>(std::numeric_limits<int32_t>::min()));
  }
  const auto days_since = std::chrono::sys_days(ymd).time_since_epoch().count();
  return Expr(std::make_shared<arrow::Date32Scalar>(static_cast<int32_t>(days_since)));
}
Expr months(int count) { return IntervalOf(count, 0, 0); }
Expr days(int count) { return IntervalOf(0, count, 0); }
Expr seconds(int64_t count) { return IntervalOf(0, 0, count * 1000000000); }

CaseCondition when(Expr condition) { return CaseCondition({std::move(condition)}); }
CaseValue CaseCondition::Then(Expr value) const {
  auto parts = parts_;
  parts.push_back(std::move(value));
  return CaseValue(std::move(parts));
}
CaseCondition CaseValue::When(Expr condition) const {
  auto parts = parts_;
  parts.push_back(std::move(condition));
  return CaseCondition(std::move(parts));
}
Expr CaseValue::Otherwise(Expr value) const {
  auto parts = parts_;
  parts.push_back(std::move(value));
  return Of(Function::kCase, parts);
}
Expr CaseValue::Otherwise() const { return Of(Function::kCase, parts_); }

Expr coalesce(std::vector<Expr> values) { return Of(Function::kCoalesce, values); }
Expr greatest(std::vector<Expr> values) { return Of(Function::kGreatest, values); }
Expr least(std::vector<Expr> values) { return Of(Function::kLeast, values); }
Expr list(std::vector<Expr> values) { return Of(Function::kList, values); }
Expr make_struct(std::vector<Expr> fields) {
  std::vector<Expr> parts;
  for (auto& field : fields) {
    parts.push_back(Text(NameOf(field)));
    parts.push_back(std::move(field));
  }
  return Of(Function::kStruct, parts);
}

Expr count() { return Of(Function::kCountRows, {}); }
Expr count(Expr value) { return Of(Function::kCount, {value}); }
Expr count_distinct(Expr value) { return Of(Function::kCountDistinct, {value}); }
Expr sum(Expr value) { return Of(Function::kSum, {value}); }
Expr mean(Expr value) { return Of(Function::kMean, {value}); }
Expr min(Expr value) { return Of(Function::kMin, {value}); }
Expr max(Expr value) { return Of(Function::kMax, {value}); }
Expr first(Expr value) { return Of(Function::kFirst, {value}); }
Expr last(Expr value) { return Of(Function::kLast, {value}); }
Expr stddev(Expr value) { return Of(Function::kStdDev, {value}); }
Expr variance(Expr value) { return Of(Function::kVariance, {value}); }
Expr median(Expr value) { return Of(Function::kMedian, {value}); }
Expr quantile(Expr value, double fraction) { return Of(Function::kQuantile, {value, fraction}); }
Expr mode(Expr value) { return Of(Function::kMode, {value}); }
Expr all(Expr condition) { return Of(Function::kAll, {condition}); }
Expr any(Expr condition) { return Of(Function::kAny, {condition}); }
Expr collect(Expr value) { return Of(Function::kCollect, {value}); }
Expr join_text(Expr text, std::string separator) {
  return Of(Function::kJoinText, {text, Text(std::move(separator))});
}
Expr min_by(Expr value, Expr by) { return Of(Function::kMinBy, {value, by}); }
Expr max_by(Expr value, Expr by) { return Of(Function::kMaxBy, {value, by}); }
Expr correlation(Expr x, Expr y) { return Of(Function::kCorrelation, {x, y}); }

Expr row_number() { return Of(Function::kRowNumber, {}); }
Expr rank() { return Of(Function::kRank, {}); }
Expr dense_rank() { return Of(Function::kDenseRank, {}); }
Expr percent_rank() { return Of(Function::kPercentRank, {}); }
Expr ntile(int buckets) { return Of(Function::kNtile, {buckets}); }
Expr lag(Expr value, int rows) { return Of(Function::kLag, {value, rows}); }
Expr lead(Expr value, int rows) { return Of(Function::kLead, {value, rows}); }
Expr nth_value(Expr value, int row) { return Of(Function::kNthValue, {value, row}); }

}  // namespace bowyer
