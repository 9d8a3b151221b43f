// The server: Flight's calls -> a FlightHandler's, with the token that each has to bring.
#include "flight/server.h"

#include <arrow/flight/server.h>
#include <arrow/flight/server_middleware.h>
#include <arrow/flight/types.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "bowyer/error.h"
#include "core/batch_shape.h"
#include "flight/status.h"
#include "formats/arrow/ipc_message.h"

namespace bowyer {
namespace {

namespace flight = arrow::flight;
using arrow::Result;
using arrow::Status;

// How long calls may go on when the server ends.
constexpr std::chrono::seconds kGrace{1};

std::string HeaderOf(const flight::ServerCallContext& context, const std::string& name) {
  const auto& headers = context.incoming_headers();
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : std::string(found->second);
}

// In a time that tells nothing of how much of it is right.
bool SameSecret(const std::string& given, const std::string& secret) {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (size_t i = 0; i < secret.size(); ++i) {
    const char c = i < given.size() ? given[i] : '\0';
    difference |= static_cast<unsigned char>(c) ^ static_cast<unsigned char>(secret[i]);
  }
  return difference == 0;
}

class TokenCheck : public flight::ServerMiddlewareFactory {
 public:
  explicit TokenCheck(const std::string& token) : wanted_("Bearer " + token) {}

  Status StartCall(const flight::CallInfo&, const flight::ServerCallContext& context,
                   std::shared_ptr<flight::ServerMiddleware>*) override {
    const std::string given = HeaderOf(context, "authorization");
    if (SameSecret(given, wanted_)) return Status::OK();
    return flight::MakeFlightError(flight::FlightStatusCode::Unauthenticated,
                                   given.empty()
                                       ? "a token is needed (header authorization: Bearer ...)"
                                       : "the token is not the right one");
  }

 private:
  const std::string wanted_;
};

class Call : public FlightCall {
 public:
  explicit Call(const flight::ServerCallContext& context) : context_(context) {}
  std::string header(const std::string& name) const override { return HeaderOf(context_, name); }

 private:
  const flight::ServerCallContext& context_;
};

// A reader, and behind its end a batch without rows.
class EndedReader : public arrow::RecordBatchReader {
 public:
  explicit EndedReader(FlightHandler::Reader reader) : reader_(std::move(reader)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    if (ended_) return Status::OK();
    ARROW_RETURN_NOT_OK(ToFlight(reader_->ReadNext(out)));
    if (*out != nullptr) {
      ++batches_;
      rows_ += (*out)->num_rows();
      end_ = (*out)->Slice(0, 0);
      return Status::OK();
    }
    ended_ = true;
    if (end_ == nullptr) end_ = EmptyBatch(schema());
    *out = end_;
    return Status::OK();
  }

  bool ended() const { return ended_; }
  const arrow::RecordBatch& end() const { return *end_; }
  int64_t batches() const { return batches_; }
  int64_t rows() const { return rows_; }

 private:
  const FlightHandler::Reader reader_;
  std::shared_ptr<arrow::RecordBatch> end_;  // its dictionaries are those of the last batch
  int64_t batches_ = 0, rows_ = 0;
  bool ended_ = false;
};

class TableStream : public flight::FlightDataStream {
 public:
  explicit TableStream(FlightHandler::Reader reader)
      : reader_(std::make_shared<EndedReader>(std::move(reader))), stream_(reader_) {}

  std::shared_ptr<arrow::Schema> schema() override { return stream_.schema(); }
  Result<flight::FlightPayload> GetSchemaPayload() override { return stream_.GetSchemaPayload(); }

  Result<flight::FlightPayload> Next() override {
    ARROW_ASSIGN_OR_RAISE(auto payload, stream_.Next());
    const bool is_end = reader_->ended() && payload.ipc_message.metadata != nullptr &&
                        payload.ipc_message.type == arrow::ipc::MessageType::RECORD_BATCH;
    if (!is_end) return payload;
    const auto told = arrow::key_value_metadata(
        {kEndBatches, kEndRows},
        {std::to_string(reader_->batches()), std::to_string(reader_->rows())});
    ARROW_RETURN_NOT_OK(arrow::ipc::GetRecordBatchPayload(
        reader_->end(), told, arrow::ipc::IpcWriteOptions::Defaults(), &payload.ipc_message));
    payload.app_metadata = arrow::Buffer::FromString(
        fmt::format("{}{} {}", kFlightEnd, reader_->batches(), reader_->rows()));
    return payload;
  }

 private:
  const std::shared_ptr<EndedReader> reader_;
  flight::RecordBatchStream stream_;
};

// What a client sends, until it says that this is the end; or, from one that is not Bowyer, until
// it has sent all and is still there.
class SentReader : public arrow::RecordBatchReader {
 public:
  static Result<std::shared_ptr<SentReader>> Make(const flight::ServerCallContext& context,
                                                  flight::FlightMessageReader* reader) {
    auto schema = reader->GetSchema();
    if (!schema.ok()) return Damaged(schema.status());
    return std::shared_ptr<SentReader>(
        new SentReader(context, reader, std::move(schema).ValueUnsafe()));
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    while (!ended_) {
      auto chunk = reader_->Next();
      if (!chunk.ok()) return context_.is_cancelled() ? Cut() : Damaged(chunk.status());
      if (chunk->app_metadata != nullptr) {
        const auto text = std::string_view(*chunk->app_metadata);
        if (text.starts_with(kFlightEnd)) return End(text, chunk->data.get());
      }
      if (chunk->data == nullptr) {
        if (chunk->app_metadata != nullptr) continue;
        // gRPC shows a client that died as one that has sent all; shortly after, it knows better.
        for (int i = 0; i < 5 && !context_.is_cancelled(); ++i) {
          std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        if (context_.is_cancelled()) return Cut();
        ended_ = true;
        return Status::OK();
      }
      ++batches_;
      rows_ += chunk->data->num_rows();
      *out = std::move(chunk->data);
      return Status::OK();
    }
    return Status::OK();
  }

 private:
  SentReader(const flight::ServerCallContext& context, flight::FlightMessageReader* reader,
             std::shared_ptr<arrow::Schema> schema)
      : context_(context), reader_(reader), schema_(std::move(schema)) {}

  static Status Damaged(const Status& status) {
    return MakeError(ErrorCode::kData, "what was sent is no Arrow stream: " + status.message());
  }
  static Status Cut() {
    return MakeError(ErrorCode::kPeer, "the client went before the end of the table");
  }

  Status End(std::string_view text, const arrow::RecordBatch* batch) {
    const std::string came = fmt::format("{}{} {}", kFlightEnd, batches_, rows_);
    if (text != came || (batch != nullptr && batch->num_rows() != 0)) {
      return MakeError(ErrorCode::kPeer,
                       fmt::format("the client's end does not fit: {} rows in {} batches came",
                                   rows_, batches_));
    }
    ended_ = true;
    if (context_.is_cancelled()) return Cut();
    return Status::OK();
  }

  const flight::ServerCallContext& context_;
  flight::FlightMessageReader* const reader_;
  const std::shared_ptr<arrow::Schema> schema_;
  int64_t batches_ = 0, rows_ = 0;
  bool ended_ = false;
};

class Server : public flight::FlightServerBase {
 public:
  explicit Server(FlightHandler* handler) : handler_(handler) {}

  Status ListFlights(const flight::ServerCallContext&, const flight::Criteria*,
                     std::unique_ptr<flight::FlightListing>* listings) override {
    auto tables = handler_->List();
    if (!tables.ok()) return ToFlight(tables.status());
    std::vector<flight::FlightInfo> infos;
    for (const FlightTable& table : *tables) {
      ARROW_ASSIGN_OR_RAISE(auto info, InfoOf(table));
      infos.push_back(std::move(info));
    }
    *listings = std::make_unique<flight::SimpleFlightListing>(std::move(infos));
    return Status::OK();
  }

  Status GetFlightInfo(const flight::ServerCallContext&, const flight::FlightDescriptor& request,
                       std::unique_ptr<flight::FlightInfo>* out) override {
    auto table = handler_->Find(NameOf(request));
    if (!table.ok()) return ToFlight(table.status());
    ARROW_ASSIGN_OR_RAISE(auto info, InfoOf(*table));
    *out = std::make_unique<flight::FlightInfo>(std::move(info));
    return Status::OK();
  }

  Status GetSchema(const flight::ServerCallContext&, const flight::FlightDescriptor& request,
                   std::unique_ptr<flight::SchemaResult>* out) override {
    auto table = handler_->Find(NameOf(request));
    if (!table.ok()) return ToFlight(table.status());
    return flight::SchemaResult::Make(*table->schema).Value(out);
  }

  Status DoGet(const flight::ServerCallContext&, const flight::Ticket& request,
               std::unique_ptr<flight::FlightDataStream>* stream) override {
    auto reader = handler_->Get(request.ticket);
    if (!reader.ok()) return ToFlight(reader.status());
    *stream = std::make_unique<TableStream>(std::move(reader).ValueUnsafe());
    return Status::OK();
  }

  Status DoPut(const flight::ServerCallContext& context,
               std::unique_ptr<flight::FlightMessageReader> reader,
               std::unique_ptr<flight::FlightMetadataWriter> writer) override {
    auto rows = SentReader::Make(context, reader.get());
    if (!rows.ok()) return ToFlight(rows.status());
    const auto kept =
        handler_->Put(NameOf(reader->descriptor()), Call(context), std::move(rows).ValueUnsafe());
    if (!kept.ok()) return ToFlight(kept.status());
    return writer->WriteMetadata(arrow::Buffer(fmt::format("{} rows", *kept)));
  }

 private:
  static FlightName NameOf(const flight::FlightDescriptor& descriptor) {
    return {.path = descriptor.path, .command = descriptor.cmd};
  }

  static Result<flight::FlightInfo> InfoOf(const FlightTable& table) {
    std::vector<flight::FlightEndpoint> endpoints;
    for (const FlightPart& part : table.parts) {
      endpoints.emplace_back(flight::Ticket(part.ticket), std::vector<flight::Location>(),
                             std::nullopt, "");
    }
    const auto descriptor = table.name.path.empty()
                                ? flight::FlightDescriptor::Command(table.name.command)
                                : flight::FlightDescriptor::Path(table.name.path);
    return flight::FlightInfo::Make(*table.schema, descriptor, endpoints, table.rows, table.bytes,
                                    /*ordered=*/true);
  }

  FlightHandler* const handler_;
};

class Listener : public FlightListener {
 public:
  explicit Listener(FlightHandler* handler) : server_(handler) {}
  ~Listener() override {
    if (!begun_) return;
    const auto end = std::chrono::system_clock::now() + kGrace;
    (void)server_.Shutdown(&end);
    (void)server_.Wait();
  }

  Status Begin(const FlightListenOptions& options) {
    const bool tls = !options.certificate.empty();
    ARROW_ASSIGN_OR_RAISE(const auto location,
                          tls ? flight::Location::ForGrpcTls(options.host, options.port)
                              : flight::Location::ForGrpcTcp(options.host, options.port));
    flight::FlightServerOptions settings(location);
    if (tls) settings.tls_certificates = {{options.certificate, options.key}};
    if (!options.token.empty()) {
      settings.middleware.emplace_back("token", std::make_shared<TokenCheck>(options.token));
    }
    if (const auto status = server_.Init(settings); !status.ok()) {
      return MakeError(
          ErrorCode::kUnavailable,
          fmt::format("cannot listen at {}:{}: {}", options.host, options.port, status.message()));
    }
    begun_ = true;
    return Status::OK();
  }

  int port() const override { return server_.port(); }

 private:
  Server server_;
  bool begun_ = false;
};

}  // namespace

Result<std::unique_ptr<FlightListener>> ListenForFlight(const FlightListenOptions& options,
                                                        FlightHandler* handler) {
  auto listener = std::make_unique<Listener>(handler);
  ARROW_RETURN_NOT_OK(listener->Begin(options));
  return listener;
}

}  // namespace bowyer
