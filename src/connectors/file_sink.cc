// One encoder onto one file; the name appears with Finish.
#include "connectors/file_sink.h"

#include <unistd.h>

#include "bowyer/error.h"
#include "files/atomic_file.h"
#include "files/file_writer.h"

namespace bowyer {
namespace {

// The encoder of the sink's only file, lent to the one writer.
class EncoderWriter : public Writer {
 public:
  EncoderWriter(Encoder* encoder, std::string name) : encoder_(encoder), name_(std::move(name)) {}

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return AtPlace(encoder_->Write(batch), {.location = name_});
  }
  arrow::Status Commit(const Receipt&) override {
    return AtPlace(encoder_->Finish(), {.location = name_});
  }

 private:
  Encoder* encoder_;
  const std::string name_;
};

class FileSink : public Sink {
 public:
  FileSink(std::shared_ptr<Context> context, const Format* format, std::string path,
           WriteOptions options)
      : context_(std::move(context)),
        format_(format),
        path_(std::move(path)),
        options_(std::move(options)) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    ARROW_ASSIGN_OR_RAISE(file_, AtomicFile::Create(context_, path_));
    auto encoder = format_->encode(context_, schema, file_, options_);
    ARROW_RETURN_NOT_OK(AtPlace(encoder.status(), {.location = path_}));
    encoder_ = std::move(encoder).ValueUnsafe();
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (encoder_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "a file takes one chunk", {.location = path_});
    }
    opened_ = true;
    return std::make_unique<EncoderWriter>(encoder_.get(), path_);
  }

  arrow::Status Finish() override {
    encoder_.reset();
    ARROW_ASSIGN_OR_RAISE(bytes_written_, file_->Tell());
    return file_->Commit(options_.if_exists != IfExists::kError, options_.durable);
  }

  int64_t bytes_written() const override { return bytes_written_; }
  std::vector<std::string> files() const override { return {path_}; }

 private:
  const std::shared_ptr<Context> context_;
  const Format* const format_;
  const std::string path_;
  const WriteOptions options_;
  std::shared_ptr<AtomicFile> file_;
  std::unique_ptr<Encoder> encoder_;  // goes before the file that it writes to
  bool opened_ = false;
  int64_t bytes_written_ = 0;
};

class StandardOutputSink : public Sink {
 public:
  StandardOutputSink(std::shared_ptr<Context> context, const Format* format, WriteOptions options)
      : context_(std::move(context)), format_(format), options_(std::move(options)) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    output_ = std::make_shared<FileWriter>(context_, STDOUT_FILENO, false, "-");
    ARROW_ASSIGN_OR_RAISE(encoder_, format_->encode(context_, schema, output_, options_));
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (encoder_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "standard output takes one chunk");
    }
    opened_ = true;
    return std::make_unique<EncoderWriter>(encoder_.get(), "-");
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
  const WriteOptions options_;
  std::shared_ptr<FileWriter> output_;
  std::unique_ptr<Encoder> encoder_;
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
  return std::make_unique<FileSink>(std::move(context), format, std::move(path), options);
}

arrow::Result<std::unique_ptr<Sink>> MakeStandardOutputSink(std::shared_ptr<Context> context,
                                                            const Format* format,
                                                            const WriteOptions& options) {
  return std::make_unique<StandardOutputSink>(std::move(context), format, options);
}

}  // namespace bowyer
