#include "databases/duckdb/exact_values.h"

#include <arrow/array.h>
#include <arrow/extension_type.h>
#include <arrow/util/decimal.h>

#include <duckdb/common/type_visitor.hpp>
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

Misfit NotForDuckDb(const arrow::Array& array) {
  constexpr int64_t kDay = 86'400'000;
  const auto fraction = [](int64_t v) { return v % 1000 != 0; };
  const auto unit = [&array] {
    return static_cast<const arrow::TimestampType&>(*array.type()).unit();
  };
  switch (array.type_id()) {
    case Type::TIMESTAMP:
      if (static_cast<const arrow::TimestampType&>(*array.type()).timezone().empty() ||
          unit() != arrow::TimeUnit::NANO) {
        return {};
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
      return {FirstMisfit<arrow::Date32Array>(array,
                                              [](int32_t v) {
                                                constexpr int32_t kMost =
                                                    std::numeric_limits<int32_t>::max();
                                                return v == kMost || v == -kMost;
                                              }),
              kInfinite, kAsText};
    case Type::TIMESTAMP:
      return {FirstMisfit<arrow::TimestampArray>(array,
                                                 [](int64_t v) {
                                                   constexpr int64_t kMost =
                                                       std::numeric_limits<int64_t>::max();
                                                   return v == kMost || v == -kMost;
                                                 }),
              kInfinite, kAsText};
    case Type::DECIMAL128: {
      const auto& type = static_cast<const arrow::Decimal128Type&>(*array.type());
      if (type.precision() < 38 || type.scale() != 0) return {};
      const auto& values = static_cast<const arrow::Decimal128Array&>(array);
      for (int64_t i = 0; i < values.length(); ++i) {
        if (values.IsValid(i) && !arrow::Decimal128(values.GetValue(i)).FitsInPrecision(38)) {
          return {i, "a whole number of more than 38 digits", kAsText};
        }
      }
      return {};
    }
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

arrow::Status CheckFitsDuckDb(const arrow::RecordBatch& batch) {
  return CheckColumns(batch, NotForDuckDb);
}

arrow::Status CheckFitsArrow(const arrow::RecordBatch& batch) {
  return CheckColumns(batch, NotForArrow);
}

arrow::Status CheckFitsArrow(const duckdb::vector<duckdb::LogicalType>& types,
                             const duckdb::vector<duckdb::string>& names) {
  for (size_t i = 0; i < types.size(); ++i) {
    for (const auto id : {duckdb::LogicalTypeId::TIME_TZ, duckdb::LogicalTypeId::UHUGEINT}) {
      if (!duckdb::TypeVisitor::Contains(types[i], id)) continue;
      return MakeError(ErrorCode::kData,
                       "values of type " + types[i].ToString() + " have no exact type in Arrow",
                       {.column = names[i], .hint = "cast the column to varchar in the query"});
    }
  }
  return arrow::Status::OK();
}

}  // namespace bowyer
