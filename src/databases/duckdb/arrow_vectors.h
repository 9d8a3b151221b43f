// Arrow batches as chunks of DuckDB. What has the same layout in both is not copied; nested and
// rare types go through DuckDB's own conversion.
#pragma once

#include <arrow/record_batch.h>

#include <duckdb.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <memory>
#include <vector>

#include "databases/duckdb/column_vectors.h"

namespace bowyer {

// Used by one thread. Throws what DuckDB throws.
class ArrowVectors {
 public:
  // `columns`: of `schema`, whose types in DuckDB are in `table`, in the order of the batches'.
  ArrowVectors(duckdb::ClientContext& context, const arrow::Schema& schema,
               const duckdb::ArrowTableSchema& table, const std::vector<int>& columns);

  // The batch that is given out next. Its values fit DuckDB (exact_values.h).
  void Begin(std::shared_ptr<arrow::RecordBatch> batch);

  bool done() const { return batch_ == nullptr || row_ == batch_->num_rows(); }

  // The next rows of the batch: column i into outputs[i]. Returns their number.
  duckdb::idx_t Fill(const std::vector<duckdb::Vector*>& outputs);

 private:
  std::vector<std::unique_ptr<ColumnVectors>> columns_;
  std::shared_ptr<arrow::RecordBatch> batch_;
  int64_t row_ = 0;
};

}  // namespace bowyer
