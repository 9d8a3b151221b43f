// A part file, locked and written beside the destination, then renamed onto it.
#include "files/atomic_file.h"

#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "bowyer/error.h"
#include "files/file_writer.h"
#include "files/part_name.h"

namespace bowyer {
namespace {

arrow::Status CannotWrite(const std::string& path, int number) {
  return AtPlace(arrow::internal::IOErrorFromErrno(
                     number, fmt::format("cannot be written: {}", std::strerror(number))),
                 {.location = path});
}

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

class PartFile : public AtomicFile {
 public:
  PartFile(std::string path, OwnedFd folder, std::string name, std::string part,
           std::shared_ptr<FileWriter> writer)
      : path_(std::move(path)),
        folder_(std::move(folder)),
        name_(std::move(name)),
        part_(std::move(part)),
        writer_(std::move(writer)) {}

  ~PartFile() override {
    // Removed before the lock goes: a cleaner never sees it half dead.
    if (!committed_) (void)::unlinkat(folder_.get(), part_.c_str(), 0);
  }

  using OutputStream::Write;
  arrow::Status Write(const void* data, int64_t bytes) override {
    return writer_->Write(data, bytes);
  }
  arrow::Status Write(const std::shared_ptr<arrow::Buffer>& buffer) override {
    return writer_->Write(buffer);
  }
  arrow::Status Flush() override { return writer_->Flush(); }
  arrow::Status Close() override { return writer_->Flush(); }
  arrow::Result<int64_t> Tell() const override { return writer_->Tell(); }
  bool closed() const override { return writer_->closed(); }

  arrow::Status CopyFrom(int fd, int64_t bytes) override { return writer_->CopyFrom(fd, bytes); }

  arrow::Status Commit(bool replace, bool durable) override {
    if (committed_) return MakeError(ErrorCode::kInternal, "committed twice", {.location = path_});
    if (durable) ARROW_RETURN_NOT_OK(writer_->Sync());
    ARROW_RETURN_NOT_OK(writer_->Flush());
    (void)::fstat(writer_->fd(), &facts_);
    ARROW_RETURN_NOT_OK(Rename(replace));
    committed_ = true;
    // The descriptor carries the lock; behind the rename nobody asks for it any more.
    ARROW_RETURN_NOT_OK(writer_->Close());
    if (durable && ::fsync(folder_.get()) != 0) {
      return MakeError(ErrorCode::kResources,
                       fmt::format("its folder cannot be made durable ({})", std::strerror(errno)),
                       {.location = path_});
    }
    return arrow::Status::OK();
  }

  void Withdraw() override {
    struct stat now = {};
    if (committed_ && ::fstatat(folder_.get(), name_.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0 &&
        IsSame(now, facts_)) {
      (void)::unlinkat(folder_.get(), name_.c_str(), 0);
    }
  }

 private:
  arrow::Status Rename(bool replace) {
    if (replace) {
      if (::renameat(folder_.get(), part_.c_str(), folder_.get(), name_.c_str()) == 0) {
        return arrow::Status::OK();
      }
      return CannotWrite(path_, errno);
    }
    if (::renameat2(folder_.get(), part_.c_str(), folder_.get(), name_.c_str(), RENAME_NOREPLACE) ==
        0) {
      return arrow::Status::OK();
    }
    int number = errno;
    if (number == EINVAL || number == ENOSYS) {
      // A file system without this flag: a hard link never replaces either.
      if (::linkat(folder_.get(), part_.c_str(), folder_.get(), name_.c_str(), 0) == 0) {
        (void)::unlinkat(folder_.get(), part_.c_str(), 0);
        return arrow::Status::OK();
      }
      number = errno;
    }
    if (number == EEXIST) return AlreadyExists(path_);
    return CannotWrite(path_, number);
  }

  const std::string path_;
  const OwnedFd folder_;
  const std::string name_;
  const std::string part_;
  const std::shared_ptr<FileWriter> writer_;
  struct stat facts_ = {};  // of the part, when it was renamed
  bool committed_ = false;
};

// A character device such as /dev/null: written as it is, there is nothing to rename.
class DeviceFile : public AtomicFile {
 public:
  explicit DeviceFile(std::shared_ptr<FileWriter> writer) : writer_(std::move(writer)) {}

  using OutputStream::Write;
  arrow::Status Write(const void* data, int64_t bytes) override {
    return writer_->Write(data, bytes);
  }
  arrow::Status Write(const std::shared_ptr<arrow::Buffer>& buffer) override {
    return writer_->Write(buffer);
  }
  arrow::Status Flush() override { return writer_->Flush(); }
  arrow::Status Close() override { return writer_->Flush(); }
  arrow::Result<int64_t> Tell() const override { return writer_->Tell(); }
  bool closed() const override { return writer_->closed(); }
  arrow::Status CopyFrom(int, int64_t) override {
    return MakeError(ErrorCode::kInternal, "a device holds nothing to append to");
  }
  arrow::Status Commit(bool, bool) override { return writer_->Close(); }
  void Withdraw() override {}

 private:
  const std::shared_ptr<FileWriter> writer_;
};

}  // namespace

arrow::Status AlreadyExists(const std::string& path) {
  return MakeError(ErrorCode::kUnavailable, "exists already",
                   {.location = path, .hint = "try --overwrite or --append"});
}

arrow::Result<DestinationKind> LookAtDestination(const std::string& path) {
  const auto refuse = [&path](const char* what) {
    return MakeError(ErrorCode::kUnavailable, fmt::format("cannot be written: it is {}", what),
                     {.location = path});
  };
  struct stat facts = {};
  if (::lstat(path.c_str(), &facts) != 0) {
    if (errno == ENOENT) return DestinationKind::kNothing;
    return CannotWrite(path, errno);
  }
  switch (facts.st_mode & S_IFMT) {
    case S_IFREG:
      return DestinationKind::kFile;
    case S_IFDIR:
      return DestinationKind::kFolder;
    case S_IFCHR:
      return DestinationKind::kDevice;
    case S_IFLNK:
      return refuse("a symbolic link; name the file that it points to");
    case S_IFIFO:
      return refuse("a named pipe; write to - and redirect it");
    case S_IFSOCK:
      return refuse("a socket");
    default:
      return refuse("a device");
  }
}

bool SameFile(const std::string& a, const std::string& b) {
  struct stat first = {}, second = {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 && IsSame(first, second);
}

bool SameFile(int fd, const std::string& path) {
  struct stat first = {}, second = {};
  return ::fstat(fd, &first) == 0 && S_ISREG(first.st_mode) && ::stat(path.c_str(), &second) == 0 &&
         IsSame(first, second);
}

arrow::Result<std::shared_ptr<AtomicFile>> AtomicFile::Create(std::shared_ptr<Context> context,
                                                              const std::string& path) {
  const PathParts parts = SplitPath(path);
  ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(path));
  if (kind == DestinationKind::kFolder || parts.name.empty() || path.back() == '/') {
    return MakeError(ErrorCode::kUnavailable, "cannot be written: it is a folder",
                     {.location = path});
  }
  if (kind == DestinationKind::kDevice) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return CannotWrite(path, errno);
    return std::make_shared<DeviceFile>(
        std::make_shared<FileWriter>(std::move(context), fd, true, path));
  }
  ARROW_ASSIGN_OR_RAISE(OwnedFd folder, OpenFolder(parts.folder, path));
  RemoveDeadParts(folder.get(), parts.name);
  struct stat old = {};
  const bool keeps_mode = kind == DestinationKind::kFile && ::stat(path.c_str(), &old) == 0;
  while (true) {
    std::string part = NewPartName(parts.name);
    ARROW_ASSIGN_OR_RAISE(auto writer, FileWriter::Create(context, folder.get(), part, path));
    ARROW_ASSIGN_OR_RAISE(const bool locked, LockPart(folder.get(), part, writer->fd()));
    if (!locked) continue;
    // A secret that nobody else may read stays one.
    if (keeps_mode) (void)::fchmod(writer->fd(), old.st_mode & 0777);
    return std::make_shared<PartFile>(path, std::move(folder), parts.name, std::move(part),
                                      std::move(writer));
  }
}

void RemoveStaleParts(const std::string& path) {
  const PathParts parts = SplitPath(path);
  const OwnedFd folder(::open(parts.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) RemoveDeadParts(folder.get(), parts.name);
}

}  // namespace bowyer
