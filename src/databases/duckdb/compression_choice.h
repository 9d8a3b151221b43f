// DuckDB tries every compression that it has on every row group of every column and keeps the
// smallest: half of what a write costs. The rows of a table are alike, so what it chose for some
// row groups is told to it for the next ones; now and then it chooses freely again.
#pragma once

#include <duckdb/common/enums/compression_type.hpp>
#include <duckdb/storage/data_table.hpp>
#include <duckdb/storage/table/row_group.hpp>
#include <mutex>
#include <vector>

namespace bowyer {

// Of one table, for the threads that append to it. A column whose segments do not take what was
// told (DuckDB then writes them uncompressed) is DuckDB's own choice from then on.
class CompressionChoice {
 public:
  // `group` was written: what became of its columns is learnt, and told to `table` for the row
  // groups after it. Nothing of this is stored in the database.
  void Learn(duckdb::DataTable& table, duckdb::RowGroup& group, duckdb::ClientContext& context);

 private:
  struct Column {
    duckdb::CompressionType told = duckdb::CompressionType::COMPRESSION_AUTO;
    int groups = 0;  // written since it was told
    bool unsteady = false;
  };
  std::mutex mutex_;
  std::vector<Column> columns_;
};

}  // namespace bowyer
