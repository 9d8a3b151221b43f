// Names in a query -> tables: what was registered, then locations, through DuckDB's replacement
// scans. Each query has a connection of its own, so that results stay streams side by side.
#include "bowyer/engine.h"

#include <fmt/format.h>

#include <duckdb.hpp>
#include <duckdb/function/replacement_scan.hpp>
#include <duckdb/main/client_context_state.hpp>
#include <duckdb/parser/statement/explain_statement.hpp>
#include <mutex>
#include <optional>

#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "core/text.h"
#include "databases/duckdb/database.h"
#include "databases/duckdb/result_reader.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/table_scan.h"
#include "engine/attached.h"
#include "engine/location_table.h"
#include "engine/query_tables.h"

namespace bowyer {

namespace {

// What a name was registered for: batches, or a table of a DuckDB file, found at each use.
struct Registered {
  std::shared_ptr<const TableInput> input;
  Location location;
};

}  // namespace

class Engine::Impl {
 public:
  std::shared_ptr<Context> context;
  std::shared_ptr<duckdb::DuckDB> database;
  std::unique_ptr<AttachedTables> attached;
  bool read_only = false;
  bool registered_only = false;

  // What the caller registered, by name.
  std::optional<Registered> Find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto found = tables_.find(name);
    if (found == tables_.end()) return std::nullopt;
    return found->second;
  }
  void Put(const std::string& name, Registered registered) {
    const std::lock_guard lock(mutex_);
    tables_[name] = std::move(registered);
  }
  bool Remove(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return tables_.erase(name) > 0;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Registered> tables_;
};

namespace {

// On a query's own connection.
struct OwnTables : public duckdb::ClientContextState {
  explicit OwnTables(QueryTables t) : tables(std::move(t)) {}
  QueryTables tables;
};
constexpr const char* kOwnTables = "bowyer_tables";

struct ReplacementData : public duckdb::ReplacementScanData {
  explicit ReplacementData(const std::shared_ptr<Engine::Impl>& i) : impl(i) {}
  std::weak_ptr<Engine::Impl> impl;  // a database file may outlive the engine that opened it first
};

arrow::Result<duckdb::unique_ptr<duckdb::TableRef>> ScanOf(Engine::Impl& impl,
                                                           const Location& location) {
  if (AttachedTables::Names(location)) {
    ARROW_ASSIGN_OR_RAISE(auto table, impl.attached->Scan(location));
    if (table != nullptr) return table;
  }
  ARROW_ASSIGN_OR_RAISE(auto input, TableOfLocation(impl.context, location, {}));
  return MakeTableScan(std::move(input));
}

duckdb::unique_ptr<duckdb::TableRef> Replace(
    duckdb::ClientContext& context, duckdb::ReplacementScanInput& input,
    duckdb::optional_ptr<duckdb::ReplacementScanData> data) {
  // a.b is a table of a database, or a column of one: no location.
  if (!input.catalog_name.empty() || !input.schema_name.empty()) return nullptr;
  if (const auto own = context.registered_state->Get<OwnTables>(kOwnTables)) {
    const auto found = own->tables.find(input.table_name);
    if (found != own->tables.end()) return MakeTableScan(found->second);
  }
  const auto impl = data->Cast<ReplacementData>().impl.lock();
  if (impl == nullptr) return nullptr;
  if (auto registered = impl->Find(input.table_name)) {
    if (registered->input != nullptr) return MakeTableScan(std::move(registered->input));
    return ValueOrThrow(ScanOf(*impl, registered->location));
  }
  if (impl->registered_only) return nullptr;
  auto location = LocationInQuery(input.table_name);
  if (!location.has_value()) return nullptr;
  return ValueOrThrow(ScanOf(*impl, *location));
}

// The first of the engines of a database makes its functions, and any that lives serves them.
std::shared_ptr<const TableInput> FindArrowTable(duckdb::ClientContext& context,
                                                 const std::vector<std::string>& names) {
  for (auto& scan : duckdb::DBConfig::GetConfig(context).replacement_scans) {
    if (scan.function != Replace) continue;
    const auto impl = scan.data->Cast<ReplacementData>().impl.lock();
    if (impl != nullptr) return ValueOrThrow(TableOfArrowFiles(impl->context, names));
  }
  throw duckdb::InvalidInputException("the engine of this connection has ended");
}

// Only what reads; what a statement of another kind would change, DuckDB does not tell beforehand.
arrow::Status CheckReadOnly(const duckdb::SQLStatement& statement) {
  using T = duckdb::StatementType;
  if (statement.type == T::EXPLAIN_STATEMENT) {
    return CheckReadOnly(*statement.Cast<duckdb::ExplainStatement>().stmt);
  }
  if (statement.type == T::SELECT_STATEMENT) return arrow::Status::OK();
  return MakeError(ErrorCode::kUsage,
                   fmt::format("{} statements are refused: this engine is read-only",
                               duckdb::StatementTypeToString(statement.type)),
                   {.hint = "leave --read-only out to run it"});
}

// What frames, which know Arrow's types, compute with in place of a type that is DuckDB's own.
std::shared_ptr<arrow::DataType> TypeForFrames(const duckdb::LogicalType& type) {
  switch (type.id()) {
    case duckdb::LogicalTypeId::HUGEINT:
    case duckdb::LogicalTypeId::UHUGEINT:
      return arrow::decimal128(38, 0);
    case duckdb::LogicalTypeId::ENUM:
    case duckdb::LogicalTypeId::UUID:
    case duckdb::LogicalTypeId::BIT:
    case duckdb::LogicalTypeId::BIGNUM:
    case duckdb::LogicalTypeId::TIME_TZ:
      return arrow::utf8();
    default:
      return type.IsJSONType() ? arrow::utf8() : nullptr;
  }
}

// Runs the statements on `connection`.
arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> RunStatements(
    const Engine::Impl& engine, std::shared_ptr<DuckDbConnection> connection,
    const std::string& sql, const QueryOptions& options) {
  auto ran = Guarded([&]() -> arrow::Result<std::unique_ptr<duckdb::QueryResult>> {
    auto statements = (*connection)->ExtractStatements(sql);
    if (statements.empty()) return MakeError(ErrorCode::kUsage, "there is no statement to run");
    duckdb::case_insensitive_map_t<duckdb::BoundParameterData> parameters;
    for (const auto& [name, text] : options.parameters) {
      parameters.emplace(name, duckdb::BoundParameterData(duckdb::Value(text)));
    }
    if (options.explain != Explain::kNo) {
      const auto type = options.explain == Explain::kPlan ? duckdb::ExplainType::EXPLAIN_STANDARD
                                                          : duckdb::ExplainType::EXPLAIN_ANALYZE;
      auto& explained = statements.back();
      explained = duckdb::make_uniq<duckdb::ExplainStatement>(std::move(explained), type);
    }
    std::unique_ptr<duckdb::QueryResult> last;
    for (auto& statement : statements) {
      if (engine.read_only) ARROW_RETURN_NOT_OK(CheckReadOnly(*statement));
      last.reset();
      duckdb::unique_ptr<duckdb::PendingQueryResult> pending;
      {
        const StageTimer timer(engine.context->progress(), Stage::kPlan);
        pending = (*connection)->PendingQuery(std::move(statement), parameters, true);
      }
      if (pending->HasError()) return FromDuckDb(pending->GetErrorObject());
      const StageTimer timer(engine.context->progress(), Stage::kRead);
      last = pending->Execute();
      if (last->HasError()) return FromDuckDb(last->GetErrorObject());
    }
    return last;
  });
  // The interrupt was ours: say it in the context's words.
  if (!ran.ok() && CodeOf(ran.status()) == ErrorCode::kInterrupted) {
    ARROW_RETURN_NOT_OK(engine.context->CheckStop());
  }
  ARROW_ASSIGN_OR_RAISE(auto result, std::move(ran));
  if (result->properties.return_type == duckdb::StatementReturnType::NOTHING) {
    return arrow::RecordBatchReader::Make({}, arrow::schema({}));
  }
  return MakeResultReader(std::move(connection), std::move(result), options.rows_per_batch);
}

class ConnectionSession : public Session {
 public:
  ConnectionSession(std::shared_ptr<const Engine::Impl> engine,
                    std::shared_ptr<DuckDbConnection> connection)
      : engine_(std::move(engine)), connection_(std::move(connection)) {}

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Query(
      const std::string& sql, const QueryOptions& options) override {
    return RunStatements(*engine_, connection_, sql, options);
  }

 private:
  const std::shared_ptr<const Engine::Impl> engine_;
  const std::shared_ptr<DuckDbConnection> connection_;
};

}  // namespace

Engine::Engine(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Engine::~Engine() = default;

arrow::Result<std::shared_ptr<Engine>> Engine::Make(std::shared_ptr<Context> context,
                                                    const EngineOptions& options) {
  auto impl = std::make_shared<Impl>();
  impl->context = context;
  ARROW_ASSIGN_OR_RAISE(impl->database,
                        OpenDuckDb(*context, {.path = options.database,
                                              .read_only = options.read_only,
                                              .spill_folder = options.spill_folder}));
  impl->attached = std::make_unique<AttachedTables>(context, impl->database);
  ARROW_RETURN_NOT_OK(Guarded([&] {
    // Without a finder there is no read_arrow.
    RegisterTableScan(*impl->database->instance,
                      options.registered_only ? FindArrowFiles() : FindArrowTable);
    auto& scans = duckdb::DBConfig::GetConfig(*impl->database->instance).replacement_scans;
    // Before DuckDB's own: names of files are ours.
    scans.insert(scans.begin(),
                 duckdb::ReplacementScan(Replace, duckdb::make_uniq<ReplacementData>(impl)));
  }));
  impl->read_only = options.read_only;
  impl->registered_only = options.registered_only;
  // Results are the same on every machine, whatever its zone.
  ARROW_ASSIGN_OR_RAISE(auto settings, DuckDbConnection::Open(context, impl->database));
  ARROW_RETURN_NOT_OK(settings->Execute("set global TimeZone = 'UTC'"));
  if (options.registered_only) {
    ARROW_RETURN_NOT_OK(settings->Execute("set global enable_external_access = false"));
    ARROW_RETURN_NOT_OK(settings->Execute("set global lock_configuration = true"));
  }
  return std::shared_ptr<Engine>(new Engine(std::move(impl)));
}

LazyFrame Engine::Scan(const std::string& name) {
  auto frame = [&]() -> arrow::Result<LazyFrame> {
    ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(impl_->context, impl_->database));
    return Guarded([&]() -> arrow::Result<LazyFrame> {
      const auto statement = (*connection)->Prepare("select * from " + QuotedIdentifier(name));
      if (statement->HasError()) return FromDuckDb(statement->GetErrorObject());
      const auto& types = statement->GetTypes();
      ARROW_ASSIGN_OR_RAISE(const auto schema,
                            ArrowSchemaOf(types, statement->GetNames(),
                                          (*connection)->context->GetClientProperties()));
      LazyFrame found = LazyFrame::FromScan(name, schema);
      std::vector<Column> cast;
      for (int i = 0; i < schema->num_fields(); ++i) {
        if (auto type = TypeForFrames(types[static_cast<size_t>(i)])) {
          const std::string& column = schema->field(i)->name();
          cast.emplace_back(col(column).Cast(std::move(type)).As(column));
        }
      }
      return cast.empty() ? found : found.WithColumns(std::move(cast));
    });
  }();
  return frame.ok() ? *std::move(frame) : LazyFrame::Failed(frame.status());
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Engine::Query(
    const std::string& sql, const QueryOptions& options) {
  return QueryWith(sql, options, {});
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Engine::QueryWith(
    const std::string& sql, const QueryOptions& options, QueryTables tables) {
  ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(impl_->context, impl_->database));
  if (!tables.empty()) {
    (*connection)
        ->context->registered_state->Insert(kOwnTables,
                                            duckdb::make_shared_ptr<OwnTables>(std::move(tables)));
  }
  return RunStatements(*impl_, std::move(connection), sql, options);
}

arrow::Result<std::shared_ptr<arrow::Schema>> Engine::SchemaOf(const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(impl_->context, impl_->database));
  return Guarded([&]() -> arrow::Result<std::shared_ptr<arrow::Schema>> {
    auto statements = (*connection)->ExtractStatements(sql);
    if (statements.size() != 1) {
      return MakeError(ErrorCode::kUsage, "one statement is needed",
                       {.hint = fmt::format("there are {}", statements.size())});
    }
    if (impl_->read_only) ARROW_RETURN_NOT_OK(CheckReadOnly(*statements[0]));
    const auto prepared = (*connection)->Prepare(std::move(statements[0]));
    if (prepared->HasError()) return FromDuckDb(prepared->GetErrorObject());
    return ArrowSchemaOf(prepared->GetTypes(), prepared->GetNames(),
                         (*connection)->context->GetClientProperties());
  });
}

arrow::Result<std::shared_ptr<Session>> Engine::OpenSession() {
  ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(impl_->context, impl_->database));
  return std::make_shared<ConnectionSession>(impl_, std::move(connection));
}

arrow::Status Engine::Register(const std::string& name, const Location& location,
                               const ReadOptions& options) {
  // Attaching is an access to the outside, too; a source is ours.
  if (AttachedTables::Names(location) && options.types.empty() && !impl_->registered_only) {
    ARROW_RETURN_NOT_OK(ScanOf(*impl_, location).status());
    impl_->Put(name, {.location = location});
    return arrow::Status::OK();
  }
  ARROW_ASSIGN_OR_RAISE(auto input, TableOfLocation(impl_->context, location, options));
  impl_->Put(name, {.input = std::move(input)});
  return arrow::Status::OK();
}

arrow::Status Engine::Register(const std::string& name, std::shared_ptr<arrow::Table> table) {
  impl_->Put(name, {.input = TableOfTable(std::move(table))});
  return arrow::Status::OK();
}

arrow::Status Engine::Register(const std::string& name, std::shared_ptr<arrow::RecordBatch> batch) {
  ARROW_ASSIGN_OR_RAISE(auto table, arrow::Table::FromRecordBatches({std::move(batch)}));
  return Register(name, std::move(table));
}

arrow::Status Engine::Register(const std::string& name,
                               std::shared_ptr<arrow::RecordBatchReader> reader) {
  impl_->Put(name, {.input = TableOfReader(name, std::move(reader))});
  return arrow::Status::OK();
}

arrow::Status Engine::Register(const std::string& name, std::shared_ptr<arrow::Schema> schema,
                               StreamOpener open) {
  impl_->Put(name, {.input = TableOfStream(std::move(schema), std::move(open))});
  return arrow::Status::OK();
}

arrow::Status Engine::Unregister(const std::string& name) {
  if (impl_->Remove(name)) return arrow::Status::OK();
  return MakeError(ErrorCode::kUsage, "there is no registered table " + Quoted(name));
}

const std::shared_ptr<Context>& Engine::context() const { return impl_->context; }

}  // namespace bowyer
