// Threads of DuckDB take batches off one reader, which decodes ahead on the context's workers, and
// turn them into vectors side by side. Values of fixed width are not copied: vectors point into the
// batch and keep it alive. Batches are numbered, so DuckDB keeps the order of rows.
#include "databases/duckdb/table_scan.h"

#include <arrow/c/bridge.h>

#include <duckdb/catalog/catalog.hpp>
#include <duckdb/common/serializer/deserializer.hpp>
#include <duckdb/common/serializer/serializer.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/external_dependencies.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>
#include <mutex>

#include "databases/duckdb/exact_values.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

constexpr const char* kFunction = "bowyer_table";
constexpr const char* kDependency = "bowyer_input";

struct InputItem : public duckdb::DependencyItem {
  explicit InputItem(std::shared_ptr<const TableInput> i) : input(std::move(i)) {}
  std::shared_ptr<const TableInput> input;
};

struct BindData : public duckdb::TableFunctionData {
  std::shared_ptr<const TableInput> input;
  duckdb::ArrowSchemaWrapper schema;
  duckdb::ArrowTableSchema table;
};

// Shared by the threads of one scan.
struct Scan : public duckdb::GlobalTableFunctionState {
  std::mutex mutex;
  std::shared_ptr<arrow::RecordBatchReader> reader;
  duckdb::idx_t batches = 0;
  bool ended = false;
  duckdb::idx_t threads = 1;
  duckdb::idx_t MaxThreads() const override { return threads; }
};

duckdb::unique_ptr<BindData> BindInput(duckdb::ClientContext& context,
                                       std::shared_ptr<const TableInput> input) {
  auto bound = duckdb::make_uniq<BindData>();
  bound->input = std::move(input);
  ThrowIfError(arrow::ExportSchema(*bound->input->schema, &bound->schema.arrow_schema));
  duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, bound->table,
                                                       bound->schema.arrow_schema);
  return bound;
}

duckdb::unique_ptr<duckdb::FunctionData> Bind(duckdb::ClientContext& context,
                                              duckdb::TableFunctionBindInput& input,
                                              duckdb::vector<duckdb::LogicalType>& types,
                                              duckdb::vector<duckdb::string>& names) {
  if (!input.ref.external_dependency) {
    throw duckdb::BinderException("%s is not to be called by name", kFunction);
  }
  auto bound = BindInput(
      context, input.ref.external_dependency->GetDependency(kDependency)->Cast<InputItem>().input);
  names = bound->table.GetNames();
  types = bound->table.GetTypes();
  return bound;
}

// The optimiser copies parts of a plan, such as a CTE that it puts in place, by writing and reading
// them. An input is written as its number; while a plan is copied the original keeps it alive.
class CopiedInputs {
 public:
  uint64_t Put(const std::shared_ptr<const TableInput>& input) {
    const std::lock_guard lock(mutex_);
    std::erase_if(inputs_, [](const auto& entry) { return entry.second.expired(); });
    const auto number = reinterpret_cast<uintptr_t>(input.get());
    inputs_[number] = input;
    return number;
  }
  std::shared_ptr<const TableInput> Find(uint64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = inputs_.find(number);
    return found == inputs_.end() ? nullptr : found->second.lock();
  }
  static CopiedInputs& Get() {
    static CopiedInputs inputs;
    return inputs;
  }

 private:
  std::mutex mutex_;
  std::map<uint64_t, std::weak_ptr<const TableInput>> inputs_;
};

void Serialize(duckdb::Serializer& serializer,
               const duckdb::optional_ptr<duckdb::FunctionData> data,
               const duckdb::TableFunction&) {
  const auto& input = data->Cast<BindData>().input;
  // Then the CTE stays where it is, and is read once.
  if (input->once) throw duckdb::NotImplementedException("a stream is not scanned twice");
  serializer.WriteProperty(100, "input", CopiedInputs::Get().Put(input));
}

duckdb::unique_ptr<duckdb::FunctionData> Deserialize(duckdb::Deserializer& deserializer,
                                                     duckdb::TableFunction&) {
  auto input = CopiedInputs::Get().Find(deserializer.ReadProperty<uint64_t>(100, "input"));
  if (input == nullptr) throw duckdb::InvalidInputException("%s: the input is gone", kFunction);
  return BindInput(deserializer.Get<duckdb::ClientContext&>(), std::move(input));
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> Begin(duckdb::ClientContext& context,
                                                           duckdb::TableFunctionInitInput& input) {
  const auto& bound = input.bind_data->Cast<BindData>();
  std::vector<int> columns;
  for (const auto id : input.column_ids) {
    if (!duckdb::IsVirtualColumn(id)) columns.push_back(static_cast<int>(id));
  }
  auto scan = duckdb::make_uniq<Scan>();
  scan->reader = ValueOrThrow(bound.input->open(columns));
  scan->threads = context.db->NumberOfThreads();
  return scan;
}

bool NextBatch(Scan& scan, duckdb::ArrowScanLocalState& local) {
  std::shared_ptr<arrow::RecordBatch> batch;
  {
    const std::lock_guard lock(scan.mutex);
    while (!scan.ended && (batch == nullptr || batch->num_rows() == 0)) {
      ThrowIfError(scan.reader->ReadNext(&batch));
      scan.ended = batch == nullptr;
    }
    if (scan.ended) return false;
    local.batch_index = scan.batches++;
  }
  ThrowIfError(CheckFitsDuckDb(*batch));
  local.Reset();
  local.chunk = duckdb::make_shared_ptr<duckdb::ArrowArrayWrapper>();
  ThrowIfError(arrow::ExportRecordBatch(*batch, &local.chunk->arrow_array));
  return true;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> BeginThread(
    duckdb::ExecutionContext& context, duckdb::TableFunctionInitInput& input,
    duckdb::GlobalTableFunctionState*) {
  auto local = duckdb::make_uniq<duckdb::ArrowScanLocalState>(
      duckdb::make_uniq<duckdb::ArrowArrayWrapper>(), context.client);
  local->column_ids = input.column_ids;
  return local;
}

void Next(duckdb::ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  const auto& bound = input.bind_data->Cast<BindData>();
  auto& scan = input.global_state->Cast<Scan>();
  auto& local = input.local_state->Cast<duckdb::ArrowScanLocalState>();
  const auto length = [&local] {
    return static_cast<duckdb::idx_t>(local.chunk->arrow_array.length);
  };
  if (local.chunk->arrow_array.release == nullptr || local.chunk_offset >= length()) {
    if (!NextBatch(scan, local)) return;
  }
  const auto rows = std::min<duckdb::idx_t>(STANDARD_VECTOR_SIZE, length() - local.chunk_offset);
  output.SetCardinality(rows);
  duckdb::ArrowTableFunction::ArrowToDuckDB(local, bound.table.GetColumns(), output);
  local.chunk_offset += rows;
}

duckdb::unique_ptr<duckdb::NodeStatistics> Cardinality(duckdb::ClientContext&,
                                                       const duckdb::FunctionData* data) {
  const int64_t rows = data->Cast<BindData>().input->rows;
  if (rows < 0) return duckdb::make_uniq<duckdb::NodeStatistics>();
  const auto count = static_cast<duckdb::idx_t>(rows);
  return duckdb::make_uniq<duckdb::NodeStatistics>(count, count);
}

duckdb::OperatorPartitionData Partition(duckdb::ClientContext&,
                                        duckdb::TableFunctionGetPartitionInput& input) {
  return duckdb::OperatorPartitionData(
      input.local_state->Cast<duckdb::ArrowScanLocalState>().batch_index);
}

}  // namespace

duckdb::unique_ptr<duckdb::TableRef> MakeTableScan(std::shared_ptr<const TableInput> input) {
  auto reference = duckdb::make_uniq<duckdb::TableFunctionRef>();
  reference->function = duckdb::make_uniq<duckdb::FunctionExpression>(
      kFunction, duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>());
  reference->external_dependency = duckdb::make_shared_ptr<duckdb::ExternalDependency>();
  reference->external_dependency->AddDependency(
      kDependency, duckdb::make_shared_ptr<InputItem>(std::move(input)));
  return reference;
}

void RegisterTableScan(duckdb::DatabaseInstance& database) {
  duckdb::TableFunction function(kFunction, {}, Next, Bind, Begin, BeginThread);
  function.projection_pushdown = true;
  function.cardinality = Cardinality;
  function.get_partition_data = Partition;
  function.serialize = Serialize;
  function.deserialize = Deserialize;
  duckdb::CreateTableFunctionInfo info(function);
  info.internal = true;
  info.on_conflict = duckdb::OnCreateConflict::IGNORE_ON_CONFLICT;
  duckdb::Connection connection(database);
  connection.BeginTransaction();
  duckdb::Catalog::GetSystemCatalog(database).CreateTableFunction(*connection.context, info);
  connection.Commit();
}

}  // namespace bowyer
