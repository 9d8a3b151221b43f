// The Arrow IPC formats, file (".arrow", Feather V2) and stream (".arrows"), both directions.
#include <arrow/ipc/writer.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>

#include "bowyer/error.h"
#include "formats/arrow/ipc_source.h"
#include "formats/format.h"

namespace bowyer {
namespace {

constexpr std::string_view kFileSuffixes[] = {".arrow", ".feather", ".ipc"};
constexpr std::string_view kStreamSuffixes[] = {".arrows"};
constexpr std::string_view kCodecs[] = {"none", "lz4", "zstd"};

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
