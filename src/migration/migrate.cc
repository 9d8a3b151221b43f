// A migration from end to end: open both, plan, copy, tie together, report.
#include "bowyer/migrate.h"

#include <chrono>
#include <set>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/rejects.h"
#include "connectors/databases.h"
#include "core/text.h"
#include "migration/plan.h"
#include "migration/tables.h"

namespace bowyer {
namespace {

using Clock = std::chrono::steady_clock;

// The schema whose name goes without saying.
std::string DefaultSchema(const Location& location) {
  if (location.scheme == "postgresql") return "public";
  return location.scheme == "duckdb" ? "main" : "";
}

arrow::Status CheckLocations(const Location& source, const Location& destination) {
  for (const Location* location : {&source, &destination}) {
    if (location->table.empty() && location->options.count("query") == 0) continue;
    return MakeError(ErrorCode::kUsage, "migrate takes whole databases",
                     {.location = location->Redacted(),
                      .hint = "try --tables, or bowyer copy for a single table or query"});
  }
  return arrow::Status::OK();
}

arrow::Status CheckOptions(const MigrateOptions& options) {
  const char* fault = nullptr;
  if (options.if_exists == IfExists::kUpsert) {
    fault = "--upsert is for copy: --incremental TABLE:COLUMN merges rows by the primary key";
  } else if ((options.on_mismatch == OnMismatch::kReject) != (options.rejects != nullptr)) {
    fault = "--on-mismatch reject and --rejects FILE go together";
  } else if (options.jobs < 0 || options.chunk_rows < 0) {
    fault = "--jobs and --chunk-rows take numbers of 1 or more";
  } else if (options.one_snapshot && !options.resume) {
    fault = "--one-snapshot says what --resume may keep: without it all is of one moment";
  }
  return fault == nullptr ? arrow::Status::OK() : MakeError(ErrorCode::kUsage, fault);
}

struct Prepared {
  std::unique_ptr<DatabaseReader> reader;
  std::unique_ptr<DatabaseWriter> writer;
  MigrationPlan plan;
};

arrow::Result<Prepared> Prepare(const std::shared_ptr<Context>& context, const Location& source,
                                const Location& destination, const MigrateOptions& options,
                                bool plan_only, MigrationReport* report) {
  report->source = source.Redacted();
  report->destination = destination.Redacted();
  report->plan_only = plan_only;
  ARROW_RETURN_NOT_OK(CheckLocations(source, destination));
  ARROW_RETURN_NOT_OK(CheckOptions(options));
  const StageTimer timer(context->progress(), Stage::kOpen);
  Prepared prepared;
  auto reader = OpenDatabaseReader(context, source);
  if (!reader.ok()) return AtPlace(reader.status(), {.location = source.Redacted()});
  prepared.reader = std::move(reader).ValueUnsafe();
  report->snapshot = prepared.reader->snapshot();
  auto writer = OpenDatabaseWriter(context, destination,
                                   {.if_exists = options.if_exists,
                                    .resume = options.resume && options.rejects == nullptr,
                                    .durable = options.durable,
                                    .plan_only = plan_only});
  if (!writer.ok()) return AtPlace(writer.status(), {.location = destination.Redacted()});
  prepared.writer = std::move(writer).ValueUnsafe();
  ARROW_ASSIGN_OR_RAISE(prepared.plan, PlanTables(*prepared.reader, *prepared.writer,
                                                  DefaultSchema(source), options));
  report->notes = prepared.plan.notes;
  report->left_out = prepared.plan.left_out;
  for (const PlannedTable& table : prepared.plan.tables) report->tables.push_back(table.facts);
  return prepared;
}

void ExpectRows(Context& context, const MigrationPlan& plan) {
  int64_t rows = 0;
  for (const PlannedTable& table : plan.tables) {
    if (table.definition->rows < 0) return;
    rows += table.definition->rows;
  }
  context.progress().rows_total = rows;
}

arrow::Status Run(const std::shared_ptr<Context>& context, const Location& source,
                  const Location& destination, const MigrateOptions& options,
                  MigrationReport* report) {
  ARROW_ASSIGN_OR_RAISE(Prepared prepared,
                        Prepare(context, source, destination, options, false, report));
  ExpectRows(*context, prepared.plan);
  ARROW_RETURN_NOT_OK(CopyTables(context, *prepared.reader, *prepared.writer, prepared.plan.tables,
                                 options, &report->tables));
  // The rows set aside are safe before what lacks them is seen.
  if (options.rejects != nullptr) ARROW_RETURN_NOT_OK(options.rejects->Commit());
  std::vector<TableTarget> targets;
  for (PlannedTable& table : prepared.plan.tables) targets.push_back(std::move(table.target));
  const StageTimer timer(context->progress(), Stage::kFinish);
  const arrow::Status status = prepared.writer->Finish(prepared.reader->catalog(), targets);
  if (!status.ok() && options.rejects != nullptr) options.rejects->Withdraw();
  for (const LeftOut& left_out : prepared.writer->left_out()) {
    report->left_out.push_back(left_out);
  }
  report->bytes_written = prepared.writer->bytes_written();
  return AtPlace(status, {.location = destination.Redacted()});
}

}  // namespace

std::shared_ptr<TablesUnderWay::Table> TablesUnderWay::Begin(const std::string& name,
                                                             int64_t rows_total) {
  auto table = std::make_shared<Table>();
  table->name = name;
  table->rows_total = rows_total;
  table->start = Clock::now();
  const std::lock_guard lock(mutex_);
  tables_.push_back(table);
  return table;
}

void TablesUnderWay::End(const std::shared_ptr<Table>& table) {
  const std::lock_guard lock(mutex_);
  std::erase(tables_, table);
}

std::vector<std::shared_ptr<TablesUnderWay::Table>> TablesUnderWay::all() const {
  const std::lock_guard lock(mutex_);
  return tables_;
}

arrow::Result<MigrationReport> PlanMigration(std::shared_ptr<Context> context,
                                             const Location& source, const Location& destination,
                                             const MigrateOptions& options) {
  MigrationReport report;
  const auto start = Clock::now();
  ARROW_ASSIGN_OR_RAISE(const Prepared prepared,
                        Prepare(context, source, destination, options, true, &report));
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return report;
}

arrow::Status Migrate(std::shared_ptr<Context> context, const Location& source,
                      const Location& destination, const MigrateOptions& options,
                      MigrationReport* report) {
  const auto start = Clock::now();
  *report = {};
  const arrow::Status status = Run(context, source, destination, options, report);
  report->seconds = std::chrono::duration<double>(Clock::now() - start).count();
  for (const MigratedTable& table : report->tables) {
    if (table.error.empty()) report->rows += std::max<int64_t>(0, table.rows);
  }
  report->rows_rejected = context->progress().rows_rejected;
  report->peak_memory = context->arrow_memory().peak() + context->duckdb_memory().peak();
  if (!status.ok()) report->error = Describe(status);
  return status;
}

}  // namespace bowyer
