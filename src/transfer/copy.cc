// THE batch loop: a reader's batches into a sink's writer, until the end, a fault or a stop.
#include "bowyer/copy.h"

#include <chrono>

#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "core/text.h"
#include "files/atomic_file.h"
#include "files/rejects.h"

namespace bowyer {
namespace {

// `rejects` appears before the destination does, so that no row is ever in neither.

arrow::Result<CopyReport> CopyAll(const std::shared_ptr<Context>& context,
                                  const std::shared_ptr<arrow::RecordBatchReader>& reader,
                                  const Location& destination, const WriteOptions& write_options,
                                  RejectsFile* rejects) {
  const auto start = std::chrono::steady_clock::now();
  const ErrorPlace place{.location = destination.Redacted()};
  auto opened = OpenSink(context, destination, write_options);
  if (!opened.ok()) return AtPlace(opened.status(), place);
  const auto sink = std::move(opened).ValueUnsafe();
  if (auto receipts = sink->Begin(reader->schema(), ""); !receipts.ok()) {
    return AtPlace(receipts.status(), place);
  }
  auto opened_writer = sink->Open(Chunk{});
  if (!opened_writer.ok()) return AtPlace(opened_writer.status(), place);
  auto writer = std::move(opened_writer).ValueUnsafe();

  Receipt receipt;
  for (;;) {
    ARROW_RETURN_NOT_OK(context->CheckStop());
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    if (batch->num_rows() == 0) continue;
    ARROW_RETURN_NOT_OK(AtPlace(writer->Write(batch), place));
    receipt.rows += batch->num_rows();
    context->progress().rows_written = receipt.rows;
  }
  ARROW_RETURN_NOT_OK(AtPlace(writer->Commit(receipt), place));
  writer.reset();
  ARROW_RETURN_NOT_OK(context->CheckStop());
  if (rejects != nullptr) ARROW_RETURN_NOT_OK(rejects->Commit());
  ARROW_RETURN_NOT_OK(AtPlace(sink->Finish(), place));

  CopyReport report;
  report.rows = receipt.rows;
  report.rows_rejected = rejects == nullptr ? 0 : rejects->count();
  report.bytes_read = context->progress().bytes_read;
  report.bytes_written = sink->bytes_written();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report.peak_memory = context->memory_pool()->max_memory();
  report.files = sink->files();
  return report;
}

// A destination that is one of the sources would be replaced while, or after, it is read.
arrow::Status CheckApart(const std::vector<Location>& sources, const Location& destination) {
  if (!destination.is_file()) return arrow::Status::OK();
  for (const Location& source : sources) {
    if (!source.is_file() || !SameFile(source.path, destination.path)) continue;
    return MakeError(ErrorCode::kUsage,
                     "the destination is the same file as the source " + Quoted(source.path),
                     {.location = destination.path, .hint = "copy to another name"});
  }
  return arrow::Status::OK();
}

}  // namespace

arrow::Result<CopyReport> Copy(std::shared_ptr<Context> context,
                               const std::shared_ptr<arrow::RecordBatchReader>& reader,
                               const Location& destination, const WriteOptions& write_options) {
  return CopyAll(context, reader, destination, write_options, nullptr);
}

arrow::Result<CopyReport> Copy(std::shared_ptr<Context> context,
                               const std::vector<Location>& sources, const Location& destination,
                               const ReadOptions& read_options, const WriteOptions& write_options,
                               const Selection& selection) {
  ARROW_RETURN_NOT_OK(CheckApart(sources, destination));
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenReader(context, sources, read_options, selection));
  return CopyAll(context, reader, destination, write_options, read_options.rejects.get());
}

}  // namespace bowyer
