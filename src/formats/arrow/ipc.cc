// The Arrow IPC formats, file (".arrow", Feather V2) and stream (".arrows"), both directions.
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>

#include "bowyer/error.h"
#include "formats/format.h"

namespace bowyer {
namespace {

constexpr std::string_view kFileSuffixes[] = {".arrow", ".feather", ".ipc"};
constexpr std::string_view kStreamSuffixes[] = {".arrows"};
constexpr std::string_view kCodecs[] = {"none", "lz4", "zstd"};

arrow::ipc::IpcReadOptions ReadOptionsFor(Context* context, const ScanOptions& scan) {
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = context->memory_pool();
  options.use_threads = false;
  if (scan.columns) options.included_fields = *scan.columns;
  return options;
}

// Batches of a file, one after the other.
class FileBatches : public arrow::RecordBatchReader {
 public:
  FileBatches(std::shared_ptr<Context> context,
              std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader,
              std::shared_ptr<arrow::Schema> schema, std::vector<int> order, std::string name,
              int first, int end)
      : context_(std::move(context)),
        reader_(std::move(reader)),
        schema_(std::move(schema)),
        order_(std::move(order)),
        name_(std::move(name)),
        next_(first),
        end_(end) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    if (next_ >= end_) return arrow::Status::OK();
    auto batch = reader_->ReadRecordBatch(next_++);
    if (!batch.ok()) return WithCode(batch.status(), ErrorCode::kData, {.location = name_});
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int i : order_) columns.push_back((*batch)->column(i));
    *out = arrow::RecordBatch::Make(schema_, (*batch)->num_rows(), std::move(columns));
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> order_;
  std::string name_;
  int next_, end_;
};

arrow::Result<std::shared_ptr<arrow::Schema>> Project(const std::shared_ptr<arrow::Schema>& schema,
                                                      const ScanOptions& scan,
                                                      std::vector<int>* order) {
  if (!scan.columns) {
    for (int i = 0; i < schema->num_fields(); ++i) order->push_back(i);
    return schema;
  }
  arrow::FieldVector fields;
  for (int i : *scan.columns) {
    if (i < 0 || i >= schema->num_fields()) return arrow::Status::IndexError("no column ", i);
    order->push_back(i);
    fields.push_back(schema->field(i));
  }
  return arrow::schema(std::move(fields), schema->metadata());
}

class FileSource : public Source {
 public:
  FileSource(std::shared_ptr<Context> context, FileInput input,
             std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader)
      : context_(std::move(context)), input_(std::move(input)), reader_(std::move(reader)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
  arrow::Result<std::string> Fingerprint() const override { return input_.fingerprint; }

  arrow::Result<std::vector<Chunk>> Chunks(int64_t) override {
    std::vector<Chunk> chunks;
    for (int i = 0; i < reader_->num_record_batches(); ++i) {
      chunks.push_back({.index = i, .first = i, .count = 1});
    }
    return chunks;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk& chunk,
                                                                const ScanOptions& scan) override {
    std::vector<int> order;
    ARROW_ASSIGN_OR_RAISE(auto projected, Project(schema(), scan, &order));
    const int batches = reader_->num_record_batches();
    const int first = static_cast<int>(std::min<int64_t>(chunk.first, batches));
    const int end = chunk.count < 0
                        ? batches
                        : static_cast<int>(std::min<int64_t>(first + chunk.count, batches));
    return std::make_shared<FileBatches>(context_, reader_, projected, std::move(order),
                                         input_.name, first, end);
  }

  arrow::Result<SourceInfo> Inspect() override {
    SourceInfo info{.format = "Arrow IPC file", .stored_bytes = input_.size, .unit_name = "batch"};
    return info;
  }

 private:
  std::shared_ptr<Context> context_;
  FileInput input_;
  std::shared_ptr<arrow::ipc::RecordBatchFileReader> reader_;
};

class StreamBatches : public arrow::RecordBatchReader {
 public:
  StreamBatches(std::shared_ptr<Context> context,
                std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader,
                std::shared_ptr<arrow::Schema> schema, std::vector<int> order, std::string name)
      : context_(std::move(context)),
        reader_(std::move(reader)),
        schema_(std::move(schema)),
        order_(std::move(order)),
        name_(std::move(name)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    out->reset();
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    std::shared_ptr<arrow::RecordBatch> batch;
    const auto status = reader_->ReadNext(&batch);
    if (!status.ok()) return WithCode(status, ErrorCode::kData, {.location = name_});
    if (batch == nullptr) return arrow::Status::OK();
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (int i : order_) columns.push_back(batch->column(i));
    *out = arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(columns));
    return arrow::Status::OK();
  }

 private:
  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> order_;
  std::string name_;
};

class StreamSource : public Source {
 public:
  StreamSource(std::shared_ptr<Context> context, FileInput input,
               std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader)
      : context_(std::move(context)), input_(std::move(input)), reader_(std::move(reader)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
  arrow::Result<std::string> Fingerprint() const override { return input_.fingerprint; }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk&,
                                                                const ScanOptions& scan) override {
    std::vector<int> order;
    ARROW_ASSIGN_OR_RAISE(auto projected, Project(schema(), scan, &order));
    return std::make_shared<StreamBatches>(context_, reader_, projected, std::move(order),
                                           input_.name);
  }

  arrow::Result<SourceInfo> Inspect() override {
    SourceInfo info{
        .format = "Arrow IPC stream", .stored_bytes = input_.size, .unit_name = "batch"};
    return info;
  }

 private:
  std::shared_ptr<Context> context_;
  FileInput input_;
  std::shared_ptr<arrow::ipc::RecordBatchStreamReader> reader_;
};

arrow::Result<std::unique_ptr<Source>> OpenArrow(std::shared_ptr<Context> context, FileInput input,
                                                 const ReadOptions&) {
  const auto read_options = ReadOptionsFor(context.get(), {});
  const ErrorPlace place{.location = input.name};
  if (input.file != nullptr) {
    ARROW_ASSIGN_OR_RAISE(auto magic, input.file->ReadAt(0, 6));
    if (magic->ToString() == "ARROW1") {
      auto reader = arrow::ipc::RecordBatchFileReader::Open(input.file, read_options);
      if (!reader.ok()) return WithCode(reader.status(), ErrorCode::kData, place);
      return std::make_unique<FileSource>(std::move(context), std::move(input), *reader);
    }
  }
  auto reader = arrow::ipc::RecordBatchStreamReader::Open(input.stream, read_options);
  if (!reader.ok()) return WithCode(reader.status(), ErrorCode::kData, place);
  return std::make_unique<StreamSource>(std::move(context), std::move(input), *reader);
}

class ArrowEncoder : public Encoder {
 public:
  explicit ArrowEncoder(std::shared_ptr<arrow::ipc::RecordBatchWriter> writer)
      : writer_(std::move(writer)) {}
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return writer_->WriteRecordBatch(*batch);
  }
  arrow::Status Finish() override { return writer_->Close(); }

 private:
  std::shared_ptr<arrow::ipc::RecordBatchWriter> writer_;
};

arrow::Result<arrow::ipc::IpcWriteOptions> WriteOptionsFor(Context* context,
                                                           const Compression& compression) {
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.memory_pool = context->memory_pool();
  options.use_threads = false;
  if (compression.name.empty() || compression.name == "none") return options;
  const auto type =
      compression.name == "zstd" ? arrow::Compression::ZSTD : arrow::Compression::LZ4_FRAME;
  ARROW_ASSIGN_OR_RAISE(
      options.codec,
      arrow::util::Codec::Create(
          type, compression.level.value_or(arrow::util::kUseDefaultCompressionLevel)));
  return options;
}

arrow::Result<std::unique_ptr<Encoder>> EncodeFile(std::shared_ptr<Context> context,
                                                   std::shared_ptr<arrow::Schema> schema,
                                                   std::shared_ptr<arrow::io::OutputStream> stream,
                                                   const WriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto write, WriteOptionsFor(context.get(), options.compression));
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeFileWriter(std::move(stream), schema, write));
  return std::make_unique<ArrowEncoder>(std::move(writer));
}

arrow::Result<std::unique_ptr<Encoder>> EncodeStream(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const auto write, WriteOptionsFor(context.get(), options.compression));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        arrow::ipc::MakeStreamWriter(std::move(stream), schema, write));
  return std::make_unique<ArrowEncoder>(std::move(writer));
}

}  // namespace

const Format kArrowFileFormat = {.name = "arrow",
                                 .title = "Arrow IPC file (Feather)",
                                 .suffixes = kFileSuffixes,
                                 .text = false,
                                 .codecs = kCodecs,
                                 .open = OpenArrow,
                                 .encode = EncodeFile};

const Format kArrowStreamFormat = {.name = "arrows",
                                   .title = "Arrow IPC stream",
                                   .suffixes = kStreamSuffixes,
                                   .text = false,
                                   .codecs = kCodecs,
                                   .open = OpenArrow,
                                   .encode = EncodeStream};

}  // namespace bowyer
