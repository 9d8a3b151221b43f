// What DuckDB's INSERT does, minus the query: rows are converted and tried against the table's
// constraints here, compressed and written by RowGroups. At the commit row groups move into the
// table as they are.
#include "databases/duckdb/append.h"

#include <arrow/c/bridge.h>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/catalog/catalog_entry/table_catalog_entry.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <duckdb/main/attached_database.hpp>
#include <duckdb/main/database_manager.hpp>
#include <duckdb/planner/binder.hpp>
#include <duckdb/planner/bound_constraint.hpp>
#include <duckdb/storage/data_table.hpp>
#include <duckdb/storage/table/append_state.hpp>
#include <duckdb/transaction/meta_transaction.hpp>
#include <numeric>
#include <optional>
#include <vector>

#include "bowyer/error.h"
#include "databases/duckdb/arrow_vectors.h"
#include "databases/duckdb/exact_values.h"
#include "databases/duckdb/row_groups.h"
#include "databases/duckdb/status.h"

namespace bowyer {

struct TableAppend::State {
  std::shared_ptr<DuckDbConnection> connection;
  bool infinities = false;
  duckdb::optional_ptr<duckdb::DataTable> table;
  duckdb::vector<duckdb::unique_ptr<duckdb::BoundConstraint>> constraints;
  duckdb::unique_ptr<duckdb::ConstraintState> constraint_state;
  duckdb::ArrowSchemaWrapper schema;
  duckdb::ArrowTableSchema arrow;
  std::optional<ArrowVectors> vectors;
  duckdb::DataChunk rows;  // as they come
  duckdb::DataChunk cast;  // as the table has them
  std::vector<duckdb::Vector*> outputs;
  std::vector<bool> is_cast;  // of each column
  bool any_cast = false;
  std::optional<RowGroups> groups;  // until they are finished

  duckdb::ClientContext& context() { return *(*connection)->context; }

  // DuckDB ends the transaction of a call that throws.
  template <typename Call>
  arrow::Status InTransaction(Call call) {
    return Guarded([&] { context().RunFunctionInTransaction(call, false); });
  }

  void Begin(const TableName& name, const arrow::Schema& fields,
             std::shared_ptr<CompressionChoice> compression, int window) {
    auto& client = context();
    const auto& database = duckdb::DatabaseManager::GetDefaultDatabase(client);
    auto& entry = duckdb::Catalog::GetEntry<duckdb::TableCatalogEntry>(client, database,
                                                                       name.schema, name.table);
    auto& attached = entry.ParentCatalog().GetAttached();
    duckdb::MetaTransaction::Get(client).ModifyDatabase(
        attached, duckdb::DatabaseModificationType(duckdb::DatabaseModificationType::INSERT_DATA));
    constraints = duckdb::Binder::CreateBinder(client)->BindConstraints(entry);
    table = &entry.GetStorage();
    constraint_state = table->InitializeConstraintState(entry, constraints);
    groups.emplace(client, *table, std::move(compression), connection->context(), window);

    ThrowIfError(arrow::ExportSchema(fields, &schema.arrow_schema));
    duckdb::ArrowTableFunction::PopulateArrowTableSchema(client, arrow, schema.arrow_schema);
    std::vector<int> all(static_cast<size_t>(fields.num_fields()));
    std::iota(all.begin(), all.end(), 0);
    vectors.emplace(client, fields, arrow, all);
    auto& allocator = duckdb::Allocator::Get(client);
    const auto& from = arrow.GetTypes();
    const auto to = entry.GetTypes();
    rows.Initialize(allocator, from);
    for (auto& vector : rows.data) outputs.push_back(&vector);
    for (duckdb::idx_t i = 0; i < to.size(); ++i) {
      is_cast.push_back(from.at(i) != to[i]);
      any_cast = any_cast || is_cast.back();
    }
    if (any_cast) cast.Initialize(allocator, to);
  }

  void Append(const std::shared_ptr<arrow::RecordBatch>& batch) {
    auto& client = context();
    vectors->Begin(batch);
    while (!vectors->done()) {
      rows.Reset();
      rows.SetCardinality(vectors->Fill(outputs));
      if (any_cast) Cast();
      auto& values = any_cast ? cast : rows;
      table->VerifyAppendConstraints(*constraint_state, client, values, nullptr, nullptr);
      groups->Append(values);
    }
  }

  void Cast() {
    cast.Reset();
    for (duckdb::idx_t i = 0; i < rows.ColumnCount(); ++i) {
      if (is_cast[i]) {
        duckdb::VectorOperations::Cast(context(), rows.data[i], cast.data[i], rows.size(), true);
      } else {
        cast.data[i].Reference(rows.data[i]);
      }
    }
    cast.SetCardinality(rows.size());
  }
};

TableAppend::TableAppend() : state_(std::make_unique<State>()) {}
TableAppend::~TableAppend() = default;

arrow::Result<std::unique_ptr<TableAppend>> TableAppend::Begin(
    std::shared_ptr<DuckDbConnection> connection, const TableName& table,
    const std::shared_ptr<arrow::Schema>& rows, bool infinities,
    std::shared_ptr<CompressionChoice> compression, int window) {
  std::unique_ptr<TableAppend> made(new TableAppend);
  State& state = *made->state_;
  state.connection = std::move(connection);
  state.infinities = infinities;
  ARROW_RETURN_NOT_OK(
      state.InTransaction([&] { state.Begin(table, *rows, std::move(compression), window); }));
  return made;
}

arrow::Status TableAppend::Write(const std::shared_ptr<arrow::RecordBatch>& batch) {
  ARROW_RETURN_NOT_OK(CheckFitsDuckDb(*batch, state_->infinities));
  if (batch->num_rows() == 0) return arrow::Status::OK();
  return state_->InTransaction([&] { state_->Append(batch); });
}

arrow::Status TableAppend::Finish() {
  if (!state_->groups.has_value()) return arrow::Status::OK();
  const auto status = state_->InTransaction([&] { state_->groups->Finish(); });
  state_->groups.reset();
  return status;
}

}  // namespace bowyer
