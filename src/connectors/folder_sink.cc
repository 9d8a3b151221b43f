// One writer into a folder that is published at the end.
#include "connectors/folder_sink.h"

#include <arrow/io/memory.h>

#include <filesystem>

#include "bowyer/error.h"
#include "connectors/append.h"
#include "connectors/connectors.h"
#include "connectors/file_encoder.h"
#include "connectors/file_list.h"
#include "connectors/file_series.h"
#include "connectors/open_file.h"
#include "connectors/output_folder.h"
#include "connectors/partition_rows.h"
#include "connectors/partition_store.h"

namespace bowyer {
namespace {

class SeriesWriter : public Writer {
 public:
  SeriesWriter(std::shared_ptr<const FileKind> kind, std::shared_ptr<OutputFolder> folder)
      : series_(std::move(kind), std::move(folder), "") {}

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return series_.Write(batch);
  }
  arrow::Status Commit(const Receipt&) override {
    // A table without rows still has columns.
    ARROW_RETURN_NOT_OK(series_.EnsureFile());
    return series_.EndFile();
  }

 private:
  FileSeries series_;
};

class PartitionWriter : public Writer {
 public:
  PartitionWriter(std::shared_ptr<const FileKind> kind, std::shared_ptr<OutputFolder> folder,
                  Partitioner* partitioner)
      : partitioner_(partitioner), store_(std::move(kind), std::move(folder)) {}

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    if (batch->num_rows() == 0) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto split, partitioner_->Split(batch));
    return store_.Add(std::move(split));
  }
  arrow::Status Commit(const Receipt&) override { return store_.Finish(); }

 private:
  Partitioner* const partitioner_;
  PartitionStore store_;
};

class FolderSink : public Sink {
 public:
  FolderSink(FileKind kind, std::string path)
      : kind_(std::make_shared<FileKind>(std::move(kind))), path_(std::move(path)) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    const auto& options = kind_->options;
    kind_->schema = schema;
    if (!options.partition_by.empty()) {
      ARROW_ASSIGN_OR_RAISE(partitioner_,
                            Partitioner::Make(kind_->context, schema, options.partition_by));
      kind_->schema = partitioner_->schema();
    }
    // Can the format hold the columns? Asked before the folder is made.
    ARROW_ASSIGN_OR_RAISE(auto nowhere, arrow::io::BufferOutputStream::Create());
    ARROW_RETURN_NOT_OK(FileEncoder::Make(*kind_, nowhere, path_).status());
    if (options.if_exists == IfExists::kAppend) ARROW_RETURN_NOT_OK(CheckOldFiles());
    ARROW_ASSIGN_OR_RAISE(folder_, OutputFolder::Create(kind_->context, path_, options));
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (folder_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "a folder takes one chunk", {.location = path_});
    }
    opened_ = true;
    if (partitioner_ == nullptr) return std::make_unique<SeriesWriter>(kind_, folder_);
    return std::make_unique<PartitionWriter>(kind_, folder_, partitioner_.get());
  }

  arrow::Status Finish() override { return folder_->Publish(); }

  int64_t bytes_written() const override { return folder_ ? folder_->bytes_written() : 0; }
  std::vector<std::string> files() const override {
    return folder_ ? folder_->files() : std::vector<std::string>();
  }

 private:
  // Files to append must make one table with those that are there.
  arrow::Status CheckOldFiles() const {
    std::error_code error;
    if (!std::filesystem::is_directory(path_, error)) return arrow::Status::OK();
    auto list = ListFiles(*kind_->context, path_, ReadOptions{});
    if (!list.ok() && CodeOf(list.status()) == ErrorCode::kUnavailable) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(list.status());
    const ListedFile& old = list->files.front();
    std::string names;
    std::vector<std::string> columns;
    for (const PartitionValue& value : old.partition) {
      names += (names.empty() ? "" : ",") + value.name;
      columns.push_back(value.name);
    }
    if (columns != kind_->options.partition_by) {
      return MakeError(
          ErrorCode::kUsage,
          columns.empty() ? "the folder is not partitioned"
                          : "the folder is partitioned by " + names,
          {.location = path_,
           .hint = columns.empty() ? "drop --partition-by" : "try --partition-by " + names});
    }
    if (FormatOfPath(old.path) != kind_->format) {
      return MakeError(ErrorCode::kUsage, "the folder holds files of another format: " + old.path,
                       {.location = path_});
    }
    ReadOptions read;
    read.format = kind_->format->name;
    ARROW_ASSIGN_OR_RAISE(const auto source, OpenFileSource(kind_->context, old.path, read));
    return CheckColumnsFit(*kind_->format, source->schema(), kind_->schema, old.path);
  }

  const std::shared_ptr<FileKind> kind_;  // its schema is set by Begin
  const std::string path_;
  std::unique_ptr<Partitioner> partitioner_;
  std::shared_ptr<OutputFolder> folder_;
  bool opened_ = false;
};

}  // namespace

arrow::Result<std::unique_ptr<Sink>> MakeFolderSink(std::shared_ptr<Context> context,
                                                    const Format* format, std::string path,
                                                    const WriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckOutputFolder(*context, path, options.if_exists));
  ARROW_ASSIGN_OR_RAISE(const Packing packing, PackingToWrite(*format, path, options));
  return std::make_unique<FolderSink>(FileKind{std::move(context), format, packing, options, {}},
                                      std::move(path));
}

}  // namespace bowyer
