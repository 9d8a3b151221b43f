// A path or standard input -> something to read. A regular file is read by pread through one shared
// descriptor, so that readers on several threads do not disturb each other; what cannot seek is a
// stream whose first bytes are kept back for the detection of the packing.
#include "files/file_input.h"

#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"
#include "files/packing.h"

namespace bowyer {
namespace {

// One read(2) of Linux takes at most 2 GiB - 4 KiB; smaller pieces let a stop be noticed.
constexpr int64_t kLargestRead = int64_t{64} << 20;
constexpr int64_t kSniffedBytes = 16;
constexpr int kWaitMilliseconds = 100;

arrow::Status ReadFailed(const std::string& name, int64_t offset, int number) {
  return AtPlace(arrow::internal::IOErrorFromErrno(number, "cannot be read"),
                 {.location = name, .byte_offset = offset});
}

// Owns the descriptor; counts what is read into the progress, never more than the file holds
// (samples and footers are read twice).
class Descriptor {
 public:
  Descriptor(std::shared_ptr<Context> context, int fd, bool owned, std::string name, int64_t size)
      : context_(std::move(context)), fd_(fd), owned_(owned), name_(std::move(name)), size_(size) {}
  ~Descriptor() {
    if (owned_) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  // Less than `bytes` only at the end of the file. Thread-safe.
  arrow::Result<int64_t> ReadAt(int64_t offset, int64_t bytes, void* out) {
    int64_t done = 0;
    while (done < bytes) {
      const ssize_t got =
          ::pread(fd_, static_cast<char*>(out) + done,
                  static_cast<size_t>(std::min(bytes - done, kLargestRead)), offset + done);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return ReadFailed(name_, offset + done, errno);
      if (got == 0) break;
      done += got;
    }
    Count(done);
    return done;
  }

  // What is there by now, at least one byte; 0 at the end. Waits in slices, so that a stop and
  // an abort from another thread are noticed.
  arrow::Result<int64_t> Read(int64_t bytes, void* out) {
    while (true) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      if (aborted_.load(std::memory_order_relaxed)) return arrow::Status::Cancelled("closed");
      struct pollfd wait = {.fd = fd_, .events = POLLIN, .revents = 0};
      const int ready = ::poll(&wait, 1, kWaitMilliseconds);
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t got = ::read(fd_, out, static_cast<size_t>(std::min(bytes, kLargestRead)));
      if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (got < 0) return ReadFailed(name_, -1, errno);
      Count(got);
      return got;
    }
  }

  void Abort() { aborted_.store(true, std::memory_order_relaxed); }

  Context* context() const { return context_.get(); }
  int64_t size() const { return size_; }
  const std::string& name() const { return name_; }

 private:
  void Count(int64_t bytes) {
    const int64_t before = counted_.fetch_add(bytes, std::memory_order_relaxed);
    if (size_ >= 0) bytes = std::clamp<int64_t>(size_ - before, 0, bytes);
    context_->progress().bytes_read.fetch_add(bytes, std::memory_order_relaxed);
  }

  const std::shared_ptr<Context> context_;
  const int fd_;
  const bool owned_;
  const std::string name_;
  const int64_t size_;
  std::atomic<int64_t> counted_{0};
  std::atomic<bool> aborted_{false};
};

// ReadAt is thread-safe; Seek, Tell and Read share one position and are not.
class PreadFile : public arrow::io::RandomAccessFile {
 public:
  explicit PreadFile(std::shared_ptr<Descriptor> descriptor) : descriptor_(std::move(descriptor)) {}

  const std::shared_ptr<Descriptor>& descriptor() const { return descriptor_; }

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override {
    if (position < 0) return arrow::Status::Invalid("negative position");
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> GetSize() override { return descriptor_->size(); }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t got, ReadAt(position_, bytes, true, out));
    position_ += got;
    return got;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, bytes, true));
    position_ += buffer->size();
    return buffer;
  }
  using RandomAccessFile::ReadAt;
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, bool allow_short,
                                void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t there, Available(position, bytes));
    if (there < bytes && !allow_short) return TooShort(position, bytes);
    ARROW_ASSIGN_OR_RAISE(const int64_t got, descriptor_->ReadAt(position, there, out));
    if (got < there) return Shrunk(position + got);
    return got;
  }
  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    return ReadAt(position, bytes, true, out);
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes,
                                                       bool allow_short) override {
    // A length that a file claims must not make us allocate more than the file has.
    ARROW_ASSIGN_OR_RAISE(const int64_t there, Available(position, bytes));
    if (there < bytes && !allow_short) return TooShort(position, bytes);
    ARROW_ASSIGN_OR_RAISE(
        auto buffer, arrow::AllocateResizableBuffer(there, descriptor_->context()->memory_pool()));
    ARROW_ASSIGN_OR_RAISE(const int64_t got,
                          descriptor_->ReadAt(position, there, buffer->mutable_data()));
    if (got < there) return Shrunk(position + got);
    buffer->ZeroPadding();
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    return ReadAt(position, bytes, true);
  }

 private:
  // Of the `bytes` at `position`, those that the file had when it was opened.
  arrow::Result<int64_t> Available(int64_t position, int64_t bytes) const {
    if (position < 0 || bytes < 0) return arrow::Status::Invalid("negative position or length");
    return std::clamp<int64_t>(descriptor_->size() - position, 0, bytes);
  }
  arrow::Status TooShort(int64_t position, int64_t bytes) const {
    return MakeError(ErrorCode::kData,
                     fmt::format("{} bytes are needed here, but the file ends at byte {}",
                                 WithThousands(bytes), WithThousands(descriptor_->size())),
                     {.location = descriptor_->name(), .byte_offset = position});
  }
  arrow::Status Shrunk(int64_t offset) const {
    return MakeError(ErrorCode::kData, "the file became shorter while it was read",
                     {.location = descriptor_->name(), .byte_offset = offset});
  }

  std::shared_ptr<Descriptor> descriptor_;
  int64_t position_ = 0;
  bool closed_ = false;
};

// Sequential: `head` first, then what read(2) gives.
class PipeStream : public arrow::io::InputStream {
 public:
  PipeStream(std::shared_ptr<Descriptor> descriptor, std::string head)
      : descriptor_(std::move(descriptor)), head_(std::move(head)) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  // From any thread: a Read that waits for the other side gives up.
  arrow::Status Abort() override {
    descriptor_->Abort();
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    int64_t done = 0;
    if (position_ < static_cast<int64_t>(head_.size())) {
      done = std::min<int64_t>(bytes, static_cast<int64_t>(head_.size()) - position_);
      std::memcpy(out, head_.data() + position_, static_cast<size_t>(done));
    }
    while (done < bytes) {
      ARROW_ASSIGN_OR_RAISE(const int64_t got,
                            descriptor_->Read(bytes - done, static_cast<char*>(out) + done));
      if (got == 0) break;
      done += got;
    }
    position_ += done;
    return done;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    // A length that the stream claims may be a lie: grow as the bytes come.
    constexpr int64_t kStep = int64_t{16} << 20;
    ARROW_ASSIGN_OR_RAISE(auto buffer,
                          arrow::AllocateResizableBuffer(std::min(bytes, kStep),
                                                         descriptor_->context()->memory_pool()));
    int64_t done = 0;
    while (done < bytes) {
      const int64_t wanted = std::min(bytes, std::max(kStep, 2 * done));
      ARROW_RETURN_NOT_OK(buffer->Resize(wanted, /*shrink_to_fit=*/false));
      ARROW_ASSIGN_OR_RAISE(const int64_t got, Read(wanted - done, buffer->mutable_data() + done));
      done += got;
      if (done < wanted) break;
    }
    ARROW_RETURN_NOT_OK(buffer->Resize(done, /*shrink_to_fit=*/true));
    buffer->ZeroPadding();
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  std::shared_ptr<Descriptor> descriptor_;
  std::string head_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

std::string FileFingerprint(const struct stat& facts) {
  return fmt::format("{}:{}.{:09}:{}:{}", facts.st_size, facts.st_mtim.tv_sec,
                     facts.st_mtim.tv_nsec, facts.st_dev, facts.st_ino);
}

arrow::Result<FileInput> OpenFileInput(const std::shared_ptr<Context>& context,
                                       const std::string& path) {
  FileInput input;
  input.name = path;
  const bool is_standard = path == "-";
  const int fd = is_standard ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    return MakeError(ErrorCode::kUnavailable,
                     fmt::format("cannot be opened: {}", std::strerror(errno)), {.location = path});
  }
  struct stat facts = {};
  const bool has_facts = ::fstat(fd, &facts) == 0;
  const auto fail = [&](std::string message) {
    if (!is_standard) ::close(fd);
    return MakeError(ErrorCode::kUnavailable, std::move(message), {.location = path});
  };
  if (!has_facts) return fail(fmt::format("cannot be opened: {}", std::strerror(errno)));
  if (S_ISDIR(facts.st_mode)) return fail("is a folder");
  // A redirected standard input may have been read from already: then it is a stream.
  const bool seekable = S_ISREG(facts.st_mode) && (!is_standard || ::lseek(fd, 0, SEEK_CUR) == 0) &&
                        // Files of /proc have no size but hold something.
                        (facts.st_size > 0 || path.compare(0, 6, "/proc/") != 0);
  if (seekable) input.size = facts.st_size;
  auto descriptor = std::make_shared<Descriptor>(context, fd, !is_standard, path, input.size);
  std::string head(kSniffedBytes, '\0');
  if (seekable) {
    if (!is_standard) input.local_path = path;
    input.fingerprint = FileFingerprint(facts);
    (void)::posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    ARROW_ASSIGN_OR_RAISE(const int64_t got, descriptor->ReadAt(0, kSniffedBytes, head.data()));
    head.resize(static_cast<size_t>(got));
    input.file = std::make_shared<PreadFile>(descriptor);
    input.stream = std::make_shared<PreadFile>(descriptor);
  } else {
    int64_t got = 0;
    while (got < kSniffedBytes) {
      ARROW_ASSIGN_OR_RAISE(const int64_t more,
                            descriptor->Read(kSniffedBytes - got, head.data() + got));
      if (more == 0) break;
      got += more;
    }
    head.resize(static_cast<size_t>(got));
    input.stream = std::make_shared<PipeStream>(descriptor, head);
  }
  input.head = head;
  input.packing = DetectPacking(head);
  // Plain text under a packed name is fine; what is too short even to tell is a cut file:
  // no packing has a whole one as short as this.
  constexpr size_t kShortestPacked = 8;
  if (input.packing == Packing::kNone && head.size() < kShortestPacked &&
      PackingOfPath(path) != Packing::kNone) {
    return MakeError(ErrorCode::kData,
                     fmt::format("is named as {} but holds only {} bytes: it was cut",
                                 PackingName(PackingOfPath(path)), head.size()),
                     {.location = path});
  }
  return input;
}

arrow::Result<std::shared_ptr<arrow::io::InputStream>> StoredBytes(const FileInput& input) {
  if (input.file == nullptr) return input.stream;
  if (const auto* file = dynamic_cast<const PreadFile*>(input.file.get())) {
    // A file of its own position on the same descriptor.
    return std::make_shared<PreadFile>(file->descriptor());
  }
  ARROW_ASSIGN_OR_RAISE(const int64_t size, input.file->GetSize());
  return arrow::io::RandomAccessFile::GetStream(input.file, 0, size);
}

}  // namespace bowyer
