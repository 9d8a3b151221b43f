// One column of Arrow batches as vectors of DuckDB. Used by one thread.
#pragma once

#include <arrow/array/data.h>
#include <arrow/record_batch.h>

#include <duckdb.hpp>
#include <memory>

namespace bowyer {

class ColumnVectors {
 public:
  virtual ~ColumnVectors() = default;

  // `data` is a column of `owner`; its rows are given out next.
  virtual void Begin(const std::shared_ptr<arrow::ArrayData>& data,
                     const std::shared_ptr<arrow::RecordBatch>& owner) = 0;

  // Rows [offset, offset + rows) of the column, at most STANDARD_VECTOR_SIZE, which come in order.
  // The vector may point into the column and then keeps it alive.
  virtual void Fill(int64_t offset, int64_t rows, duckdb::Vector& vector) = 0;
};

// Keeps what a vector points into.
template <typename T>
class ArrowHolder : public duckdb::VectorAuxiliaryData {
 public:
  explicit ArrowHolder(std::shared_ptr<T> held)
      : VectorAuxiliaryData(duckdb::VectorAuxiliaryDataType::ARROW_AUXILIARY),
        held_(std::move(held)) {}

 private:
  const std::shared_ptr<T> held_;
};

template <typename T>
void KeepAlive(duckdb::Vector& vector, const std::shared_ptr<T>& held) {
  vector.GetBuffer()->SetAuxiliaryData(duckdb::make_uniq<ArrowHolder<T>>(held));
}

// The nulls among rows [offset, offset + rows) of `data`, in a flat vector of those rows.
void FillValidity(const arrow::ArrayData& data, int64_t offset, int64_t rows,
                  duckdb::Vector& vector);

// Texts or bytes in any of Arrow's layouts but those of fixed size; null for other types. They are
// not copied, unless few different ones occur: then they become a dictionary, on which DuckDB
// groups, joins and computes once for each entry. Batches may be dictionary-encoded. `values` is
// their type in DuckDB.
std::unique_ptr<ColumnVectors> MakeTextVectors(const arrow::DataType& type,
                                               const duckdb::LogicalType& values);

// Dictionary-encoded texts or bytes; null for other types.
std::unique_ptr<ColumnVectors> MakeDictionaryVectors(const arrow::DataType& type,
                                                     const duckdb::LogicalType& values);

}  // namespace bowyer
