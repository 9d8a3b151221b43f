// bowyer inspect: what a source is, as a page for people or one JSON document.
#include <arrow/table.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "channels/flight_address.h"
#include "cli/command.h"
#include "cli/rows.h"
#include "cli/run.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

using Json = nlohmann::ordered_json;
using Line = std::vector<std::string>;

// "Parquet 2.6, zstd, 10,000,000 rows, 101 MB (284 MB raw), 10 row groups, written by bowyer 0.1"
std::string Header(const Inspection& inspection) {
  const SourceInfo& info = inspection.info;
  std::string text = info.format;
  if (!info.codec.empty()) text += ", " + info.codec;
  if (info.rows.has_value()) text += ", " + Plural(*info.rows, "row");
  if (info.stored_bytes >= 0) text += ", " + HumanBytes(info.stored_bytes);
  int64_t raw = 0;
  for (const UnitInfo& unit : info.units)
    raw = unit.raw_bytes < 0 || raw < 0 ? -1 : raw + unit.raw_bytes;
  if (raw > 0) text += fmt::format(" ({} raw)", HumanBytes(raw));
  if (!info.unit_name.empty() && !info.units.empty()) {
    text += ", " + Plural(static_cast<int64_t>(info.units.size()), info.unit_name);
  }
  if (!info.created_by.empty()) text += ", written by " + Printable(info.created_by, 60);
  if (inspection.memory_mapped) {
    text += fmt::format(", memory mapped, {} allocated", HumanBytes(inspection.bytes_allocated));
  }
  return text;
}

// The columns, without the facts that no column has.
TextTable Columns(const Inspection& inspection) {
  std::vector<Line> lines;
  Line head = {"column", "type", "null", "nulls", "min", "max", "stored", "encoding", "note"};
  std::vector<bool> used(head.size(), false);
  used[0] = used[1] = used[2] = true;
  const arrow::Schema& schema = *inspection.schema;
  for (int i = 0; i < schema.num_fields(); ++i) {
    const arrow::Field& field = *schema.field(i);
    Line line(head.size());
    line[0] = Printable(field.name(), 60);
    line[1] = Printable(TypeText(*field.type()), 100);
    line[2] = field.nullable() ? "yes" : "no";
    if (static_cast<size_t>(i) < inspection.info.columns.size()) {
      const ColumnInfo& column = inspection.info.columns[static_cast<size_t>(i)];
      if (column.null_count.has_value()) line[3] = WithThousands(*column.null_count);
      if (column.min.has_value()) line[4] = Printable(*column.min, 40);
      if (column.max.has_value()) line[5] = Printable(*column.max, 40);
      if (column.stored_bytes.has_value()) line[6] = HumanBytes(*column.stored_bytes);
      line[7] = column.encoding;
      line[8] = Printable(column.note, 80);
    }
    for (size_t k = 3; k < line.size(); ++k) used[k] = used[k] || !line[k].empty();
    lines.push_back(std::move(line));
  }
  TextTable table;
  const auto add = [&](const Line& line) {
    Line kept;
    for (size_t k = 0; k < line.size(); ++k) {
      if (used[k]) kept.push_back(line[k]);
    }
    table.lines.push_back(std::move(kept));
  };
  add(head);
  for (const Line& line : lines) add(line);
  return table;
}

std::string Pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  TextTable table;
  for (const auto& [name, value] : pairs) {
    table.lines.push_back({Printable(name, 60), Printable(value, 400)});
  }
  return table.Text(0, "  ");
}

std::string Page(const Inspection& inspection, const Location& location, const Terminal& terminal) {
  const int width = terminal.width();
  std::string page =
      terminal.Bold(Printable(location.Redacted())) + "   " + Header(inspection) + "\n";
  page += Columns(inspection).Text(width, "  ");
  if (!inspection.info.facts.empty()) page += "\n" + Pairs(inspection.info.facts);
  if (!inspection.info.metadata.empty()) {
    page += "\n" + terminal.Bold("metadata") + "\n" + Pairs(inspection.info.metadata);
  }
  if (inspection.rows != nullptr) page += "\n" + RowsTable(*inspection.rows).Text(width, "  ");
  return page;
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value.has_value() ? Json(*value) : Json();
}

Json MetadataJson(const arrow::KeyValueMetadata* metadata) {
  Json pairs = Json::object();
  if (metadata == nullptr) return pairs;
  for (int64_t i = 0; i < metadata->size(); ++i) pairs[metadata->key(i)] = metadata->value(i);
  return pairs;
}

Json FieldJson(const Inspection& inspection, int i) {
  const arrow::Field& field = *inspection.schema->field(i);
  Json json;
  json["name"] = field.name();
  json["type"] = TypeText(*field.type());
  json["nullable"] = field.nullable();
  if (field.metadata() != nullptr) json["metadata"] = MetadataJson(field.metadata().get());
  if (static_cast<size_t>(i) < inspection.info.columns.size()) {
    const ColumnInfo& column = inspection.info.columns[static_cast<size_t>(i)];
    json["nulls"] = OrNull(column.null_count);
    json["min"] = OrNull(column.min);
    json["max"] = OrNull(column.max);
    json["stored_bytes"] = OrNull(column.stored_bytes);
    if (!column.encoding.empty()) json["encoding"] = column.encoding;
    if (!column.note.empty()) json["note"] = column.note;
  }
  return json;
}

Json Document(const Inspection& inspection, const Location& location) {
  const SourceInfo& info = inspection.info;
  Json document;
  document["location"] = location.Redacted();
  document["format"] = info.format;
  document["rows"] = OrNull(info.rows);
  document["stored_bytes"] = info.stored_bytes < 0 ? Json() : Json(info.stored_bytes);
  document["codec"] = info.codec;
  document["created_by"] = info.created_by;
  Json columns = Json::array();
  for (int i = 0; i < inspection.schema->num_fields(); ++i) {
    columns.push_back(FieldJson(inspection, i));
  }
  document["columns"] = std::move(columns);
  document["schema_metadata"] = MetadataJson(inspection.schema->metadata().get());
  document["unit_name"] = info.unit_name;
  Json units = Json::array();
  for (const UnitInfo& unit : info.units) {
    units.push_back({{"rows", unit.rows},
                     {"stored_bytes", unit.stored_bytes < 0 ? Json() : Json(unit.stored_bytes)},
                     {"raw_bytes", unit.raw_bytes < 0 ? Json() : Json(unit.raw_bytes)}});
  }
  document["units"] = std::move(units);
  Json facts = Json::object();
  for (const auto& [name, value] : info.facts) facts[name] = value;
  document["facts"] = std::move(facts);
  Json metadata = Json::object();
  for (const auto& [name, value] : info.metadata) metadata[name] = value;
  document["metadata"] = std::move(metadata);
  document["memory_mapped"] = inspection.memory_mapped;
  document["bytes_allocated"] = inspection.bytes_allocated;
  return document;
}

// A whole database: its tables, with their rows.
arrow::Status PrintTables(const Arguments& arguments, const Location& location,
                          const std::shared_ptr<Context>& context, Terminal& terminal) {
  const InspectOptions& asked = arguments.inspect;
  if (asked.head_rows > 0 || asked.sample_rows > 0 || asked.unit >= 0) {
    return MakeError(ErrorCode::kUsage, "rows are a table's: the location names none",
                     {.location = location.Redacted(),
                      .hint = IsFlight(location) ? "name one behind /" : "name one behind #"});
  }
  ARROW_ASSIGN_OR_RAISE(const auto tables, ListTables(context, location));
  if (terminal.json()) {
    Json document;
    document["location"] = location.Redacted();
    document["tables"] = Json::array();
    for (const TableFacts& table : tables) {
      document["tables"].push_back({{"name", table.name},
                                    {"kind", table.is_view ? "view" : "table"},
                                    {"rows", OrNull(table.rows)},
                                    {"columns", table.columns}});
    }
    return terminal.PrintJson(document);
  }
  const std::string database = location.scheme == "postgresql" ? "PostgreSQL database"
                               : location.scheme == "sqlite"   ? "SQLite database"
                               : IsFlight(location)            ? "Arrow Flight server"
                                                               : "DuckDB database";
  TextTable page;
  page.lines.push_back({"table", "rows", "columns", "kind"});
  for (const TableFacts& table : tables) {
    page.lines.push_back({Printable(table.name, 100),
                          table.rows.has_value() ? WithThousands(*table.rows) : "",
                          WithThousands(table.columns), table.is_view ? "view" : "table"});
  }
  page.right = {false, true, true, false};
  return terminal.Print(terminal.Bold(Printable(location.Redacted())) + "   " + database + ", " +
                        Plural(static_cast<int64_t>(tables.size()), "table") + "\n" +
                        page.Text(terminal.width(), "  "));
}

}  // namespace

arrow::Status RunInspect(const Arguments& arguments, Terminal& terminal) {
  if (arguments.words.size() != 1) {
    return MakeError(ErrorCode::kUsage, "inspect takes one source",
                     {.hint = "bowyer inspect orders.parquet\nsee bowyer help inspect"});
  }
  ARROW_ASSIGN_OR_RAISE(const auto location, Location::Parse(arguments.words[0]));
  ARROW_ASSIGN_OR_RAISE(auto running, StartRunning(arguments, terminal));
  const bool own_file = location.scheme == "duckdb" || location.scheme == "sqlite";
  const bool is_database =
      location.scheme == "postgresql" || (own_file && location.options.empty());
  const bool is_server = IsFlight(location) && location.path.find('/') == std::string::npos;
  if ((is_database || is_server) && location.table.empty() && !location.options.contains("query")) {
    return PrintTables(arguments, location, running.context, terminal);
  }
  ARROW_ASSIGN_OR_RAISE(const auto inspection,
                        Inspect(running.context, location, arguments.read, arguments.inspect));
  if (!terminal.json()) return terminal.Print(Page(inspection, location, terminal));
  const Json document = Document(inspection, location);
  if (inspection.rows == nullptr) return terminal.PrintJson(document);
  ARROW_ASSIGN_OR_RAISE(const auto rows, RowsJson(running.context, *inspection.rows));
  // Put in as text: numbers of any size stay as they are.
  std::string text = document.dump(2, ' ', false, Json::error_handler_t::replace);
  text.resize(text.rfind('\n'));
  return terminal.Print(text + ",\n  \"sample\": " + rows + "\n}\n");
}

}  // namespace bowyer::cli
