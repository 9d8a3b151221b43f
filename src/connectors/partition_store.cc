// What is set down is Arrow IPC: a batch for each segment, or, with dictionaries, a whole stream.
#include "connectors/partition_store.h"

#include <arrow/compute/api_vector.h>
#include <arrow/compute/exec.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/dictionary.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/byte_size.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

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

arrow::Status PartitionStore::Add(PartitionedBatch batch) {
  std::vector<uint32_t> known;
  for (const std::string& folder : batch.folders) {
    const auto [at, is_new] = index_.emplace(folder, static_cast<uint32_t>(partitions_.size()));
    if (is_new) {
      partitions_.push_back({{}, std::make_unique<FileSeries>(kind_, folder_, folder)});
    }
    known.push_back(at->second);
  }
  for (uint32_t& group : batch.groups) group = known[group];
  waiting_bytes_ += arrow::util::TotalBufferSize(*batch.rows) +
                    static_cast<int64_t>(batch.groups.size() * sizeof(uint32_t));
  waiting_.push_back({std::move(batch.rows), std::move(batch.groups)});
  return waiting_bytes_ > limit_ ? MakeRoom() : arrow::Status::OK();
}

arrow::Result<PartitionStore::Sorted> PartitionStore::TakeWaiting() {
  arrow::MemoryPool* pool = kind_->context->memory_pool();
  Sorted sorted;
  sorted.starts.assign(partitions_.size() + 1, 0);
  arrow::RecordBatchVector batches;
  bool in_order = true;
  uint32_t last = 0;
  for (const Waiting& waiting : waiting_) {
    for (const uint32_t partition : waiting.partitions) {
      ++sorted.starts[partition + 1];
      in_order = in_order && last <= partition;
      last = partition;
    }
    batches.push_back(waiting.rows);
  }
  for (size_t i = 1; i < sorted.starts.size(); ++i) sorted.starts[i] += sorted.starts[i - 1];
  if (batches.size() == 1) {
    sorted.rows = batches.front();
  } else {
    ARROW_ASSIGN_OR_RAISE(sorted.rows, arrow::ConcatenateRecordBatches(batches, pool));
  }
  batches.clear();
  std::vector<Waiting> taken = std::move(waiting_);
  waiting_.clear();
  waiting_bytes_ = 0;
  for (Waiting& waiting : taken) waiting.rows.reset();
  if (in_order) return sorted;

  ARROW_ASSIGN_OR_RAISE(
      auto buffer,
      arrow::AllocateBuffer(sorted.rows->num_rows() * static_cast<int64_t>(sizeof(int32_t)), pool));
  auto* order = reinterpret_cast<int32_t*>(buffer->mutable_data());
  std::vector<int64_t> next(sorted.starts.begin(), sorted.starts.end() - 1);
  int32_t row = 0;
  for (const Waiting& waiting : taken) {
    for (const uint32_t partition : waiting.partitions) order[next[partition]++] = row++;
  }
  const auto indices =
      std::make_shared<arrow::Int32Array>(sorted.rows->num_rows(), std::move(buffer));
  arrow::compute::ExecContext compute(pool);
  ARROW_ASSIGN_OR_RAISE(
      const arrow::Datum gathered,
      arrow::compute::Take(sorted.rows, indices, arrow::compute::TakeOptions::NoBoundsCheck(),
                           &compute));
  sorted.rows = gathered.record_batch();
  return sorted;
}

arrow::Status PartitionStore::MakeRoom() {
  ARROW_ASSIGN_OR_RAISE(const Sorted sorted, TakeWaiting());
  size_t largest = 0;
  for (size_t i = 1; i < partitions_.size(); ++i) {
    if (sorted.CountOf(i) > sorted.CountOf(largest)) largest = i;
  }
  const bool goes_on = sorted.CountOf(largest) * 2 >= sorted.rows->num_rows();
  if (goes_on) {
    if (open_ >= 0 && open_ != static_cast<int>(largest)) {
      ARROW_RETURN_NOT_OK(partitions_[static_cast<size_t>(open_)].series->EndFile());
    }
    open_ = static_cast<int>(largest);
    ARROW_RETURN_NOT_OK(Encode(partitions_[largest], sorted.Of(largest)));
  }
  for (size_t i = 0; i < partitions_.size(); ++i) {
    if (sorted.CountOf(i) == 0 || (goes_on && i == largest)) continue;
    ARROW_RETURN_NOT_OK(SetDown(partitions_[i], sorted.Of(i)));
  }
  return arrow::Status::OK();
}

arrow::Status PartitionStore::SetDown(Partition& partition,
                                      const std::shared_ptr<arrow::RecordBatch>& rows) {
  if (spill_ == nullptr) {
    ARROW_ASSIGN_OR_RAISE(spill_, folder_->CreateSpill());
  }
  arrow::ipc::IpcWriteOptions options = arrow::ipc::IpcWriteOptions::Defaults();
  options.memory_pool = kind_->context->memory_pool();
  options.use_threads = false;
  ARROW_ASSIGN_OR_RAISE(const int64_t start, spill_->Tell());
  if (has_dictionaries_) {
    ARROW_ASSIGN_OR_RAISE(auto writer,
                          arrow::ipc::MakeStreamWriter(spill_.get(), kind_->schema, options));
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*rows));
    ARROW_RETURN_NOT_OK(writer->Close());
  } else {
    ARROW_RETURN_NOT_OK(arrow::ipc::SerializeRecordBatch(*rows, options, spill_.get()));
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t end, spill_->Tell());
  partition.segments.push_back({start, end - start});
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

arrow::Status PartitionStore::Encode(Partition& partition,
                                     const std::shared_ptr<arrow::RecordBatch>& rows) {
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
  if (rows != nullptr && rows->num_rows() > 0) together.push_back(rows);
  return write();
}

arrow::Status PartitionStore::Finish() {
  if (partitions_.empty()) return arrow::Status::OK();
  Sorted sorted;
  if (!waiting_.empty()) {
    ARROW_ASSIGN_OR_RAISE(sorted, TakeWaiting());
  }
  const auto finish = [&](size_t i) -> arrow::Status {
    ARROW_RETURN_NOT_OK(Encode(partitions_[i], sorted.rows == nullptr ? nullptr : sorted.Of(i)));
    return partitions_[i].series->EndFile();
  };
  if (open_ >= 0) ARROW_RETURN_NOT_OK(finish(static_cast<size_t>(open_)));
  for (size_t i = 0; i < partitions_.size(); ++i) {
    if (static_cast<int>(i) != open_) ARROW_RETURN_NOT_OK(finish(i));
  }
  return arrow::Status::OK();
}

}  // namespace bowyer
