#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "bowyer/error.h"
#include "channels/slab.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

constexpr int kSizeSeals = F_SEAL_SHRINK | F_SEAL_GROW;

Status Short(std::string_view what, int number) {
  return MakeError(ErrorCode::kResources,
                   fmt::format("shared memory {}: {}", what, std::strerror(number)),
                   {.hint = number == EMFILE ? "too many files are open: see ulimit -n" : ""});
}

Result<Socket> NewMemory(int64_t size) {
  Socket made(::memfd_create("bowyer-channel", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!made.is_open()) return Short("cannot be made", errno);
  // Otherwise it would be open to all who can see the descriptor.
  if (::fchmod(made.fd(), 0600) != 0) return Short("cannot be made", errno);
  if (::ftruncate(made.fd(), size) != 0) return Short("cannot be made", errno);
  return made;
}

// Bytes of memory whose size nobody can change; -1 for anything else.
int64_t SealedSize(int fd, int seals) {
  struct stat facts = {};
  const int have = ::fcntl(fd, F_GET_SEALS);
  if (have < 0 || (have & seals) != seals || ::fstat(fd, &facts) != 0) return -1;
  return facts.st_size;
}

}  // namespace

Result<Socket> MakeSlab(int64_t size) {
  ARROW_ASSIGN_OR_RAISE(auto made, NewMemory(size));
  if (::fcntl(made.fd(), F_ADD_SEALS, kSizeSeals | F_SEAL_SEAL) != 0) {
    return Short("cannot be sealed", errno);
  }
  return made;
}

Status FillSlab(int fd, int64_t bytes) {
  while (::fallocate(fd, 0, 0, bytes) != 0) {
    if (errno == EINTR) continue;
    return Short("of " + HumanBytes(bytes) + " is not to be had", errno);
  }
  return Status::OK();
}

void EmptySlab(int fd) {
  struct stat facts = {};
  if (::fstat(fd, &facts) != 0) return;
  (void)::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, facts.st_size);
}

Result<Socket> ReadOnlySlab(int fd) {
  Socket opened(::open(fmt::format("/proc/self/fd/{}", fd).c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened.is_open()) return Short("cannot be opened for reading", errno);
  return opened;
}

Result<std::unique_ptr<MappedSlab>> MappedSlab::Map(int fd, bool writable, int64_t least) {
  const int64_t size = SealedSize(fd, kSizeSeals);
  if (size <= 0 || size < least) {
    return MakeError(ErrorCode::kPeer, "the channel gave memory that is not what it says");
  }
  void* const data = ::mmap(nullptr, static_cast<size_t>(size),
                            writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, 0);
  if (data == MAP_FAILED) return Short("cannot be mapped", errno);
  return std::unique_ptr<MappedSlab>(new MappedSlab(static_cast<uint8_t*>(data), size));
}

MappedSlab::~MappedSlab() { ::munmap(data_, static_cast<size_t>(size_)); }

Result<Socket> SealedBytes(const std::string& bytes) {
  ARROW_ASSIGN_OR_RAISE(auto made, NewMemory(0));
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t put = ::write(made.fd(), bytes.data() + at, bytes.size() - at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return Short("cannot be written", errno);
    at += static_cast<size_t>(put);
  }
  if (::fcntl(made.fd(), F_ADD_SEALS, kSizeSeals | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
    return Short("cannot be sealed", errno);
  }
  return made;
}

Result<std::string> ReadSealedBytes(int fd, int64_t most) {
  const int64_t size = SealedSize(fd, kSizeSeals | F_SEAL_WRITE);
  if (size < 0 || size > most) {
    return MakeError(ErrorCode::kPeer, "a schema came in a form that is not trusted");
  }
  std::string bytes(static_cast<size_t>(size), '\0');
  for (int64_t at = 0; at < size;) {
    const ssize_t got = ::pread(fd, bytes.data() + at, static_cast<size_t>(size - at), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return MakeError(ErrorCode::kPeer, "a schema cannot be read");
    at += got;
  }
  return bytes;
}

}  // namespace bowyer
