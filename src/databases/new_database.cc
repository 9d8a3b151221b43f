#include "databases/new_database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"
#include "files/atomic_file.h"

namespace bowyer {
namespace {

arrow::Status CannotWrite(const std::string& path, int number) {
  const bool full = number == ENOSPC || number == EDQUOT || number == EIO;
  return MakeError(full ? ErrorCode::kResources : ErrorCode::kUnavailable,
                   fmt::format("cannot be written: {}", std::strerror(number)), {.location = path});
}

// What the file is called until it is whole. DuckDB takes a file's name for its catalog's, and then
// cannot tell it from a schema of that name: sales.duckdb, of which a schema is called sales.
constexpr char kName[] = "bowyer unfinished", kLog[] = "bowyer unfinished.wal";

}  // namespace

arrow::Result<std::unique_ptr<NewDatabase>> NewDatabase::Create(const std::string& path,
                                                                bool resume) {
  std::unique_ptr<NewDatabase> made(new NewDatabase);
  const PathParts parts = SplitPath(path);
  if (parts.name.empty() || path.back() == '/') {
    return MakeError(ErrorCode::kUnavailable, "cannot be written: it is a folder",
                     {.location = path});
  }
  made->path_ = path;
  made->name_ = parts.name;
  ARROW_ASSIGN_OR_RAISE(made->parent_, OpenFolder(parts.folder, path));
  const auto here = [&](const std::string& part) {
    made->part_ = part;
    made->file_ = parts.folder + "/" + part + "/" + kName;
  };
  if (auto adopted = resume ? AdoptDeadPart(made->parent_.get(), parts.name) : std::nullopt) {
    made->folder_ = std::move(adopted->folder);
    made->keep_ = true;
    here(adopted->name);
    return made;
  }
  RemoveDeadParts(made->parent_.get(), parts.name);
  while (true) {
    const std::string part = NewPartName(parts.name);
    if (::mkdirat(made->parent_.get(), part.c_str(), 0777) != 0) return CannotWrite(path, errno);
    made->folder_ = OwnedFd(::openat(made->parent_.get(), part.c_str(),
                                     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (made->folder_.get() < 0) return CannotWrite(path, errno);
    ARROW_ASSIGN_OR_RAISE(const bool locked,
                          LockPart(made->parent_.get(), part, made->folder_.get()));
    if (!locked) continue;
    here(part);
    return made;
  }
}

NewDatabase::~NewDatabase() {
  if (!part_.empty() && !keep_) RemoveTree(parent_.get(), part_);
}

arrow::Status NewDatabase::Publish(bool durable) {
  struct stat log = {};
  if (::fstatat(folder_.get(), kLog, &log, AT_SYMLINK_NOFOLLOW) == 0) {
    return MakeError(ErrorCode::kInternal, "its log was not written into the database",
                     {.location = path_});
  }
  if (durable) {
    const OwnedFd file(::openat(folder_.get(), kName, O_RDONLY | O_CLOEXEC));
    if (file.get() < 0 || ::fsync(file.get()) != 0) return CannotWrite(path_, errno);
  }
  if (::renameat2(folder_.get(), kName, parent_.get(), name_.c_str(), RENAME_NOREPLACE) !=
      0) {
    int number = errno;
    // A file system without this flag: a hard link never replaces either. The part goes later.
    const bool unknown = number == EINVAL || number == ENOSYS;
    if (unknown && ::linkat(folder_.get(), kName, parent_.get(), name_.c_str(), 0) == 0) {
      number = 0;
    } else if (unknown) {
      number = errno;
    }
    if (number == EEXIST) return AlreadyExists(path_);
    if (number != 0) return CannotWrite(path_, number);
  }
  keep_ = false;
  if (durable && ::fsync(parent_.get()) != 0) return CannotWrite(path_, errno);
  return arrow::Status::OK();
}

}  // namespace bowyer
