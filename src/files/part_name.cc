// A part is locked (flock) as long as its writer lives, whatever way the writer ends; so a part
// that can be locked is a dead run's.
#include "files/part_name.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <random>
#include <string_view>
#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"

namespace bowyer {
namespace {

constexpr std::string_view kPartEnd = ".bowyer-part";
// NAME_MAX is 255 bytes; the dots, a process id and the random digits take fewer than 64.
constexpr size_t kLongestName = 190;

std::string PartStart(const std::string& name) { return "." + name.substr(0, kLongestName) + "."; }

bool IsPartOf(std::string_view entry, std::string_view start) {
  if (entry.size() <= start.size() + kPartEnd.size()) return false;
  if (entry.substr(0, start.size()) != start) return false;
  if (entry.substr(entry.size() - kPartEnd.size()) != kPartEnd) return false;
  const std::string_view middle =
      entry.substr(start.size(), entry.size() - start.size() - kPartEnd.size());
  const auto dash = middle.find('-');
  return dash != 0 && dash != std::string_view::npos && dash + 1 < middle.size() &&
         middle.find_first_not_of("0123456789") == dash &&
         middle.find_first_not_of("0123456789abcdef", dash + 1) == std::string_view::npos;
}

std::vector<std::string> Entries(int folder_fd, const char* folder) {
  std::vector<std::string> names;
  const int fd = ::openat(folder_fd, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(fd), ::closedir);
  if (entries == nullptr) {
    ::close(fd);
    return names;
  }
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

// Calls `use(entry, descriptor, facts)` with each part of `name` whose writer has died, locked.
template <typename Use>
void ForDeadParts(int folder_fd, const std::string& name, Use use) {
  const std::string start = PartStart(name);
  for (const std::string& entry : Entries(folder_fd, ".")) {
    if (!IsPartOf(entry, start)) continue;
    OwnedFd part(::openat(folder_fd, entry.c_str(),
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    if (part.get() < 0 || ::flock(part.get(), LOCK_EX | LOCK_NB) != 0) continue;
    use(entry, std::move(part));
  }
}

}  // namespace

PathParts SplitPath(const std::string& path) {
  std::string_view text = path;
  while (text.size() > 1 && text.back() == '/') text.remove_suffix(1);
  const auto slash = text.rfind('/');
  PathParts parts;
  parts.folder = slash == std::string_view::npos ? "." : slash == 0 ? "/" : text.substr(0, slash);
  parts.name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (parts.name == "." || parts.name == "..") parts.name.clear();
  return parts;
}

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

OwnedFd::~OwnedFd() {
  if (fd_ >= 0) ::close(fd_);
}

int OwnedFd::release() { return std::exchange(fd_, -1); }

arrow::Result<OwnedFd> OpenFolder(const std::string& folder, const std::string& path) {
  OwnedFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() >= 0) return fd;
  const int number = errno;
  return MakeError(ErrorCode::kUnavailable,
                   fmt::format("cannot be written: the folder {}: {}", Quoted(folder, 200),
                               std::strerror(number)),
                   {.location = path});
}

std::string NewPartName(const std::string& name) {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  return fmt::format("{}{}-{:016x}{}", PartStart(name), ::getpid(), random(), kPartEnd);
}

arrow::Result<bool> LockPart(int folder_fd, const std::string& part, int fd) {
  while (::flock(fd, LOCK_EX) != 0) {
    // A file system without locks: its parts are then never taken for dead.
    if (errno != EINTR) return true;
  }
  struct stat mine = {}, named = {};
  const bool same = ::fstat(fd, &mine) == 0 &&
                    ::fstatat(folder_fd, part.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
                    mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
  return same;
}

void RemoveTree(int folder_fd, const std::string& name) {
  if (::unlinkat(folder_fd, name.c_str(), 0) == 0 || errno == ENOENT) return;
  const OwnedFd folder(
      ::openat(folder_fd, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (folder.get() < 0) return;
  for (const std::string& entry : Entries(folder.get(), ".")) RemoveTree(folder.get(), entry);
  (void)::unlinkat(folder_fd, name.c_str(), AT_REMOVEDIR);
}

void RemoveDeadParts(int folder_fd, const std::string& name) {
  ForDeadParts(folder_fd, name,
               [&](const std::string& entry, const OwnedFd&) { RemoveTree(folder_fd, entry); });
}

std::optional<AdoptedPart> AdoptDeadPart(int folder_fd, const std::string& name) {
  std::optional<AdoptedPart> newest;
  timespec newest_time = {};
  ForDeadParts(folder_fd, name, [&](const std::string& entry, OwnedFd part) {
    struct stat facts = {};
    const bool is_folder = ::fstat(part.get(), &facts) == 0 && S_ISDIR(facts.st_mode);
    const bool newer = facts.st_mtim.tv_sec > newest_time.tv_sec ||
                       (facts.st_mtim.tv_sec == newest_time.tv_sec &&
                        facts.st_mtim.tv_nsec > newest_time.tv_nsec);
    if (!is_folder || (newest.has_value() && !newer)) return RemoveTree(folder_fd, entry);
    if (newest.has_value()) RemoveTree(folder_fd, newest->name);
    newest = AdoptedPart{entry, std::move(part)};
    newest_time = facts.st_mtim;
  });
  return newest;
}

}  // namespace bowyer
