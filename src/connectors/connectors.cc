// THE table, and how a location becomes a source or a sink.
#include "connectors/connectors.h"

#include <arrow/io/file.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <vector>

#include "bowyer/error.h"
#include "bowyer/inspect.h"
#include "bowyer/type_text.h"
#include "channels/socket_address.h"
#include "connectors/channel_table.h"
#include "connectors/file_list.h"
#include "connectors/file_sink.h"
#include "connectors/flight_table.h"
#include "connectors/folder_sink.h"
#include "connectors/multi_file_source.h"
#include "connectors/open_file.h"
#include "connectors/retype.h"
#include "connectors/socket_table.h"
#include "core/text.h"
#include "databases/duckdb/database.h"
#include "databases/duckdb/sink.h"
#include "databases/duckdb/source.h"
#include "databases/postgres/sink.h"
#include "databases/postgres/source.h"
#include "databases/sqlite/sink.h"
#include "databases/sqlite/source.h"
#include "files/mapped_input.h"
#include "files/packing.h"

namespace bowyer {
namespace {

// One line each, sorted as in formats/format.h.
constexpr std::array kTable = {
    // clang-format off
    &kCsvFormat,
    &kTsvFormat,
    &kJsonFormat,
    &kParquetFormat,
    &kArrowFileFormat,
    &kArrowStreamFormat,
    &kOrcFormat,
    // clang-format on
};

// What the first bytes say; for text only what cannot be anything else.
std::string_view FormatOfBytes(std::string_view head) {
  const auto starts = [head](std::string_view magic) {
    return head.substr(0, magic.size()) == magic;
  };
  if (starts("PAR1") || starts("PARE")) return "parquet";
  if (starts("ARROW1") || starts("FEA1")) return "arrow";
  if (starts("ORC")) return "orc";
  if (starts("\xff\xff\xff\xff")) return "arrows";
  return {};
}

// "x.parqet": the suffix that was meant, or else all formats.
arrow::Status NoFormat(const std::string& location, const char* option) {
  const std::string_view plain = WithoutPackingSuffix(location);
  const auto dot = plain.find_last_of("./");
  std::vector<std::string> suffixes;
  std::string names;
  for (const Format* format : Formats()) {
    names += (names.empty() ? "" : ", ") + std::string(format->name);
    for (const std::string_view suffix : format->suffixes) suffixes.emplace_back(suffix);
  }
  const bool suffixed = dot != std::string_view::npos && plain[dot] == '.';
  return MakeError(
      ErrorCode::kUsage,
      "its format cannot be told from the name" +
          (suffixed ? DidYouMean(plain.substr(dot), suffixes) : ""),
      {.location = location, .hint = std::string("try ") + option + " FORMAT: one of " + names});
}

arrow::Result<const Format*> FormatToRead(const FileInput& input, const ReadOptions& options) {
  if (!options.format.empty()) return NamedFormat(options.format);
  const bool is_standard = input.name == "-";
  if (!is_standard) {
    if (const Format* format = FormatOfPath(input.name)) return format;
  }
  if (const std::string_view name = FormatOfBytes(input.head); !name.empty()) {
    return NamedFormat(name);
  }
  if (is_standard) return NamedFormat("arrows");
  return NoFormat(input.name, "--from");
}

arrow::Status NotYet(const Location& location) {
  return MakeError(ErrorCode::kUsage, "locations of kind " + location.scheme + ": are not known",
                   {.location = location.Redacted()});
}

// Options of files that a table of a database would have to pass over.
arrow::Status CheckForTable(const WriteOptions& options) {
  const char* option = !options.format.empty()             ? "--to"
                       : !options.compression.name.empty() ? "--compression"
                       : options.row_group_rows > 0        ? "--row-group-rows"
                       : !options.partition_by.empty()     ? "--partition-by"
                       : options.max_file_rows > 0 || options.max_file_bytes > 0 ? "--max-file-..."
                                                                                 : nullptr;
  if (option == nullptr) return arrow::Status::OK();
  return MakeError(ErrorCode::kUsage,
                   std::string(option) + " is for files: the destination is a database's table");
}

bool CanBeMapped(const Format& format, const FileInput& input) {
  return format.name == "arrow" && !input.local_path.empty() && input.size > 0 &&
         input.packing == Packing::kNone && input.head.starts_with("ARROW1");
}

// What is read counts into the progress; this is what it can count up to.
void AddToTotal(Context& context, const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return;  // a pipe
  auto& total = context.progress().bytes_total;
  total = std::max<int64_t>(total, 0) + static_cast<int64_t>(size);
}

// "orders.csv: read as CSV, delimiter comma, ...; columns id int64, name string".
std::string WhatIsRead(const std::string& path, const Format& format, Source& source) {
  std::string text = Printable(path) + ": read as " + std::string(format.title);
  if (format.text) {  // the others would have to look at their data again
    const auto info = source.Inspect();
    for (size_t i = 0; info.ok() && i < info->facts.size(); ++i) {
      text += ", " + info->facts[i].first + " " + Printable(info->facts[i].second, 60);
    }
  }
  constexpr int kMost = 20;
  const auto& schema = *source.schema();
  for (int i = 0; i < std::min(kMost, schema.num_fields()); ++i) {
    text += i == 0 ? "\n  columns: " : ", ";
    text += Printable(schema.field(i)->name(), 60) + " " + TypeText(*schema.field(i)->type());
  }
  if (schema.num_fields() > kMost) {
    text += " and " + std::to_string(schema.num_fields() - kMost) + " more";
  }
  return text;
}

}  // namespace

std::span<const Format* const> Formats() { return kTable; }

const Format* FindFormat(std::string_view name) {
  for (const Format* format : Formats()) {
    if (format->name == name) return format;
  }
  // "jsonl", "feather": a suffix without its dot.
  for (const Format* format : Formats()) {
    for (const std::string_view suffix : format->suffixes) {
      if (suffix.substr(1) == name) return format;
    }
  }
  return nullptr;
}

const Format* FormatOfPath(std::string_view path) {
  std::string lower(WithoutPackingSuffix(path));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Format* format : Formats()) {
    for (const std::string_view suffix : format->suffixes) {
      if (lower.size() > suffix.size() && lower.ends_with(suffix)) return format;
    }
  }
  return nullptr;
}

arrow::Result<const Format*> NamedFormat(std::string_view name) {
  const Format* format = FindFormat(name);
  if (format != nullptr) return format;
  std::vector<std::string> names;
  for (const Format* known : Formats()) names.emplace_back(known->name);
  return MakeError(ErrorCode::kUsage,
                   "there is no format named " + Quoted(name) + DidYouMean(name, names));
}

arrow::Result<std::unique_ptr<Source>> OpenFileSource(const std::shared_ptr<Context>& context,
                                                      const std::string& path,
                                                      const ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(FileInput input, OpenFileInput(context, path));
  ARROW_ASSIGN_OR_RAISE(const Format* format, FormatToRead(input, options));
  if (!format->text && input.packing != Packing::kNone) {
    // Unpacked on the way; only formats that read from a pipe can do with that.
    ARROW_ASSIGN_OR_RAISE(input.stream, OpenUnpacked(context, input));
    input.file = nullptr;
    input.size = -1;
    input.packing = Packing::kNone;
    input.head.clear();
    input.local_path.clear();
  }
  if (options.memory_map && CanBeMapped(*format, input)) {
    ARROW_ASSIGN_OR_RAISE(input, MapInput(input));
  }
  ErrorPlace place{.location = path};
  if (path == "-" && options.format.empty()) {
    place.hint = "standard input is read as an Arrow IPC stream; try --from FORMAT";
  }
  auto source = format->open(context, std::move(input), options);
  if (!source.ok()) return AtPlace(source.status(), place);
  context->progress().Detail(options.one_of_several ? 2 : 1,
                             [&] { return WhatIsRead(path, *format, **source); });
  auto retyped = Retyped(context, std::move(source).ValueUnsafe(), options);
  if (!retyped.ok()) return AtPlace(retyped.status(), {.location = path});
  return retyped;
}

arrow::Result<std::unique_ptr<Source>> OpenSource(const std::shared_ptr<Context>& context,
                                                  const Location& location,
                                                  const ReadOptions& options, bool union_by_name) {
  if (location.is_standard_stream()) {
    ARROW_ASSIGN_OR_RAISE(auto source, OpenFileSource(context, "-", options));
    AddToTotal(*context, "/dev/stdin");
    return source;
  }
  const std::string& scheme = location.scheme;
  if (scheme == "duckdb" || scheme == "sqlite" || scheme == "postgresql") {
    if (!options.format.empty()) {
      return MakeError(ErrorCode::kUsage, "--from is for files: the source is a database's table",
                       {.location = location.Redacted()});
    }
    ARROW_ASSIGN_OR_RAISE(auto source, scheme == "duckdb" ? OpenDuckDbSource(context, location)
                                       : scheme == "sqlite"
                                           ? OpenSqliteSource(context, location, options)
                                           : OpenPostgresSource(context, location, options));
    return Retyped(context, std::move(source), options);
  }
  if (IsSocket(location)) {
    ARROW_ASSIGN_OR_RAISE(auto source, OpenSocketSource(context, location, options));
    return Retyped(context, std::move(source), options);
  }
  if (IsChannel(location)) {
    ARROW_ASSIGN_OR_RAISE(auto source, OpenChannelSource(context, location, options));
    return Retyped(context, std::move(source), options);
  }
  if (IsFlight(location)) {
    ARROW_ASSIGN_OR_RAISE(auto source, OpenFlightSource(context, location, options));
    return Retyped(context, std::move(source), options);
  }
  if (!location.is_file()) return NotYet(location);
  ARROW_ASSIGN_OR_RAISE(FileList list, ListFiles(*context, location.path, options));
  if (list.single) {
    ARROW_ASSIGN_OR_RAISE(auto source, OpenFileSource(context, location.path, options));
    AddToTotal(*context, location.path);
    return source;
  }
  context->progress().Detail(1, [&] {
    return fmt::format("{}: {} files as one table, {} to {}", Printable(location.path),
                       list.files.size(), Printable(list.files.front().path),
                       Printable(list.files.back().path));
  });
  return OpenMultiFileSource(context, location.path, std::move(list), options, union_by_name);
}

arrow::Result<std::unique_ptr<Source>> OpenFiles(const std::shared_ptr<Context>& context,
                                                 const std::vector<std::string>& paths,
                                                 const ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(FileList list, ListFiles(*context, paths, options));
  return OpenMultiFileSource(context, fmt::format("{}", fmt::join(paths, ", ")), std::move(list),
                             options, /*union_by_name=*/false);
}

arrow::Result<std::unique_ptr<Sink>> OpenSink(const std::shared_ptr<Context>& context,
                                              const Location& location,
                                              const WriteOptions& options) {
  if (location.scheme == "duckdb") {
    ARROW_RETURN_NOT_OK(CheckForTable(options));
    return MakeDuckDbSink(context, location, options);
  }
  if (location.scheme == "sqlite") {
    ARROW_RETURN_NOT_OK(CheckForTable(options));
    return MakeSqliteSink(context, location, options);
  }
  if (IsSocket(location)) return MakeSocketSink(context, location, options);
  if (IsChannel(location)) return MakeChannelSink(context, location, options);
  if (IsFlight(location)) return MakeFlightSink(context, location, options);
  if (location.scheme == "postgresql") {
    ARROW_RETURN_NOT_OK(CheckForTable(options));
    return MakePostgresSink(context, location, options);
  }
  if (!location.is_file() && !location.is_standard_stream()) return NotYet(location);
  if (options.if_exists == IfExists::kUpsert) {
    return MakeError(ErrorCode::kUsage, "--upsert needs a table of a database",
                     {.hint = "for example duckdb:shop.duckdb#orders"});
  }
  const bool several =
      !options.partition_by.empty() || options.max_file_rows > 0 || options.max_file_bytes > 0;
  if (location.is_standard_stream()) {
    if (several) {
      return MakeError(ErrorCode::kUsage, "several files need a folder, not standard output");
    }
    ARROW_ASSIGN_OR_RAISE(const Format* format,
                          NamedFormat(options.format.empty() ? "arrows" : options.format));
    return MakeStandardOutputSink(context, format, options);
  }
  std::string path = location.path;
  const bool folder = several || path.back() == '/' || std::filesystem::is_directory(path);
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  const Format* format = FormatOfPath(path);
  if (!options.format.empty()) {
    ARROW_ASSIGN_OR_RAISE(format, NamedFormat(options.format));
  }
  // A folder's name says nothing of what is in it: Parquet is what folders of tables hold.
  if (format == nullptr && folder) format = &kParquetFormat;
  if (format == nullptr) return NoFormat(location.path, "--to");
  context->progress().Detail(1, [&] {
    const auto& asked = options.compression.name;
    const std::string_view own = format->codecs.empty() ? "none" : format->codecs.front();
    return fmt::format("{}: written as {}{}, compression {}", Printable(path), format->title,
                       folder ? " into a folder" : "",
                       !asked.empty() ? asked
                       : format->text ? "by its suffix"
                                      : own);
  });
  if (folder) return MakeFolderSink(context, format, path, options);
  return MakeFileSink(context, format, path, options);
}

arrow::Result<std::vector<TableFacts>> ListTables(std::shared_ptr<Context> context,
                                                  const Location& location) {
  const std::string& scheme = location.scheme;
  if (scheme != "duckdb" && scheme != "sqlite" && scheme != "postgresql" && !IsFlight(location)) {
    return MakeError(ErrorCode::kUsage, "is no database", {.location = location.Redacted()});
  }
  auto tables = IsFlight(location)   ? ListFlightTables(context, location)
                : scheme == "duckdb" ? InspectDuckDb(context, location)
                : scheme == "sqlite" ? InspectSqlite(context, location)
                                     : InspectPostgres(context, location);
  if (!tables.ok()) return AtPlace(tables.status(), {.location = location.Redacted()});
  return tables;
}

arrow::Result<std::shared_ptr<const void>> HoldDestination(const Context& context,
                                                           const Location& location) {
  std::error_code error;
  if (location.scheme != "duckdb" || !std::filesystem::exists(location.path, error)) {
    return nullptr;
  }
  return OpenDuckDb(context,
                    {.path = location.path, .must_exist = true, .memory = context.memory_budget()});
}

}  // namespace bowyer
