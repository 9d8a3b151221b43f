#include "engine/location_table.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <numeric>

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

// A source may be used by one thread at a time, a table by many.
class SharedSource {
 public:
  SharedSource(std::unique_ptr<Source> source, ErrorPlace place)
      : source_(std::move(source)), place_(std::move(place)) {}

  arrow::Result<std::vector<int64_t>> FindParts() {
    auto chunks = source_->Chunks(kPartRows);
    if (!chunks.ok()) return AtPlace(chunks.status(), place_);
    chunks_ = std::move(chunks).ValueUnsafe();
    std::vector<int64_t> rows;
    for (const Chunk& chunk : chunks_) rows.push_back(chunk.rows);
    return rows;
  }

  const std::shared_ptr<arrow::Schema> schema() const { return source_->schema(); }

  arrow::Result<TableInput::Reader> Open(const Chunk& chunk, const ScanOptions& options) {
    const std::lock_guard lock(mutex_);
    auto reader = source_->Open(chunk, options);
    if (!reader.ok()) return AtPlace(reader.status(), place_);
    return reader;
  }

  arrow::Result<TableInput::Reader> OpenParts(size_t first, size_t count,
                                              const ScanOptions& options) {
    Chunk chunk = chunks_[first];
    for (size_t i = first + 1; i < first + count; ++i) chunk.count += chunks_[i].count;
    return Open(chunk, options);
  }

  arrow::Result<std::vector<ColumnBounds>> Bounds(int column) {
    const std::lock_guard lock(mutex_);
    auto [found, is_new] = bounds_.try_emplace(column);
    if (!is_new) return found->second;
    std::vector<ColumnBounds> bounds;
    for (const Chunk& chunk : chunks_) {
      auto known = source_->Bounds(chunk, column);
      if (!known.ok()) {
        bounds_.erase(found);
        return AtPlace(known.status(), place_);
      }
      bounds.push_back(std::move(known).ValueUnsafe());
    }
    return found->second = std::move(bounds);
  }

 private:
  // Smaller natural units are read together: opening them would cost more than reading.
  static constexpr int64_t kPartRows = 16'384;

  std::mutex mutex_;
  const std::unique_ptr<Source> source_;
  const ErrorPlace place_;
  std::vector<Chunk> chunks_;
  std::map<int, std::vector<ColumnBounds>> bounds_;
};

arrow::Result<std::shared_ptr<const TableInput>> TableOfSource(std::unique_ptr<Source> opened,
                                                               const ErrorPlace& place) {
  auto source = std::make_shared<SharedSource>(std::move(opened), place);
  auto input = std::make_shared<TableInput>();
  input->schema = source->schema();
  input->open = [source](const std::vector<int>& columns) {
    return source->Open(Chunk{}, {.columns = columns, .compact = true});
  };
  ARROW_ASSIGN_OR_RAISE(input->parts, source->FindParts());
  const bool counted =
      std::none_of(input->parts.begin(), input->parts.end(), [](int64_t rows) { return rows < 0; });
  if (counted) input->rows = std::accumulate(input->parts.begin(), input->parts.end(), int64_t{0});
  input->open_parts = [source](size_t first, size_t count, const ScanOptions& options) {
    return source->OpenParts(first, count, options);
  };
  input->bounds = [source](int column) { return source->Bounds(column); };
  return input;
}

}  // namespace

std::optional<Location> LocationInQuery(const std::string& name) {
  auto location = Location::Parse(name);
  if (!location.ok()) return std::nullopt;
  if (!location->is_file()) return *std::move(location);
  const std::string& path = location->path;
  if (FormatOfPath(path) != nullptr) return *std::move(location);
  // Also "orders.parqet", so that the error speaks of a file.
  if (path.find_first_of("./*?[") != std::string::npos) return *std::move(location);
  std::error_code error;
  if (std::filesystem::exists(path, error)) return *std::move(location);
  return std::nullopt;
}

arrow::Result<std::shared_ptr<const TableInput>> TableOfLocation(
    const std::shared_ptr<Context>& context, const Location& location, const ReadOptions& options) {
  const ErrorPlace place{.location = location.Redacted()};
  auto source = OpenSource(context, location, options, /*union_by_name=*/false);
  if (!source.ok()) return AtPlace(source.status(), place);
  return TableOfSource(std::move(source).ValueUnsafe(), place);
}

arrow::Result<std::shared_ptr<const TableInput>> TableOfArrowFiles(
    const std::shared_ptr<Context>& context, const std::vector<std::string>& names) {
  ReadOptions options;
  options.format = "arrow";
  if (names.size() == 1) {
    ARROW_ASSIGN_OR_RAISE(const Location location, Location::Parse(names[0]));
    return TableOfLocation(context, location, options);
  }
  ARROW_ASSIGN_OR_RAISE(auto source, OpenFiles(context, names, options));
  return TableOfSource(std::move(source), {});
}

std::shared_ptr<const TableInput> TableOfTable(std::shared_ptr<arrow::Table> table) {
  auto input = std::make_shared<TableInput>();
  input->schema = table->schema();
  input->rows = table->num_rows();
  input->open = [table](const std::vector<int>& columns) -> arrow::Result<TableInput::Reader> {
    return Projected(std::make_shared<arrow::TableBatchReader>(table), columns);
  };
  return input;
}

std::shared_ptr<const TableInput> TableOfReader(const std::string& name,
                                                std::shared_ptr<arrow::RecordBatchReader> reader) {
  auto input = std::make_shared<TableInput>();
  input->schema = reader->schema();
  input->once = true;
  auto taken = std::make_shared<std::atomic<bool>>(false);
  input->open = [name, reader,
                 taken](const std::vector<int>& columns) -> arrow::Result<TableInput::Reader> {
    if (taken->exchange(true)) {
      return MakeError(ErrorCode::kUsage, "the reader " + Quoted(name) + " was read already",
                       {.hint = "a reader is a stream: register it anew, or register a table"});
    }
    return Projected(reader, columns);
  };
  return input;
}

std::shared_ptr<const TableInput> TableOfStream(std::shared_ptr<arrow::Schema> schema,
                                                StreamOpener open) {
  auto input = std::make_shared<TableInput>();
  input->schema = schema;
  input->open = [schema, open = std::move(open)](
                    const std::vector<int>& columns) -> arrow::Result<TableInput::Reader> {
    ARROW_ASSIGN_OR_RAISE(auto reader, open(columns));
    arrow::FieldVector fields;
    for (const int column : columns) fields.push_back(schema->field(column));
    const auto promised = arrow::schema(std::move(fields));
    if (!reader->schema()->Equals(*promised, /*check_metadata=*/false)) {
      return MakeError(ErrorCode::kData, "a stream has other columns than were promised",
                       {.hint = "promised: " + promised->ToString() +
                                "\nopened: " + reader->schema()->ToString()});
    }
    return reader;
  };
  return input;
}

}  // namespace bowyer
