// bowyer migrate: databases and options -> one Migrate or its plan, and what is said about it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bowyer/error.h"
#include "bowyer/migrate.h"
#include "bowyer/rejects.h"
#include "cli/command.h"
#include "cli/progress_line.h"
#include "cli/run.h"
#include "cli/text_table.h"
#include "core/text.h"
#include "files/atomic_file.h"

namespace bowyer::cli {
namespace {

std::string Known(int64_t number) { return number < 0 ? "" : WithThousands(number); }
std::string KnownBytes(int64_t bytes) { return bytes < 0 ? "" : HumanBytes(bytes); }

std::string Verdict(const MigratedTable& table) {
  if (!table.error.empty()) return "✗ failed";
  switch (table.verified) {
    case Verification::kNone:
      return "not verified";
    case Verification::kCount:
      return "✓ count";
    case Verification::kFull:
      return "✓ count, digest of " + Plural(static_cast<int64_t>(table.columns.size()), "column");
  }
  return "";
}

// The sentences that end a report: what is not carried over, in short.
std::string NotCarriedOver(const MigrationReport& report) {
  constexpr size_t kMost = 12;
  std::string text;
  for (size_t i = 0; i < std::min(kMost, report.left_out.size()); ++i) {
    text += fmt::format("\nnot carried over: {}: {}", Printable(report.left_out[i].what, 100),
                        Printable(report.left_out[i].reason, 120));
  }
  if (report.left_out.size() > kMost) {
    text += fmt::format("\nand {} more that are not carried over: see --report",
                        report.left_out.size() - kMost);
  }
  return text;
}

std::string PlanText(const MigrationReport& report) {
  TextTable table{.lines = {{"table", "destination", "rows", "bytes", "types that differ"}},
                  .right = {false, false, true, true, false}};
  for (const MigratedTable& one : report.tables) {
    std::string types;
    for (const MigratedColumn& column : one.columns) {
      if (column.source_type == column.destination_type && column.note.empty()) continue;
      types +=
          fmt::format("{}{} {} → {}{}", types.empty() ? "" : ", ", column.name, column.source_type,
                      column.destination_type, column.note.empty() ? "" : " (" + column.note + ")");
    }
    table.lines.push_back({Printable(one.source, 60), Printable(one.destination, 60),
                           (one.rows > 0 ? "about " : "") + Known(one.rows), KnownBytes(one.bytes),
                           Printable(types, 2000)});
  }
  std::string text = table.Text(0, "");
  text += fmt::format("{}, moment {}", Plural(static_cast<int64_t>(report.tables.size()), "table"),
                      Printable(report.snapshot));
  for (const std::string& note : report.notes) text += "\n" + note;
  return text + NotCarriedOver(report) + "\n";
}

std::string Summary(const MigrationReport& report, const std::string& path) {
  TextTable table{.lines = {{"table", "rows", "bytes", "time", "rows/s", "verified"}},
                  .right = {false, true, true, true, true, false}};
  for (const MigratedTable& one : report.tables) {
    const double rate = static_cast<double>(one.rows) / std::max(one.seconds, 1e-3);
    table.lines.push_back({Printable(one.source, 60), Known(one.rows), KnownBytes(one.bytes),
                           fmt::format("{:.2f} s", one.seconds),
                           one.error.empty() ? WithThousands(static_cast<int64_t>(rate)) : "",
                           Verdict(one)});
  }
  std::string text = table.Text(0, "");
  int64_t widened = 0, kept = 0;
  for (const MigratedTable& one : report.tables) {
    widened += one.widened;
    kept += one.chunks_kept;
  }
  text += fmt::format("{}, {} from one moment ({}), {} set aside, {} widened, in {:.2f} s",
                      Plural(static_cast<int64_t>(report.tables.size()), "table"),
                      Plural(report.rows, "row"), Printable(report.snapshot),
                      WithThousands(report.rows_rejected), widened, report.seconds);
  if (kept > 0) text += fmt::format("; {} of an earlier run were kept", Plural(kept, "chunk"));
  text += fmt::format(", peak memory {}", HumanBytes(PeakResidentMemory()));
  text += NotCarriedOver(report);
  if (!path.empty()) text += "\nreport: " + Printable(path);
  return text;
}

// Replaces a report of an earlier run.
arrow::Status WriteText(const std::shared_ptr<Context>& context, const std::string& path,
                        const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const auto file, AtomicFile::Create(context, path));
  ARROW_RETURN_NOT_OK(file->Write(text.data(), static_cast<int64_t>(text.size())));
  return file->Commit(/*replace=*/true, /*durable=*/false);
}

arrow::Status WriteReport(const std::shared_ptr<Context>& context, const MigrationReport& report,
                          const std::string& path) {
  if (path.empty()) return arrow::Status::OK();
  return WriteText(context, path,
                   path.ends_with(".html") ? ReportHtml(report) : ReportJson(report));
}

}  // namespace

arrow::Status RunMigrate(const Arguments& arguments, Terminal& terminal) {
  if (arguments.words.size() != 2) {
    return MakeError(ErrorCode::kUsage, "migrate takes a database and a destination",
                     {.hint = "bowyer migrate sqlite:shop.db duckdb:shop.duckdb\n"
                              "see bowyer help migrate"});
  }
  ARROW_ASSIGN_OR_RAISE(const auto source, Location::Parse(arguments.words[0]));
  ARROW_ASSIGN_OR_RAISE(const auto destination, Location::Parse(arguments.words[1]));
  ARROW_ASSIGN_OR_RAISE(auto running, StartRunning(arguments, terminal));
  MigrateOptions options = arguments.migrate.options;
  options.types = arguments.read.types;
  options.if_exists = arguments.write.if_exists;
  options.durable = arguments.write.durable;
  if (arguments.migrate.dry_run) {
    ARROW_ASSIGN_OR_RAISE(const auto plan,
                          PlanMigration(running.context, source, destination, options));
    ARROW_RETURN_NOT_OK(WriteReport(running.context, plan, arguments.migrate.report));
    return terminal.Print(terminal.json() ? ReportJson(plan) : PlanText(plan));
  }
  if (!arguments.rejects.empty()) {
    ARROW_ASSIGN_OR_RAISE(options.rejects, RejectsFile::Open(running.context, arguments.rejects));
  }
  terminal.SetOutcome(
      fmt::format("{} shows none of the tables that were not finished; --resume "
                  "goes on from what was committed",
                  Printable(destination.Redacted())));
  MigrationReport report;
  options.under_way = std::make_shared<TablesUnderWay>();
  const arrow::Status status = [&] {
    const ProgressLine line(terminal, running.context->progress(),
                            fmt::format("migrate {} → {}", Printable(source.Redacted(), 40),
                                        Printable(destination.Redacted(), 40)),
                            options.under_way);
    return Migrate(running.context, source, destination, options, &report);
  }();
  const arrow::Status written = WriteReport(running.context, report, arguments.migrate.report);
  if (!status.ok()) {
    if (!terminal.quiet() && !terminal.json()) {
      for (const MigratedTable& table : report.tables) {
        if (!table.error.empty()) terminal.Note("failed: " + Printable(table.error, 1000));
      }
    }
    return status;
  }
  ARROW_RETURN_NOT_OK(written);
  if (terminal.json()) return terminal.Print(ReportJson(report));
  if (!terminal.quiet()) terminal.Summary(Summary(report, arguments.migrate.report));
  return arrow::Status::OK();
}

}  // namespace bowyer::cli
