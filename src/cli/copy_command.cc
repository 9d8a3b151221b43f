// bowyer copy: locations and options -> one Copy, and what is said about it.
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "bowyer/error.h"
#include "bowyer/inspect.h"
#include "bowyer/rejects.h"
#include "channels/flight_address.h"
#include "channels/socket_address.h"
#include "cli/command.h"
#include "cli/progress_line.h"
#include "cli/run.h"
#include "connectors/channel_table.h"
#include "connectors/connectors.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

std::string Joined(const std::vector<Location>& locations) {
  std::string text = locations.front().Redacted();
  if (locations.size() > 1) text += fmt::format(" and {} more", locations.size() - 1);
  return text;
}

arrow::Status CheckStandardOutput(const Arguments& arguments, const Location& destination,
                                  const Terminal& terminal) {
  if (!destination.is_standard_stream()) return arrow::Status::OK();
  if (arguments.json) {
    return MakeError(ErrorCode::kUsage, "--json and the data both want standard output",
                     {.hint = "copy to a file, or leave --json out"});
  }
  const Format* format = FindFormat(arguments.write.format);
  const bool is_text = format != nullptr && format->text;
  if (terminal.stdout_is_terminal() && !is_text) {
    return MakeError(ErrorCode::kUsage, "binary data would go to the terminal",
                     {.hint = "redirect it (> FILE or | COMMAND), or try --to csv"});
  }
  return arrow::Status::OK();
}

// ", 10 row groups, zstd" of a file with such parts, as its own index tells; otherwise nothing.
std::string PartsOf(const std::string& file, const Arguments& arguments) {
  const Format* format =
      arguments.write.format.empty() ? FormatOfPath(file) : FindFormat(arguments.write.format);
  if (format == nullptr || format->text || format->name == "arrows") return "";
  ReadOptions read;
  read.format = format->name;
  const auto context = Context::Make(arguments.context);
  if (!context.ok()) return "";
  const auto written = Inspect(*context, Location{.scheme = "file", .path = file}, read);
  if (!written.ok() || written->info.unit_name.empty()) return "";
  std::string text =
      ", " + Plural(static_cast<int64_t>(written->info.units.size()), written->info.unit_name);
  if (!written->info.codec.empty()) text += ", " + written->info.codec;
  return text;
}

std::string Summary(const CopyReport& report, const Location& destination,
                    const Arguments& arguments) {
  std::string text = Plural(report.rows, "row");
  const bool sizes = report.bytes_read > 0;
  if (sizes)
    text += ", " + HumanBytes(report.bytes_read) + " → " + HumanBytes(report.bytes_written);
  text += fmt::format(" in {:.2f} s", report.seconds);
  if (sizes && report.seconds > 0) {
    const auto rate = static_cast<double>(report.bytes_read) / report.seconds;
    text += fmt::format(" ({}/s)", HumanBytes(static_cast<int64_t>(rate)));
  }
  text += fmt::format(", peak memory {} (buffers {})", HumanBytes(PeakResidentMemory()),
                      HumanBytes(report.peak_memory));
  if (report.files.size() > 1) {
    text += fmt::format("\n{}: {} files, {}", Printable(destination.Redacted()),
                        WithThousands(static_cast<int64_t>(report.files.size())),
                        HumanBytes(report.bytes_written));
  } else if (report.files.size() == 1 && !destination.is_standard_stream()) {
    text += fmt::format("\n{}: {}{}", Printable(report.files[0]), HumanBytes(report.bytes_written),
                        destination.is_file() ? PartsOf(report.files[0], arguments) : "");
  }
  if (report.rows_rejected > 0) {
    text += fmt::format("\n{} {} set aside in {}", WithThousands(report.rows_rejected),
                        report.rows_rejected == 1 ? "row was" : "rows were",
                        Printable(arguments.rejects));
  }
  return text;
}

nlohmann::ordered_json Document(const CopyReport& report, const Arguments& arguments,
                                const std::vector<std::string>& notes) {
  nlohmann::ordered_json document;
  document["rows"] = report.rows;
  document["rows_rejected"] = report.rows_rejected;
  if (!arguments.rejects.empty()) document["rejects"] = arguments.rejects;
  document["bytes_read"] =
      report.bytes_read < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(report.bytes_read);
  document["bytes_written"] = report.bytes_written;
  document["seconds"] = report.seconds;
  document["peak_memory"] = PeakResidentMemory();
  document["peak_buffers"] = report.peak_memory;
  document["files"] = report.files;
  document["notes"] = notes;
  return document;
}

bool IsStream(const Location& location) {
  return IsSocket(location) || IsChannel(location) || IsFlight(location);
}

// What a failure leaves, said before anything is done.
std::string OutcomeOfFailure(const Location& destination) {
  if (destination.is_standard_stream() || IsStream(destination)) return "";
  std::error_code error;
  const bool exists = std::filesystem::exists(destination.path, error);
  return exists ? fmt::format("nothing was written; {} is unchanged", Printable(destination.path))
                : "nothing was written";
}

// A rejects file that is the destination or a source would destroy it.
arrow::Status CheckRejects(const std::string& rejects, const std::vector<std::string>& words) {
  std::error_code error;
  const auto normal = [&error](const std::string& path) {
    return std::filesystem::absolute(path, error).lexically_normal();
  };
  for (const std::string& word : words) {
    if (!rejects.empty() && (word == rejects || normal(word) == normal(rejects))) {
      return MakeError(ErrorCode::kUsage,
                       "--rejects: " + Quoted(rejects) + " is also a source or the destination");
    }
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Status RunCopy(const Arguments& arguments, Terminal& terminal) {
  if (arguments.words.size() < 2) {
    return MakeError(ErrorCode::kUsage, "copy takes one source or more, and a destination",
                     {.hint = "bowyer copy orders.csv orders.parquet\nsee bowyer help copy"});
  }
  std::vector<Location> sources;
  for (size_t i = 0; i + 1 < arguments.words.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(sources.emplace_back(), Location::Parse(arguments.words[i]));
  }
  ARROW_ASSIGN_OR_RAISE(const auto destination, Location::Parse(arguments.words.back()));
  ARROW_RETURN_NOT_OK(CheckRejects(arguments.rejects, arguments.words));
  ARROW_RETURN_NOT_OK(CheckStandardOutput(arguments, destination, terminal));

  ARROW_ASSIGN_OR_RAISE(auto running, StartRunning(arguments, terminal));
  terminal.SetOutcome(OutcomeOfFailure(destination));
  if (arguments.verbosity > 0) {
    terminal.Detail(fmt::format("{} threads, {} for buffers, blocks of {}, row groups of up to {}",
                                running.context->threads(),
                                HumanBytes(running.context->memory_budget()),
                                HumanBytes(running.context->block_bytes()),
                                HumanBytes(running.context->row_group_bytes())));
  }
  ReadOptions read = arguments.read;
  if (!arguments.rejects.empty()) {
    ARROW_ASSIGN_OR_RAISE(read.rejects, RejectsFile::Open(running.context, arguments.rejects));
  }
  arrow::Result<CopyReport> report = [&]() -> arrow::Result<CopyReport> {
    const ProgressLine line(terminal, running.context->progress(),
                            fmt::format("copy {} → {}", Printable(Joined(sources), 40),
                                        Printable(destination.Redacted(), 40)));
    return Copy(running.context, sources, destination, read, arguments.write, arguments.selection);
  }();
  if (!report.ok()) {
    if (running.context->progress().bytes_written > 0) {
      if (destination.is_standard_stream()) {
        terminal.SetOutcome("what went to standard output is incomplete");
      } else if (IsStream(destination)) {
        terminal.SetOutcome("what was sent is incomplete, and has no end: a reader can tell");
      }
    }
    return report.status();
  }
  if (terminal.json()) return terminal.PrintJson(Document(*report, arguments, *running.notes));
  if (!terminal.quiet()) terminal.Summary(Summary(*report, destination, arguments));
  if (arguments.verbosity > 0 && report->files.size() > 1) {
    for (const std::string& file : report->files) terminal.Detail("wrote " + Printable(file));
  }
  return arrow::Status::OK();
}

}  // namespace bowyer::cli
