#include "databases/duckdb/exact_values.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>

#include <limits>
#include <string>

#include "bowyer/error.h"

namespace bowyer {
namespace {

using arrow::Type;

// The first row whose value `is_misfit`, or -1. Nulls are passed over.
template <typename ArrayType, typename Test>
int64_t FirstMisfit(const arrow::Array& array, Test is_misfit) {
  const auto& typed = static_cast<const ArrayType&>(array);
  // Nearly always there is none: a loop without an exit goes several values at a step.
  bool any = false;
  for (int64_t i = 0; i < typed.length(); ++i) any |= is_misfit(typed.Value(i));
  if (!any) return -1;
  for (int64_t i = 0; i < typed.length(); ++i) {
    if (is_misfit(typed.Value(i)) && typed.IsValid(i)) return i;
  }
  return -1;
}

// A rule: the reason why a value of `array` does not fit and its row, or an empty reason.
struct Misfit {
  int64_t row = -1;
  const char* reason = "";
  const char* hint = "";
};

// DuckDB's infinities are the greatest number and its negative.
template <typename ArrayType>
int64_t FirstInfinite(const arrow::Array& array) {
  return FirstMisfit<ArrayType>(array, [](auto v) {
    constexpr auto kMost = std::numeric_limits<decltype(v)>::max();
    return v == kMost || v == -kMost;
  });
}

// The first time that is none of a day; 24:00 is one, for DuckDB too.
template <typename ArrayType>
int64_t FirstNoTime(const arrow::Array& array) {
  constexpr int64_t kDays[] = {86'400, 86'400'000, 86'400'000'000, 86'400'000'000'000};
  const auto unit = static_cast<const arrow::TimeType&>(*array.type()).unit();
  const int64_t day = kDays[static_cast<int>(unit)];
  return FirstMisfit<ArrayType>(array, [day](int64_t v) { return v < 0 || v > day; });
}

Misfit NotForDuckDb(const arrow::Array& array, bool infinities) {
  constexpr int64_t kDay = 86'400'000;
  constexpr const char* kInfinite = "a date or timestamp that DuckDB takes for infinite";
  constexpr const char* kNoTime = "no time of a day";
  const auto fraction = [](int64_t v) { return v % 1000 != 0; };
  const auto unit = [&array] {
    return static_cast<const arrow::TimestampType&>(*array.type()).unit();
  };
  switch (array.type_id()) {
    case Type::DATE32:
      if (infinities) return {};
      return {FirstInfinite<arrow::Date32Array>(array), kInfinite, "try --type COLUMN=int32"};
    case Type::TIME32:
      return {FirstNoTime<arrow::Time32Array>(array), kNoTime, "try --type COLUMN=int32"};
    case Type::TIME64:
      return {FirstNoTime<arrow::Time64Array>(array), kNoTime, "try --type COLUMN=int64"};
    case Type::TIMESTAMP:
      if (static_cast<const arrow::TimestampType&>(*array.type()).timezone().empty() ||
          unit() != arrow::TimeUnit::NANO) {
        if (infinities) return {};
        return {FirstInfinite<arrow::TimestampArray>(array), kInfinite, "try --type COLUMN=int64"};
      }
      return {FirstMisfit<arrow::TimestampArray>(array, fraction),
              "a timestamp with a zone and nanoseconds; DuckDB keeps microseconds",
              "try --type COLUMN=timestamp[ns]: without a zone nanoseconds are kept"};
    case Type::DURATION:
      if (static_cast<const arrow::DurationType&>(*array.type()).unit() != arrow::TimeUnit::NANO) {
        return {};
      }
      return {FirstMisfit<arrow::DurationArray>(array, fraction),
              "a duration with nanoseconds; DuckDB keeps microseconds", "try --type COLUMN=int64"};
    case Type::INTERVAL_MONTH_DAY_NANO:
      return {FirstMisfit<arrow::MonthDayNanoIntervalArray>(
                  array, [&](const auto& v) { return fraction(v.nanoseconds); }),
              "an interval with nanoseconds; DuckDB keeps microseconds", "try --type COLUMN=text"};
    case Type::DATE64:
      return {FirstMisfit<arrow::Date64Array>(array, [](int64_t v) { return v % kDay != 0; }),
              "a date64 that is no whole day", "try --type COLUMN=timestamp[ms]"};
    default:
      return {};
  }
}

Misfit NotForArrow(const arrow::Array& array) {
  constexpr const char* kInfinite = "an infinite date or timestamp, which Arrow has not";
  constexpr const char* kAsText = "cast the column to varchar in the query";
  switch (array.type_id()) {
    case Type::DATE32:
      return {FirstInfinite<arrow::Date32Array>(array), kInfinite, kAsText};
    case Type::TIMESTAMP:
      return {FirstInfinite<arrow::TimestampArray>(array), kInfinite, kAsText};
    default:
      return {};
  }
}

// `rule` on an array and all arrays inside of it. Rows of inner arrays are not told.
template <typename Rule>
arrow::Status Check(const arrow::Array& array, const std::string& column, bool outermost,
                    Rule rule) {
  if (const Misfit misfit = rule(array); misfit.row >= 0) {
    ErrorPlace place{.column = column, .hint = misfit.hint};
    std::string reason = misfit.reason;
    if (outermost) reason = array.GetScalar(misfit.row).ValueOrDie()->ToString() + " is " + reason;
    return MakeError(ErrorCode::kData, reason, place);
  }
  if (array.type_id() == Type::EXTENSION) {
    return Check(*static_cast<const arrow::ExtensionArray&>(array).storage(), column, outermost,
                 rule);
  }
  if (array.data()->dictionary != nullptr) {
    return Check(*arrow::MakeArray(array.data()->dictionary), column, false, rule);
  }
  for (const auto& child : array.data()->child_data) {
    ARROW_RETURN_NOT_OK(Check(*arrow::MakeArray(child), column, false, rule));
  }
  return arrow::Status::OK();
}

template <typename Rule>
arrow::Status CheckColumns(const arrow::RecordBatch& batch, Rule rule) {
  for (int i = 0; i < batch.num_columns(); ++i) {
    ARROW_RETURN_NOT_OK(Check(*batch.column(i), batch.column_name(i), true, rule));
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Status CheckFitsDuckDb(const arrow::RecordBatch& batch, bool infinities) {
  return CheckColumns(batch, [infinities](const arrow::Array& array) {
    return NotForDuckDb(array, infinities);
  });
}

arrow::Status CheckFitsArrow(const arrow::RecordBatch& batch) {
  return CheckColumns(batch, NotForArrow);
}

}  // namespace bowyer
