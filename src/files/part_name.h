// Temporary names beside a destination, and who may remove them.
#pragma once

#include <arrow/result.h>

#include <optional>
#include <string>

namespace bowyer {

// A path taken apart: "a/b.csv" -> "a", "b.csv"; the folder is "." when none is named. Slashes at
// the end are dropped. The name is empty for "/", "." and "..", which are folders and nothing else.
struct PathParts {
  std::string folder;
  std::string name;
};
PathParts SplitPath(const std::string& path);

// An open descriptor, closed at the end of its life.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept : fd_(other.release()) {}
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  ~OwnedFd();
  int get() const { return fd_; }
  int release();

 private:
  int fd_ = -1;
};

// The folder's descriptor, to which names are relative from then on.
// Errors: kUnavailable (not there, no folder), naming `path` as the destination.
arrow::Result<OwnedFd> OpenFolder(const std::string& folder, const std::string& path);

// ".NAME.PID-RANDOM.bowyer-part"; a NAME too long for a file name is cut.
std::string NewPartName(const std::string& name);

// Takes the lock that says "my writer lives" on a part just made. False if a cleaner was faster
// and removed it: make another one.
arrow::Result<bool> LockPart(int folder_fd, const std::string& part, int fd);

// Removes the parts (files and folders) of `name` whose writers have died.
void RemoveDeadParts(int folder_fd, const std::string& name);

// The newest folder among the parts of `name` whose writers have died, locked for a writer that goes
// on with it; the other dead ones are removed. Nothing if there is none.
struct AdoptedPart {
  std::string name;
  OwnedFd folder;
};
std::optional<AdoptedPart> AdoptDeadPart(int folder_fd, const std::string& name);

// Removes a file or a whole folder, following no symbolic link. Best effort.
void RemoveTree(int folder_fd, const std::string& name);

}  // namespace bowyer
