#include "connectors/socket_table.h"

#include <arrow/io/memory.h>

#include "bowyer/error.h"
#include "channels/meet.h"
#include "channels/socket_address.h"
#include "channels/socket_stream.h"
#include "connectors/open_file.h"
#include "formats/arrow/ipc_encoder.h"

namespace bowyer {
namespace {

arrow::Status CheckFormat(const char* option, const std::string& name, const Location& location) {
  if (name.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const Format* format, NamedFormat(name));
  if (format == &kArrowStreamFormat) return arrow::Status::OK();
  return MakeError(ErrorCode::kUsage,
                   std::string(option) + " is for files: a socket carries an Arrow IPC stream",
                   {.location = location.Redacted()});
}

arrow::Status CheckOptions(const WriteOptions& options, const Location& location) {
  ARROW_RETURN_NOT_OK(CheckFormat("--to", options.format, location));
  const char* option = !options.partition_by.empty()                             ? "--partition-by"
                       : options.max_file_rows > 0 || options.max_file_bytes > 0 ? "--max-file-..."
                       : options.if_exists == IfExists::kOverwrite               ? "--overwrite"
                       : options.if_exists == IfExists::kAppend                  ? "--append"
                       : options.if_exists == IfExists::kUpsert                  ? "--upsert"
                                                                                 : nullptr;
  if (option == nullptr) return arrow::Status::OK();
  return MakeError(ErrorCode::kUsage,
                   std::string(option) + " is for what stays: the destination is a socket",
                   {.location = location.Redacted()});
}

class SocketSink : public Sink {
 public:
  SocketSink(std::shared_ptr<Context> context, SocketAddress address, WriteOptions options)
      : context_(std::move(context)), address_(std::move(address)), options_(std::move(options)) {}
  ~SocketSink() override { encoder_.reset(); }  // goes before the stream that it writes to

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    ARROW_ASSIGN_OR_RAISE(Socket socket, Meet(*context_, address_));
    stream_ = std::make_shared<SocketWriter>(context_, std::move(socket), address_);
    ARROW_ASSIGN_OR_RAISE(encoder_, MakeIpcChannelEncoder(context_, schema, stream_, options_));
    // The first batch may take long, and the reader has to know the columns to begin.
    ARROW_RETURN_NOT_OK(stream_->Flush());
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (encoder_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "a socket takes one chunk",
                       {.location = address_.name});
    }
    opened_ = true;
    return std::make_unique<BatchWriter>(this);
  }

  // The end is sent here and not by the writer's Commit: it says that nothing went wrong at all.
  arrow::Status Finish() override {
    ARROW_RETURN_NOT_OK(encoder_->Finish());
    return stream_->Finish();
  }

  int64_t bytes_written() const override { return stream_ == nullptr ? 0 : stream_->bytes_sent(); }
  std::vector<std::string> files() const override { return {}; }

 private:
  class BatchWriter : public Writer {
   public:
    explicit BatchWriter(SocketSink* sink) : sink_(sink) {}
    arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
      ARROW_RETURN_NOT_OK(sink_->encoder_->Write(batch));
      return sink_->stream_->Flush();
    }
    arrow::Status Commit(const Receipt&) override { return arrow::Status::OK(); }

   private:
    SocketSink* sink_;
  };

  const std::shared_ptr<Context> context_;
  const SocketAddress address_;
  const WriteOptions options_;
  std::shared_ptr<SocketWriter> stream_;
  std::unique_ptr<Encoder> encoder_;
  bool opened_ = false;
};

}  // namespace

arrow::Result<std::unique_ptr<Source>> OpenSocketSource(const std::shared_ptr<Context>& context,
                                                        const Location& location,
                                                        const ReadOptions& options) {
  ARROW_RETURN_NOT_OK(CheckFormat("--from", options.format, location));
  ARROW_ASSIGN_OR_RAISE(const auto address, SocketAddress::Of(location));
  ARROW_ASSIGN_OR_RAISE(Socket socket, Meet(*context, address));
  FileInput input;
  input.name = address.name;
  input.stream = std::make_shared<SocketReader>(context, std::move(socket), address);
  return kArrowStreamFormat.open(context, std::move(input), options);
}

arrow::Result<std::unique_ptr<Sink>> MakeSocketSink(std::shared_ptr<Context> context,
                                                    const Location& location,
                                                    const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckOptions(options, location));
  ARROW_ASSIGN_OR_RAISE(auto address, SocketAddress::Of(location));
  // An unknown compression is told now, not once the other side is there.
  const auto nowhere = std::make_shared<arrow::io::MockOutputStream>();
  ARROW_RETURN_NOT_OK(MakeIpcChannelEncoder(context, arrow::schema({}), nowhere, options).status());
  return std::make_unique<SocketSink>(std::move(context), std::move(address), options);
}

}  // namespace bowyer
