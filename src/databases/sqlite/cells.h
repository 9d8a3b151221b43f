// Cells of a row -> values of a batch. A cell's storage class is looked at before its value is
// taken: nothing is converted by SQLite, and what does not fit its column's type is told apart.
#pragma once

#include <arrow/array.h>
#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>
#include <arrow/scalar.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "databases/sqlite/cell.h"
#include "databases/sqlite/types.h"

namespace bowyer {

// Rows in the making. Used by one thread.
class CellBatch {
 public:
  // check_text: texts are checked as they come, one by one, so that Append tells at once; otherwise
  // all together by Finish.
  CellBatch(std::vector<SqliteColumnPlan> plans, bool check_text, arrow::MemoryPool* pool);
  ~CellBatch();

  // Room for `rows` rows; forgets those that are there.
  arrow::Status Start(int64_t rows);
  // A row, a cell for each plan. Gives the column whose cell does not fit (the row is not there
  // then), or -1.
  arrow::Result<int> Append(std::span<const Cell> cells);
  // Takes away the last row.
  void Drop();
  int64_t rows() const { return rows_; }
  // Is the last row's value greater than `bound`, which is of the column's type? Null never is.
  bool LastIsBeyond(int column, const arrow::Scalar& bound) const;
  int64_t text_bytes() const;

  // A text that is not UTF-8, once Finish has said so.
  struct Fault {
    int64_t row = -1;
    int column = -1;
    std::string reason;
  };
  // The columns; none, and `fault` set, if a text is no UTF-8.
  arrow::Result<arrow::ArrayVector> Finish(Fault* fault);

 private:
  struct Column;
  std::vector<Column> columns_;
  std::vector<size_t> variable_;  // columns of text and bytes
  const bool check_text_;
  arrow::MemoryPool* const pool_;
  int64_t rows_ = 0, capacity_ = 0;
};

// A cell's value as a date, time or duration, exactly; false if it is none. `value`: days, or units
// of the plan.
bool DateOrTimeOf(const SqliteColumnPlan& plan, const Cell& cell, int64_t* value);
// Of a number: is it, as its shortest text, a decimal of the plan's type?
bool DecimalOf(const SqliteColumnPlan& plan, double number, void* value);

// The text that stands for not-a-number in a column of floating-point numbers, for SQLite makes
// NULL of it: "nan", as Bowyer writes it.
bool IsNan(const SqliteColumnPlan& plan, std::string_view text);

// The text of a cell of class TEXT: as it is, or, of a UTF-16 database, converted into `scratch`.
// Of halves of surrogate pairs it gives the UTF-16LE bytes, and *valid is false; of UTF-8, *valid
// says nothing.
std::string_view TextOf(const Cell& cell, bool utf16, std::string* scratch, bool* valid);

// "text "abc" is no int64", for a cell that does not fit.
std::string MisfitText(const SqliteColumnPlan& plan, const Cell& cell);
// A cell as SQL writes it: 1, 0.5, 'it''s', x'00ff', NULL.
std::string LiteralOf(const Cell& cell);

}  // namespace bowyer
