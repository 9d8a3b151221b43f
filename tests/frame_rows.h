// A frame's result as text: the names, then a line for each row, cells between bars.
#pragma once

#include <arrow/scalar.h>
#include <arrow/table.h>
#include <gtest/gtest.h>

#include <string>

#include "bowyer/error.h"
#include "bowyer/lazy_frame.h"
#include "table_of.h"

namespace bowyer {

inline std::string CellText(const arrow::Scalar& cell) {
  if (!cell.is_valid) return "null";
  if (arrow::is_list(cell.type->id())) {
    const auto& items = *static_cast<const arrow::BaseListScalar&>(cell).value;
    std::string text;
    for (int64_t i = 0; i < items.length(); ++i) {
      text += (i > 0 ? "," : "") + CellText(*items.GetScalar(i).ValueOrDie());
    }
    return "[" + text + "]";
  }
  return cell.ToString();
}

// The error's text in place of rows that there are not.
inline std::string RowsOf(const LazyFrame& frame, const RunOn& on) {
  const auto result = frame.Collect(on);
  if (!result.ok()) return Describe(result.status());
  const auto& table = **result;
  std::string text;
  for (int c = 0; c < table.num_columns(); ++c) {
    text += (c > 0 ? "|" : "") + table.schema()->field(c)->name();
  }
  text += "\n";
  for (int64_t row = 0; row < table.num_rows(); ++row) {
    for (int c = 0; c < table.num_columns(); ++c) {
      text += (c > 0 ? "|" : "") + CellText(*table.column(c)->GetScalar(row).ValueOrDie());
    }
    text += "\n";
  }
  return text;
}

}  // namespace bowyer
