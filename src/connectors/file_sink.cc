// One encoder onto one file; the name appears with Finish.
#include "connectors/file_sink.h"

#include <unistd.h>

#include <optional>

#include "bowyer/error.h"
#include "connectors/append.h"
#include "connectors/file_encoder.h"
#include "files/atomic_file.h"
#include "files/file_writer.h"

namespace bowyer {
namespace {

// The encoder of the sink's only file, lent to the one writer.
class EncoderWriter : public Writer {
 public:
  explicit EncoderWriter(FileEncoder* encoder) : encoder_(encoder) {}

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return encoder_->Write(batch);
  }
  arrow::Status Commit(const Receipt&) override { return encoder_->Finish(); }

 private:
  FileEncoder* encoder_;
};

class FileSink : public Sink {
 public:
  FileSink(std::shared_ptr<Context> context, const Format* format, std::string path,
           Packing packing, WriteOptions options)
      : context_(std::move(context)),
        format_(format),
        path_(std::move(path)),
        packing_(packing),
        options_(std::move(options)) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    ARROW_ASSIGN_OR_RAISE(file_, AtomicFile::Create(context_, path_));
    ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(path_));
    if (options_.if_exists == IfExists::kAppend && kind == DestinationKind::kFile) {
      ARROW_ASSIGN_OR_RAISE(OldFile old, LockOldFile(path_));
      old_ = std::move(old);
      ARROW_ASSIGN_OR_RAISE(
          encoder_, ContinueFile(context_, *format_, schema, *old_, file_, packing_, options_));
      return std::vector<Receipt>();
    }
    ARROW_ASSIGN_OR_RAISE(
        encoder_, FileEncoder::Make(context_, *format_, schema, file_, packing_, options_, path_));
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (encoder_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "a file takes one chunk", {.location = path_});
    }
    opened_ = true;
    return std::make_unique<EncoderWriter>(encoder_.get());
  }

  arrow::Status Finish() override {
    encoder_.reset();
    ARROW_ASSIGN_OR_RAISE(bytes_written_, file_->Tell());
    if (old_.has_value()) ARROW_RETURN_NOT_OK(old_->CheckUnchanged());
    // Appending to what was not there: somebody else's file of this name must not be lost.
    const bool replace = options_.if_exists == IfExists::kOverwrite || old_.has_value();
    return file_->Commit(replace, options_.durable);
  }

  int64_t bytes_written() const override { return bytes_written_; }
  std::vector<std::string> files() const override { return {path_}; }

 private:
  const std::shared_ptr<Context> context_;
  const Format* const format_;
  const std::string path_;
  const Packing packing_;
  const WriteOptions options_;
  std::optional<OldFile> old_;  // that rows are appended to
  std::shared_ptr<AtomicFile> file_;
  std::unique_ptr<FileEncoder> encoder_;  // goes before the file that it writes to
  bool opened_ = false;
  int64_t bytes_written_ = 0;
};

class StandardOutputSink : public Sink {
 public:
  StandardOutputSink(std::shared_ptr<Context> context, const Format* format, Packing packing,
                     WriteOptions options)
      : context_(std::move(context)),
        format_(format),
        packing_(packing),
        options_(std::move(options)) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    output_ = std::make_shared<FileWriter>(context_, STDOUT_FILENO, false, "-");
    ARROW_ASSIGN_OR_RAISE(
        encoder_, FileEncoder::Make(context_, *format_, schema, output_, packing_, options_, "-"));
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (encoder_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "standard output takes one chunk");
    }
    opened_ = true;
    return std::make_unique<EncoderWriter>(encoder_.get());
  }

  arrow::Status Finish() override {
    encoder_.reset();
    return output_->Close();
  }

  int64_t bytes_written() const override { return output_ ? output_->bytes_written() : 0; }
  std::vector<std::string> files() const override { return {"-"}; }

 private:
  const std::shared_ptr<Context> context_;
  const Format* const format_;
  const Packing packing_;
  const WriteOptions options_;
  std::shared_ptr<FileWriter> output_;
  std::unique_ptr<FileEncoder> encoder_;
  bool opened_ = false;
};

}  // namespace

arrow::Result<std::unique_ptr<Sink>> MakeFileSink(std::shared_ptr<Context> context,
                                                  const Format* format, std::string path,
                                                  const WriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(path));
  if (kind == DestinationKind::kFile && options.if_exists == IfExists::kError) {
    return AlreadyExists(path);
  }
  ARROW_ASSIGN_OR_RAISE(const Packing packing, PackingToWrite(*format, path, options));
  return std::make_unique<FileSink>(std::move(context), format, std::move(path), packing, options);
}

arrow::Result<std::unique_ptr<Sink>> MakeStandardOutputSink(std::shared_ptr<Context> context,
                                                            const Format* format,
                                                            const WriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Packing packing, PackingToWrite(*format, "-", options));
  return std::make_unique<StandardOutputSink>(std::move(context), format, packing, options);
}

}  // namespace bowyer
