// THE table, and how a location becomes a source or a sink.
#include "connectors/connectors.h"

#include <arrow/io/file.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "bowyer/error.h"
#include "connectors/file_sink.h"
#include "core/text.h"
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

arrow::Result<const Format*> NamedFormat(std::string_view name) {
  const Format* format = FindFormat(name);
  if (format != nullptr) return format;
  std::vector<std::string> names;
  for (const Format* known : Formats()) names.emplace_back(known->name);
  return MakeError(ErrorCode::kUsage,
                   "there is no format named " + Quoted(name) + DidYouMean(name, names));
}

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

arrow::Status NoFormat(const std::string& location, const char* option) {
  return MakeError(ErrorCode::kUsage, "its format cannot be told from the name",
                   {.location = location, .hint = std::string("try ") + option + " FORMAT"});
}

arrow::Result<const Format*> FormatToRead(const Location& location, const FileInput& input,
                                          const ReadOptions& options) {
  if (!options.format.empty()) return NamedFormat(options.format);
  if (!location.is_standard_stream()) {
    if (const Format* format = FormatOfPath(location.path)) return format;
  }
  if (const std::string_view name = FormatOfBytes(input.head); !name.empty()) {
    return NamedFormat(name);
  }
  if (location.is_standard_stream()) return NamedFormat("arrows");
  return NoFormat(input.name, "--from");
}

arrow::Status NotYet(const Location& location) {
  return MakeError(ErrorCode::kUsage, "locations of kind " + location.scheme + ": are not known",
                   {.location = location.Redacted()});
}

bool CanBeMapped(const Format& format, const FileInput& input) {
  return format.name == "arrow" && !input.local_path.empty() && input.size > 0 &&
         input.packing == Packing::kNone && input.head.starts_with("ARROW1");
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

arrow::Result<std::unique_ptr<Source>> OpenSource(const std::shared_ptr<Context>& context,
                                                  const Location& location,
                                                  const ReadOptions& options, bool union_by_name) {
  (void)union_by_name;
  if (!location.is_file() && !location.is_standard_stream()) return NotYet(location);
  ARROW_ASSIGN_OR_RAISE(
      FileInput input, OpenFileInput(context, location.is_standard_stream() ? "-" : location.path));
  ARROW_ASSIGN_OR_RAISE(const Format* format, FormatToRead(location, input, options));
  const std::string name = input.name;
  if (input.size >= 0) {
    auto& total = context->progress().bytes_total;
    total = std::max<int64_t>(total, 0) + input.size;
  }
  if (options.memory_map && CanBeMapped(*format, input)) {
    ARROW_ASSIGN_OR_RAISE(input, MapInput(input));
  }
  auto source = format->open(context, std::move(input), options);
  if (!source.ok()) return AtPlace(source.status(), {.location = name});
  return source;
}

arrow::Result<std::unique_ptr<Sink>> OpenSink(const std::shared_ptr<Context>& context,
                                              const Location& location,
                                              const WriteOptions& options) {
  if (!location.is_file() && !location.is_standard_stream()) return NotYet(location);
  if (location.is_standard_stream()) {
    ARROW_ASSIGN_OR_RAISE(const Format* format,
                          NamedFormat(options.format.empty() ? "arrows" : options.format));
    return MakeStandardOutputSink(context, format, options);
  }
  const Format* format = FormatOfPath(location.path);
  if (!options.format.empty()) {
    ARROW_ASSIGN_OR_RAISE(format, NamedFormat(options.format));
  }
  if (format == nullptr) return NoFormat(location.path, "--to");
  return MakeFileSink(context, format, location.path, options);
}

}  // namespace bowyer
