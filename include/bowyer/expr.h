// Expressions of a LazyFrame: what a column is computed from, pure values without data. They are
// made of columns, literals, operators and functions:
//
//   (col("price") * (1 - col("discount"))).As("net")
//   when(col("age") >= 18).Then("adult").Otherwise("minor").As("group")
//   sum(col("amount")).Over({"category"}, {"day"}).As("so_far")
//
// Nothing is checked before an expression meets the columns of a frame; then a wrong name or type
// is an error of that frame (lazy_frame.h). Types follow SQL as DuckDB has it: int32 + int32 is
// int32, 7 / 2 is 3.5, decimals stay exact until they are divided, null in gives null out.
// Immutable: copied cheaply, used by several threads at a time.
#pragma once

#include <arrow/scalar.h>
#include <arrow/type_fwd.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bowyer {

struct Expression;  // the tree within, src/frame/expression.h
class Column;
struct OrderKey;

// Rows around the current one: {-6, 0} is it and the six before; unset is unbounded.
struct WindowRows {
  std::optional<int64_t> begin, end;
};

class Expr {
 public:
  // Literals. Where an Expr is expected, text is a text and not a column.
  Expr(bool value);           // NOLINT
  template <std::integral T>  // int32 or smaller: int32, beside an integer column its type
  Expr(T value) : Expr(Integer(value)) {}  // NOLINT
  Expr(double value);           // NOLINT; beside a decimal column, 0.05 means exactly 0.05
  Expr(const char* text);       // NOLINT
  Expr(std::string text);       // NOLINT
  Expr(std::string_view text);  // NOLINT
  Expr(std::shared_ptr<arrow::Scalar> value);  // NOLINT; of exactly its type
  Expr(std::shared_ptr<const Expression> tree, std::string name);

  // The condition or expression `text`, as on the command line: "amount > 100 and kind = 'new'".
  // Errors: kUsage, with the place of the fault shown under the text.
  static arrow::Result<Expr> Parse(std::string_view text);

  // Names the column. Without it, a column is called as the first column in its expression, or as
  // its function.
  Expr As(std::string name) const;
  // The value as `type`, as SQL casts: numbers round, text is parsed; what does not fit is an error
  // of the run. TryCast gives null instead.
  Expr Cast(std::shared_ptr<arrow::DataType> type) const;
  Expr TryCast(std::shared_ptr<arrow::DataType> type) const;

  // Nulls.
  Expr IsNull() const;
  Expr IsNotNull() const;
  Expr FillNull(Expr value) const;
  Expr NullIf(Expr value) const;  // null where equal
  Expr IsSame(Expr other) const;  // as ==, but null is the same as null

  // Choices.
  Expr IsIn(std::vector<Expr> values) const;
  Expr Between(Expr low, Expr high) const;  // both included

  // Numbers.
  Expr IntegerDivide(Expr divisor) const;  // of integers; cut towards zero
  Expr Abs() const;
  Expr Round(int digits = 0) const;
  Expr Floor() const;
  Expr Ceil() const;
  Expr Sqrt() const;
  Expr Exp() const;
  Expr Ln() const;
  Expr Log10() const;
  Expr Pow(Expr exponent) const;
  Expr Sign() const;

  // Text; positions count characters from 1.
  Expr Like(Expr pattern) const;   // % any characters, _ one
  Expr ILike(Expr pattern) const;  // ignoring case
  Expr Concat(Expr other) const;
  Expr Lower() const;
  Expr Upper() const;
  Expr Length() const;
  Expr Trim() const;
  Expr TrimStart() const;
  Expr TrimEnd() const;
  Expr Substring(Expr start) const;
  Expr Substring(Expr start, Expr length) const;
  Expr Replace(Expr from, Expr to) const;
  Expr StartsWith(Expr prefix) const;
  Expr EndsWith(Expr suffix) const;
  Expr Contains(Expr part) const;
  Expr Position(Expr part) const;  // 0: not in it
  Expr Split(Expr separator) const;
  Expr RegexMatches(std::string pattern) const;                    // RE2, anywhere in the text
  Expr RegexReplace(std::string pattern, Expr replacement) const;  // all; \1 is a group
  Expr RegexExtract(std::string pattern, int group = 0) const;     // empty: no match
  Expr PadStart(Expr length, Expr with) const;
  Expr PadEnd(Expr length, Expr with) const;
  Expr Reverse() const;

  // Dates and timestamps. Units: year, quarter, month, week, day, hour, minute, second.
  Expr Year() const;
  Expr Quarter() const;
  Expr Month() const;
  Expr Week() const;  // ISO 8601
  Expr Day() const;
  Expr DayOfWeek() const;  // Monday is 1
  Expr DayOfYear() const;
  Expr Hour() const;
  Expr Minute() const;
  Expr Second() const;
  Expr Truncate(std::string unit) const;           // to its start, a timestamp
  Expr Since(Expr start, std::string unit) const;  // boundaries of `unit` since then
  Expr Format(std::string format) const;           // as strftime: "%Y-%m"
  Expr ParseTimestamp(std::string format) const;   // as strptime
  Expr EpochMillis() const;

  // Lists and structs; positions count from 1, from the end with -1.
  Expr ListLength() const;
  Expr ListGet(Expr position) const;
  Expr ListContains(Expr value) const;
  Expr ListSum() const;
  Expr ListMin() const;
  Expr ListMax() const;
  Expr ListSort() const;
  Expr ListDistinct() const;  // in no particular order
  Expr ListJoin(std::string separator) const;
  Expr Field(std::string name) const;  // of a struct

  // Of an aggregate: only rows for which `condition` holds; for first, last, collect and join_text,
  // the order in which they are taken (without it: that of a Sort before, if any).
  Expr Where(Expr condition) const;
  Expr OrderBy(std::vector<OrderKey> order) const;
  // An aggregate or window function over the rows with equal values of `partition`, in `order`.
  // With an order, aggregates run up to the current row unless `rows` says otherwise.
  Expr Over(std::vector<Column> partition) const;
  Expr Over(std::vector<Column> partition, std::vector<OrderKey> order,
            std::optional<WindowRows> rows = {}) const;

  const std::shared_ptr<const Expression>& tree() const { return tree_; }
  const std::string& name() const { return name_; }  // empty: not named with As

 private:
  static Expr Integer(std::integral auto value) {
    if constexpr (std::unsigned_integral<decltype(value)> && sizeof(value) == 8) {
      if (value > static_cast<uint64_t>(INT64_MAX)) {
        return Expr(std::make_shared<arrow::UInt64Scalar>(value));
      }
    }
    if constexpr (sizeof(value) < 4 || std::same_as<decltype(value), int32_t>) {
      return Expr(std::make_shared<arrow::Int32Scalar>(static_cast<int32_t>(value)));
    } else {
      return Expr(std::make_shared<arrow::Int64Scalar>(static_cast<int64_t>(value)));
    }
  }

  std::shared_ptr<const Expression> tree_;
  std::string name_;
};

Expr operator+(const Expr& left, const Expr& right);
Expr operator-(const Expr& left, const Expr& right);
Expr operator*(const Expr& left, const Expr& right);
Expr operator/(const Expr& left, const Expr& right);
Expr operator%(const Expr& left, const Expr& right);
Expr operator-(const Expr& value);
Expr operator==(const Expr& left, const Expr& right);
Expr operator!=(const Expr& left, const Expr& right);
Expr operator<(const Expr& left, const Expr& right);
Expr operator<=(const Expr& left, const Expr& right);
Expr operator>(const Expr& left, const Expr& right);
Expr operator>=(const Expr& left, const Expr& right);
Expr operator&&(const Expr& left, const Expr& right);
Expr operator||(const Expr& left, const Expr& right);
Expr operator!(const Expr& condition);

Expr col(std::string name);  // by exactly this name
Expr lit(Expr value);
Expr null();
Expr decimal(
    std::string_view digits);  // "0.05", exact; what is no decimal is an error of the frame
Expr date(int year, int month, int day);
Expr months(int count);  // an interval: col("day") + months(3)
Expr days(int count);
Expr seconds(int64_t count);

// when(a).Then(x).When(b).Then(y).Otherwise(z); without Otherwise, null.
class CaseValue;
class CaseCondition {
 public:
  CaseValue Then(Expr value) const;

 private:
  friend class CaseValue;
  friend CaseCondition when(Expr condition);
  explicit CaseCondition(std::vector<Expr> parts) : parts_(std::move(parts)) {}
  std::vector<Expr> parts_;
};
class CaseValue {
 public:
  CaseCondition When(Expr condition) const;
  Expr Otherwise(Expr value) const;
  Expr Otherwise() const;  // null

 private:
  friend class CaseCondition;
  explicit CaseValue(std::vector<Expr> parts) : parts_(std::move(parts)) {}
  std::vector<Expr> parts_;
};
CaseCondition when(Expr condition);

Expr coalesce(std::vector<Expr> values);  // the first that is not null
Expr greatest(std::vector<Expr> values);  // nulls left out
Expr least(std::vector<Expr> values);
Expr list(std::vector<Expr> values);
Expr make_struct(std::vector<Expr> fields);  // named as columns are

// Aggregates. All but count() leave nulls out (first and last do not).
Expr count();  // rows
Expr count(Expr value);
Expr count_distinct(Expr value);
Expr sum(Expr value);   // of integers decimal128(38,0): it does not overflow
Expr mean(Expr value);  // float64
Expr min(Expr value);
Expr max(Expr value);
Expr first(Expr value);
Expr last(Expr value);
Expr stddev(Expr value);    // of a sample
Expr variance(Expr value);  // of a sample
Expr median(Expr value);
Expr quantile(Expr value, double fraction);  // interpolated
Expr mode(Expr value);
Expr all(Expr condition);
Expr any(Expr condition);
Expr collect(Expr value);  // a list, nulls included
Expr join_text(Expr text, std::string separator);
Expr min_by(Expr value, Expr by);  // the value where `by` is least
Expr max_by(Expr value, Expr by);
Expr correlation(Expr x, Expr y);

// Only with .Over().
Expr row_number();
Expr rank();
Expr dense_rank();
Expr percent_rank();
Expr ntile(int buckets);
Expr lag(Expr value, int rows = 1);
Expr lead(Expr value, int rows = 1);
Expr nth_value(Expr value, int row);

// A column by its name, or an expression that gives one.
class Column {
 public:
  Column(const char* name) : expr_(col(name)) {}             // NOLINT
  Column(std::string name) : expr_(col(std::move(name))) {}  // NOLINT
  Column(Expr expr) : expr_(std::move(expr)) {}              // NOLINT
  const Expr& expr() const { return expr_; }

 private:
  Expr expr_;
};

// Nulls come last, whatever the direction, unless they are to come first.
struct OrderKey {
  Column column;
  bool descending = false;
  bool nulls_first = false;

  OrderKey(const char* name) : column(name) {}             // NOLINT
  OrderKey(std::string name) : column(std::move(name)) {}  // NOLINT
  OrderKey(Expr expr) : column(std::move(expr)) {}         // NOLINT
  OrderKey(Column key, bool down) : column(std::move(key)), descending(down) {}
  OrderKey NullsFirst() const {
    OrderKey key = *this;
    key.nulls_first = true;
    return key;
  }
};
inline OrderKey asc(Column column) { return {std::move(column), false}; }
inline OrderKey desc(Column column) { return {std::move(column), true}; }

}  // namespace bowyer
