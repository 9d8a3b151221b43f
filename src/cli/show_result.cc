// A result -> a table for people, a document, or any destination of copy.
#include "cli/show_result.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bowyer/type_text.h"
#include "cli/progress_line.h"
#include "cli/rows.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

using Reader = std::shared_ptr<arrow::RecordBatchReader>;

// The first and the last rows of a result; the others are counted and dropped.
struct Shown {
  std::vector<std::shared_ptr<arrow::RecordBatch>> first, last;
  int64_t rows = 0;
};

int64_t RowsOf(const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches) {
  int64_t rows = 0;
  for (const auto& batch : batches) rows += batch->num_rows();
  return rows;
}

arrow::Result<Shown> ReadShown(const Reader& reader, int64_t max_rows) {
  Shown shown;
  const int64_t head = (max_rows + 1) / 2, tail = max_rows / 2;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) return shown;
    shown.rows += batch->num_rows();
    if (const int64_t missing = head - RowsOf(shown.first); missing > 0) {
      shown.first.push_back(batch->Slice(0, missing));
      batch = batch->Slice(std::min(missing, batch->num_rows()));
    }
    if (batch->num_rows() > 0) shown.last.push_back(std::move(batch));
    int64_t surplus = RowsOf(shown.last) - tail;
    while (surplus > 0 && surplus >= shown.last.front()->num_rows()) {
      surplus -= shown.last.front()->num_rows();
      shown.last.erase(shown.last.begin());
    }
    if (surplus > 0) shown.last.front() = shown.last.front()->Slice(surplus);
  }
}

arrow::Status PrintTable(const Reader& reader, int64_t max_rows, Terminal& terminal) {
  ARROW_ASSIGN_OR_RAISE(const Shown shown, ReadShown(reader, max_rows));
  const auto lines = [&](const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches)
      -> arrow::Result<TextTable> {
    ARROW_ASSIGN_OR_RAISE(const auto table,
                          arrow::Table::FromRecordBatches(reader->schema(), batches));
    return RowsTable(*table);
  };
  ARROW_ASSIGN_OR_RAISE(TextTable table, lines(shown.first));
  ARROW_ASSIGN_OR_RAISE(TextTable rest, lines(shown.last));
  const int64_t hidden = shown.rows - RowsOf(shown.first) - RowsOf(shown.last);
  if (hidden > 0) {
    table.lines.emplace_back(table.lines.front().size(), "⋮");
  }
  table.lines.insert(table.lines.end(), rest.lines.begin() + 1, rest.lines.end());
  ARROW_RETURN_NOT_OK(terminal.Print(table.Text(terminal.width(), "")));
  terminal.Summary(WithThousands(shown.rows) + (shown.rows == 1 ? " row" : " rows") +
                   (hidden > 0 ? fmt::format(", {} not shown", WithThousands(hidden)) : ""));
  return arrow::Status::OK();
}

arrow::Status PrintMarkdown(const Reader& reader, Terminal& terminal) {
  const auto print = [&terminal](const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) {
      line += ' ';
      for (const char c : cell) {
        if (c == '|' || c == '\\') line += '\\';
        line += c;
      }
      line += " |";
    }
    return terminal.Print(line + "\n");
  };
  bool heading = true;
  for (;;) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr && !heading) return arrow::Status::OK();
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
    if (batch != nullptr) batches.push_back(batch);
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          arrow::Table::FromRecordBatches(reader->schema(), batches));
    const TextTable table = RowsTable(*rows);
    if (heading) {
      ARROW_RETURN_NOT_OK(print(table.lines[0]));
      std::string rule = "|";
      for (const bool right : table.right) rule += right ? " --: |" : " --- |";
      ARROW_RETURN_NOT_OK(terminal.Print(rule + "\n"));
      heading = false;
    }
    for (size_t i = 1; i < table.lines.size(); ++i) ARROW_RETURN_NOT_OK(print(table.lines[i]));
    if (batch == nullptr) return arrow::Status::OK();
  }
}

arrow::Status PrintPlan(const Reader& reader, Terminal& terminal) {
  ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
  for (int64_t row = 0; row < table->num_rows(); ++row) {
    ARROW_ASSIGN_OR_RAISE(const auto plan, table->column(1)->GetScalar(row));
    ARROW_RETURN_NOT_OK(terminal.Print(plan->ToString() + "\n"));
  }
  return arrow::Status::OK();
}

arrow::Status PrintDocument(const std::shared_ptr<Context>& context, const Reader& reader,
                            Terminal& terminal) {
  using Json = nlohmann::ordered_json;
  Json columns = Json::array();
  for (const auto& field : reader->schema()->fields()) {
    columns.push_back({{"name", field->name()}, {"type", TypeText(*field->type())}});
  }
  ARROW_RETURN_NOT_OK(terminal.Print("{\n  \"columns\": " + columns.dump() + ",\n  \"rows\": ["));
  bool any = false;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
    if (batch == nullptr) break;
    if (batch->num_columns() == 0) continue;
    ARROW_ASSIGN_OR_RAISE(const auto table,
                          arrow::Table::FromRecordBatches(reader->schema(), {batch}));
    // Put in as text: numbers of any size stay as they are.
    ARROW_ASSIGN_OR_RAISE(const std::string items, ItemsJson(context, *table));
    if (items.empty()) continue;
    ARROW_RETURN_NOT_OK(terminal.Print((any ? ",\n    " : "\n    ") + items));
    any = true;
  }
  return terminal.Print(any ? "\n  ]\n}\n" : "]\n}\n");
}

arrow::Status WriteResult(const Arguments& arguments, const std::shared_ptr<Context>& context,
                          const Reader& reader, Terminal& terminal) {
  ARROW_ASSIGN_OR_RAISE(const auto destination, Location::Parse(arguments.query.output));
  ARROW_ASSIGN_OR_RAISE(const auto report, ([&] {
                          const ProgressLine line(terminal, context->progress(),
                                                  "sql → " + Printable(destination.Redacted(), 40));
                          return Copy(context, reader, destination, arguments.write);
                        }()));
  if (terminal.json()) {
    return terminal.PrintJson({{"rows", report.rows},
                               {"bytes_written", report.bytes_written},
                               {"seconds", report.seconds},
                               {"files", report.files}});
  }
  terminal.Summary(fmt::format("{} {} to {}, {} in {:.2f} s", WithThousands(report.rows),
                               report.rows == 1 ? "row" : "rows", Printable(destination.Redacted()),
                               HumanBytes(report.bytes_written), report.seconds));
  return arrow::Status::OK();
}

}  // namespace

arrow::Status ShowResult(const Arguments& arguments, const std::shared_ptr<Context>& context,
                         const Reader& reader, Terminal& terminal) {
  const auto& query = arguments.query;
  std::string format = query.format;
  if (format.empty()) format = terminal.stdout_is_terminal() ? "table" : "csv";
  if (query.explain == Explain::kNo) {
    if (!query.output.empty()) return WriteResult(arguments, context, reader, terminal);
    if (!terminal.json() && reader->schema()->num_fields() == 0) return arrow::Status::OK();
  }
  {
    const StageTimer timer(context->progress(), Stage::kRead);
    if (query.explain != Explain::kNo) return PrintPlan(reader, terminal);
    if (terminal.json()) return PrintDocument(context, reader, terminal);
    if (format == "table") return PrintTable(reader, query.max_rows, terminal);
    if (format == "markdown") return PrintMarkdown(reader, terminal);
  }
  WriteOptions options = arguments.write;
  options.format = format;
  ARROW_ASSIGN_OR_RAISE(const auto standard_output, Location::Parse("-"));
  return Copy(context, reader, standard_output, options).status();
}

}  // namespace bowyer::cli
