#include "cli/rows.h"

#include <arrow/io/memory.h>

#include "core/text.h"
#include "formats/format.h"
#include "formats/text/value.h"

namespace bowyer::cli {
namespace {

std::string CellText(const arrow::ChunkedArray& column, int64_t row) {
  for (const auto& chunk : column.chunks()) {
    if (row < chunk->length()) return ValueText(*chunk, row);
    row -= chunk->length();
  }
  return "";
}

}  // namespace

TextTable RowsTable(const arrow::Table& rows) {
  TextTable table;
  std::vector<std::string> head;
  for (const auto& field : rows.schema()->fields()) head.push_back(Printable(field->name(), 40));
  table.lines.push_back(std::move(head));
  for (const auto& field : rows.schema()->fields()) {
    const auto id = field->type()->id();
    table.right.push_back(arrow::is_numeric(id) || arrow::is_decimal(id));
  }
  for (int64_t row = 0; row < rows.num_rows(); ++row) {
    std::vector<std::string> line;
    for (const auto& column : rows.columns())
      line.push_back(Printable(CellText(*column, row), 120));
    table.lines.push_back(std::move(line));
  }
  return table;
}

arrow::Result<std::string> ItemsJson(const std::shared_ptr<Context>& context,
                                     const arrow::Table& rows) {
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto encoder,
                        kJsonFormat.encode(context, rows.schema(), stream, WriteOptions()));
  arrow::TableBatchReader reader(rows);
  for (;;) {
    ARROW_ASSIGN_OR_RAISE(const auto batch, reader.Next());
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(encoder->Write(batch));
  }
  ARROW_RETURN_NOT_OK(encoder->Finish());
  ARROW_ASSIGN_OR_RAISE(const auto lines, stream->Finish());
  std::string list;
  for (const char c : std::string_view(*lines))
    list += c == '\n' ? std::string(",\n    ") : std::string(1, c);
  while (!list.empty() && (list.back() == ' ' || list.back() == '\n' || list.back() == ','))
    list.pop_back();
  return list;
}

arrow::Result<std::string> RowsJson(const std::shared_ptr<Context>& context,
                                    const arrow::Table& rows) {
  ARROW_ASSIGN_OR_RAISE(const std::string items, ItemsJson(context, rows));
  return items.empty() ? "[]" : "[\n    " + items + "\n  ]";
}

}  // namespace bowyer::cli
