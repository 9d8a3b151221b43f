// LazyFrame -> SQL -> the engine, in which each scan has a name of its own for this one query.
#include <fmt/format.h>

#include <map>

#include "bowyer/copy.h"
#include "bowyer/engine.h"
#include "bowyer/error.h"
#include "bowyer/lazy_frame.h"
#include "engine/frame_scan.h"
#include "engine/promised.h"
#include "engine/query_tables.h"
#include "frame/sql.h"
#include "transfer/apart.h"

namespace bowyer {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

struct Query {
  std::string sql;
  std::map<std::string, const FrameScan*> scans;  // by their names in it
};

arrow::Result<Query> QueryOf(const Plan& plan) {
  Query query;
  std::map<const ScanSource*, std::string> names;
  ARROW_ASSIGN_OR_RAISE(query.sql, ToSql(plan, [&](const ScanNode& scan) {
                          if (scan.source == nullptr) return scan.name;
                          std::string& name = names[scan.source.get()];
                          if (name.empty()) {
                            name = fmt::format("{} (scan {})", scan.name, names.size());
                            query.scans[name] = static_cast<const FrameScan*>(scan.source.get());
                          }
                          return name;
                        }));
  return query;
}

arrow::Result<std::shared_ptr<Engine>> EngineOf(const RunOn& on) {
  if (on.engine != nullptr) return on.engine;
  return Engine::Make(on.context);
}

}  // namespace

arrow::Result<Reader> Engine::Run(const LazyFrame& frame, const QueryOptions& options) {
  ARROW_RETURN_NOT_OK(frame.status());
  ARROW_ASSIGN_OR_RAISE(const auto query, QueryOf(*frame.plan()));
  QueryTables tables;
  for (const auto& [name, scan] : query.scans) {
    ARROW_ASSIGN_OR_RAISE(tables[name], TableOfScan(context(), *scan));
  }
  return QueryWith(query.sql, options, std::move(tables));
}

arrow::Result<Reader> LazyFrame::Stream(const RunOn& on, int64_t rows_per_batch) const {
  ARROW_ASSIGN_OR_RAISE(auto promised, Schema());
  ARROW_ASSIGN_OR_RAISE(const auto engine, EngineOf(on));
  ARROW_ASSIGN_OR_RAISE(auto reader, engine->Run(*this, {.rows_per_batch = rows_per_batch}));
  return AsPromised(std::move(reader), std::move(promised));
}

arrow::Result<std::shared_ptr<arrow::Table>> LazyFrame::Collect(const RunOn& on) const {
  ARROW_ASSIGN_OR_RAISE(const auto reader, Stream(on));
  return reader->ToTable();
}

arrow::Result<CopyReport> LazyFrame::Sink(const RunOn& on, const Location& destination,
                                          const WriteOptions& options) const {
  ARROW_RETURN_NOT_OK(status_);
  ARROW_ASSIGN_OR_RAISE(const auto engine, EngineOf(on));
  ARROW_ASSIGN_OR_RAISE(const auto query, QueryOf(*plan_));
  for (const auto& [name, scan] : query.scans) {
    if (!scan->location.has_value()) continue;
    ARROW_RETURN_NOT_OK(
        CheckApart(*engine->context(), {*scan->location}, scan->options, destination));
  }
  ARROW_ASSIGN_OR_RAISE(const auto reader, Stream(engine));
  return Copy(engine->context(), reader, destination, options);
}

arrow::Result<int64_t> LazyFrame::Count(const RunOn& on) const {
  ARROW_ASSIGN_OR_RAISE(const auto table, Agg({count()}).Collect(on));
  ARROW_ASSIGN_OR_RAISE(const auto rows, table->column(0)->GetScalar(0));
  return static_cast<const arrow::Int64Scalar&>(*rows).value;
}

arrow::Result<std::string> LazyFrame::Explain(const RunOn& on, bool analyze) const {
  ARROW_ASSIGN_OR_RAISE(const auto engine, EngineOf(on));
  ARROW_ASSIGN_OR_RAISE(const auto reader,
                        engine->Run(*this, {.explain = analyze ? bowyer::Explain::kAnalyze
                                                               : bowyer::Explain::kPlan}));
  ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
  std::string text;
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    ARROW_ASSIGN_OR_RAISE(const auto part, table->column(1)->GetScalar(row));
    text += part->ToString() + "\n";
  }
  return text;
}

}  // namespace bowyer
