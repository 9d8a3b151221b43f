// Rows cut into row groups as they come. Each is compressed and written to the file by a task of
// its own while the next one fills, and takes its place in the table in the order of the rows.
//
// Columns are laid out by us (segments/), which takes a fifth of what DuckDB takes. Rows so wide
// that a row group would not fit the memory make smaller ones. Left to DuckDB are tables with a
// column of a type that we do not lay out, from there on where a text is so long that it needs
// blocks of its own, and tables of less than a row group, which it packs together.
#pragma once

#include <arrow/status.h>

#include <duckdb.hpp>
#include <duckdb/storage/optimistic_data_writer.hpp>
#include <duckdb/storage/table/append_state.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "bowyer/context.h"
#include "core/ordered_tasks.h"
#include "databases/duckdb/segments/column_rows.h"
#include "databases/duckdb/segments/segment_blocks.h"

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
  // What a row group of ours fills, and the memory that it is encoded in.
  struct Columns {
    std::vector<std::unique_ptr<segments::ColumnRows>> rows;
    segments::Scratch scratch;
  };
  // In the transaction's storage under `index`, so that its blocks are free again when the
  // transaction ends without it.
  struct RowGroup {
    duckdb::PhysicalIndex index{0};
    duckdb::OptimisticWriteCollection* rows = nullptr;
    duckdb::idx_t count = 0;
    // Laid out by us: the columns, and how many different values they have.
    Columns columns;
    std::vector<std::unique_ptr<duckdb::DistinctStatistics>> distinct;
    // By DuckDB: the bytes of its values, who writes its blocks, and the state while it fills.
    size_t bytes = 0;
    std::unique_ptr<duckdb::OptimisticDataWriter> writer;
    std::optional<duckdb::TableAppendState> state;
  };

  void Begin();
  void AppendPart(duckdb::DataChunk& rows);
  bool AppendOurs(duckdb::DataChunk& rows);
  void AppendDuckDbs(duckdb::DataChunk& rows);
  static void DuckDbAddsNothing(RowGroup& group);
  // Rows that we have of the row group go to DuckDB, as all that come after them.
  void LeaveToDuckDb();
  bool IsFull() const;
  void EndAppend();
  void WriteOut();
  void Encode(RowGroup& group);
  void TakeOldest();
  void Merge(RowGroup& group);

  duckdb::ClientContext& client_;
  duckdb::DataTable& table_;
  const std::shared_ptr<CompressionChoice> compression_;
  const duckdb::idx_t most_rows_;
  const size_t most_bytes_;  // of a row group
  bool ours_;                // are row groups laid out by us?
  duckdb::Vector hashes_;
  std::vector<Columns> spare_;  // whose row groups were written
  segments::SegmentBlocks blocks_;
  std::unique_ptr<RowGroup> filling_;
  bool any_written_ = false;
  OrderedTasks<std::shared_ptr<RowGroup>> written_;  // last: its tasks use the others
};

}  // namespace bowyer
