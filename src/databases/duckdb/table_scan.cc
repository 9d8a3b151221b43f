// Where a table has parts enough, each of DuckDB's threads takes the next one and decodes it
// itself, so that a batch stays in the cache of the core that made it. Other tables are one reader,
// which decodes ahead on the context's workers: threads take batches off it in turn and turn them
// into vectors side by side. Parts or batches are numbered, so DuckDB keeps the order of rows.
#include "databases/duckdb/table_scan.h"

#include <arrow/c/bridge.h>

#include <algorithm>
#include <duckdb/catalog/catalog.hpp>
#include <duckdb/common/serializer/deserializer.hpp>
#include <duckdb/common/serializer/serializer.hpp>
#include <duckdb/function/partition_stats.hpp>
#include <duckdb/function/table/arrow.hpp>
#include <duckdb/function/table_function.hpp>
#include <duckdb/main/external_dependencies.hpp>
#include <duckdb/parser/expression/function_expression.hpp>
#include <duckdb/parser/parsed_data/create_table_function_info.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>
#include <mutex>

#include "core/final_error.h"
#include "databases/duckdb/arrow_vectors.h"
#include "databases/duckdb/exact_values.h"
#include "databases/duckdb/scan_filters.h"
#include "databases/duckdb/scan_statistics.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

using duckdb::ClientContext;
using duckdb::FunctionData;
using duckdb::LogicalType;
using duckdb::TableFunction;
using duckdb::TableFunctionInitInput;

constexpr const char* kFunction = "bowyer_table";
constexpr const char* kDependency = "bowyer_input";
constexpr const char* kReadArrow = "read_arrow";

struct InputItem : public duckdb::DependencyItem {
  explicit InputItem(std::shared_ptr<const TableInput> i) : input(std::move(i)) {}
  std::shared_ptr<const TableInput> input;
};

struct ReadArrowInfo : public duckdb::TableFunctionInfo {
  explicit ReadArrowInfo(FindArrowFiles f) : find(std::move(f)) {}
  const FindArrowFiles find;
};

struct BindData : public duckdb::TableFunctionData {
  std::shared_ptr<const TableInput> input;
  duckdb::ArrowSchemaWrapper schema;
  duckdb::ArrowTableSchema table;
  duckdb::vector<LogicalType> types;
};

// Shared by the threads of one scan.
struct Scan : public duckdb::GlobalTableFunctionState {
  std::vector<int> columns;
  std::vector<size_t> parts;  // that are read
  bool side_by_side = false;  // each part by one thread
  duckdb::idx_t threads = 1;

  std::mutex mutex;
  size_t next_part = 0;
  std::shared_ptr<arrow::RecordBatchReader> reader;  // shared; of what stands before next_part
  duckdb::idx_t batches = 0;
  bool ended = false;

  duckdb::idx_t MaxThreads() const override { return threads; }
};

// Judges the rows of a thread's parts by the columns of a query's conditions, before the other
// columns are decoded. Where the conditions leave most rows, asking twice is the dearer way.
class EarlyChoice {
 public:
  EarlyChoice(ClientContext& context, const BindData& bound, const Scan& scan,
              const std::vector<size_t>& outputs, const duckdb::vector<LogicalType>& types,
              duckdb::optional_ptr<duckdb::TableFilterSet> filters)
      : filters_(context, filters) {
    const auto conditions = filters_.columns();
    std::vector<int> columns;
    auto choice = std::make_shared<RowChoice>();
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!std::binary_search(conditions.begin(), conditions.end(), outputs[i])) continue;
      choice->columns.push_back(static_cast<int>(i));
      columns.push_back(scan.columns[i]);
    }
    if (columns.empty() || columns.size() == scan.columns.size()) return;
    chunk_.Initialize(context, types);
    for (const int i : choice->columns) vectors_.push_back(&chunk_.data[outputs[i]]);
    values_.emplace(context, *bound.input->schema, bound.table, columns);
    choice->choose = [this](const std::shared_ptr<arrow::RecordBatch>& values) {
      return Guarded([&] { return Choose(values); });
    };
    choice_ = std::move(choice);
  }

  EarlyChoice(const EarlyChoice&) = delete;

  // For the thread's next part; may be null.
  std::shared_ptr<const RowChoice> Next() {
    // The conditions of joins and limits grow narrower on the way.
    const bool again = ++parts_ % kAgain == 0;
    return again || kept_ <= seen_ / 2 ? choice_ : nullptr;
  }

 private:
  static constexpr int64_t kAgain = 16;

  std::vector<uint32_t> Choose(const std::shared_ptr<arrow::RecordBatch>& values) {
    ThrowIfError(CheckFitsDuckDb(*values));
    std::vector<uint32_t> chosen;
    uint32_t at = 0;
    for (values_->Begin(values); !values_->done(); at += static_cast<uint32_t>(chunk_.size())) {
      chunk_.Reset();
      chunk_.SetCardinality(values_->Fill(vectors_));
      const auto rows = filters_.Choose(chunk_);
      for (duckdb::idx_t i = 0; i < rows.count; ++i) {
        chosen.push_back(at + static_cast<uint32_t>(rows.chosen.get_index(i)));
      }
    }
    seen_ += values->num_rows();
    kept_ += static_cast<int64_t>(chosen.size());
    return chosen;
  }

  ScanFilters filters_;
  std::optional<ArrowVectors> values_;
  duckdb::DataChunk chunk_;  // only the columns with conditions are filled
  std::vector<duckdb::Vector*> vectors_;
  std::shared_ptr<const RowChoice> choice_;
  int64_t parts_ = 0, seen_ = 0, kept_ = 0;
};

struct ThreadScan : public duckdb::LocalTableFunctionState {
  std::optional<ArrowVectors> vectors;
  std::optional<ScanFilters> filters;
  std::optional<EarlyChoice> choice;
  // Set when some columns are only for the filters, or go on in another order: all columns, and
  // which of them go on.
  duckdb::DataChunk all;
  duckdb::vector<duckdb::idx_t> projection;
  std::vector<size_t> outputs;  // which of the chunk's vectors each column goes to
  std::shared_ptr<arrow::RecordBatchReader> reader;  // of the thread's part
  duckdb::idx_t batch_index = 0;
};

duckdb::unique_ptr<BindData> BindInput(ClientContext& context,
                                       std::shared_ptr<const TableInput> input) {
  auto bound = duckdb::make_uniq<BindData>();
  bound->input = std::move(input);
  ThrowIfError(arrow::ExportSchema(*bound->input->schema, &bound->schema.arrow_schema));
  duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, bound->table,
                                                       bound->schema.arrow_schema);
  bound->types = bound->table.GetTypes();
  return bound;
}

duckdb::unique_ptr<FunctionData> BindTo(ClientContext& context,
                                        std::shared_ptr<const TableInput> input,
                                        duckdb::vector<LogicalType>& types,
                                        duckdb::vector<duckdb::string>& names) {
  auto bound = BindInput(context, std::move(input));
  names = bound->table.GetNames();
  types = bound->types;
  return bound;
}

duckdb::unique_ptr<FunctionData> Bind(ClientContext& context, duckdb::TableFunctionBindInput& input,
                                      duckdb::vector<LogicalType>& types,
                                      duckdb::vector<duckdb::string>& names) {
  if (!input.ref.external_dependency) {
    throw duckdb::BinderException("%s is not to be called by name", kFunction);
  }
  const auto item = input.ref.external_dependency->GetDependency(kDependency);
  return BindTo(context, item->Cast<InputItem>().input, types, names);
}

duckdb::unique_ptr<FunctionData> BindReadArrow(ClientContext& context,
                                               duckdb::TableFunctionBindInput& input,
                                               duckdb::vector<LogicalType>& types,
                                               duckdb::vector<duckdb::string>& names) {
  std::vector<std::string> files;
  const duckdb::Value& given = input.inputs[0];
  if (!given.IsNull() && given.type().id() == duckdb::LogicalTypeId::LIST) {
    for (const auto& file : duckdb::ListValue::GetChildren(given)) {
      if (!file.IsNull()) files.push_back(duckdb::StringValue::Get(file));
    }
  } else if (!given.IsNull()) {
    files.push_back(duckdb::StringValue::Get(given));
  }
  if (files.empty()) throw duckdb::BinderException("%s: there is no file to read", kReadArrow);
  return BindTo(context, input.info->Cast<ReadArrowInfo>().find(context, files), types, names);
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

void Serialize(duckdb::Serializer& serializer, const duckdb::optional_ptr<FunctionData> data,
               const TableFunction&) {
  const auto& input = data->Cast<BindData>().input;
  // Then the CTE stays where it is, and is read once.
  if (input->once) throw duckdb::NotImplementedException("a stream is not scanned twice");
  serializer.WriteProperty(100, "input", CopiedInputs::Get().Put(input));
}

duckdb::unique_ptr<FunctionData> Deserialize(duckdb::Deserializer& deserializer, TableFunction&) {
  auto input = CopiedInputs::Get().Find(deserializer.ReadProperty<uint64_t>(100, "input"));
  if (input == nullptr) throw duckdb::InvalidInputException("the input of a scan is gone");
  return BindInput(deserializer.Get<ClientContext&>(), std::move(input));
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> Begin(ClientContext& context,
                                                           TableFunctionInitInput& input) {
  const auto& bound = input.bind_data->Cast<BindData>();
  const TableInput& table = *bound.input;
  auto scan = duckdb::make_uniq<Scan>();
  for (const auto id : input.column_ids) {
    if (!duckdb::IsVirtualColumn(id)) scan->columns.push_back(static_cast<int>(id));
  }
  scan->threads = context.db->NumberOfThreads();
  scan->parts = PartsWithin(context, table, bound.types, input);
  // With few parts the threads would wait for the last of them: one reader keeps all busy.
  scan->side_by_side = scan->parts.size() >= 2 * scan->threads;
  for (const size_t part : scan->parts) {
    scan->side_by_side = scan->side_by_side && table.parts[part] >= 0;
  }
  if (scan->parts.size() == table.parts.size() && !scan->side_by_side) {
    scan->reader = ValueOrThrow(table.open(scan->columns));
    scan->next_part = scan->parts.size();
  }
  return scan;
}

duckdb::unique_ptr<duckdb::LocalTableFunctionState> BeginThread(
    duckdb::ExecutionContext& context, TableFunctionInitInput& input,
    duckdb::GlobalTableFunctionState* global) {
  const auto& bound = input.bind_data->Cast<BindData>();
  auto local = duckdb::make_uniq<ThreadScan>();
  local->vectors.emplace(context.client, *bound.input->schema, bound.table,
                         global->Cast<Scan>().columns);
  local->filters.emplace(context.client, input.filters);
  // All columns may go on, and in another order.
  bool as_they_are =
      input.projection_ids.empty() || input.projection_ids.size() == input.column_ids.size();
  for (size_t i = 0; i < input.projection_ids.size(); ++i) {
    as_they_are = as_they_are && input.projection_ids[i] == i;
  }
  duckdb::vector<LogicalType> types;
  for (const auto id : input.column_ids) {
    types.push_back(duckdb::IsVirtualColumn(id) ? LogicalType::BOOLEAN : bound.types[id]);
  }
  if (!as_they_are) {
    local->projection = input.projection_ids;
    local->all.Initialize(context.client, types);
  }
  for (size_t i = 0; i < input.column_ids.size(); ++i) {
    if (!duckdb::IsVirtualColumn(input.column_ids[i])) local->outputs.push_back(i);
  }
  if (const auto& scan = global->Cast<Scan>(); scan.side_by_side) {
    local->choice.emplace(context.client, bound, scan, local->outputs, types, input.filters);
  }
  return local;
}

// The next batch with rows of `reader`; null at its end.
std::shared_ptr<arrow::RecordBatch> ReadBatch(arrow::RecordBatchReader& reader) {
  std::shared_ptr<arrow::RecordBatch> batch;
  do {
    ThrowIfError(reader.ReadNext(&batch));
  } while (batch != nullptr && batch->num_rows() == 0);
  return batch;
}

std::shared_ptr<arrow::RecordBatch> NextOfOwnPart(const TableInput& input, Scan& scan,
                                                  ThreadScan& local) {
  while (true) {
    if (local.reader != nullptr) {
      if (auto batch = ReadBatch(*local.reader)) return batch;
      local.reader.reset();
    }
    size_t part;
    {
      const std::lock_guard lock(scan.mutex);
      if (scan.next_part == scan.parts.size()) return nullptr;
      part = scan.parts[scan.next_part++];
    }
    local.batch_index = part;
    local.reader = ValueOrThrow(input.open_parts(part, 1,
                                                 {.columns = scan.columns,
                                                  .on_calling_thread = true,
                                                  .compact = true,
                                                  .choice = local.choice->Next()}));
  }
}

std::shared_ptr<arrow::RecordBatch> NextOfShared(const TableInput& input, Scan& scan,
                                                 ThreadScan& local) {
  const std::lock_guard lock(scan.mutex);
  while (!scan.ended) {
    if (scan.reader != nullptr) {
      if (auto batch = ReadBatch(*scan.reader)) {
        local.batch_index = scan.batches++;
        return batch;
      }
      scan.reader.reset();
    }
    if (scan.next_part == scan.parts.size()) {
      scan.ended = true;
      break;
    }
    // Neighbours in one go.
    const size_t first = scan.next_part++;
    while (scan.next_part < scan.parts.size() &&
           scan.parts[scan.next_part] == scan.parts[scan.next_part - 1] + 1) {
      ++scan.next_part;
    }
    // Where one thread met an error, the others are not to read on.
    scan.reader = WithFinalError(
        ValueOrThrow(input.open_parts(scan.parts[first], scan.next_part - first,
                                      {.columns = scan.columns, .compact = true})));
  }
  return nullptr;
}

void Next(ClientContext&, duckdb::TableFunctionInput& input, duckdb::DataChunk& output) {
  const auto& bound = input.bind_data->Cast<BindData>();
  auto& scan = input.global_state->Cast<Scan>();
  auto& local = input.local_state->Cast<ThreadScan>();
  duckdb::DataChunk& chunk = local.projection.empty() ? output : local.all;
  // An empty chunk would be the end of the scan.
  do {
    if (local.vectors->done()) {
      auto batch = scan.side_by_side ? NextOfOwnPart(*bound.input, scan, local)
                                     : NextOfShared(*bound.input, scan, local);
      if (batch == nullptr) return;
      ThrowIfError(CheckFitsDuckDb(*batch));
      local.vectors->Begin(std::move(batch));
    }
    chunk.Reset();
    std::vector<duckdb::Vector*> vectors;
    for (const size_t i : local.outputs) vectors.push_back(&chunk.data[i]);
    chunk.SetCardinality(local.vectors->Fill(vectors));
    local.filters->Apply(chunk);
  } while (chunk.size() == 0);
  if (!local.projection.empty()) output.ReferenceColumns(local.all, local.projection);
}

duckdb::unique_ptr<duckdb::NodeStatistics> Cardinality(ClientContext&, const FunctionData* data) {
  const int64_t rows = data->Cast<BindData>().input->rows;
  if (rows < 0) return duckdb::make_uniq<duckdb::NodeStatistics>();
  const auto count = static_cast<duckdb::idx_t>(rows);
  return duckdb::make_uniq<duckdb::NodeStatistics>(count, count);
}

// The number of rows, which answers count(*).
duckdb::vector<duckdb::PartitionStatistics> Partitions(ClientContext&,
                                                       duckdb::GetPartitionStatsInput& input) {
  const int64_t rows = input.bind_data->Cast<BindData>().input->rows;
  if (rows < 0) return {};
  duckdb::PartitionStatistics all;
  all.row_start = 0;
  all.count = static_cast<duckdb::idx_t>(rows);
  all.count_type = duckdb::CountType::COUNT_EXACT;
  return {all};
}

duckdb::unique_ptr<duckdb::BaseStatistics> Statistics(ClientContext& context,
                                                      const FunctionData* data,
                                                      duckdb::column_t column) {
  const auto& bound = data->Cast<BindData>();
  if (duckdb::IsVirtualColumn(column)) return nullptr;
  return StatisticsOfColumn(context, *bound.input, static_cast<int>(column), bound.types[column]);
}

// Conditions on nested values stay with DuckDB.
bool FiltersColumn(const FunctionData& data, duckdb::idx_t column) {
  const auto& types = data.Cast<BindData>().types;
  return column < types.size() && !types[column].IsNested();
}

duckdb::OperatorPartitionData Partition(ClientContext&,
                                        duckdb::TableFunctionGetPartitionInput& input) {
  return duckdb::OperatorPartitionData(input.local_state->Cast<ThreadScan>().batch_index);
}

TableFunction MakeFunction(const char* name, const duckdb::vector<LogicalType>& arguments,
                           duckdb::table_function_bind_t bind) {
  TableFunction function(name, arguments, Next, bind, Begin, BeginThread);
  function.projection_pushdown = true;
  function.cardinality = Cardinality;
  function.statistics = Statistics;
  function.filter_pushdown = true;
  function.filter_prune = true;
  function.supports_pushdown_type = FiltersColumn;
  function.get_partition_data = Partition;
  function.get_partition_stats = Partitions;
  function.serialize = Serialize;
  function.deserialize = Deserialize;
  return function;
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

void RegisterTableScan(duckdb::DatabaseInstance& database, const FindArrowFiles& find) {
  const auto info = duckdb::make_shared_ptr<ReadArrowInfo>(find);
  duckdb::TableFunctionSet read_arrow(kReadArrow);
  for (const auto& names :
       {LogicalType(LogicalType::VARCHAR), LogicalType::LIST(LogicalType::VARCHAR)}) {
    TableFunction function = MakeFunction(kReadArrow, {names}, BindReadArrow);
    function.function_info = info;
    read_arrow.AddFunction(std::move(function));
  }
  duckdb::Connection connection(database);
  connection.BeginTransaction();
  const auto add = [&](duckdb::CreateTableFunctionInfo made) {
    made.internal = true;
    made.on_conflict = duckdb::OnCreateConflict::IGNORE_ON_CONFLICT;
    duckdb::Catalog::GetSystemCatalog(database).CreateTableFunction(*connection.context, made);
  };
  add(duckdb::CreateTableFunctionInfo(MakeFunction(kFunction, {}, Bind)));
  if (find != nullptr) add(duckdb::CreateTableFunctionInfo(std::move(read_arrow)));
  connection.Commit();
}

}  // namespace bowyer
