#include "engine/location_table.h"

#include <atomic>
#include <filesystem>
#include <mutex>

#include "bowyer/error.h"
#include "bowyer/reader.h"
#include "connectors/connectors.h"
#include "core/text.h"

namespace bowyer {
namespace {

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Projected(
    std::shared_ptr<arrow::RecordBatchReader> reader, const std::vector<int>& columns) {
  arrow::FieldVector fields;
  for (const int column : columns) fields.push_back(reader->schema()->field(column));
  auto schema = arrow::schema(std::move(fields));
  return MakeReader(schema,
                    [reader, columns]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
                      std::shared_ptr<arrow::RecordBatch> batch;
                      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
                      if (batch == nullptr) return batch;
                      return batch->SelectColumns(columns);
                    });
}

}  // namespace

std::optional<Location> LocationInQuery(const std::string& name) {
  auto location = Location::Parse(name);
  if (!location.ok()) return std::nullopt;
  if (!location->is_file()) return *std::move(location);
  const std::string& path = location->path;
  if (FormatOfPath(path) != nullptr) return *std::move(location);
  if (path.find_first_of("/*?[") != std::string::npos) return *std::move(location);
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return *std::move(location);
  return std::nullopt;
}

arrow::Result<std::shared_ptr<const TableInput>> TableOfLocation(
    const std::shared_ptr<Context>& context, const Location& location, const ReadOptions& options) {
  const auto at = [place = ErrorPlace{.location = location.Redacted()}](
                      const arrow::Status& status) { return AtPlace(status, place); };
  auto opened = OpenSource(context, location, options, /*union_by_name=*/false);
  if (!opened.ok()) return at(opened.status());
  const std::shared_ptr<Source> source = std::move(opened).ValueUnsafe();
  auto input = std::make_shared<TableInput>();
  input->schema = source->schema();
  if (const auto info = source->Inspect(); info.ok() && info->rows.has_value()) {
    input->rows = *info->rows;
  }
  // Queries on several threads share the source, which is not made for that.
  input->open = [source, at, opening = std::make_shared<std::mutex>()](
                    const std::optional<std::vector<int>>& columns)
      -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    const std::lock_guard lock(*opening);
    auto reader = source->Open(Chunk{}, {.columns = columns});
    if (!reader.ok()) return at(reader.status());
    return reader;
  };
  return input;
}

std::shared_ptr<const TableInput> TableOfTable(std::shared_ptr<arrow::Table> table) {
  auto input = std::make_shared<TableInput>();
  input->schema = table->schema();
  input->rows = table->num_rows();
  input->open = [table](const std::optional<std::vector<int>>& columns)
      -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    std::shared_ptr<arrow::RecordBatchReader> reader =
        std::make_shared<arrow::TableBatchReader>(table);
    if (!columns.has_value()) return reader;
    return Projected(std::move(reader), *columns);
  };
  return input;
}

std::shared_ptr<const TableInput> TableOfReader(const std::string& name,
                                                std::shared_ptr<arrow::RecordBatchReader> reader) {
  auto input = std::make_shared<TableInput>();
  input->schema = reader->schema();
  input->once = true;
  auto taken = std::make_shared<std::atomic<bool>>(false);
  input->open = [name, reader, taken](const std::optional<std::vector<int>>& columns)
      -> arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> {
    if (taken->exchange(true)) {
      return MakeError(ErrorCode::kUsage, "the reader " + Quoted(name) + " was read already",
                       {.hint = "a reader is a stream: register it anew, or register a table"});
    }
    if (!columns.has_value()) return reader;
    return Projected(reader, *columns);
  };
  return input;
}

}  // namespace bowyer
