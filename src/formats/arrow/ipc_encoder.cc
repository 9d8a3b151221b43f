// Batches are brought to a size that suits readers, compressed by parallel tasks, and written in
// order. Without compression buffers go to the file as they are.
#include "formats/arrow/ipc_encoder.h"

#include <arrow/array/concatenate.h>
#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/extension_type.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "bowyer/error.h"
#include "core/batch_shape.h"
#include "core/ordered_tasks.h"
#include "formats/arrow/ipc_dictionaries.h"
#include "formats/arrow/ipc_message.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;
using arrow::ipc::IpcPayload;

// Batches below are joined, those above cut.
constexpr int64_t kLeastBytes = 1 << 20, kMostBytes = 8 << 20;

enum class IpcKind { kFile, kStream, kChannel };

class IpcEncoder : public Encoder {
 public:
  IpcEncoder(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
             std::shared_ptr<arrow::io::OutputStream> stream,
             arrow::ipc::IpcWriteOptions write_options, IpcKind kind, int64_t rows)
      : context_(std::move(context)),
        schema_(std::move(schema)),
        stream_(std::move(stream)),
        options_(std::move(write_options)),
        kind_(kind),
        rows_(rows),
        dictionaries_(*schema_, context_->memory_pool()),
        tasks_(context_, context_->threads() + 1) {}

  Status Start() {
    if (kind_ == IpcKind::kFile) {
      ARROW_ASSIGN_OR_RAISE(
          writer_, arrow::ipc::internal::MakePayloadFileWriter(stream_.get(), schema_, options_));
    } else {
      ARROW_ASSIGN_OR_RAISE(writer_,
                            arrow::ipc::internal::MakePayloadStreamWriter(stream_.get(), options_));
    }
    ARROW_RETURN_NOT_OK(writer_->Start());
    IpcPayload payload;
    ARROW_RETURN_NOT_OK(
        arrow::ipc::GetSchemaPayload(*schema_, options_, dictionaries_.mapper(), &payload));
    return writer_->WritePayload(payload);
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    if (batch->num_rows() == 0) return Status::OK();
    if (rows_ > 0) return WriteRows(batch);
    ARROW_ASSIGN_OR_RAISE(const int64_t bytes, arrow::util::ReferencedBufferSize(*batch));
    if (bytes < kLeastBytes / 2) {
      gathered_.push_back(batch);
      gathered_bytes_ += bytes;
      return gathered_bytes_ < kLeastBytes ? Status::OK() : Flush();
    }
    ARROW_RETURN_NOT_OK(Flush());
    ARROW_ASSIGN_OR_RAISE(const int64_t step, RowsOfPiece(*batch, kMostBytes));
    for (int64_t at = 0; at < batch->num_rows(); at += step) {
      ARROW_RETURN_NOT_OK(Encode(step >= batch->num_rows() ? batch : batch->Slice(at, step)));
    }
    return Status::OK();
  }

  Status Finish() override {
    ARROW_RETURN_NOT_OK(Flush());
    while (!tasks_.empty()) ARROW_RETURN_NOT_OK(Take());
    if (kind_ == IpcKind::kFile) {
      ARROW_ASSIGN_OR_RAISE(const auto dictionaries, dictionaries_.Finish());
      for (const auto& [id, values] : dictionaries) {
        ARROW_RETURN_NOT_OK(WriteDictionary(id, values));
      }
    }
    if (kind_ == IpcKind::kChannel) ARROW_RETURN_NOT_OK(WriteEnd());
    return writer_->Close();
  }

 private:
  // Exactly rows_ in each batch.
  Status WriteRows(const std::shared_ptr<arrow::RecordBatch>& batch) {
    for (int64_t at = 0; at < batch->num_rows();) {
      const int64_t count = std::min(rows_ - gathered_rows_, batch->num_rows() - at);
      gathered_.push_back(batch->Slice(at, count));
      gathered_rows_ += count;
      at += count;
      if (gathered_rows_ == rows_) ARROW_RETURN_NOT_OK(Flush());
    }
    return Status::OK();
  }

  Status Flush() {
    if (gathered_.empty()) return Status::OK();
    std::shared_ptr<arrow::RecordBatch> joined = gathered_[0];
    if (gathered_.size() > 1) {
      ARROW_ASSIGN_OR_RAISE(joined,
                            arrow::ConcatenateRecordBatches(gathered_, context_->memory_pool()));
    }
    gathered_.clear();
    gathered_bytes_ = gathered_rows_ = 0;
    return Encode(std::move(joined));
  }

  Status Encode(std::shared_ptr<arrow::RecordBatch> batch) {
    if (!dictionaries_.none()) {
      if (kind_ == IpcKind::kFile) {
        ARROW_ASSIGN_OR_RAISE(batch, dictionaries_.Unify(batch));
      } else {
        ARROW_RETURN_NOT_OK(WriteChangedDictionaries(*batch));
      }
    }
    ++batches_encoded_;
    rows_encoded_ += batch->num_rows();
    if (options_.codec == nullptr) {
      IpcPayload payload;
      ARROW_RETURN_NOT_OK(arrow::ipc::GetRecordBatchPayload(*batch, options_, &payload));
      return writer_->WritePayload(payload);
    }
    if (tasks_.full()) ARROW_RETURN_NOT_OK(Take());
    return tasks_.Submit(
        [batch = std::move(batch), options = options_]() -> Result<std::shared_ptr<IpcPayload>> {
          auto payload = std::make_shared<IpcPayload>();
          ARROW_RETURN_NOT_OK(arrow::ipc::GetRecordBatchPayload(*batch, options, payload.get()));
          return payload;
        });
  }

  Status WriteEnd() {
    const auto batch = EmptyBatch(schema_);
    // A reader expects every dictionary before the first batch.
    if (batches_encoded_ == 0) ARROW_RETURN_NOT_OK(WriteChangedDictionaries(*batch));
    const auto metadata = arrow::key_value_metadata(
        {kEndBatches, kEndRows}, {std::to_string(batches_encoded_), std::to_string(rows_encoded_)});
    IpcPayload payload;
    ARROW_RETURN_NOT_OK(arrow::ipc::GetRecordBatchPayload(*batch, metadata, options_, &payload));
    return writer_->WritePayload(payload);
  }

  Status Take() {
    ARROW_ASSIGN_OR_RAISE(const auto payload, tasks_.Next());
    return writer_->WritePayload(*payload);
  }

  Status WriteDictionary(int64_t id, const std::shared_ptr<arrow::Array>& values) {
    IpcPayload payload;
    ARROW_RETURN_NOT_OK(arrow::ipc::GetDictionaryPayload(id, values, options_, &payload));
    return writer_->WritePayload(payload);
  }

  Status WriteChangedDictionaries(const arrow::RecordBatch& batch) {
    ARROW_ASSIGN_OR_RAISE(const auto dictionaries,
                          arrow::ipc::CollectDictionaries(batch, dictionaries_.mapper()));
    for (const auto& [id, values] : dictionaries) {
      auto& latest = latest_[id];
      if (latest != nullptr && (latest->data() == values->data() || latest->Equals(*values))) {
        continue;
      }
      // Batches that refer to the old one come first.
      while (!tasks_.empty()) ARROW_RETURN_NOT_OK(Take());
      ARROW_RETURN_NOT_OK(WriteDictionary(id, values));
      latest = values;
    }
    return Status::OK();
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<arrow::Schema> schema_;
  std::shared_ptr<arrow::io::OutputStream> stream_;
  arrow::ipc::IpcWriteOptions options_;
  const IpcKind kind_;
  const int64_t rows_;
  std::unique_ptr<arrow::ipc::internal::IpcPayloadWriter> writer_;
  UnifiedDictionaries dictionaries_;                         // of a file
  std::map<int64_t, std::shared_ptr<arrow::Array>> latest_;  // of a stream
  arrow::RecordBatchVector gathered_;
  int64_t gathered_bytes_ = 0, gathered_rows_ = 0;
  int64_t batches_encoded_ = 0, rows_encoded_ = 0;
  OrderedTasks<std::shared_ptr<IpcPayload>> tasks_;
};

Result<std::unique_ptr<Encoder>> Make(std::shared_ptr<Context> context,
                                      std::shared_ptr<arrow::Schema> schema,
                                      std::shared_ptr<arrow::io::OutputStream> stream,
                                      const WriteOptions& options, IpcKind kind) {
  auto write = arrow::ipc::IpcWriteOptions::Defaults();
  write.memory_pool = context->memory_pool();
  write.use_threads = false;
  const auto& codec = options.compression;
  if (codec.name == "lz4" || codec.name == "zstd") {
    const auto type =
        codec.name == "lz4" ? arrow::Compression::LZ4_FRAME : arrow::Compression::ZSTD;
    auto made = arrow::util::Codec::Create(
        type, codec.level.value_or(arrow::util::kUseDefaultCompressionLevel));
    if (!made.ok()) return WithCode(made.status(), ErrorCode::kUsage, {});
    write.codec = std::move(*made);
  } else if (!codec.name.empty() && codec.name != "none") {
    return MakeError(ErrorCode::kUsage, "Arrow IPC has no compression named " + codec.name,
                     {.hint = "one of none, lz4, zstd"});
  }
  auto encoder =
      std::make_unique<IpcEncoder>(std::move(context), std::move(schema), std::move(stream),
                                   std::move(write), kind, options.row_group_rows);
  ARROW_RETURN_NOT_OK(encoder->Start());
  return encoder;
}

}  // namespace

Result<std::unique_ptr<Encoder>> MakeIpcFileEncoder(std::shared_ptr<Context> context,
                                                    std::shared_ptr<arrow::Schema> schema,
                                                    std::shared_ptr<arrow::io::OutputStream> stream,
                                                    const WriteOptions& options) {
  return Make(std::move(context), std::move(schema), std::move(stream), options, IpcKind::kFile);
}

Result<std::unique_ptr<Encoder>> MakeIpcStreamEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options) {
  return Make(std::move(context), std::move(schema), std::move(stream), options, IpcKind::kStream);
}

Result<std::unique_ptr<Encoder>> MakeIpcChannelEncoder(
    std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
    std::shared_ptr<arrow::io::OutputStream> stream, const WriteOptions& options) {
  return Make(std::move(context), std::move(schema), std::move(stream), options, IpcKind::kChannel);
}

}  // namespace bowyer
