// The client, on Arrow's Flight transport and not its FlightClient: that one can neither give up a
// table that it sends (its destructor tells a good end) nor give messages before they are decoded.
#include "flight/client.h"

#include <arrow/flight/client.h>
#include <arrow/flight/transport.h>
#include <arrow/flight/types.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/key_value_metadata.h>
#include <arrow/util/uri.h>
#include <fmt/format.h>

#include <atomic>
#include <system_error>
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
using Stream = std::unique_ptr<flight::internal::ClientDataStream>;

flight::FlightDescriptor DescriptorOf(const FlightName& name) {
  return name.path.empty() ? flight::FlightDescriptor::Command(name.command)
                           : flight::FlightDescriptor::Path(name.path);
}

// Only what says where: a part that is to be had there is asked for without a token.
Result<FlightTarget> TargetOf(const flight::Location& location) {
  arrow::util::Uri uri;
  ARROW_RETURN_NOT_OK(uri.Parse(location.ToString()));
  FlightTarget target;
  target.tls = uri.scheme() == "grpc+tls";
  if (!target.tls && uri.scheme() != "grpc" && uri.scheme() != "grpc+tcp") {
    return MakeError(
        ErrorCode::kUnavailable,
        "the server refers to a place that is not reached by gRPC: " + location.ToString());
  }
  target.host = uri.host();
  target.port = uri.port();
  return target;
}

class Download : public FlightDownload {
 public:
  explicit Download(Stream stream) : stream_(std::move(stream)) {}
  ~Download() override {
    if (ended_) return;
    stream_->TryCancel();
    (void)stream_->Finish(Status::OK());
  }

  Result<bool> Next(FlightMessage* message) override {
    flight::internal::FlightData data;
    while (!ended_ && stream_->ReadData(&data)) {
      // Without metadata it is no IPC message, but something of the server's own.
      if (data.metadata == nullptr) continue;
      begun_ = true;
      *message = {std::move(data.metadata), std::move(data.body)};
      return true;
    }
    ended_ = true;
    const auto status = stream_->Finish(Status::OK());
    // The server was there when it told of its parts.
    const auto detail = flight::FlightStatusDetail::UnwrapStatus(status);
    const bool is_cut =
        detail != nullptr && detail->code() == flight::FlightStatusCode::Unavailable;
    ARROW_RETURN_NOT_OK(FromFlight(status, begun_ || is_cut));
    return false;
  }

  void Cancel() override { stream_->TryCancel(); }

 private:
  const Stream stream_;
  bool begun_ = false, ended_ = false;
};

// IPC payloads -> Flight's, the first with the table's name.
class PayloadSink : public arrow::ipc::internal::IpcPayloadWriter {
 public:
  PayloadSink(flight::internal::ClientDataStream* stream, std::shared_ptr<arrow::Buffer> name,
              std::shared_ptr<const void> owner, std::atomic<int64_t>* bytes)
      : stream_(stream), name_(std::move(name)), owner_(std::move(owner)), bytes_(*bytes) {}

  Status WritePayload(const arrow::ipc::IpcPayload& ipc) override {
    flight::FlightPayload payload;
    payload.descriptor = std::move(name_);
    payload.ipc_message = ipc;
    for (auto& buffer : payload.ipc_message.body_buffers) {
      if (buffer == nullptr) continue;
      bytes_ += buffer->size();
      // gRPC lets them go when it likes: what they were allocated from stays until then.
      auto* plain = buffer.get();
      buffer = std::shared_ptr<arrow::Buffer>(
          plain, [kept = std::move(buffer), owner = owner_](arrow::Buffer*) mutable {
            kept.reset();
            owner.reset();
          });
    }
    if (end_ != nullptr && ipc.type == arrow::ipc::MessageType::RECORD_BATCH) {
      payload.app_metadata = std::move(end_);
    }
    ARROW_ASSIGN_OR_RAISE(const bool taken, stream_->WriteData(payload));
    if (taken) return Status::OK();
    return flight::MakeFlightError(flight::FlightStatusCode::Unavailable, "the server has hung up");
  }
  Status Close() override { return Status::OK(); }

  // The next batch is the last.
  void TellEnd(std::string text) { end_ = arrow::Buffer::FromString(std::move(text)); }

 private:
  flight::internal::ClientDataStream* stream_;
  std::shared_ptr<arrow::Buffer> name_;
  const std::shared_ptr<const void> owner_;
  std::atomic<int64_t>& bytes_;
  std::shared_ptr<arrow::Buffer> end_;
};

class Upload : public FlightUpload {
 public:
  Upload(Stream stream, std::shared_ptr<arrow::Schema> schema)
      : stream_(std::move(stream)), schema_(std::move(schema)) {}
  ~Upload() override {
    if (!finished_) stream_->TryCancel();
    if (answers_.joinable()) answers_.join();
    if (!finished_) (void)stream_->Finish(Status::OK());
  }

  Status Begin(const FlightName& name, std::shared_ptr<const void> owner) {
    ARROW_ASSIGN_OR_RAISE(auto descriptor, DescriptorOf(name).SerializeToBuffer());
    // A server may answer each batch: nobody would wait for room to do so.
    try {
      answers_ = std::thread([this] {
        std::shared_ptr<arrow::Buffer> answer;
        while (stream_->ReadPutMetadata(&answer) && answer != nullptr) continue;
      });
    } catch (const std::system_error& error) {
      return MakeError(ErrorCode::kResources,
                       fmt::format("no thread can be started: {}", error.what()));
    }
    auto sink = std::make_unique<PayloadSink>(stream_.get(), std::move(descriptor),
                                              std::move(owner), &bytes_);
    sink_ = sink.get();
    auto writer = arrow::ipc::internal::OpenRecordBatchWriter(std::move(sink), schema_);
    if (!writer.ok()) return Failed(writer.status());
    writer_ = std::move(writer).ValueUnsafe();
    return Status::OK();
  }

  Status Write(const arrow::RecordBatch& batch) override {
    if (const auto status = writer_->WriteRecordBatch(batch); !status.ok()) return Failed(status);
    ++batches_;
    rows_ += batch.num_rows();
    last_ = batch.Slice(0, 0);
    return Status::OK();
  }

  Status Finish() override {
    if (last_ == nullptr) last_ = EmptyBatch(schema_);
    sink_->TellEnd(fmt::format("{}{} {}", kFlightEnd, batches_, rows_));
    const auto end = arrow::key_value_metadata({kEndBatches, kEndRows},
                                               {std::to_string(batches_), std::to_string(rows_)});
    if (const auto status = writer_->WriteRecordBatch(*last_, end); !status.ok()) {
      return Failed(status);
    }
    (void)stream_->WritesDone();  // its fault is the server's, which Finish tells
    answers_.join();
    finished_ = true;
    return FromFlight(stream_->Finish(Status::OK()), true);
  }

  void Cancel() override { stream_->TryCancel(); }
  int64_t bytes_sent() const override { return bytes_; }

 private:
  // The server's own words, if it is the server that has ended the call.
  Status Failed(const Status& fault) {
    const bool is_ours = flight::FlightStatusDetail::UnwrapStatus(fault) == nullptr;
    if (is_ours) stream_->TryCancel();
    if (answers_.joinable()) answers_.join();
    finished_ = true;
    const auto said = stream_->Finish(Status::OK());
    return FromFlight(is_ours || said.ok() ? fault : said, true);
  }

  const Stream stream_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::thread answers_;
  std::atomic<int64_t> bytes_{0};
  PayloadSink* sink_ = nullptr;  // the writer's
  std::unique_ptr<arrow::ipc::RecordBatchWriter> writer_;
  std::shared_ptr<arrow::RecordBatch> last_;  // without rows: its dictionaries are known there
  int64_t batches_ = 0, rows_ = 0;
  bool finished_ = false;
};

class Client : public FlightClient {
 public:
  Client(const FlightTarget& target, std::unique_ptr<flight::internal::ClientTransport> transport)
      : target_(target), transport_(std::move(transport)) {}
  // Without it the transport's destructor waits for ever.
  ~Client() override { (void)transport_->Close(); }

  Result<std::vector<FlightTable>> List(Seconds timeout) override {
    std::unique_ptr<flight::FlightListing> listing;
    ARROW_RETURN_NOT_OK(
        FromFlight(transport_->ListFlights(Options(timeout), flight::Criteria(), &listing), false));
    std::vector<FlightTable> tables;
    while (true) {
      auto info = listing->Next();
      if (!info.ok()) return FromFlight(info.status(), false);
      if (*info == nullptr) return tables;
      ARROW_ASSIGN_OR_RAISE(auto table, TableOf(**info));
      tables.push_back(std::move(table));
    }
  }

  Result<FlightTable> Find(const FlightName& name, Seconds timeout) override {
    std::unique_ptr<flight::FlightInfo> info;
    ARROW_RETURN_NOT_OK(
        FromFlight(transport_->GetFlightInfo(Options(timeout), DescriptorOf(name), &info), false));
    return TableOf(*info);
  }

  Result<std::unique_ptr<FlightDownload>> Get(const std::string& ticket) override {
    Stream stream;
    ARROW_RETURN_NOT_OK(
        FromFlight(transport_->DoGet(Options(), flight::Ticket(ticket), &stream), false));
    return std::make_unique<Download>(std::move(stream));
  }

  Result<std::unique_ptr<FlightUpload>> Put(
      const FlightName& name, const std::shared_ptr<arrow::Schema>& schema,
      const std::vector<std::pair<std::string, std::string>>& headers,
      std::shared_ptr<const void> owner) override {
    auto options = Options();
    options.headers.insert(options.headers.end(), headers.begin(), headers.end());
    Stream stream;
    ARROW_RETURN_NOT_OK(FromFlight(transport_->DoPut(options, &stream), false));
    auto upload = std::make_unique<Upload>(std::move(stream), schema);
    ARROW_RETURN_NOT_OK(upload->Begin(name, std::move(owner)));
    return upload;
  }

 private:
  flight::FlightCallOptions Options(Seconds timeout = Seconds(-1)) const {
    flight::FlightCallOptions options;
    options.timeout = timeout;
    if (!target_.token.empty()) {
      options.headers.emplace_back("authorization", "Bearer " + target_.token);
    }
    return options;
  }

  Result<FlightTable> TableOf(const flight::FlightInfo& info) const {
    FlightTable table;
    table.name = {.path = info.descriptor().path, .command = info.descriptor().cmd};
    arrow::ipc::DictionaryMemo memo;
    auto schema = info.serialized_schema().empty() ? Result<std::shared_ptr<arrow::Schema>>(nullptr)
                                                   : info.GetSchema(&memo);
    if (!schema.ok()) {
      return MakeError(ErrorCode::kData,
                       "the schema that the server tells is damaged: " + schema.status().message());
    }
    table.schema = std::move(schema).ValueUnsafe();
    table.rows = info.total_records();
    table.bytes = info.total_bytes();
    for (const auto& endpoint : info.endpoints()) {
      FlightPart part{.ticket = endpoint.ticket.ticket};
      ARROW_ASSIGN_OR_RAISE(part.elsewhere, Elsewhere(endpoint));
      table.parts.push_back(std::move(part));
    }
    return table;
  }

  // Nothing where the part is to be had here, too.
  Result<std::optional<FlightTarget>> Elsewhere(const flight::FlightEndpoint& endpoint) const {
    if (endpoint.locations.empty()) return std::nullopt;
    for (const auto& location : endpoint.locations) {
      if (location == flight::Location::ReuseConnection()) return std::nullopt;
      const auto target = TargetOf(location);
      if (target.ok() && target->host == target_.host && target->port == target_.port) {
        return std::nullopt;
      }
    }
    ARROW_ASSIGN_OR_RAISE(auto target, TargetOf(endpoint.locations.front()));
    if (target_.tls && !target.tls) {
      return MakeError(ErrorCode::kUnavailable,
                       "the server, which was reached by TLS, refers to a place without: " +
                           endpoint.locations.front().ToString());
    }
    target.certificates = target_.certificates;
    return target;
  }

  const FlightTarget target_;
  const std::unique_ptr<flight::internal::ClientTransport> transport_;
};

}  // namespace

Result<std::unique_ptr<FlightClient>> ConnectFlight(const FlightTarget& target) {
  ARROW_ASSIGN_OR_RAISE(const auto location,
                        target.tls ? flight::Location::ForGrpcTls(target.host, target.port)
                                   : flight::Location::ForGrpcTcp(target.host, target.port));
  flight::FlightClientOptions options = flight::FlightClientOptions::Defaults();
  options.tls_root_certs = target.certificates;
  // Makes the transport known; nothing is connected yet.
  if (const auto known = flight::FlightClient::Connect(location, options); !known.ok()) {
    return FromFlight(known.status(), false);
  }
  ARROW_ASSIGN_OR_RAISE(auto transport, flight::internal::GetDefaultTransportRegistry()->MakeClient(
                                            location.scheme()));
  arrow::util::Uri uri;
  ARROW_RETURN_NOT_OK(uri.Parse(location.ToString()));
  ARROW_RETURN_NOT_OK(FromFlight(transport->Init(options, location, uri), false));
  return std::make_unique<Client>(target, std::move(transport));
}

}  // namespace bowyer
