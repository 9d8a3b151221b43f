// Every call opens its table anew, so that nothing is remembered of a client between two calls; a
// part of a table says which table it is a part of (fingerprint).
#include "serve/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

#include "bowyer/copy.h"
#include "bowyer/engine.h"
#include "bowyer/error.h"
#include "channels/flight_put.h"
#include "channels/socket_address.h"
#include "connectors/channel_table.h"
#include "connectors/connectors.h"
#include "core/batch_shape.h"
#include "core/text.h"
#include "core/validate.h"
#include "serve/ticket.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

// Tables that go out or come in at a time; who comes then waits for a place.
constexpr int kMostStreams = 32;
constexpr std::chrono::seconds kMostWaiting{30};
// Batches go out in pieces of about this size: gRPC takes each as one message.
constexpr int64_t kPieceBytes = 4 << 20;
// Smaller parts of a table are not worth a call of their own.
constexpr int64_t kLeastPartRows = 65'536;

// For clients: a table is what they know it as, not where it is.
Status Named(const Status& status, const std::string& name) {
  if (status.ok()) return status;
  ErrorPlace place;
  if (const auto* detail = DetailOf(status)) place = detail->place();
  place.location = name;
  return MakeError(CodeOf(status), status.message(), std::move(place));
}

class Places {
 public:
  // Gives the place back.
  class Place {
   public:
    explicit Place(Places* places) : places_(places) {}
    ~Place() {
      const std::lock_guard lock(places_->mutex_);
      ++places_->free_;
      places_->changed_.notify_one();
    }
    Place(const Place&) = delete;

   private:
    Places* const places_;
  };

  // Errors: kResources.
  Result<std::unique_ptr<Place>> Take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kMostWaiting, [&] { return free_ > 0; })) {
      return MakeError(ErrorCode::kResources,
                       fmt::format("the server is busy with {} tables", kMostStreams));
    }
    --free_;
    return std::make_unique<Place>(this);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int free_ = kMostStreams;
};

// What goes to a client.
class ServedReader : public arrow::RecordBatchReader {
 public:
  ServedReader(std::shared_ptr<Context> context, std::string name,
               std::unique_ptr<Places::Place> place, std::unique_ptr<Source> source,
               std::shared_ptr<arrow::RecordBatchReader> reader)
      : context_(std::move(context)),
        name_(std::move(name)),
        place_(std::move(place)),
        source_(std::move(source)),
        reader_(std::move(reader)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    while (batch_ == nullptr || row_ >= batch_->num_rows()) {
      batch_.reset();
      ARROW_RETURN_NOT_OK(Named(reader_->ReadNext(&batch_), name_));
      if (batch_ == nullptr) return Status::OK();
      row_ = 0;
      ARROW_ASSIGN_OR_RAISE(rows_, RowsOfPiece(*batch_, kPieceBytes));
    }
    *out = rows_ >= batch_->num_rows() ? batch_ : batch_->Slice(row_, rows_);
    row_ += rows_;
    return Status::OK();
  }

 private:
  const std::shared_ptr<Context> context_;
  const std::string name_;
  const std::unique_ptr<Places::Place> place_;
  const std::unique_ptr<Source> source_;
  const std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::shared_ptr<arrow::RecordBatch> batch_;  // of which pieces go out
  int64_t row_ = 0, rows_ = 0;
};

// What comes from a client, checked.
class CheckedReader : public arrow::RecordBatchReader {
 public:
  CheckedReader(std::shared_ptr<Context> context, FlightHandler::Reader reader)
      : context_(std::move(context)), reader_(std::move(reader)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_RETURN_NOT_OK(reader_->ReadNext(out));
    if (*out == nullptr) return Status::OK();
    ARROW_RETURN_NOT_OK(CheckBatch(**out, rows_));
    rows_ += (*out)->num_rows();
    return Status::OK();
  }

 private:
  const std::shared_ptr<Context> context_;
  const FlightHandler::Reader reader_;
  int64_t rows_ = 0;
};

class Service : public FlightHandler {
 public:
  Service(std::shared_ptr<Context> context, const ReadOptions& read_options,
          const ServeOptions& options)
      : context_(std::move(context)), read_options_(read_options), options_(options) {}

  Status Add(const std::string& name, const Location& location) {
    const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
             std::string_view("_-./").find(c) != std::string_view::npos;
    });
    if (!is_name) {
      return MakeError(ErrorCode::kUsage, Quoted(name) + " is no name for a table",
                       {.hint = "names are letters, digits, '_', '-', '.' and '/'"});
    }
    if (IsSocket(location) || IsChannel(location) || location.is_standard_stream()) {
      return MakeError(ErrorCode::kUsage, "a stream can be read only once, and so not be served",
                       {.location = location.Redacted(), .hint = "copy it into a file first"});
    }
    if (!tables_.emplace(name, location).second) {
      return MakeError(ErrorCode::kUsage, "two tables are named " + Quoted(name));
    }
    // What cannot be served is told now.
    const auto source = Open(name);
    if (source.ok() || (options_.allow_put && IsAbsent(source.status()))) return Status::OK();
    return AtPlace(source.status(), {.location = location.Redacted()});
  }

  Status Begin() {
    if (!options_.sql) return Status::OK();
    return Engine::Make(context_, {.read_only = true, .registered_only = true}).Value(&engine_);
  }

  Result<std::vector<FlightTable>> List() override {
    std::vector<FlightTable> tables;
    for (const auto& [name, location] : tables_) {
      auto table = FindTable(name);
      if (table.ok()) {
        tables.push_back(std::move(table).ValueUnsafe());
      } else if (!IsAbsent(table.status())) {
        context_->progress().Note("not listed: " + Describe(table.status()));
      }
    }
    return tables;
  }

  Result<FlightTable> Find(const FlightName& name) override {
    if (!name.path.empty()) return FindTable(Joined(name.path));
    ARROW_ASSIGN_OR_RAISE(const auto ticket, ParseTicket(name.command));
    if (ticket.sql.empty()) return FindTable(ticket.table);
    FlightTable table;
    table.name = name;
    ARROW_RETURN_NOT_OK(RegisterFor(ticket.sql));
    ARROW_ASSIGN_OR_RAISE(table.schema, engine_->SchemaOf(ticket.sql));
    table.parts = {{.ticket = Ticket{.sql = ticket.sql}.Text()}};
    return table;
  }

  Result<Reader> Get(const std::string& text) override {
    ARROW_ASSIGN_OR_RAISE(const auto ticket, ParseTicket(text));
    ARROW_ASSIGN_OR_RAISE(auto place, places_.Take());
    if (!ticket.sql.empty()) {
      ARROW_RETURN_NOT_OK(RegisterFor(ticket.sql));
      ARROW_ASSIGN_OR_RAISE(auto rows, engine_->Query(ticket.sql));
      return std::make_shared<ServedReader>(context_, "", std::move(place), nullptr,
                                            std::move(rows));
    }
    ARROW_ASSIGN_OR_RAISE(auto source, OpenNamed(ticket.table));
    Chunk chunk;
    if (ticket.is_part) {
      ARROW_ASSIGN_OR_RAISE(const auto fingerprint, source->Fingerprint());
      if (fingerprint != ticket.fingerprint) {
        return MakeError(ErrorCode::kUnavailable,
                         "the table has changed since its parts were asked for",
                         {.location = ticket.table, .hint = "ask for them again"});
      }
      chunk = ticket.chunk;
    }
    // Parts are asked for side by side.
    auto rows = source->Open(chunk, {.on_calling_thread = ticket.is_part});
    if (!rows.ok()) return Named(rows.status(), ticket.table);
    return std::make_shared<ServedReader>(context_, ticket.table, std::move(place),
                                          std::move(source), std::move(rows).ValueUnsafe());
  }

  Result<int64_t> Put(const FlightName& name, const FlightCall& call, const Reader& rows) override {
    const std::string table = name.path.empty() ? name.command : Joined(name.path);
    if (!options_.allow_put) {
      return MakeError(
          ErrorCode::kUsage, "the server's tables can only be read",
          {.location = table, .hint = "bowyer serve --allow-put lets them be written"});
    }
    ARROW_ASSIGN_OR_RAISE(const Location* location, Known(table));
    WriteOptions options;
    ARROW_RETURN_NOT_OK(ReadPutHeaders(call, &options));
    ARROW_ASSIGN_OR_RAISE(const auto place, places_.Take());
    const Writing writing(this, table);
    if (!writing.is_alone()) {
      return MakeError(ErrorCode::kUnavailable, "another client writes this table just now",
                       {.location = table});
    }
    const auto report =
        Copy(context_, std::make_shared<CheckedReader>(context_, rows), *location, options);
    if (!report.ok()) return Named(report.status(), table);
    return report->rows;
  }

 private:
  // A name that is being written.
  class Writing {
   public:
    Writing(Service* service, std::string name) : service_(service), name_(std::move(name)) {
      const std::lock_guard lock(service_->mutex_);
      is_alone_ = service_->written_.insert(name_).second;
    }
    ~Writing() {
      const std::lock_guard lock(service_->mutex_);
      if (is_alone_) service_->written_.erase(name_);
    }
    Writing(const Writing&) = delete;
    bool is_alone() const { return is_alone_; }

   private:
    Service* const service_;
    const std::string name_;
    bool is_alone_ = false;
  };

  static bool IsAbsent(const Status& status) { return CodeOf(status) == ErrorCode::kUnavailable; }

  static std::string Joined(const std::vector<std::string>& path) {
    std::string name;
    for (const std::string& part : path) name += (name.empty() ? "" : "/") + part;
    return name;
  }

  Result<const Location*> Known(const std::string& name) const {
    if (const auto found = tables_.find(name); found != tables_.end()) return &found->second;
    std::vector<std::string> names;
    for (const auto& [known, location] : tables_) names.push_back(known);
    return MakeError(ErrorCode::kUnavailable,
                     "the server has no table " + Quoted(name) + DidYouMean(name, names));
  }

  Result<std::unique_ptr<Source>> Open(const std::string& name) const {
    ARROW_ASSIGN_OR_RAISE(const Location* location, Known(name));
    return OpenSource(context_, *location, read_options_, /*union_by_name=*/false);
  }

  Result<std::unique_ptr<Source>> OpenNamed(const std::string& name) const {
    auto source = Open(name);
    if (!source.ok() && tables_.contains(name)) return Named(source.status(), name);
    return source;
  }

  Result<FlightTable> FindTable(const std::string& name) const {
    ARROW_ASSIGN_OR_RAISE(const auto source, OpenNamed(name));
    FlightTable table;
    table.name.path = {name};
    table.schema = source->schema();
    // Only files tell whether they are the same still when a part is asked for.
    ARROW_ASSIGN_OR_RAISE(const std::string fingerprint, source->Fingerprint());
    std::vector<Chunk> chunks;
    if (!fingerprint.empty() && tables_.at(name).is_file()) {
      auto natural = source->Chunks(1);
      if (!natural.ok()) return Named(natural.status(), name);
      int64_t rows = 0;
      for (const Chunk& chunk : *natural)
        rows = chunk.rows < 0 || rows < 0 ? -1 : rows + chunk.rows;
      table.rows = rows;
      if (natural->size() > 1 && rows >= 0) {
        const int64_t parts = std::max(8, 2 * context_->threads());
        ARROW_ASSIGN_OR_RAISE(chunks, source->Chunks(std::max(rows / parts, kLeastPartRows)));
      }
    }
    if (chunks.size() <= 1) {
      table.parts = {{.ticket = Ticket{.table = name}.Text()}};
      return table;
    }
    for (const Chunk& chunk : chunks) {
      const Ticket part{.table = name, .is_part = true, .chunk = chunk, .fingerprint = fingerprint};
      table.parts.push_back({.ticket = part.Text()});
    }
    return table;
  }

  // The tables that the query may mean, as they are now.
  Status RegisterFor(const std::string& sql) {
    if (engine_ == nullptr) {
      return MakeError(ErrorCode::kUsage, "the server takes no queries",
                       {.hint = "it was started with --no-sql"});
    }
    const auto lower = [](std::string text) {
      std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
      });
      return text;
    };
    const std::string text = lower(sql);
    for (const auto& [name, location] : tables_) {
      if (text.find(lower(name)) == std::string::npos) continue;
      const auto status = engine_->Register(name, location, read_options_);
      if (status.ok()) continue;
      if (!IsAbsent(status)) return Named(status, name);
      (void)engine_->Unregister(name);  // what is not there now is no table
    }
    return Status::OK();
  }

  const std::shared_ptr<Context> context_;
  const ReadOptions read_options_;
  const ServeOptions options_;
  std::map<std::string, Location> tables_;
  std::shared_ptr<Engine> engine_;  // null: no queries
  Places places_;
  std::mutex mutex_;
  std::set<std::string> written_;  // names of tables that come in just now
};

}  // namespace

Result<std::unique_ptr<FlightHandler>> MakeFlightService(
    std::shared_ptr<Context> context, const std::vector<std::pair<std::string, Location>>& tables,
    const ReadOptions& read_options, const ServeOptions& options) {
  auto service = std::make_unique<Service>(std::move(context), read_options, options);
  if (tables.empty()) return MakeError(ErrorCode::kUsage, "there is no table to serve");
  for (const auto& [name, location] : tables) ARROW_RETURN_NOT_OK(service->Add(name, location));
  ARROW_RETURN_NOT_OK(service->Begin());
  return service;
}

}  // namespace bowyer
