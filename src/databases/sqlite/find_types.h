// What a column's cells are, gathered in a pass over its rows, and the narrowest type that holds
// each of them exactly.
#pragma once

#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string>

#include "databases/sqlite/cell.h"
#include "databases/sqlite/types.h"

namespace bowyer {

// Facts about the cells of one column. Parts of a table are looked at side by side and merged.
class CellFacts {
 public:
  // `declared`: what DeclaredType said (may be null): whether the cells fit is found out, too.
  // `kept_as_text`: see KeptAsText; `epoch`: see TableReadOptions::epochs.
  CellFacts(std::shared_ptr<arrow::DataType> declared, bool kept_as_text, Epoch epoch, bool utf16);

  void Look(const Cell& cell);
  void Merge(const CellFacts& other);

  // The declared type if it holds every cell, or if there are none; otherwise, of those that hold
  // every cell, the first one of int64, the declared kind of decimal with more digits, float64,
  // timestamps with a zone, text (numbers spelled as docs/types.md says), binary.
  // `*mixed`: texts or bytes in which numbers are spelled, or bytes among which are texts.
  std::shared_ptr<arrow::DataType> NarrowestType(bool* mixed) const;

  // "5 integers and 2 texts".
  std::string Text() const;
  bool all_null() const { return integers_ + reals_ + texts_ + blobs_ == 0; }

 private:
  void LookAtNumber(const Cell& cell, bool is_integer);
  void LookAtText(const Cell& cell);

  std::shared_ptr<arrow::DataType> declared_;
  SqliteColumnPlan plan_;     // of the declared type
  SqliteColumnPlan instant_;  // for dates and times: with a zone
  bool decimal_ = false, time_ = false, bool_ = false;

  int64_t integers_ = 0, reals_ = 0, texts_ = 0, blobs_ = 0;
  int64_t nans_ = 0;  // texts that are IsNan
  bool fits_bool_ = true;
  bool exact_doubles_ = true;  // of the integers
  bool fits_time_ = true;      // texts are dates or times, numbers are by `epoch`
  bool fits_instant_ = true;   // texts are times that end in Z
  bool well_formed_ = true;    // of the texts
  bool fits_decimal_ = true;   // into some decimal, as declared with more digits
  int32_t whole_digits_ = 0, scale_ = 0;
  std::string scratch_;
};

}  // namespace bowyer
