#include "connectors/flight_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bowyer/error.h"
#include "bowyer/reader.h"
#include "channels/flight_library.h"
#include "channels/flight_put.h"
#include "channels/flight_stream.h"
#include "core/batch_shape.h"
#include "core/text.h"
#include "formats/format.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

// Batches are sent in pieces of about this size: gRPC takes each as one message.
constexpr int64_t kPieceBytes = 4 << 20;

Status CheckOptions(const WriteOptions& options, const Location& location) {
  const char* option = !options.format.empty()                                   ? "--to"
                       : !options.compression.name.empty()                       ? "--compression"
                       : !options.partition_by.empty()                           ? "--partition-by"
                       : options.max_file_rows > 0 || options.max_file_bytes > 0 ? "--max-file-..."
                                                                                 : nullptr;
  if (option == nullptr) return Status::OK();
  return MakeError(
      ErrorCode::kUsage,
      std::string(option) + " is for files: the destination is a Flight server's table",
      {.location = location.Redacted()});
}

Result<std::shared_ptr<FlightClient>> Connect(const FlightTarget& target) {
  ARROW_ASSIGN_OR_RAISE(const FlightLibrary* library, LoadFlight());
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<FlightClient> client, library->connect(target));
  return client;
}

FlightClient::Seconds TimeoutOf(const FlightAddress& address) {
  return FlightClient::Seconds(static_cast<double>(address.timeout.count()) / 1000);
}

// What the readers of one source share.
struct Parts {
  std::shared_ptr<Context> context;
  FlightAddress address;
  std::shared_ptr<FlightClient> client;
  FlightTable table;
  ReadOptions options;

  // A part, with its schema.
  Result<std::unique_ptr<Source>> Open(size_t index) const {
    const FlightPart& part = table.parts[index];
    auto from = client;
    if (part.elsewhere.has_value()) {
      ARROW_ASSIGN_OR_RAISE(from, Connect(*part.elsewhere));
      context->progress().Detail(1, [&] {
        return fmt::format("{}: part {} of {} is fetched from {}:{}", address.name, index + 1,
                           table.parts.size(), Printable(part.elsewhere->host),
                           part.elsewhere->port);
      });
    }
    FileInput input;
    input.name = address.name;
    ARROW_ASSIGN_OR_RAISE(input.stream, OpenFlightStream(context, address, from, part));
    return kArrowStreamFormat.open(context, std::move(input), options);
  }
};

// The parts [next, end), one after the other.
class PartsReader : public arrow::RecordBatchReader {
 public:
  PartsReader(std::shared_ptr<const Parts> parts, std::shared_ptr<arrow::Schema> whole,
              size_t first, size_t end, std::unique_ptr<Source> opened, ScanOptions scan)
      : parts_(std::move(parts)),
        whole_(std::move(whole)),
        next_(first),
        end_(end),
        source_(std::move(opened)),
        scan_(std::move(scan)),
        schema_(whole_) {
    if (!scan_.columns.has_value()) return;
    arrow::FieldVector fields;
    for (const int column : *scan_.columns) fields.push_back(whole_->field(column));
    schema_ = arrow::schema(std::move(fields), whole_->metadata());
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    while (reader_ != nullptr || next_ < end_) {
      if (reader_ == nullptr) ARROW_RETURN_NOT_OK(OpenNext());
      ARROW_RETURN_NOT_OK(reader_->ReadNext(out));
      if (*out != nullptr) return Status::OK();
      reader_.reset();
      source_.reset();
    }
    return Status::OK();
  }

 private:
  Status OpenNext() {
    if (source_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(source_, parts_->Open(next_));
    }
    if (!source_->schema()->Equals(*whole_, /*check_metadata=*/false)) {
      return MakeError(ErrorCode::kData,
                       fmt::format("part {} of {} has other columns than the server told of the "
                                   "table",
                                   next_ + 1, parts_->table.parts.size()),
                       {.location = parts_->address.name});
    }
    ARROW_ASSIGN_OR_RAISE(reader_, source_->Open({}, scan_));
    ++next_;
    return Status::OK();
  }

  const std::shared_ptr<const Parts> parts_;
  const std::shared_ptr<arrow::Schema> whole_;
  size_t next_;
  const size_t end_;
  std::unique_ptr<Source> source_;  // of the part at hand
  const ScanOptions scan_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::RecordBatchReader> reader_;
};

class FlightSource : public Source {
 public:
  explicit FlightSource(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}

  Status FindSchema() {
    // Columns that are to be of other types are the format's own to tell.
    if (parts_->table.schema != nullptr && parts_->options.types.empty()) {
      schema_ = parts_->table.schema;
      return Status::OK();
    }
    if (parts_->table.parts.empty()) {
      return MakeError(ErrorCode::kData, "the server tells neither columns nor parts of the table",
                       {.location = parts_->address.name});
    }
    ARROW_ASSIGN_OR_RAISE(first_, parts_->Open(0));
    schema_ = first_->schema();
    return Status::OK();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  // What a server has may change at any time.
  Result<std::string> Fingerprint() const override { return std::string(); }

  // How many rows a part has is only known when it has come.
  Result<std::vector<Chunk>> Chunks(int64_t) override {
    std::vector<Chunk> chunks;
    const auto parts = static_cast<int64_t>(parts_->table.parts.size());
    if (parts <= 1) return std::vector<Chunk>{Chunk{}};
    for (int64_t i = 0; i < parts; ++i) chunks.push_back({.index = i, .first = i, .count = 1});
    return chunks;
  }

  Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk& chunk,
                                                         const ScanOptions& options) override {
    const auto parts = static_cast<int64_t>(parts_->table.parts.size());
    const int64_t first = std::clamp<int64_t>(chunk.first, 0, parts);
    const int64_t count = chunk.count < 0 ? parts - first : std::min(chunk.count, parts - first);
    return std::make_shared<PartsReader>(
        parts_, schema_, static_cast<size_t>(first), static_cast<size_t>(first + count),
        first == 0 && count > 0 ? std::move(first_) : nullptr, options);
  }

  Result<SourceInfo> Inspect() override {
    SourceInfo info;
    info.format = "Arrow Flight";
    const FlightTable& table = parts_->table;
    if (table.rows >= 0) info.rows = table.rows;
    info.stored_bytes = table.bytes;
    info.facts.emplace_back("parts", WithThousands(static_cast<int64_t>(table.parts.size())));
    return info;
  }

 private:
  const std::shared_ptr<const Parts> parts_;
  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<Source> first_;  // the first part, if it had to be opened for its schema
};

class FlightSink : public Sink {
 public:
  FlightSink(std::shared_ptr<Context> context, FlightAddress address, const WriteOptions& options)
      : context_(std::move(context)), address_(std::move(address)), options_(options) {}

  Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                     const std::string&) override {
    ARROW_ASSIGN_OR_RAISE(auto client, Connect(address_.target));
    output_ =
        FlightOutput::Open(context_, address_, std::move(client), schema, HeadersOfPut(options_));
    return std::vector<Receipt>();
  }

  Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (output_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "a Flight server takes one chunk",
                       {.location = address_.name});
    }
    opened_ = true;
    return std::make_unique<BatchWriter>(this);
  }

  // The end is sent here and not by the writer's Commit: it says that nothing went wrong at all.
  Status Finish() override { return output_->Finish(); }

  int64_t bytes_written() const override { return output_ == nullptr ? 0 : output_->bytes_sent(); }
  std::vector<std::string> files() const override { return {}; }

 private:
  class BatchWriter : public Writer {
   public:
    explicit BatchWriter(FlightSink* sink) : sink_(sink) {}
    Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
      int64_t rows = sink_->options_.row_group_rows;
      if (rows <= 0) {
        ARROW_ASSIGN_OR_RAISE(rows, RowsOfPiece(*batch, kPieceBytes));
      }
      for (int64_t row = 0; row < batch->num_rows(); row += rows) {
        ARROW_RETURN_NOT_OK(sink_->output_->Write(batch->Slice(row, rows)));
      }
      return Status::OK();
    }
    Status Commit(const Receipt&) override { return Status::OK(); }

   private:
    FlightSink* sink_;
  };

  const std::shared_ptr<Context> context_;
  const FlightAddress address_;
  const WriteOptions options_;
  std::unique_ptr<FlightOutput> output_;
  bool opened_ = false;
};

}  // namespace

Result<std::unique_ptr<Source>> OpenFlightSource(const std::shared_ptr<Context>& context,
                                                 const Location& location,
                                                 const ReadOptions& options) {
  if (!options.format.empty()) {
    return MakeError(ErrorCode::kUsage, "--from is for files: the source is a Flight server's",
                     {.location = location.Redacted()});
  }
  auto parts = std::make_shared<Parts>();
  parts->context = context;
  parts->options = options;
  ARROW_ASSIGN_OR_RAISE(parts->address, FlightAddress::Of(*context, location));
  if (!parts->address.names_table()) {
    return MakeError(ErrorCode::kUsage, "the location names a server and none of its tables",
                     {.location = parts->address.name,
                      .hint = "bowyer inspect " + parts->address.name + " lists them"});
  }
  ARROW_ASSIGN_OR_RAISE(parts->client, Connect(parts->address.target));
  ARROW_RETURN_NOT_OK(RunStoppably(*context, [parts] {
    return parts->client->Find(parts->address.table, TimeoutOf(parts->address))
        .Value(&parts->table);
  }));
  context->progress().Detail(1, [&] {
    return fmt::format("{}: {}", parts->address.name,
                       Plural(static_cast<int64_t>(parts->table.parts.size()), "part"));
  });
  auto source = std::make_unique<FlightSource>(parts);
  ARROW_RETURN_NOT_OK(source->FindSchema());
  return source;
}

Result<std::unique_ptr<Sink>> MakeFlightSink(const std::shared_ptr<Context>& context,
                                             const Location& location,
                                             const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckOptions(options, location));
  ARROW_ASSIGN_OR_RAISE(auto address, FlightAddress::Of(*context, location));
  if (address.table.path.empty()) {
    return MakeError(ErrorCode::kUsage, "the destination has to name a table of the server",
                     {.location = address.name, .hint = "grpc://HOST:PORT/NAME"});
  }
  return std::make_unique<FlightSink>(context, std::move(address), options);
}

Result<std::vector<TableFacts>> ListFlightTables(const std::shared_ptr<Context>& context,
                                                 const Location& location) {
  ARROW_ASSIGN_OR_RAISE(const auto address, FlightAddress::Of(*context, location));
  ARROW_ASSIGN_OR_RAISE(const auto client, Connect(address.target));
  const auto tables = std::make_shared<std::vector<FlightTable>>();
  ARROW_RETURN_NOT_OK(RunStoppably(*context, [client, tables, address] {
    return client->List(TimeoutOf(address)).Value(tables.get());
  }));
  std::vector<TableFacts> facts;
  for (const FlightTable& table : *tables) {
    TableFacts fact;
    fact.name = table.name.path.empty() ? table.name.command
                                        : fmt::format("{}", fmt::join(table.name.path, "/"));
    if (table.rows >= 0) fact.rows = table.rows;
    fact.columns = table.schema == nullptr ? 0 : table.schema->num_fields();
    facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace bowyer
