// Rows cut into row groups as they come. Each is compressed and written to the file by a task of
// its own while the next one fills, and takes its place in the table in the order of the rows.
#pragma once

#include <arrow/status.h>

#include <duckdb.hpp>
#include <duckdb/storage/optimistic_data_writer.hpp>
#include <duckdb/storage/table/append_state.hpp>
#include <memory>
#include <optional>

#include "bowyer/context.h"
#include "core/ordered_tasks.h"

namespace bowyer {

class CompressionChoice;

// Within the transaction of `client`, which is the caller's and lasts longer; what is not finished
// is given up with it. Used by one thread. Throws what DuckDB throws.
class RowGroups {
 public:
  // `table` has no indexes. compression: what all that append to it share. window: row groups that
  // are written at a time on the context's workers, kOnCallingThread for none.
  RowGroups(duckdb::ClientContext& client, duckdb::DataTable& table,
            std::shared_ptr<CompressionChoice> compression, const std::shared_ptr<Context>& context,
            int window);

  // Constraints have been tried.
  void Append(duckdb::DataChunk& rows);
  // All rows are in the transaction.
  void Finish();

 private:
  // In the transaction's storage under `index`, so that its blocks are free again when the
  // transaction ends without it.
  struct RowGroup {
    duckdb::PhysicalIndex index{0};
    std::unique_ptr<duckdb::OptimisticDataWriter> writer;  // of its blocks
    duckdb::OptimisticWriteCollection* rows = nullptr;
    std::optional<duckdb::TableAppendState> state;  // while it fills
    duckdb::idx_t count = 0;
  };

  void Begin();
  void EndAppend();
  void WriteOut();
  void TakeOldest();
  void Merge(RowGroup& group);

  duckdb::ClientContext& client_;
  duckdb::DataTable& table_;
  const std::shared_ptr<CompressionChoice> compression_;
  const duckdb::idx_t most_rows_;
  std::unique_ptr<RowGroup> filling_;
  OrderedTasks<std::shared_ptr<RowGroup>> written_;
};

}  // namespace bowyer
