#include "databases/duckdb/row_groups.h"

#include <algorithm>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/storage/data_table.hpp>
#include <duckdb/storage/storage_manager.hpp>
#include <duckdb/storage/table/column_data.hpp>
#include <duckdb/storage/table/row_group.hpp>
#include <duckdb/storage/table/row_group_collection.hpp>
#include <duckdb/storage/table/row_version_manager.hpp>
#include <duckdb/storage/table_io_manager.hpp>

#include "bowyer/context.h"
#include "databases/duckdb/chunk_bytes.h"
#include "databases/duckdb/compression_choice.h"
#include "databases/duckdb/segments/plain.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

// Segments are cut for blocks of the default size.
bool CanLayOut(duckdb::DataTable& table) {
  if (table.IsTemporary() || duckdb::StorageManager::Get(table.GetAttached()).InMemory()) {
    return false;
  }
  const auto& blocks = table.GetTableIOManager().GetBlockManagerForRowData();
  if (blocks.GetBlockAllocSize() != DEFAULT_BLOCK_ALLOC_SIZE) return false;
  const auto types = table.GetTypes();
  return std::all_of(types.begin(), types.end(),
                     [](const auto& type) { return segments::ColumnRows::Make(type) != nullptr; });
}

// Row groups that fill and wait take a third of the memory budget, more or less. Where none wait,
// each of the context's threads may fill one.
size_t MostBytes(const Context& context, int window) {
  const int at_a_time = window == kOnCallingThread ? context.threads() : window + 1;
  return static_cast<size_t>(context.memory_budget() / 3 / at_a_time);
}

}  // namespace

RowGroups::RowGroups(duckdb::ClientContext& client, duckdb::DataTable& table,
                     std::shared_ptr<CompressionChoice> compression,
                     const std::shared_ptr<Context>& context, int window)
    : client_(client),
      table_(table),
      compression_(std::move(compression)),
      most_rows_(table.GetRowGroupSize()),
      most_bytes_(MostBytes(*context, window)),
      ours_(CanLayOut(table)),
      hashes_(duckdb::LogicalType::HASH),
      blocks_(table.GetTableIOManager().GetBlockManagerForRowData()),
      written_(context, window) {}

void RowGroups::Append(duckdb::DataChunk& rows) {
  for (duckdb::idx_t row = 0; row < rows.size();) {
    if (filling_ == nullptr) Begin();
    const auto room = most_rows_ - filling_->count;
    const auto count = std::min<duckdb::idx_t>(room, rows.size() - row);
    if (count == rows.size()) {
      AppendPart(rows);
    } else {
      duckdb::DataChunk part;
      part.InitializeEmpty(rows.GetTypes());
      part.Reference(rows);
      part.Slice(row, count);
      AppendPart(part);
    }
    row += count;
    filling_->count += count;
    if (IsFull()) WriteOut();
  }
}

bool RowGroups::IsFull() const {
  if (filling_->count == most_rows_) return true;
  // DuckDB holds its values and, while it writes them, their encoded form.
  size_t bytes = 2 * filling_->bytes;
  for (const auto& column : filling_->columns.rows) bytes += column->bytes();
  return bytes >= most_bytes_;
}

void RowGroups::Begin() {
  filling_ = std::make_unique<RowGroup>();
  filling_->writer = std::make_unique<duckdb::OptimisticDataWriter>(client_, table_);
  filling_->index = table_.CreateOptimisticCollection(
      client_, filling_->writer->CreateCollection(table_, table_.GetTypes(),
                                                  duckdb::OptimisticWritePartialManagers::GLOBAL));
  filling_->rows = &table_.GetOptimisticCollection(client_, filling_->index);
  if (!ours_) {
    filling_->rows->collection->InitializeEmpty();
    filling_->state.emplace();
    filling_->rows->collection->InitializeAppend(*filling_->state);
    return;
  }
  const auto types = table_.GetTypes();
  if (spare_.empty()) {
    for (const auto& type : types) {
      filling_->columns.rows.push_back(segments::ColumnRows::Make(type));
    }
  } else {
    filling_->columns = std::move(spare_.back());
    spare_.pop_back();
  }
  for (const auto& type : types) {
    filling_->distinct.push_back(duckdb::DistinctStatistics::TypeIsSupported(type)
                                     ? std::make_unique<duckdb::DistinctStatistics>()
                                     : nullptr);
  }
}

void RowGroups::AppendPart(duckdb::DataChunk& rows) {
  if (ours_) {
    if (AppendOurs(rows)) return;
    LeaveToDuckDb();
  }
  AppendDuckDbs(rows);
}

void RowGroups::AppendDuckDbs(duckdb::DataChunk& rows) {
  filling_->bytes += BytesOf(rows);
  filling_->rows->collection->Append(rows, *filling_->state);
}

bool RowGroups::AppendOurs(duckdb::DataChunk& rows) {
  std::vector<duckdb::UnifiedVectorFormat> values(rows.ColumnCount());
  for (duckdb::idx_t i = 0; i < rows.ColumnCount(); ++i) {
    rows.data[i].ToUnifiedFormat(rows.size(), values[i]);
    if (!filling_->columns.rows[i]->Takes(values[i], rows.size())) return false;
  }
  for (duckdb::idx_t i = 0; i < rows.ColumnCount(); ++i) {
    filling_->columns.rows[i]->Append(values[i], rows.size());
    if (auto* distinct = filling_->distinct[i].get()) {
      distinct->UpdateSample(rows.data[i], rows.size(), hashes_);
    }
  }
  return true;
}

void RowGroups::LeaveToDuckDb() {
  ours_ = false;
  const auto columns = std::move(filling_->columns.rows);
  filling_->rows->collection->InitializeEmpty();
  filling_->state.emplace();
  filling_->rows->collection->InitializeAppend(*filling_->state);
  duckdb::DataChunk chunk;
  chunk.Initialize(duckdb::Allocator::Get(client_), table_.GetTypes());
  for (duckdb::idx_t row = 0; row < filling_->count; row += STANDARD_VECTOR_SIZE) {
    const auto count = std::min<duckdb::idx_t>(STANDARD_VECTOR_SIZE, filling_->count - row);
    chunk.Reset();
    for (size_t i = 0; i < columns.size(); ++i) columns[i]->Give(row, count, &chunk.data[i]);
    chunk.SetCardinality(count);
    AppendDuckDbs(chunk);
  }
}

void RowGroups::EndAppend() {
  filling_->rows->collection->FinalizeAppend(duckdb::TransactionData(0, 0), *filling_->state);
  filling_->state.reset();
}

void RowGroups::WriteOut() {
  if (written_.full()) TakeOldest();
  if (!ours_) EndAppend();
  any_written_ = true;
  ThrowIfError(written_.Submit(
      [this, ours = ours_, filled = std::shared_ptr<RowGroup>(std::move(filling_))]() mutable {
        // What is left of a task may outlive the transaction: nothing of the row group may be in
        // it.
        auto group = std::move(filled);
        return Guarded([&]() -> arrow::Result<std::shared_ptr<RowGroup>> {
          if (ours) {
            Encode(*group);
            return std::move(group);
          }
          group->writer->WriteUnflushedRowGroups(*group->rows);
          DuckDbAddsNothing(*group);
          auto written = group->rows->collection->GetRowGroup(0);
          if (written) compression_->Learn(table_, *written, client_);
          return std::move(group);
        });
      }));
  while (!written_.empty() && written_.ready()) TakeOldest();
}

void RowGroups::Encode(RowGroup& group) {
  const auto types = table_.GetTypes();
  const size_t block_bytes = table_.GetTableIOManager().GetBlockManagerForRowData().GetBlockSize();
  std::vector<duckdb::BlockPointer> placed;
  const auto into = [&](duckdb::PersistentColumnData& column) {
    return [&](segments::Segment segment) {
      duckdb::DataPointer pointer(std::move(segment.statistics));
      pointer.row_start = 0;  // found out by the column
      pointer.tuple_count = segment.rows;
      pointer.compression_type = segment.compression;
      if (!segment.bytes.empty()) {
        pointer.block_pointer = blocks_.Place(segment.bytes);
        placed.push_back(pointer.block_pointer);
      }
      column.pointers.push_back(std::move(pointer));
    };
  };
  try {
    duckdb::PersistentRowGroupData data(types);
    for (size_t i = 0; i < types.size(); ++i) {
      segments::ColumnRows& rows = *group.columns.rows[i];
      duckdb::PersistentColumnData column(types[i]);
      duckdb::PersistentColumnData validity{duckdb::LogicalType(duckdb::LogicalTypeId::VALIDITY)};
      rows.Encode(block_bytes, &group.columns.scratch, into(column));
      segments::EncodeValidity(rows.valid(), into(validity));
      column.child_columns.push_back(std::move(validity));
      data.column_data.push_back(std::move(column));
      rows.Clear();
    }
    data.start = static_cast<duckdb::idx_t>(duckdb::MAX_ROW_ID);
    data.count = group.count;
    duckdb::PersistentCollectionData collection;
    collection.row_group_data.push_back(std::move(data));
    group.rows->collection->Initialize(collection);
  } catch (...) {
    for (const auto& one : placed) blocks_.GiveBack(one);
    throw;
  }
  for (size_t i = 0; i < types.size(); ++i) {
    if (group.distinct[i] == nullptr) continue;
    group.rows->collection->SetDistinct(
        i, duckdb::unique_ptr<duckdb::DistinctStatistics>(group.distinct[i].release()));
  }
  // Who sees its rows is settled when they are committed, as for any that were appended.
  group.rows->collection->GetRowGroup(0)->GetOrCreateVersionInfo().AppendVersionInfo(
      duckdb::TransactionData(0, 0), group.count, 0, group.count);
  DuckDbAddsNothing(group);
}

void RowGroups::DuckDbAddsNothing(RowGroup& group) {
  group.rows->complete_row_groups = 1;
  group.rows->collection->SetRowGroupAppendMode(duckdb::RowGroupAppendMode::REQUIRE_NEW);
}

void RowGroups::TakeOldest() { Merge(*ValueOrThrow(written_.Next())); }

void RowGroups::Merge(RowGroup& group) {
  if (!group.columns.rows.empty()) spare_.push_back(std::move(group.columns));
  table_.LocalMerge(client_, *group.rows);
  table_.GetOptimisticWriter(client_).Merge(*group.writer);
  table_.ResetOptimisticCollection(client_, group.index);
}

void RowGroups::Finish() {
  // What is less than a row group in all may still go behind other rows of the table: DuckDB writes
  // it at the commit.
  if (filling_ != nullptr && ours_ && !any_written_) LeaveToDuckDb();
  if (filling_ != nullptr && ours_) WriteOut();
  while (!written_.empty()) TakeOldest();
  blocks_.WriteAll();
  if (filling_ == nullptr) return;
  EndAppend();
  Merge(*filling_);
  filling_.reset();
}

}  // namespace bowyer
