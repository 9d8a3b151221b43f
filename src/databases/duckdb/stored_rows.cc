#include "databases/duckdb/stored_rows.h"

#include <algorithm>
#include <duckdb/catalog/catalog_entry/duck_table_entry.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/storage/data_table.hpp>
#include <duckdb/storage/table/row_group.hpp>
#include <duckdb/storage/table/row_group_collection.hpp>
#include <duckdb/storage/table/row_group_segment_tree.hpp>
#include <duckdb/storage/table/scan_state.hpp>
#include <duckdb/transaction/duck_transaction.hpp>
#include <optional>
#include <utility>

#include "databases/duckdb/chunk_bytes.h"
#include "databases/duckdb/chunk_converter.h"
#include "databases/duckdb/result_reader.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

// Within a transaction.
duckdb::DuckTableEntry& EntryOf(duckdb::ClientContext& context, const TableName& name) {
  return duckdb::Catalog::GetEntry<duckdb::TableCatalogEntry>(
             context, duckdb::DatabaseManager::GetDefaultDatabase(context), name.schema, name.table)
      .Cast<duckdb::DuckTableEntry>();
}

// All that is committed, of which a scan takes its part.
void FindRowGroups(duckdb::ClientContext& context, duckdb::DataTable& table,
                   duckdb::ParallelTableScanState* groups) {
  table.InitializeParallelScan(context, *groups, {});
}

class StoredRows : public arrow::RecordBatchReader {
 public:
  StoredRows(std::shared_ptr<DuckDbConnection> connection, const TableName& name)
      : connection_(std::move(connection)) {
    (*connection_)->BeginTransaction();
    auto& context = *(*connection_)->context;
    table_ = &EntryOf(context, name);
    transaction_ = &duckdb::DuckTransaction::Get(context, table_->catalog);
  }

  // False: no row group begins with `begin`.
  arrow::Result<bool> Begin(int64_t begin, int64_t end,
                            const std::shared_ptr<arrow::Schema>& schema, bool infinities) {
    auto& context = *(*connection_)->context;
    auto& storage = table_->GetStorage();
    duckdb::vector<duckdb::StorageIndex> columns;
    duckdb::vector<duckdb::LogicalType> types;
    duckdb::vector<duckdb::string> names;
    for (const auto& field : schema->fields()) {
      const auto& column = table_->GetColumn(field->name());
      columns.emplace_back(column.Physical().index);
      types.push_back(column.Type());
      names.push_back(column.Name());
    }
    ARROW_ASSIGN_OR_RAISE(
        converter_,
        ChunkConverter::Make(types, names, context.GetClientProperties(), schema, infinities));
    rows_per_batch_ = static_cast<duckdb::idx_t>(ResultBatchRows(*connection_->context(), *schema));
    chunk_.Initialize(duckdb::Allocator::Get(context), types);
    state_.Initialize(std::move(columns), &context);

    duckdb::ParallelTableScanState all;
    FindRowGroups(context, storage, &all);
    auto& groups = all.scan_state;
    const auto first = static_cast<duckdb::idx_t>(begin);
    const duckdb::idx_t behind = std::min(static_cast<duckdb::idx_t>(end), groups.max_row);
    if (first >= behind) return true;  // no rows
    auto group = groups.row_groups->GetSegment(first);
    if (group->GetRowStart() != first) return false;
    duckdb::RowGroupCollection::InitializeScanInRowGroup(context, state_.table_state,
                                                         *groups.collection, *group, 0, behind);
    return true;
  }

  std::shared_ptr<arrow::Schema> schema() const override { return converter_->schema(); }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    ARROW_RETURN_NOT_OK(connection_->context()->CheckStop());
    return Guarded([&] { return Next(); }).Value(out);
  }

 private:
  arrow::Result<std::shared_ptr<arrow::RecordBatch>> Next() {
    // Texts may be of any length: a batch ends at this size, too.
    const auto most_bytes = static_cast<duckdb::idx_t>(connection_->context()->block_bytes()) * 4;
    std::optional<BatchAppender> batch;
    duckdb::idx_t rows = 0, bytes = 0;
    while (rows + STANDARD_VECTOR_SIZE <=
               std::max<duckdb::idx_t>(rows_per_batch_, STANDARD_VECTOR_SIZE) &&
           bytes < most_bytes) {
      chunk_.Reset();
      table_->GetStorage().Scan(*transaction_, chunk_, state_);
      if (chunk_.size() == 0) break;
      if (!batch.has_value()) batch.emplace(*converter_, rows_per_batch_);
      ARROW_RETURN_NOT_OK(batch->Append(chunk_));
      rows += chunk_.size();
      bytes += BytesOf(chunk_);
    }
    if (!batch.has_value()) return nullptr;
    return batch->Finish();
  }

  const std::shared_ptr<DuckDbConnection> connection_;  // ends the transaction
  duckdb::DuckTableEntry* table_;
  duckdb::DuckTransaction* transaction_;
  std::shared_ptr<const ChunkConverter> converter_;
  duckdb::idx_t rows_per_batch_ = 0;
  duckdb::DataChunk chunk_;
  duckdb::TableScanState state_;
};

}  // namespace

arrow::Result<std::vector<int64_t>> RowGroupStarts(DuckDbConnection& connection,
                                                   const TableName& name) {
  return Guarded([&] {
    std::vector<int64_t> starts;
    auto& context = *connection->context;
    context.RunFunctionInTransaction([&] {
      duckdb::ParallelTableScanState all;
      FindRowGroups(context, EntryOf(context, name).GetStorage(), &all);
      for (const auto& group : all.scan_state.row_groups->SegmentNodes()) {
        starts.push_back(static_cast<int64_t>(group.GetRowStart()));
      }
    });
    return starts;
  });
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> ReadStoredRows(
    std::shared_ptr<DuckDbConnection> connection, const TableName& name, int64_t begin, int64_t end,
    const std::shared_ptr<arrow::Schema>& schema, bool infinities) {
  return Guarded([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    auto rows = std::make_shared<StoredRows>(std::move(connection), name);
    ARROW_ASSIGN_OR_RAISE(const bool begins, rows->Begin(begin, end, schema, infinities));
    if (!begins) return nullptr;
    return rows;
  });
}

}  // namespace bowyer
