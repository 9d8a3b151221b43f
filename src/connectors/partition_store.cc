// What is set down is Arrow IPC: a batch for each segment, or, with dictionaries, a whole stream.
#include "connectors/partition_store.h"

#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>

#include "bowyer/error.h"

namespace bowyer {
namespace {

bool HoldsDictionary(const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) return true;
  if (type.id() == arrow::Type::EXTENSION) {
    return HoldsDictionary(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const auto& field) { return HoldsDictionary(*field->type()); });
}

bool HoldsDictionary(const arrow::Schema& schema) {
  return std::any_of(schema.fields().begin(), schema.fields().end(),
                     [](const auto& field) { return HoldsDictionary(*field->type()); });
}

}  // namespace

PartitionStore::PartitionStore(std::shared_ptr<const FileKind> kind,
                               std::shared_ptr<OutputFolder> folder)
    : kind_(std::move(kind)),
      folder_(std::move(folder)),
      limit_(kind_->context->memory_budget() / 8),
      has_dictionaries_(HoldsDictionary(*kind_->schema)) {}

arrow::Status PartitionStore::Add(const std::string& subfolder,
                                  std::shared_ptr<arrow::RecordBatch> rows, int64_t bytes) {
  const auto [at, is_new] = index_.emplace(subfolder, partitions_.size());
  if (is_new) {
    auto partition = std::make_unique<Partition>();
    partition->subfolder = subfolder;
    partition->series = std::make_unique<FileSeries>(kind_, folder_, subfolder);
    partitions_.push_back(std::move(partition));
  }
  Partition& partition = *partitions_[at->second];
  partition.waiting.push_back(std::move(rows));
  partition.bytes += bytes;
  waiting_ += bytes;
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> PartitionStore::TakeWaiting(
    Partition& partition) {
  arrow::RecordBatchVector waiting = std::move(partition.waiting);
  partition.waiting.clear();
  waiting_ -= partition.bytes;
  partition.bytes = 0;
  if (waiting.size() == 1) return waiting.front();
  return arrow::ConcatenateRecordBatches(waiting, kind_->context->memory_pool());
}

arrow::Status PartitionStore::MakeRoom() {
  if (waiting_ <= limit_) return arrow::Status::OK();
  Partition* largest = partitions_.front().get();
  for (const auto& partition : partitions_) {
    if (partition->bytes > largest->bytes) largest = partition.get();
  }
  if (largest->bytes >= waiting_ / 2) ARROW_RETURN_NOT_OK(Encode(*largest));
  // All of the rest: a slice that stayed would keep its whole batch in memory.
  for (const auto& partition : partitions_) {
    if (!partition->waiting.empty()) ARROW_RETURN_NOT_OK(SetDown(*partition));
  }
  return arrow::Status::OK();
}

arrow::Status PartitionStore::SetDown(Partition& partition) {
  ARROW_RETURN_NOT_OK(kind_->context->CheckStop());
  if (spill_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(spill_, folder_->CreateSpill());
  }
  ARROW_ASSIGN_OR_RAISE(const auto rows, TakeWaiting(partition));
  arrow::ipc::IpcWriteOptions options = arrow::ipc::IpcWriteOptions::Defaults();
  options.memory_pool = kind_->context->memory_pool();
  options.use_threads = false;
  Segment segment{.offset = *spill_->Tell(), .bytes = 0};
  if (has_dictionaries_) {
    ARROW_ASSIGN_OR_RAISE(auto writer,
                          arrow::ipc::MakeStreamWriter(spill_.get(), kind_->schema, options));
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*rows));
    ARROW_RETURN_NOT_OK(writer->Close());
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, arrow::ipc::SerializeRecordBatch(*rows, options));
    ARROW_RETURN_NOT_OK(spill_->Write(bytes->data(), bytes->size()));
  }
  segment.bytes = *spill_->Tell() - segment.offset;
  partition.segments.push_back(segment);
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> PartitionStore::ReadSegment(
    const Segment& segment) {
  ARROW_RETURN_NOT_OK(spill_->Flush());
  ARROW_ASSIGN_OR_RAISE(auto bytes,
                        arrow::AllocateBuffer(segment.bytes, kind_->context->memory_pool()));
  for (int64_t done = 0; done < segment.bytes;) {
    const ssize_t got = ::pread(spill_->fd(), bytes->mutable_data() + done,
                                static_cast<size_t>(segment.bytes - done), segment.offset + done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      return MakeError(ErrorCode::kResources,
                       std::string("rows that were set down for a while cannot be read again: ") +
                           (got < 0 ? std::strerror(errno) : "the file ends too early"),
                       {.location = folder_->path()});
    }
    done += got;
  }
  arrow::io::BufferReader reader(std::shared_ptr<arrow::Buffer>(std::move(bytes)));
  arrow::ipc::IpcReadOptions options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = kind_->context->memory_pool();
  options.use_threads = false;
  if (!has_dictionaries_) {
    arrow::ipc::DictionaryMemo none;
    return arrow::ipc::ReadRecordBatch(kind_->schema, &none, options, &reader);
  }
  ARROW_ASSIGN_OR_RAISE(auto stream, arrow::ipc::RecordBatchStreamReader::Open(&reader, options));
  std::shared_ptr<arrow::RecordBatch> batch;
  ARROW_RETURN_NOT_OK(stream->ReadNext(&batch));
  return batch;
}

arrow::Status PartitionStore::Encode(Partition& partition) {
  if (open_ != nullptr && open_ != &partition) ARROW_RETURN_NOT_OK(open_->series->EndFile());
  open_ = &partition;
  // Small segments are put together: encoders work best on large batches.
  arrow::RecordBatchVector together;
  int64_t bytes = 0;
  const auto write = [&]() -> arrow::Status {
    if (together.empty()) return arrow::Status::OK();
    auto batch = together.front();
    if (together.size() > 1) {
      ARROW_ASSIGN_OR_RAISE(
          batch, arrow::ConcatenateRecordBatches(together, kind_->context->memory_pool()));
    }
    together.clear();
    bytes = 0;
    return partition.series->Write(batch);
  };
  for (const Segment& segment : partition.segments) {
    ARROW_RETURN_NOT_OK(kind_->context->CheckStop());
    ARROW_ASSIGN_OR_RAISE(auto batch, ReadSegment(segment));
    together.push_back(std::move(batch));
    bytes += segment.bytes;
    if (bytes >= kind_->context->block_bytes()) ARROW_RETURN_NOT_OK(write());
  }
  partition.segments.clear();
  ARROW_RETURN_NOT_OK(write());
  if (partition.waiting.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto rows, TakeWaiting(partition));
  return partition.series->Write(rows);
}

arrow::Status PartitionStore::Finish() {
  if (open_ != nullptr) {
    ARROW_RETURN_NOT_OK(Encode(*open_));
    ARROW_RETURN_NOT_OK(open_->series->EndFile());
    open_ = nullptr;
  }
  for (const auto& partition : partitions_) {
    if (partition->waiting.empty() && partition->segments.empty()) continue;
    ARROW_RETURN_NOT_OK(Encode(*partition));
    ARROW_RETURN_NOT_OK(partition->series->EndFile());
    open_ = nullptr;
  }
  return arrow::Status::OK();
}

}  // namespace bowyer
