#include "transfer/sort_run.h"

#include <arrow/array/concatenate.h>
#include <arrow/io/file.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>

#include "bowyer/error.h"
#include "core/gather.h"
#include "transfer/sort_keys.h"

namespace bowyer {
namespace {

ErrorPlace SpillPlace() {
  return {.location = TemporaryFolder(),
          .hint =
              "sorting spills rows there: set TMPDIR to a folder with more room, or give more "
              "--memory"};
}

// A file that no folder lists.
arrow::Result<OwnedFile> OpenNameless() {
  std::string path = TemporaryFolder() + "/bowyer-sort.XXXXXX";
  const int file = ::mkostemp(path.data(), O_CLOEXEC);
  if (file < 0) {
    return AtPlace(arrow::internal::IOErrorFromErrno(errno, "cannot make a temporary file"),
                   SpillPlace());
  }
  ::unlink(path.c_str());
  return OwnedFile(file);
}

}  // namespace

OwnedFile& OwnedFile::operator=(OwnedFile&& other) noexcept {
  if (file_ >= 0 && file_ != other.file_) ::close(file_);
  file_ = other.Release();
  return *this;
}

OwnedFile::~OwnedFile() {
  if (file_ >= 0) ::close(file_);
}

std::string TemporaryFolder() {
  const char* folder = ::getenv("TMPDIR");
  return folder == nullptr || *folder == '\0' ? "/tmp" : folder;
}

int64_t BytesOf(const arrow::RecordBatch& batch) {
  const auto bytes = arrow::util::ReferencedBufferSize(batch);
  return bytes.ok() ? *bytes : arrow::util::TotalBufferSize(batch);
}

arrow::Result<std::unique_ptr<RunWriter>> RunWriter::Spill(
    arrow::MemoryPool* pool, const std::shared_ptr<arrow::Schema>& schema) {
  std::unique_ptr<RunWriter> writer(new RunWriter());
  ARROW_ASSIGN_OR_RAISE(writer->file_, OpenNameless());
  const int stream_file = ::fcntl(writer->file_.get(), F_DUPFD_CLOEXEC, 0);
  if (stream_file < 0) {
    return AtPlace(arrow::internal::IOErrorFromErrno(errno, "too many open files"), SpillPlace());
  }
  ARROW_ASSIGN_OR_RAISE(writer->stream_, arrow::io::FileOutputStream::Open(stream_file));
  auto options = arrow::ipc::IpcWriteOptions::Defaults();
  options.memory_pool = pool;
  options.use_threads = false;
  ARROW_ASSIGN_OR_RAISE(writer->writer_,
                        arrow::ipc::MakeStreamWriter(writer->stream_, schema, options));
  return writer;
}

arrow::Status RunWriter::Write(const arrow::RecordBatch& batch) {
  return AtPlace(writer_->WriteRecordBatch(batch), SpillPlace());
}

arrow::Result<SortedRun> RunWriter::Finish() {
  ARROW_RETURN_NOT_OK(AtPlace(writer_->Close(), SpillPlace()));
  SortedRun run;
  ARROW_ASSIGN_OR_RAISE(run.bytes, stream_->Tell());
  ARROW_RETURN_NOT_OK(AtPlace(stream_->Close(), SpillPlace()));
  stream_.reset();
  run.file = std::move(file_);
  return run;
}

arrow::Result<std::unique_ptr<RunReader>> RunReader::Open(arrow::MemoryPool* pool,
                                                          std::shared_ptr<arrow::Schema> schema,
                                                          SortedRun run) {
  auto reader = std::make_unique<RunReader>();
  reader->schema_ = std::move(schema);
  reader->run_ = std::move(run);
  if (!reader->run_.file.is_open()) return reader;
  if (::lseek(reader->run_.file.get(), 0, SEEK_SET) < 0) {
    return arrow::internal::IOErrorFromErrno(errno, "cannot read a temporary file");
  }
  ARROW_ASSIGN_OR_RAISE(auto file,
                        arrow::io::ReadableFile::Open(reader->run_.file.Release(), pool));
  auto options = arrow::ipc::IpcReadOptions::Defaults();
  options.memory_pool = pool;
  options.use_threads = false;
  ARROW_ASSIGN_OR_RAISE(reader->reader_, arrow::ipc::RecordBatchStreamReader::Open(file, options));
  return reader;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> RunReader::Next() {
  std::shared_ptr<arrow::RecordBatch> batch;
  if (reader_ != nullptr) {
    if (auto status = reader_->ReadNext(&batch); !status.ok()) return AtPlace(status, SpillPlace());
    if (batch == nullptr) {
      reader_.reset();
      return batch;
    }
    return arrow::RecordBatch::Make(schema_, batch->num_rows(), batch->column_data());
  }
  if (at_ < run_.batches.size()) batch = std::move(run_.batches[at_++]);
  return batch;
}

arrow::Result<SortedRun> SortIntoRun(Context& context,
                                     std::vector<std::shared_ptr<arrow::RecordBatch>> batches,
                                     const std::shared_ptr<arrow::Schema>& schema,
                                     const std::vector<SortKey>& keys, int64_t limit,
                                     int64_t batch_bytes, bool spill) {
  arrow::MemoryPool* pool = context.memory_pool();
  int64_t rows = 0;
  std::vector<arrow::ArrayVector> parts(static_cast<size_t>(schema->num_fields()));
  for (auto& batch : batches) {
    rows += batch->num_rows();
    for (size_t i = 0; i < parts.size(); ++i)
      parts[i].push_back(batch->column(static_cast<int>(i)));
    batch.reset();
  }
  // Column by column, so that no more than one is there twice.
  arrow::ArrayVector columns;
  for (auto& part : parts) {
    if (part.size() == 1) {
      columns.push_back(part[0]);
    } else {
      ARROW_ASSIGN_OR_RAISE(auto column, arrow::Concatenate(part, pool));
      columns.push_back(std::move(column));
    }
    part.clear();
  }
  const auto whole = arrow::RecordBatch::Make(schema, rows, columns);
  const int64_t bytes = BytesOf(*whole);
  std::shared_ptr<arrow::UInt32Array> order;
  {
    ARROW_ASSIGN_OR_RAISE(const auto encoded, EncodedKeys::Make(*whole, keys, pool));
    ARROW_ASSIGN_OR_RAISE(order, encoded.Order(pool));
  }
  const int64_t kept = limit >= 0 ? std::min(limit, rows) : rows;
  const int64_t step =
      std::max<int64_t>(1, batch_bytes / std::max<int64_t>(1, bytes / std::max<int64_t>(1, rows)));
  SortedRun run;
  std::unique_ptr<RunWriter> writer;
  if (spill) {
    ARROW_ASSIGN_OR_RAISE(writer, RunWriter::Spill(pool, schema));
  }
  for (int64_t at = 0; at < kept; at += step) {
    ARROW_RETURN_NOT_OK(context.CheckStop());
    const auto slice =
        std::static_pointer_cast<arrow::UInt32Array>(order->Slice(at, std::min(step, kept - at)));
    arrow::ArrayVector taken;
    for (const auto& column : columns) {
      ARROW_ASSIGN_OR_RAISE(auto rows_of_column, TakeRows(column, *slice, pool));
      taken.push_back(std::move(rows_of_column));
    }
    auto batch = arrow::RecordBatch::Make(schema, slice->length(), std::move(taken));
    if (spill) {
      ARROW_RETURN_NOT_OK(writer->Write(*batch));
    } else {
      run.bytes += BytesOf(*batch);
      run.batches.push_back(std::move(batch));
    }
  }
  return spill ? writer->Finish() : arrow::Result<SortedRun>(std::move(run));
}

}  // namespace bowyer
