// Proof that two tables hold the same rows, whatever their order, chunks and types of Arrow's.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/value_hash.h"

namespace bowyer {

// Sums over the rows: of each column's values, and of the rows as wholes, so that values that
// changed places between rows are told, too. What counts as equal says ValueHasher; columns are
// told apart by their places, not their names. 128 bits each: a chance difference stays unseen once
// in 2^128. It is no proof against somebody who makes rows to deceive it.
//
// Used by one thread; threads that share a table each have one and merge them.
class TableDigest {
 public:
  explicit TableDigest(int columns);

  // Errors: kInternal for a batch of another number of columns.
  arrow::Status Add(const arrow::RecordBatch& batch);
  arrow::Status Merge(const TableDigest& other);

  int64_t rows() const { return rows_; }
  int columns() const { return static_cast<int>(columns_.size()); }

  // Exact: 32 hexadecimal digits for the table and for each column. Errors of Parse: kData.
  std::string ToText() const;
  static arrow::Result<TableDigest> Parse(std::string_view text);

  // For people: 32 hexadecimal digits.
  std::string TableText() const;
  std::string ColumnText(int column) const;

  bool operator==(const TableDigest& other) const;
  // Where values differ; none if only their order within columns does, or the number of columns.
  std::vector<int> DifferingColumns(const TableDigest& other) const;

 private:
  struct Sum {
    uint64_t low = 0, high = 0;
    bool operator==(const Sum&) const = default;
    std::string ToText() const;
  };
  arrow::Status CheckColumns(int columns) const;

  int64_t rows_ = 0;
  Sum table_;
  std::vector<Sum> columns_;
  std::vector<ValueHasher> hashers_;
};

}  // namespace bowyer
