// The type of each column, from its values: values in, the narrowest type that holds all of them
// exactly out. What one value rules out stays ruled out, so the order of the values is no matter.
#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bowyer/options.h"
#include "formats/csv/field.h"

namespace bowyer {

class ColumnType {
 public:
  // `options` must outlive this object.
  explicit ColumnType(const CsvReadOptions* options);

  // A value that is not null, quotes undone.
  void Add(std::string_view value);

  // The same for a value of a text that has 16 readable bytes behind it: faster.
  void AddPadded(std::string_view value);

  // As if all values that `other` was given had been added here.
  void Merge(const ColumnType& other);

  // Text once a value fits nothing else: more values cannot change it.
  bool is_text() const { return kind_ == Kind::kText; }

  // utf8 if there was no value.
  std::shared_ptr<arrow::DataType> type() const;

 private:
  enum class Kind : uint8_t { kNothing, kBool, kNumber, kDate, kTime, kTimestamp, kText };

  Kind KindOfFirst(std::string_view value);
  bool AddUsual(std::string_view value);
  bool AddNumber(std::string_view value);
  bool AddDate(std::string_view value);
  bool AddTime(std::string_view value);
  bool AddTimestamp(std::string_view value);

  const CsvReadOptions* options_;
  NumberStyle style_;
  Kind kind_ = Kind::kNothing;

  // Numbers.
  bool integers_ = false;    // seen
  bool fractions_ = false;   // seen: with a decimal point
  bool exponents_ = false;   // seen: with an exponent but no point, like 1e5
  bool not_finite_ = false;  // seen: nan, inf
  bool beyond_int64_ = false;
  bool beyond_double_ = false;      // a fraction or exponent that no double spells exactly
  bool int_beyond_double_ = false;  // an integer above 2^53
  uint64_t largest_ = 0;            // magnitude of the integers of at most 18 digits
  int32_t integer_digits_ = 0;
  int32_t fraction_digits_ = 0;

  // Times and timestamps.
  int digits_ = 0;  // of fractions of a second
  bool offsets_ = false, no_offsets_ = false;
  bool beyond_nanoseconds_ = false;  // outside 1677 ... 2262
};

}  // namespace bowyer
