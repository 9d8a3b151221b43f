#include "databases/duckdb/row_groups.h"

#include <algorithm>
#include <duckdb/storage/data_table.hpp>
#include <duckdb/storage/table/row_group.hpp>

#include "databases/duckdb/compression_choice.h"
#include "databases/duckdb/status.h"

namespace bowyer {

RowGroups::RowGroups(duckdb::ClientContext& client, duckdb::DataTable& table,
                     std::shared_ptr<CompressionChoice> compression,
                     const std::shared_ptr<Context>& context, int window)
    : client_(client),
      table_(table),
      compression_(std::move(compression)),
      most_rows_(table.GetRowGroupSize()),
      written_(context, window) {}

void RowGroups::Append(duckdb::DataChunk& rows) {
  for (duckdb::idx_t row = 0; row < rows.size();) {
    if (filling_ == nullptr) Begin();
    const auto room = most_rows_ - filling_->count;
    const auto count = std::min<duckdb::idx_t>(room, rows.size() - row);
    if (count == rows.size()) {
      filling_->rows->collection->Append(rows, *filling_->state);
    } else {
      duckdb::DataChunk part;
      part.InitializeEmpty(rows.GetTypes());
      part.Reference(rows);
      part.Slice(row, count);
      filling_->rows->collection->Append(part, *filling_->state);
    }
    row += count;
    filling_->count += count;
    if (count == room) WriteOut();
  }
}

void RowGroups::Begin() {
  filling_ = std::make_unique<RowGroup>();
  filling_->writer = std::make_unique<duckdb::OptimisticDataWriter>(client_, table_);
  filling_->index = table_.CreateOptimisticCollection(
      client_, filling_->writer->CreateCollection(table_, table_.GetTypes(),
                                                  duckdb::OptimisticWritePartialManagers::GLOBAL));
  filling_->rows = &table_.GetOptimisticCollection(client_, filling_->index);
  filling_->rows->collection->InitializeEmpty();
  filling_->state.emplace();
  filling_->rows->collection->InitializeAppend(*filling_->state);
}

void RowGroups::EndAppend() {
  filling_->rows->collection->FinalizeAppend(duckdb::TransactionData(0, 0), *filling_->state);
  filling_->state.reset();
}

void RowGroups::WriteOut() {
  if (written_.full()) TakeOldest();
  EndAppend();
  ThrowIfError(
      written_.Submit([this, filled = std::shared_ptr<RowGroup>(std::move(filling_))]() mutable {
        // What is left of a task may outlive the transaction: nothing of the row group may be in
        // it.
        auto group = std::move(filled);
        return Guarded([&]() -> arrow::Result<std::shared_ptr<RowGroup>> {
          group->writer->WriteUnflushedRowGroups(*group->rows);
          auto written = group->rows->collection->GetRowGroup(0);
          if (written) compression_->Learn(table_, *written, client_);
          return std::move(group);
        });
      }));
  while (!written_.empty() && written_.ready()) TakeOldest();
}

void RowGroups::TakeOldest() { Merge(*ValueOrThrow(written_.Next())); }

void RowGroups::Merge(RowGroup& group) {
  table_.LocalMerge(client_, *group.rows);
  table_.GetOptimisticWriter(client_).Merge(*group.writer);
  table_.ResetOptimisticCollection(client_, group.index);
}

void RowGroups::Finish() {
  while (!written_.empty()) TakeOldest();
  if (filling_ == nullptr) return;
  // It may still be that its rows go behind others of the table: DuckDB writes it at the commit.
  EndAppend();
  Merge(*filling_);
  filling_.reset();
}

}  // namespace bowyer
