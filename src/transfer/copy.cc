// THE batch loop: a reader's batches into a sink's writer, until the end, a fault or a stop.
#include "bowyer/copy.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <set>

#include "bowyer/error.h"
#include "bowyer/rejects.h"
#include "connectors/connectors.h"
#include "connectors/file_list.h"
#include "core/text.h"
#include "files/atomic_file.h"
#include "transfer/apart.h"

namespace bowyer {
namespace {

// `rejects` appears before the destination does, so that no row is ever in neither, and goes again
// when the destination does not appear.
arrow::Result<CopyReport> CopyAll(const std::shared_ptr<Context>& context,
                                  const std::shared_ptr<arrow::RecordBatchReader>& reader,
                                  const Location& destination, const std::unique_ptr<Sink>& sink,
                                  RejectsFile* rejects) {
  const auto start = std::chrono::steady_clock::now();
  const ErrorPlace place{.location = destination.Redacted()};
  Progress& progress = context->progress();
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
    {
      const StageTimer timer(progress, Stage::kRead);
      ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    }
    if (batch == nullptr) break;
    if (batch->num_rows() == 0) continue;
    const StageTimer timer(progress, Stage::kWrite);
    ARROW_RETURN_NOT_OK(AtPlace(writer->Write(batch), place));
    receipt.rows += batch->num_rows();
    progress.rows_written = receipt.rows;
  }
  const StageTimer timer(progress, Stage::kFinish);
  ARROW_RETURN_NOT_OK(AtPlace(writer->Commit(receipt), place));
  writer.reset();
  ARROW_RETURN_NOT_OK(context->CheckStop());
  if (rejects != nullptr) ARROW_RETURN_NOT_OK(rejects->Commit());
  if (const auto status = sink->Finish(); !status.ok()) {
    if (rejects != nullptr) rejects->Withdraw();
    return AtPlace(status, place);
  }

  CopyReport report;
  report.rows = receipt.rows;
  report.rows_rejected = rejects == nullptr ? 0 : rejects->count();
  report.bytes_read = progress.bytes_read;
  report.bytes_written = sink->bytes_written();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  report.peak_memory = context->memory_pool()->max_memory();
  report.files = sink->files();
  return report;
}

arrow::Result<std::unique_ptr<Sink>> OpenDestination(const std::shared_ptr<Context>& context,
                                                     const Location& destination,
                                                     const WriteOptions& options) {
  auto sink = OpenSink(context, destination, options);
  if (!sink.ok()) return AtPlace(sink.status(), {.location = destination.Redacted()});
  return sink;
}

}  // namespace

arrow::Status CheckApart(Context& context, const std::vector<Location>& sources,
                         const ReadOptions& options, const Location& destination) {
  std::error_code error;
  const bool standard = destination.is_standard_stream();
  if (!standard && !(destination.is_file() && std::filesystem::exists(destination.path, error))) {
    return arrow::Status::OK();
  }
  const auto is_destination = [&](const std::string& path) {
    return standard ? SameFile(STDOUT_FILENO, path) : SameFile(path, destination.path);
  };
  const auto refuse = [&](const char* what, const std::string& source) {
    return MakeError(ErrorCode::kUsage, what + Quoted(source),
                     {.location = destination.Redacted(), .hint = "copy to another name"});
  };
  constexpr char kSame[] = "the destination is the same file as the source ";
  const bool is_folder = !standard && std::filesystem::is_directory(destination.path, error);
  for (const Location& source : sources) {
    if (source.is_standard_stream() && !standard && SameFile(STDIN_FILENO, destination.path)) {
      return refuse(kSame, "-");
    }
    if (!source.is_file()) continue;
    if (is_destination(source.path)) return refuse(kSame, source.path);
    ARROW_ASSIGN_OR_RAISE(const FileList list, ListFiles(context, source.path, options));
    std::set<std::filesystem::path> outside;  // folders that do not lie within the destination
    for (const ListedFile& file : list.files) {
      if (is_destination(file.path)) return refuse(kSame, file.path);
      if (!is_folder) continue;
      const auto real = std::filesystem::canonical(file.path, error);
      for (auto folder = real.parent_path(); outside.insert(folder).second;
           folder = folder.parent_path()) {
        if (is_destination(folder.string())) {
          return refuse("the destination is the folder of the source ", file.path);
        }
      }
    }
  }
  return arrow::Status::OK();
}

arrow::Result<CopyReport> Copy(std::shared_ptr<Context> context,
                               const std::shared_ptr<arrow::RecordBatchReader>& reader,
                               const Location& destination, const WriteOptions& write_options) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, OpenDestination(context, destination, write_options));
  return CopyAll(context, reader, destination, sink, nullptr);
}

arrow::Result<CopyReport> Copy(std::shared_ptr<Context> context,
                               const std::vector<Location>& sources, const Location& destination,
                               const ReadOptions& read_options, const WriteOptions& write_options,
                               const Selection& selection) {
  ARROW_RETURN_NOT_OK(CheckApart(*context, sources, read_options, destination));
  // First, so that a source in the same database finds it open for writing.
  ARROW_ASSIGN_OR_RAISE(const auto sink, OpenDestination(context, destination, write_options));
  ARROW_ASSIGN_OR_RAISE(auto reader, OpenReader(context, sources, read_options, selection));
  ARROW_ASSIGN_OR_RAISE(auto report,
                        CopyAll(context, reader, destination, sink, read_options.rejects.get()));
  for (const Location& source : sources) {
    if (!source.is_file() && !source.is_standard_stream()) report.bytes_read = -1;
  }
  return report;
}

}  // namespace bowyer
