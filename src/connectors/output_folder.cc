// Everything happens relative to two descriptors, the parent folder's and the part's: a folder that
// is moved or replaced by a link meanwhile leads nowhere else.
#include "connectors/output_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>

#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "core/text.h"
#include "files/atomic_file.h"

namespace bowyer {
namespace {

namespace fs = std::filesystem;

std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

arrow::Status Failed(const std::string& path, const char* what, int number) {
  const ErrorCode code = number == ENOSPC || number == EDQUOT || number == EIO
                             ? ErrorCode::kResources
                             : ErrorCode::kUnavailable;
  return MakeError(code, fmt::format("{}: {}", what, std::strerror(number)), {.location = path});
}

// The first thing in the folder that no table consists of; empty if there is none.
arrow::Result<std::string> FirstForeign(Context& context, const std::string& path) {
  std::error_code error;
  fs::recursive_directory_iterator walk(path, error), end;
  for (; !error && walk != end; walk.increment(error)) {
    ARROW_RETURN_NOT_OK(context.CheckStop());
    const std::string name = walk->path().filename().string();
    const bool hidden = name[0] == '.' || name[0] == '_';
    if (walk->is_symlink(error)) return walk->path().string();
    if (walk->is_directory(error)) {
      if (hidden) return walk->path().string();
      continue;
    }
    if (!hidden && FormatOfPath(name) == nullptr) return walk->path().string();
  }
  if (error) {
    return MakeError(ErrorCode::kUnavailable, "cannot be read: " + error.message(),
                     {.location = path});
  }
  return std::string();
}

}  // namespace

arrow::Status CheckOutputFolder(Context& context, const std::string& given, IfExists if_exists) {
  const std::string path = WithoutSlashes(given);
  ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(path));
  if (kind == DestinationKind::kNothing) return arrow::Status::OK();
  if (kind != DestinationKind::kFolder) {
    return MakeError(ErrorCode::kUnavailable, "cannot be written: a folder is needed, it is a file",
                     {.location = path});
  }
  std::error_code error;
  const bool empty = fs::is_empty(path, error);
  if (error) {
    return MakeError(ErrorCode::kUnavailable, "cannot be read: " + error.message(),
                     {.location = path});
  }
  if (empty || if_exists == IfExists::kAppend) return arrow::Status::OK();
  if (if_exists == IfExists::kError) return AlreadyExists(path);
  ARROW_ASSIGN_OR_RAISE(const std::string foreign, FirstForeign(context, path));
  if (foreign.empty()) return arrow::Status::OK();
  return MakeError(ErrorCode::kUnavailable,
                   "is not overwritten, since it holds more than tables: " + Quoted(foreign, 200),
                   {.location = path, .hint = "remove the folder yourself, or name another one"});
}

arrow::Result<std::shared_ptr<OutputFolder>> OutputFolder::Create(std::shared_ptr<Context> context,
                                                                  const std::string& path,
                                                                  const WriteOptions& options) {
  std::shared_ptr<OutputFolder> folder(new OutputFolder());
  folder->context_ = std::move(context);
  folder->options_ = options;
  folder->path_ = WithoutSlashes(path);
  ARROW_RETURN_NOT_OK(CheckOutputFolder(*folder->context_, folder->path_, options.if_exists));
  const PathParts parts = SplitPath(folder->path_);
  if (parts.name.empty()) {
    return MakeError(ErrorCode::kUnavailable, "cannot be replaced as a whole; name a folder in it",
                     {.location = path});
  }
  folder->name_ = parts.name;
  ARROW_ASSIGN_OR_RAISE(folder->parent_, OpenFolder(parts.folder, folder->path_));
  const int parent = folder->parent_.get();
  RemoveDeadParts(parent, parts.name);
  if (options.if_exists == IfExists::kAppend) {
    folder->run_prefix_ = fmt::format("{:08x}-", std::random_device{}());
  }
  while (true) {
    std::string part = NewPartName(parts.name);
    if (::mkdirat(parent, part.c_str(), 0777) != 0) {
      return Failed(folder->path_, "cannot be written", errno);
    }
    OwnedFd fd(::openat(parent, part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (fd.get() < 0) {
      if (errno == ENOENT) continue;  // a cleaner took it for dead
      return Failed(folder->path_, "cannot be written", errno);
    }
    ARROW_ASSIGN_OR_RAISE(const bool locked, LockPart(parent, part, fd.get()));
    if (!locked) continue;
    folder->part_ = std::move(part);
    folder->folder_ = std::move(fd);
    return folder;
  }
}

OutputFolder::~OutputFolder() {
  if (!published_ && !part_.empty()) RemoveTree(parent_.get(), part_);
}

arrow::Status OutputFolder::MakeFolders(const std::string& file) {
  for (auto slash = file.find('/'); slash != std::string::npos; slash = file.find('/', slash + 1)) {
    const std::string folder = file.substr(0, slash);
    if (!folders_.insert(folder).second) continue;
    if (::mkdirat(folder_.get(), folder.c_str(), 0777) != 0 && errno != EEXIST) {
      return Failed(path_ + "/" + folder, "cannot be made", errno);
    }
  }
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<FileWriter>> OutputFolder::CreateFile(const std::string& file) {
  ARROW_RETURN_NOT_OK(MakeFolders(file));
  ARROW_ASSIGN_OR_RAISE(auto writer,
                        FileWriter::Create(context_, folder_.get(), file, path_ + "/" + file));
  files_.push_back(file);
  return writer;
}

arrow::Result<std::shared_ptr<FileWriter>> OutputFolder::CreateSpill() {
  const std::string name = ".spill";
  const int fd = ::openat(folder_.get(), name.c_str(),
                          O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return Failed(path_, "rows cannot be set down for a while", errno);
  (void)::unlinkat(folder_.get(), name.c_str(), 0);
  return std::make_shared<FileWriter>(context_, fd, true, path_ + " (rows set down for a while)",
                                      /*counted=*/false);
}

arrow::Status OutputFolder::CloseFile(FileWriter& writer) {
  if (options_.durable) ARROW_RETURN_NOT_OK(writer.Sync());
  ARROW_RETURN_NOT_OK(writer.Close());
  bytes_written_ += writer.bytes_written();
  return arrow::Status::OK();
}

std::vector<std::string> OutputFolder::files() const {
  std::vector<std::string> names;
  for (const std::string& file : files_) names.push_back(path_ + "/" + file);
  return names;
}

arrow::Status OutputFolder::SyncFolders(int root) {
  for (const std::string& folder : folders_) {
    const OwnedFd fd(::openat(root, folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() < 0 || ::fsync(fd.get()) != 0) {
      return Failed(path_ + "/" + folder, "cannot be made durable", errno);
    }
  }
  if (::fsync(root) != 0) return Failed(path_, "cannot be made durable", errno);
  return arrow::Status::OK();
}

arrow::Status OutputFolder::Publish() {
  if (options_.durable) ARROW_RETURN_NOT_OK(SyncFolders(folder_.get()));
  ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(path_));
  std::error_code error;
  if (kind == DestinationKind::kNothing || fs::is_empty(path_, error)) {
    ARROW_RETURN_NOT_OK(RenameWhole());
  } else if (options_.if_exists == IfExists::kError) {
    return AlreadyExists(path_);
  } else if (options_.if_exists == IfExists::kAppend) {
    ARROW_RETURN_NOT_OK(MoveIn());
  } else {
    // It may have been filled with something else meanwhile.
    ARROW_RETURN_NOT_OK(CheckOutputFolder(*context_, path_, IfExists::kOverwrite));
    ARROW_RETURN_NOT_OK(Exchange());
  }
  published_ = true;
  if (options_.durable && ::fsync(parent_.get()) != 0) {
    return Failed(path_, "its folder cannot be made durable", errno);
  }
  return arrow::Status::OK();
}

arrow::Status OutputFolder::RenameWhole() {
  // Renaming a folder never replaces one that holds something.
  if (::renameat(parent_.get(), part_.c_str(), parent_.get(), name_.c_str()) == 0) {
    return arrow::Status::OK();
  }
  if (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) return AlreadyExists(path_);
  return Failed(path_, "cannot be written", errno);
}

arrow::Status OutputFolder::Exchange() {
  const int parent = parent_.get();
  if (::renameat2(parent, part_.c_str(), parent, name_.c_str(), RENAME_EXCHANGE) == 0) {
    RemoveTree(parent, part_);
    return arrow::Status::OK();
  }
  if (errno != EINVAL && errno != ENOSYS) return Failed(path_, "cannot be overwritten", errno);
  // A file system without exchange: for a moment there is nothing under the name.
  const std::string old = NewPartName(name_);
  if (::renameat(parent, name_.c_str(), parent, old.c_str()) != 0) {
    return Failed(path_, "cannot be overwritten", errno);
  }
  if (::renameat(parent, part_.c_str(), parent, name_.c_str()) != 0) {
    const int number = errno;
    (void)::renameat(parent, old.c_str(), parent, name_.c_str());
    return Failed(path_, "cannot be overwritten", number);
  }
  RemoveTree(parent, old);
  return arrow::Status::OK();
}

arrow::Status OutputFolder::MoveIn() {
  const OwnedFd target(
      ::openat(parent_.get(), name_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (target.get() < 0) return Failed(path_, "cannot be written", errno);
  for (const std::string& folder : folders_) {  // sorted: parents first
    if (::mkdirat(target.get(), folder.c_str(), 0777) != 0 && errno != EEXIST) {
      return Failed(path_ + "/" + folder, "cannot be made", errno);
    }
  }
  for (size_t i = 0; i < files_.size(); ++i) {
    const char* file = files_[i].c_str();
    if (::renameat2(folder_.get(), file, target.get(), file, RENAME_NOREPLACE) == 0) continue;
    if (errno == EINVAL && ::faccessat(target.get(), file, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
        ::renameat(folder_.get(), file, target.get(), file) == 0) {
      continue;
    }
    const int number = errno;
    for (size_t moved = 0; moved < i; ++moved) {
      (void)::unlinkat(target.get(), files_[moved].c_str(), 0);
    }
    return Failed(path_ + "/" + files_[i], "cannot be written", number);
  }
  if (options_.durable) ARROW_RETURN_NOT_OK(SyncFolders(target.get()));
  RemoveTree(parent_.get(), part_);
  return arrow::Status::OK();
}

}  // namespace bowyer
