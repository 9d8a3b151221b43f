// Scan: locations, tables and readers -> frames that know their schemas.
#include "engine/frame_scan.h"

#include <arrow/table.h>

#include <filesystem>

#include "bowyer/error.h"
#include "bowyer/lazy_frame.h"
#include "connectors/retype.h"
#include "core/text.h"
#include "engine/location_table.h"

namespace bowyer {
namespace {

// Pipes give their bytes once.
bool CanBeReadAgain(const Location& location) {
  if (location.is_standard_stream()) return false;
  std::error_code error;
  return !location.is_file() || !std::filesystem::is_fifo(location.path, error);
}

arrow::Result<std::shared_ptr<const TableInput>> Open(const std::shared_ptr<Context>& context,
                                                      const Location& location,
                                                      const ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto table, TableOfLocation(context, location, options));
  ARROW_RETURN_NOT_OK(
      AtPlace(CheckTypedColumns(options, *table->schema), {.location = location.Redacted()}));
  return table;
}

arrow::Result<LazyFrame> ScanLocation(const Location& location, const ReadOptions& options) {
  if (options.rejects != nullptr) {
    return MakeError(ErrorCode::kUsage, "a frame sets no rows aside",
                     {.location = location.Redacted(), .hint = "copy the file first"});
  }
  ARROW_ASSIGN_OR_RAISE(const auto context, Context::Make());
  ARROW_ASSIGN_OR_RAISE(auto table, Open(context, location, options));
  auto scan = std::make_shared<FrameScan>();
  scan->location = location;
  scan->options = options;
  scan->schema = table->schema;
  if (!CanBeReadAgain(location)) {
    auto stream = std::make_shared<TableInput>(*table);
    stream->once = true;
    scan->table = std::move(stream);
  }
  const auto schema = scan->schema;
  return LazyFrame::FromScan(location.Redacted(), schema, std::move(scan));
}

LazyFrame ScanTable(std::string name, std::shared_ptr<const TableInput> table) {
  auto scan = std::make_shared<FrameScan>();
  scan->table = std::move(table);
  const auto schema = scan->table->schema;
  return LazyFrame::FromScan(std::move(name), schema, std::move(scan));
}

}  // namespace

arrow::Result<std::shared_ptr<const TableInput>> TableOfScan(
    const std::shared_ptr<Context>& context, const FrameScan& scan) {
  if (scan.table != nullptr) return scan.table;
  ARROW_ASSIGN_OR_RAISE(auto table, Open(context, *scan.location, scan.options));
  if (!table->schema->Equals(*scan.schema, /*check_metadata=*/false)) {
    return MakeError(
        ErrorCode::kData, "its columns have changed since the frame was made",
        {.location = scan.location->Redacted(),
         .hint = "then: " + scan.schema->ToString() + "\nnow: " + table->schema->ToString()});
  }
  return table;
}

LazyFrame Scan(const Location& location, const ReadOptions& options) {
  auto frame = ScanLocation(location, options);
  return frame.ok() ? *std::move(frame) : LazyFrame::Failed(frame.status());
}

LazyFrame Scan(std::string_view location, const ReadOptions& options) {
  const auto parsed = Location::Parse(location);
  return parsed.ok() ? Scan(*parsed, options) : LazyFrame::Failed(parsed.status());
}

LazyFrame Scan(std::shared_ptr<arrow::Table> table, std::string name) {
  return ScanTable(std::move(name), TableOfTable(std::move(table)));
}

LazyFrame Scan(std::shared_ptr<arrow::RecordBatch> batch, std::string name) {
  auto table = arrow::Table::FromRecordBatches({std::move(batch)});
  if (!table.ok()) return LazyFrame::Failed(table.status());
  return Scan(*std::move(table), std::move(name));
}

LazyFrame Scan(std::shared_ptr<arrow::RecordBatchReader> reader, std::string name) {
  auto table = TableOfReader(name, std::move(reader));
  return ScanTable(std::move(name), std::move(table));
}

LazyFrame Scan(std::shared_ptr<arrow::Schema> schema, StreamOpener open, std::string name) {
  return ScanTable(std::move(name), TableOfStream(std::move(schema), std::move(open)));
}

}  // namespace bowyer
