#include "databases/sqlite/find_types.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "databases/sqlite/cells.h"
#include "formats/csv/field.h"
#include "formats/text/number.h"
#include "formats/text/scan.h"

namespace bowyer {
namespace {

constexpr int32_t kMostDigits = 38;
// A float64 whose shortest text is longer was computed, not written by a person: no decimal.
constexpr int32_t kMostDigitsOfReals = 15;

}  // namespace

CellFacts::CellFacts(std::shared_ptr<arrow::DataType> declared, bool kept_as_text, Epoch epoch,
                     bool utf16)
    : declared_(std::move(declared)) {
  if (epoch != Epoch::kNone &&
      (declared_ == nullptr ||
       (declared_->id() != arrow::Type::DATE32 && declared_->id() != arrow::Type::TIMESTAMP))) {
    declared_ = arrow::timestamp(arrow::TimeUnit::MICRO);
  }
  plan_ = PlanColumn("", declared_ == nullptr ? arrow::utf8() : declared_).ValueOrDie();
  plan_.utf16 = utf16;
  plan_.told = kept_as_text;
  plan_.epoch = epoch;
  decimal_ = plan_.kind == SqliteCellKind::kDecimal;
  bool_ = plan_.kind == SqliteCellKind::kBool;
  time_ = plan_.kind == SqliteCellKind::kDate || plan_.kind == SqliteCellKind::kTimestamp;
  instant_ = PlanColumn("", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")).ValueOrDie();
  fits_instant_ = plan_.kind == SqliteCellKind::kTimestamp;
}

void CellFacts::LookAtNumber(const Cell& cell, bool is_integer) {
  if (time_) {
    int64_t value = 0;
    fits_time_ = fits_time_ && DateOrTimeOf(plan_, cell, &value);
    fits_instant_ = false;
  }
  if (!decimal_ || !fits_decimal_) return;
  char text[std::max(kMaxFloatText, kMaxIntegerText)];
  const char* const end =
      is_integer ? WriteInteger(text, cell.integer) : WriteFloating(text, cell.real);
  NumberShape shape;
  const auto fault =
      ShapeOfNumber({text, static_cast<size_t>(end - text)}, NumberStyle{.plain = false}, &shape);
  const bool negative_zero = !is_integer && cell.real == 0 && std::signbit(cell.real);
  fits_decimal_ = fault == FieldFault::kNone && !negative_zero &&
                  (is_integer || shape.significant_digits <= kMostDigitsOfReals);
  whole_digits_ = std::max(whole_digits_, shape.integer_digits);
  scale_ = std::max(scale_, shape.fraction_digits);
}

void CellFacts::LookAtText(const Cell& cell) {
  bool valid = true;
  const std::string_view text = TextOf(cell, plan_.utf16, &scratch_, &valid);
  if (IsNan(plan_, text)) {
    ++nans_;
    return;
  }
  well_formed_ = well_formed_ && valid && (IsAscii(text) || ValidUtf8Prefix(text) == text.size());
  if (time_) {
    int64_t value = 0;
    fits_time_ = fits_time_ && DateOrTimeOf(plan_, cell, &value);
    fits_instant_ = fits_instant_ && DateOrTimeOf(instant_, cell, &value);
  }
  if (!decimal_ || !fits_decimal_) return;
  NumberShape shape;
  fits_decimal_ = ShapeOfNumber(text, NumberStyle{.plain = false}, &shape) == FieldFault::kNone;
  whole_digits_ = std::max(whole_digits_, shape.integer_digits);
  scale_ = std::max(scale_, shape.fraction_digits);
}

void CellFacts::Look(const Cell& cell) {
  switch (cell.type) {
    case SQLITE_NULL:
      return;
    case SQLITE_INTEGER: {
      ++integers_;
      const int64_t value = cell.integer;
      fits_bool_ = fits_bool_ && (value == 0 || value == 1);
      constexpr int64_t kAllExact = int64_t{1} << 53;
      if (value > kAllExact || value < -kAllExact) {
        const auto near = static_cast<double>(value);
        exact_doubles_ =
            exact_doubles_ && near < 9223372036854775808.0 && static_cast<int64_t>(near) == value;
      }
      if (decimal_ || time_) LookAtNumber(cell, true);
      return;
    }
    case SQLITE_FLOAT:
      ++reals_;
      if (decimal_ || time_) LookAtNumber(cell, false);
      return;
    case SQLITE_TEXT:
      ++texts_;
      LookAtText(cell);
      return;
    default:
      ++blobs_;
      return;
  }
}

void CellFacts::Merge(const CellFacts& other) {
  integers_ += other.integers_;
  reals_ += other.reals_;
  texts_ += other.texts_;
  nans_ += other.nans_;
  blobs_ += other.blobs_;
  fits_bool_ = fits_bool_ && other.fits_bool_;
  exact_doubles_ = exact_doubles_ && other.exact_doubles_;
  fits_time_ = fits_time_ && other.fits_time_;
  fits_instant_ = fits_instant_ && other.fits_instant_;
  well_formed_ = well_formed_ && other.well_formed_;
  fits_decimal_ = fits_decimal_ && other.fits_decimal_;
  whole_digits_ = std::max(whole_digits_, other.whole_digits_);
  scale_ = std::max(scale_, other.scale_);
}

std::shared_ptr<arrow::DataType> CellFacts::NarrowestType(bool* mixed) const {
  *mixed = false;
  if (all_null()) return declared_ == nullptr ? arrow::utf8() : declared_;
  const bool numbers = integers_ + reals_ > 0;
  // Not-a-number is a float among nothing but numbers, otherwise a text.
  const bool others = texts_ - nans_ + blobs_ > 0;
  if (bool_ && reals_ == 0 && !others && fits_bool_) return declared_;
  if (time_ && blobs_ == 0) {
    if (fits_time_) return declared_;
    if (fits_instant_ && !numbers) return instant_.type;
  }
  // Texts of numbers in a column of decimals: only where the declaration keeps texts.
  if (decimal_ && blobs_ == 0 && fits_decimal_ && (texts_ == 0 || plan_.told)) {
    if (scale_ <= plan_.scale && whole_digits_ <= plan_.precision - plan_.scale) return declared_;
    const int32_t digits = std::max(1, whole_digits_ + scale_);
    if (reals_ + texts_ > 0 && digits <= kMostDigits) return arrow::decimal128(digits, scale_);
  }
  if (!others) {
    if (reals_ + nans_ == 0 || (reals_ == 0 && exact_doubles_)) {
      // Whole numbers in a column of floating ones stay what the column is.
      if (declared_ != nullptr && declared_->id() == arrow::Type::DOUBLE && exact_doubles_) {
        return declared_;
      }
      return arrow::int64();
    }
    if (exact_doubles_) return arrow::float64();
    *mixed = true;
    return arrow::utf8();
  }
  if (blobs_ == 0 && well_formed_) {
    *mixed = numbers;
    return arrow::utf8();
  }
  *mixed = numbers || texts_ > 0;
  return arrow::binary();
}

std::string CellFacts::Text() const {
  std::string text;
  const auto add = [&](int64_t count, const char* what) {
    if (count == 0) return;
    text += (text.empty() ? "" : ", ") + Plural(count, what);
  };
  add(integers_, "integer");
  add(reals_, "real");
  add(texts_, "text");
  add(blobs_, "blob");
  if (text.empty()) return "nothing but nulls";
  return well_formed_ ? text : text + " (not all valid UTF-8)";
}

}  // namespace bowyer
