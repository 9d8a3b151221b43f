// Each read asks the system for the size of the file first.
#include "files/mapped_input.h"

#include <arrow/io/file.h>
#include <sys/stat.h>

#include "bowyer/error.h"

namespace bowyer {
namespace {

class MappedInput : public arrow::io::RandomAccessFile {
 public:
  MappedInput(std::shared_ptr<arrow::io::MemoryMappedFile> map,
              std::shared_ptr<arrow::io::ReadableFile> file, std::string name, int64_t size)
      : map_(std::move(map)), file_(std::move(file)), name_(std::move(name)), size_(size) {}

  arrow::Result<int64_t> GetSize() override { return size_; }
  arrow::Result<int64_t> Tell() const override { return map_->Tell(); }
  arrow::Status Seek(int64_t position) override { return map_->Seek(position); }
  bool supports_zero_copy() const override { return true; }
  arrow::Status Close() override { return map_->Close(); }
  bool closed() const override { return map_->closed(); }

  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_RETURN_NOT_OK(CheckSize());
    return map_->Read(bytes, out);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_RETURN_NOT_OK(CheckSize());
    return map_->Read(bytes);
  }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    ARROW_RETURN_NOT_OK(CheckSize());
    return map_->ReadAt(position, bytes, out);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    ARROW_RETURN_NOT_OK(CheckSize());
    return map_->ReadAt(position, bytes);
  }

 private:
  // Arrow remembers a mapping's size; the other handle's size is asked of the system.
  arrow::Status CheckSize() const {
    struct stat status;
    if (fstat(file_->file_descriptor(), &status) == 0 && status.st_size >= size_) {
      return arrow::Status::OK();
    }
    return MakeError(ErrorCode::kData, "the file became shorter while it was read",
                     {.location = name_});
  }

  std::shared_ptr<arrow::io::MemoryMappedFile> map_;
  std::shared_ptr<arrow::io::ReadableFile> file_;
  std::string name_;
  int64_t size_;
};

}  // namespace

arrow::Result<FileInput> MapInput(const FileInput& input) {
  const auto unavailable = [&](const arrow::Status& status) {
    return WithCode(status, ErrorCode::kUnavailable, {.location = input.name});
  };
  auto map = arrow::io::MemoryMappedFile::Open(input.local_path, arrow::io::FileMode::READ);
  if (!map.ok()) return unavailable(map.status());
  auto file = arrow::io::ReadableFile::Open(input.local_path);
  if (!file.ok()) return unavailable(file.status());
  ARROW_ASSIGN_OR_RAISE(const int64_t size, (*map)->GetSize());
  FileInput mapped = input;
  mapped.file = std::make_shared<MappedInput>(*map, *file, input.name, size);
  return mapped;
}

}  // namespace bowyer
