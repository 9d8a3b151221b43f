#include "connectors/channel_table.h"

#include <algorithm>

#include "bowyer/channel.h"
#include "bowyer/error.h"
#include "bowyer/reader.h"
#include "channels/channel_address.h"

namespace bowyer {
namespace {

arrow::Status CheckOptions(const WriteOptions& options, const Location& location) {
  const char* option = !options.format.empty()                                   ? "--to"
                       : !options.compression.name.empty()                       ? "--compression"
                       : !options.partition_by.empty()                           ? "--partition-by"
                       : options.max_file_rows > 0 || options.max_file_bytes > 0 ? "--max-file-..."
                       : options.if_exists == IfExists::kOverwrite               ? "--overwrite"
                       : options.if_exists == IfExists::kAppend                  ? "--append"
                       : options.if_exists == IfExists::kUpsert                  ? "--upsert"
                                                                                 : nullptr;
  if (option == nullptr) return arrow::Status::OK();
  return MakeError(ErrorCode::kUsage,
                   std::string(option) + " is for what stays: the destination is a channel",
                   {.location = location.Redacted()});
}

class ChannelSource : public Source {
 public:
  ChannelSource(std::string name, std::shared_ptr<ChannelConsumer> consumer)
      : name_(std::move(name)), schema_(consumer->schema()), consumer_(std::move(consumer)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  // No other channel is the same.
  arrow::Result<std::string> Fingerprint() const override { return std::string(); }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const Chunk&, const ScanOptions& options) override {
    if (consumer_ == nullptr) {
      return MakeError(ErrorCode::kUsage, "a channel can be read only once",
                       {.location = name_, .hint = "copy it into a file or table first"});
    }
    std::shared_ptr<arrow::RecordBatchReader> consumer = std::move(consumer_);
    if (!options.columns.has_value()) return consumer;
    arrow::FieldVector fields;
    for (const int column : *options.columns) fields.push_back(schema_->field(column));
    const auto columns = *options.columns;
    // The last batch is held until the next is asked for, as by a caller of the reader itself.
    auto batch = std::make_shared<std::shared_ptr<arrow::RecordBatch>>();
    return MakeReader(
        arrow::schema(std::move(fields), schema_->metadata()),
        [consumer, columns, batch]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
          ARROW_RETURN_NOT_OK(consumer->ReadNext(batch.get()));
          if (*batch == nullptr) return nullptr;
          ARROW_ASSIGN_OR_RAISE(auto chosen, (*batch)->SelectColumns(columns));
          batch->reset();
          return chosen;
        });
  }

  arrow::Result<SourceInfo> Inspect() override {
    SourceInfo info;
    info.format = "channel through shared memory";
    return info;
  }

 private:
  const std::string name_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<ChannelConsumer> consumer_;
};

class ChannelSink : public Sink {
 public:
  ChannelSink(std::shared_ptr<Context> context, const Location& location, int64_t batch_rows)
      : context_(std::move(context)), location_(location), batch_rows_(batch_rows) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    ARROW_ASSIGN_OR_RAISE(producer_, Channel::Produce(context_, location_, schema));
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (producer_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "a channel takes one chunk",
                       {.location = location_.Redacted()});
    }
    opened_ = true;
    return std::make_unique<BatchWriter>(this);
  }

  // The end is told here and not by the writer's Commit: it says that nothing went wrong at all.
  arrow::Status Finish() override { return producer_->Finish(); }

  int64_t bytes_written() const override {
    return producer_ == nullptr ? 0 : producer_->bytes_written();
  }
  std::vector<std::string> files() const override { return {}; }

 private:
  class BatchWriter : public Writer {
   public:
    explicit BatchWriter(ChannelSink* sink) : sink_(sink) {}
    arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
      const int64_t rows = sink_->batch_rows_ > 0 ? sink_->batch_rows_ : batch->num_rows();
      for (int64_t row = 0; row < batch->num_rows(); row += rows) {
        ARROW_RETURN_NOT_OK(sink_->producer_->Write(*batch->Slice(row, rows)));
      }
      return arrow::Status::OK();
    }
    arrow::Status Commit(const Receipt&) override { return arrow::Status::OK(); }

   private:
    ChannelSink* sink_;
  };

  const std::shared_ptr<Context> context_;
  const Location location_;
  const int64_t batch_rows_;
  std::unique_ptr<ChannelProducer> producer_;
  bool opened_ = false;
};

}  // namespace

arrow::Result<std::unique_ptr<Source>> OpenChannelSource(const std::shared_ptr<Context>& context,
                                                         const Location& location,
                                                         const ReadOptions& options) {
  if (!options.format.empty()) {
    return MakeError(ErrorCode::kUsage, "--from is for files: the source is a channel",
                     {.location = location.Redacted()});
  }
  ARROW_ASSIGN_OR_RAISE(auto consumer, Channel::Consume(context, location));
  return std::make_unique<ChannelSource>(location.Redacted(), std::move(consumer));
}

arrow::Result<std::unique_ptr<Sink>> MakeChannelSink(std::shared_ptr<Context> context,
                                                     const Location& location,
                                                     const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckOptions(options, location));
  ARROW_RETURN_NOT_OK(ChannelAddress::Of(location).status());
  return std::make_unique<ChannelSink>(std::move(context), location, options.row_group_rows);
}

}  // namespace bowyer
