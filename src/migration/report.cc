// What a migration did, as JSON and as a page.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bowyer/migrate.h"
#include "core/text.h"

namespace bowyer {
namespace {

using Json = nlohmann::ordered_json;

const char* Name(Verification verified) {
  switch (verified) {
    case Verification::kNone:
      return "none";
    case Verification::kCount:
      return "count";
    case Verification::kFull:
      return "full";
  }
  return "";
}

Json KnownOrNull(int64_t number) { return number < 0 ? Json() : Json(number); }

Json Document(const MigratedTable& table, bool plan_only) {
  Json document = {{"source", table.source}, {"destination", table.destination}};
  document["rows"] = KnownOrNull(table.rows);
  document["bytes"] = KnownOrNull(table.bytes);
  if (!plan_only) {
    document["chunks"] = table.chunks;
    document["chunks_kept"] = table.chunks_kept;
    document["seconds"] = table.seconds;
    document["snapshot"] = table.snapshot;
    document["verified"] = Name(table.verified);
    document["destination_rows"] = KnownOrNull(table.destination_rows);
    document["source_digest"] = table.source_digest;
    document["destination_digest"] = table.destination_digest;
    document["widened"] = table.widened;
    document["error"] = table.error.empty() ? Json() : Json(table.error);
  }
  for (const MigratedColumn& column : table.columns) {
    Json one = {{"name", column.name},
                {"destination", column.destination},
                {"source_type", column.source_type},
                {"destination_type", column.destination_type}};
    if (!column.note.empty()) one["note"] = column.note;
    if (!column.source_digest.empty()) {
      one["source_digest"] = column.source_digest;
      one["destination_digest"] = column.destination_digest;
    }
    document["columns"].push_back(std::move(one));
  }
  return document;
}

// Text between tags: what is special there, and what is no character, is escaped.
std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : Printable(text, 4000)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

constexpr char kStyle[] =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1f24;background:#fff}table{border-collapse:collapse;margin:.5rem 0}"
    "td,th{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #dde1e6}td.n,th.n{text-align:right}"
    "code{font:13px ui-monospace,monospace;word-break:break-all}.bad{color:#b3261e}"
    ".good{color:#0b7a75}svg text{font:12px system-ui,sans-serif}details{margin:.2rem 0}"
    "@media(prefers-color-scheme:dark){body{background:#15181c;color:#e4e7eb}"
    "td,th{border-color:#383f47}svg text{fill:#e4e7eb}}";

// A bar for each table; its length is the time that it took.
std::string Bars(const std::vector<MigratedTable>& tables) {
  constexpr int kMost = 40, kHeight = 22, kLeft = 220, kWidth = 420;
  std::vector<const MigratedTable*> shown;
  for (const MigratedTable& table : tables) shown.push_back(&table);
  std::stable_sort(shown.begin(), shown.end(),
                   [](const auto* a, const auto* b) { return a->seconds > b->seconds; });
  if (shown.size() > kMost) shown.resize(kMost);
  double longest = 0;
  for (const MigratedTable* table : shown) longest = std::max(longest, table->seconds);
  if (longest <= 0) return "";
  std::string text = fmt::format(
      "<svg viewBox=\"0 0 860 {0}\" width=\"860\" height=\"{0}\" "
      "role=\"img\" aria-label=\"seconds of each table\">",
      shown.size() * kHeight + 4);
  int y = 0;
  for (const MigratedTable* table : shown) {
    const double width = std::max(1.0, table->seconds / longest * kWidth);
    text += fmt::format(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect x=\"{}\" y=\"{}\" "
        "width=\"{:.1f}\" height=\"16\" rx=\"2\" fill=\"{}\"/><text x=\"{:.1f}\" y=\"{}\">{:.2f} "
        "s, {} rows/s</text>",
        kLeft - 8, y + 15, Escaped(Printable(table->source, 30)), kLeft, y + 3, width,
        table->error.empty() ? "#0b7a75" : "#b3261e", kLeft + width + 6, y + 15, table->seconds,
        WithThousands(static_cast<int64_t>(static_cast<double>(std::max<int64_t>(0, table->rows)) /
                                           std::max(table->seconds, 1e-3))));
    y += kHeight;
  }
  return text + "</svg>";
}

std::string Verdict(const MigratedTable& table) {
  if (!table.error.empty()) return "<span class=bad>" + Escaped(table.error) + "</span>";
  switch (table.verified) {
    case Verification::kNone:
      return "not verified";
    case Verification::kCount:
      return "<span class=good>✓ count</span>";
    case Verification::kFull:
      return fmt::format("<span class=good>✓ count, digests of {}</span>",
                         Plural(static_cast<int64_t>(table.columns.size()), "column"));
  }
  return "";
}

std::string Columns(const MigratedTable& table) {
  const bool digests = !table.source_digest.empty();
  std::string text = "<table><tr><th>column<th>source type<th>destination type";
  if (digests) text += "<th>digest at the source<th>digest at the destination";
  text += "<th>note";
  for (const MigratedColumn& column : table.columns) {
    text +=
        fmt::format("<tr><td>{}{}<td>{}<td>{}", Escaped(column.name),
                    column.name == column.destination ? "" : " → " + Escaped(column.destination),
                    Escaped(column.source_type), Escaped(column.destination_type));
    if (digests) {
      const char* mark = column.source_digest == column.destination_digest ? "" : " class=bad";
      text += fmt::format("<td{0}><code>{1}</code><td{0}><code>{2}</code>", mark,
                          column.source_digest, column.destination_digest);
    }
    text += "<td>" + Escaped(column.note);
  }
  return text + "</table>";
}

std::string Number(int64_t number) { return number < 0 ? "" : WithThousands(number); }

}  // namespace

std::string ReportJson(const MigrationReport& report) {
  Json document = {{"source", report.source},
                   {"destination", report.destination},
                   {"plan_only", report.plan_only},
                   {"snapshot", report.snapshot},
                   {"rows", report.rows},
                   {"rows_rejected", report.rows_rejected},
                   {"bytes_written", report.bytes_written},
                   {"peak_memory", report.peak_memory},
                   {"seconds", report.seconds}};
  document["error"] = report.error.empty() ? Json() : Json(report.error);
  document["tables"] = Json::array();
  for (const MigratedTable& table : report.tables) {
    document["tables"].push_back(Document(table, report.plan_only));
  }
  document["left_out"] = Json::array();
  for (const LeftOut& left_out : report.left_out) {
    document["left_out"].push_back(
        {{"what", left_out.what}, {"reason", left_out.reason}, {"ddl", left_out.ddl}});
  }
  document["notes"] = report.notes;
  // Names and values of foreign databases may be any bytes.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string ReportHtml(const MigrationReport& report) {
  std::string text = fmt::format(
      "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
      "content=\"width=device-width\"><title>{0} → {1}</title><style>{2}</style>"
      "<h1>{0} → {1}</h1>",
      Escaped(report.source), Escaped(report.destination), kStyle);
  if (!report.error.empty()) text += "<p class=bad>" + Escaped(report.error) + "</p>";
  text += fmt::format("<p>{}, {} in {:.2f} s; {} written; moment of the source: <code>{}</code>",
                      Plural(static_cast<int64_t>(report.tables.size()), "table"),
                      Plural(report.rows, "row"), report.seconds, HumanBytes(report.bytes_written),
                      Escaped(report.snapshot));
  if (report.rows_rejected > 0) {
    text += "; " + Plural(report.rows_rejected, "row") + " set aside";
  }
  text += "</p><h2>Tables</h2>" + Bars(report.tables);
  text +=
      "<table><tr><th>table<th>destination<th class=n>rows<th class=n>bytes<th class=n>chunks"
      "<th class=n>kept<th class=n>seconds<th>verified";
  for (const MigratedTable& table : report.tables) {
    text += fmt::format(
        "<tr><td>{}<td>{}<td class=n>{}<td class=n>{}<td class=n>{}<td class=n>{}<td "
        "class=n>{:.2f}<td>{}",
        Escaped(table.source), Escaped(table.destination), Number(table.rows), Number(table.bytes),
        Number(table.chunks), Number(table.chunks_kept), table.seconds, Verdict(table));
  }
  text += "</table>";
  for (const MigratedTable& table : report.tables) {
    text += fmt::format(
        "<details{}><summary>{}</summary>{}{}{}</details>", table.error.empty() ? "" : " open",
        Escaped(table.source),
        table.snapshot.empty() ? "" : "<p>moment: <code>" + Escaped(table.snapshot) + "</code></p>",
        table.source_digest.empty() ? ""
                                    : fmt::format("<p>rows: <code>{}</code> at the source, "
                                                  "<code>{}</code> at the destination</p>",
                                                  table.source_digest, table.destination_digest),
        Columns(table));
  }
  if (!report.left_out.empty()) {
    text += "<h2>Not carried over</h2><table><tr><th>what<th>why<th>definition";
    for (const LeftOut& left_out : report.left_out) {
      text += fmt::format("<tr><td>{}<td>{}<td><code>{}</code>", Escaped(left_out.what),
                          Escaped(left_out.reason), Escaped(left_out.ddl));
    }
    text += "</table>";
  }
  if (!report.notes.empty()) {
    text += "<h2>Notes</h2><ul>";
    for (const std::string& note : report.notes) text += "<li>" + Escaped(note);
    text += "</ul>";
  }
  return text + "</html>\n";
}

}  // namespace bowyer
