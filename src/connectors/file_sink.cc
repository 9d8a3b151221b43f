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

// One encoder for the one chunk that a file takes.
class OneFileSink : public Sink {
 public:
  OneFileSink(FileKind kind, std::string name) : kind_(std::move(kind)), name_(std::move(name)) {}

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (encoder_ == nullptr || opened_) {
      return MakeError(ErrorCode::kInternal, "a file takes one chunk", {.location = name_});
    }
    opened_ = true;
    return std::make_unique<EncoderWriter>(encoder_.get());
  }

  std::vector<std::string> files() const override { return {name_}; }

 protected:
  FileKind kind_;
  const std::string name_;
  std::unique_ptr<FileEncoder> encoder_;

 private:
  bool opened_ = false;
};

class FileSink : public OneFileSink {
 public:
  using OneFileSink::OneFileSink;
  ~FileSink() override { encoder_.reset(); }  // goes before the file that it writes to

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    kind_.schema = schema;
    ARROW_ASSIGN_OR_RAISE(file_, AtomicFile::Create(kind_.context, name_));
    ARROW_ASSIGN_OR_RAISE(const DestinationKind there, LookAtDestination(name_));
    if (kind_.options.if_exists == IfExists::kAppend && there == DestinationKind::kFile) {
      ARROW_ASSIGN_OR_RAISE(OldFile old, LockOldFile(name_));
      old_ = std::move(old);
      ARROW_ASSIGN_OR_RAISE(encoder_, ContinueFile(kind_, *old_, file_));
    } else {
      ARROW_ASSIGN_OR_RAISE(encoder_, FileEncoder::Make(kind_, file_, name_));
    }
    return std::vector<Receipt>();
  }

  arrow::Status Finish() override {
    encoder_.reset();
    ARROW_ASSIGN_OR_RAISE(bytes_written_, file_->Tell());
    if (old_.has_value()) ARROW_RETURN_NOT_OK(old_->CheckUnchanged());
    // Appending to what was not there: somebody else's file of this name must not be lost.
    const bool replace = kind_.options.if_exists == IfExists::kOverwrite || old_.has_value();
    return file_->Commit(replace, kind_.options.durable);
  }

  int64_t bytes_written() const override { return bytes_written_; }

 private:
  std::optional<OldFile> old_;  // that rows are appended to
  std::shared_ptr<AtomicFile> file_;
  int64_t bytes_written_ = 0;
};

class StandardOutputSink : public OneFileSink {
 public:
  using OneFileSink::OneFileSink;
  ~StandardOutputSink() override { encoder_.reset(); }

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    kind_.schema = schema;
    output_ = std::make_shared<FileWriter>(kind_.context, STDOUT_FILENO, false, name_);
    ARROW_ASSIGN_OR_RAISE(encoder_, FileEncoder::Make(kind_, output_, name_));
    return std::vector<Receipt>();
  }

  arrow::Status Finish() override {
    encoder_.reset();
    return output_->Close();
  }

  int64_t bytes_written() const override { return output_ ? output_->bytes_written() : 0; }

 private:
  std::shared_ptr<FileWriter> output_;
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
  return std::make_unique<FileSink>(FileKind{std::move(context), format, packing, options, {}},
                                    std::move(path));
}

arrow::Result<std::unique_ptr<Sink>> MakeStandardOutputSink(std::shared_ptr<Context> context,
                                                            const Format* format,
                                                            const WriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const Packing packing, PackingToWrite(*format, "-", options));
  return std::make_unique<StandardOutputSink>(
      FileKind{std::move(context), format, packing, options, {}}, "-");
}

}  // namespace bowyer
