// Packed bytes -> the bytes that were packed. Members (gzip members, zstd and LZ4 frames, bzip2
// streams) are unpacked one after the other; behind a member there may only be another one or the
// end, so that neither truncation nor foreign bytes pass for the end of the data.
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstring>

#include "bowyer/error.h"
#include "core/text.h"
#include "files/packing.h"

namespace bowyer {
namespace {

struct Progressed {
  int64_t consumed = 0;
  int64_t produced = 0;
  bool member_ended = false;
};

// One member at a time. Errors are plain statuses without a place.
class Unpacker {
 public:
  virtual ~Unpacker() = default;
  // Neither consuming nor producing means that more input is needed.
  virtual arrow::Result<Progressed> Unpack(const uint8_t* in, int64_t in_bytes, uint8_t* out,
                                           int64_t out_bytes) = 0;
  // For the next member.
  virtual arrow::Status Reset() = 0;
};

// Deflate by ISA-L, about twice as fast as zlib; it verifies CRC and length of each member.
class GzipUnpacker : public Unpacker {
 public:
  GzipUnpacker() : state_(std::make_unique<inflate_state>()) { Start(); }

  arrow::Result<Progressed> Unpack(const uint8_t* in, int64_t in_bytes, uint8_t* out,
                                   int64_t out_bytes) override {
    state_->next_in = const_cast<uint8_t*>(in);
    state_->avail_in = static_cast<uint32_t>(in_bytes);
    state_->next_out = out;
    state_->avail_out = static_cast<uint32_t>(std::min<int64_t>(out_bytes, 1 << 30));
    const int result = isal_inflate(state_.get());
    switch (result) {
      case ISAL_DECOMP_OK:
      case ISAL_END_INPUT:
      case ISAL_OUT_OVERFLOW:
        break;
      case ISAL_INCORRECT_CHECKSUM:
        return Damaged("its checksum is wrong");
      case ISAL_INVALID_WRAPPER:
        return Damaged("its header is not one of gzip");
      case ISAL_UNSUPPORTED_METHOD:
        return Damaged("its header names an unknown method");
      default:
        return Damaged("it is no valid deflate data");
    }
    return Progressed{.consumed = state_->next_in - in,
                      .produced = state_->next_out - out,
                      .member_ended = state_->block_state == ISAL_BLOCK_FINISH};
  }

  arrow::Status Reset() override {
    Start();
    return arrow::Status::OK();
  }

 private:
  static arrow::Status Damaged(const char* what) {
    return arrow::Status::Invalid("the gzip data is damaged: ", what);
  }
  void Start() {
    isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP;
  }

  std::unique_ptr<inflate_state> state_;
};

// zstd, bzip2 and LZ4 frames by Arrow's codecs.
class CodecUnpacker : public Unpacker {
 public:
  static arrow::Result<std::unique_ptr<Unpacker>> Make(arrow::Compression::type type,
                                                       std::string_view name) {
    ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(type));
    ARROW_ASSIGN_OR_RAISE(auto decompressor, codec->MakeDecompressor());
    return std::unique_ptr<Unpacker>(
        new CodecUnpacker(std::move(codec), std::move(decompressor), name));
  }

  arrow::Result<Progressed> Unpack(const uint8_t* in, int64_t in_bytes, uint8_t* out,
                                   int64_t out_bytes) override {
    const auto result = decompressor_->Decompress(in_bytes, in, out_bytes, out);
    if (!result.ok()) {
      return arrow::Status::Invalid("the ", name_, " data is damaged: ", result.status().message());
    }
    return Progressed{.consumed = result->bytes_read,
                      .produced = result->bytes_written,
                      .member_ended = decompressor_->IsFinished()};
  }

  arrow::Status Reset() override { return decompressor_->Reset(); }

 private:
  CodecUnpacker(std::unique_ptr<arrow::util::Codec> codec,
                std::shared_ptr<arrow::util::Decompressor> decompressor, std::string_view name)
      : codec_(std::move(codec)), decompressor_(std::move(decompressor)), name_(name) {}

  const std::unique_ptr<arrow::util::Codec> codec_;
  const std::shared_ptr<arrow::util::Decompressor> decompressor_;
  const std::string_view name_;
};

arrow::Result<std::unique_ptr<Unpacker>> MakeUnpacker(Packing packing) {
  switch (packing) {
    case Packing::kZstd:
      return CodecUnpacker::Make(arrow::Compression::ZSTD, "zstd");
    case Packing::kBzip2:
      return CodecUnpacker::Make(arrow::Compression::BZ2, "bzip2");
    case Packing::kLz4:
      return CodecUnpacker::Make(arrow::Compression::LZ4_FRAME, "LZ4");
    default:
      return std::make_unique<GzipUnpacker>();
  }
}

// The window that a zstd frame header (RFC 8878, 3.1.1.1) asks its reader to hold; 0 if the header
// has none or is cut off.
int64_t ZstdWindow(std::string_view frame) {
  const auto byte = [frame](size_t at) { return static_cast<uint8_t>(frame[at]); };
  if (frame.size() < 6 || frame.substr(0, 4) != "\x28\xb5\x2f\xfd") return 0;
  const uint8_t descriptor = byte(4);
  if ((descriptor & 0x20) != 0) {
    // One segment: the window is the content.
    constexpr size_t kIdBytes[] = {0, 1, 2, 4};
    constexpr size_t kSizeBytes[] = {1, 2, 4, 8};
    const size_t at = 5 + kIdBytes[descriptor & 3], count = kSizeBytes[descriptor >> 6];
    if (frame.size() < at + count) return 0;
    uint64_t size = 0;
    for (size_t i = 0; i < count; ++i) size |= static_cast<uint64_t>(byte(at + i)) << (8 * i);
    return static_cast<int64_t>(std::min<uint64_t>(size, int64_t{1} << 40));
  }
  const int64_t base = int64_t{1} << (10 + (byte(5) >> 3));
  return base + base / 8 * (byte(5) & 7);
}

class UnpackStream : public arrow::io::InputStream {
 public:
  UnpackStream(std::shared_ptr<Context> context, std::shared_ptr<arrow::io::InputStream> stored,
               std::string name, Packing packing, std::unique_ptr<Unpacker> unpacker)
      : context_(std::move(context)),
        stored_(std::move(stored)),
        name_(std::move(name)),
        packing_(packing),
        unpacker_(std::move(unpacker)) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  arrow::Status Abort() override { return stored_->Abort(); }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }

  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    auto* to = static_cast<uint8_t*>(out);
    int64_t done = 0;
    while (done < bytes && !ended_) {
      if (!in_member_) {
        ARROW_RETURN_NOT_OK(NextMember());
        continue;
      }
      auto result = unpacker_->Unpack(begin(), left(), to + done, bytes - done);
      if (!result.ok()) return Damaged(result.status().message());
      begin_ += result->consumed;
      done += result->produced;
      if (result->member_ended) {
        in_member_ = false;
        reserved_.reset();
      } else if (result->produced == 0 && (left() == 0 || result->consumed == 0)) {
        ARROW_ASSIGN_OR_RAISE(const bool more, Refill());
        if (!more) return Damaged(Truncated());
      }
    }
    position_ += done;
    return done;
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    // Never by what somebody claims: grows with what comes.
    constexpr int64_t kStep = 1 << 20;
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(std::min(bytes, kStep),
                                                                      context_->memory_pool()));
    int64_t done = 0;
    while (done < bytes) {
      const int64_t wanted = std::min(bytes, std::max(kStep, 2 * done));
      ARROW_RETURN_NOT_OK(buffer->Resize(wanted, false));
      ARROW_ASSIGN_OR_RAISE(const int64_t got, Read(wanted - done, buffer->mutable_data() + done));
      done += got;
      if (done < wanted) break;
    }
    ARROW_RETURN_NOT_OK(buffer->Resize(done, /*shrink_to_fit=*/true));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  static constexpr int64_t kInputBytes = 256 << 10;
  // ISA-L may give back bytes that it had taken from the block before; they stay in front.
  static constexpr int64_t kKeptBytes = 64;

  const uint8_t* begin() const { return input_ == nullptr ? nullptr : input_->data() + begin_; }
  int64_t left() const { return end_ - begin_; }
  int64_t offset() const { return stored_position_ - left(); }

  // Adds stored bytes behind those that are left; false at the end of the file.
  arrow::Result<bool> Refill() {
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    if (input_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(
          input_, arrow::AllocateBuffer(kInputBytes + 2 * kKeptBytes, context_->memory_pool()));
      std::memset(input_->mutable_data(), 0, kKeptBytes);
      begin_ = end_ = kKeptBytes;
    }
    const int64_t kept = left();  // a few bytes: decoders take what they get
    std::memmove(input_->mutable_data(), input_->data() + begin_ - kKeptBytes,
                 static_cast<size_t>(kKeptBytes + kept));
    begin_ = kKeptBytes;
    end_ = kKeptBytes + kept;
    ARROW_ASSIGN_OR_RAISE(const int64_t got,
                          stored_->Read(kInputBytes - kept, input_->mutable_data() + end_));
    end_ += got;
    stored_position_ += got;
    return got > 0;
  }

  // What follows a member: another one, the end, or (an error) something else.
  arrow::Status NextMember() {
    constexpr int64_t kHeadBytes = 18;  // the longest zstd header; the magic of all others
    while (left() < kHeadBytes) {
      ARROW_ASSIGN_OR_RAISE(const bool more, Refill());
      if (!more) break;
    }
    if (left() == 0) {
      ended_ = true;
      return arrow::Status::OK();
    }
    const std::string_view head(reinterpret_cast<const char*>(begin()),
                                static_cast<size_t>(std::min(left(), kHeadBytes)));
    if (members_ > 0 && DetectPacking(head) != packing_) {
      const bool padding = packing_ == Packing::kGzip && head[0] == '\0';
      if (padding) return SkipPadding();
      if (IsStartOfMagic(head)) return Damaged(Truncated());
      return Damaged(
          fmt::format("behind the {} data there is something else", PackingName(packing_)));
    }
    if (packing_ == Packing::kZstd) {
      // The decoder's window is not allocated through our pool: hold its place in the budget.
      constexpr int64_t kUsualWindow = 8 << 20;
      const int64_t window = std::min(ZstdWindow(head), kLargestZstdWindow);
      if (window > kUsualWindow) {
        ARROW_ASSIGN_OR_RAISE(reserved_, arrow::AllocateBuffer(window, context_->memory_pool()));
      }
    }
    if (members_ > 0) ARROW_RETURN_NOT_OK(unpacker_->Reset());
    ++members_;
    in_member_ = true;
    return arrow::Status::OK();
  }

  // Tapes and block devices fill their last block with zeros, which gzip(1) ignores, too.
  arrow::Status SkipPadding() {
    while (true) {
      while (left() > 0 && *begin() == 0) ++begin_;
      if (left() > 0) return Damaged("behind the gzip data there is something else");
      ARROW_ASSIGN_OR_RAISE(const bool more, Refill());
      if (!more) break;
    }
    ended_ = true;
    return arrow::Status::OK();
  }

  bool IsStartOfMagic(std::string_view head) const {
    constexpr std::string_view kMagic[] = {"\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "BZh",
                                           "\x04\x22\x4d\x18"};
    const std::string_view magic = kMagic[static_cast<size_t>(packing_) - 1];
    return head.size() < 10 && magic.substr(0, head.size()) == head.substr(0, magic.size());
  }

  std::string Truncated() const {
    return fmt::format("the {} data is cut off", PackingName(packing_));
  }
  arrow::Status Damaged(std::string message) const {
    return MakeError(ErrorCode::kData, std::move(message),
                     {.location = name_, .byte_offset = offset()});
  }

  static constexpr int64_t kLargestZstdWindow = int64_t{1} << 27;  // zstd refuses larger ones

  const std::shared_ptr<Context> context_;
  const std::shared_ptr<arrow::io::InputStream> stored_;
  const std::string name_;
  const Packing packing_;
  const std::unique_ptr<Unpacker> unpacker_;
  std::shared_ptr<arrow::Buffer> input_;
  std::shared_ptr<arrow::Buffer> reserved_;
  int64_t begin_ = 0, end_ = 0;  // of what is left in input_
  int64_t stored_position_ = 0;
  int64_t position_ = 0;
  int64_t members_ = 0;
  bool in_member_ = false;
  bool ended_ = false;
  bool closed_ = false;
};

}  // namespace

arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenUnpacked(
    const std::shared_ptr<Context>& context, const FileInput& input) {
  ARROW_ASSIGN_OR_RAISE(auto stored, StoredBytes(input));
  if (input.packing == Packing::kNone) return stored;
  ARROW_ASSIGN_OR_RAISE(auto unpacker, MakeUnpacker(input.packing));
  return std::make_shared<UnpackStream>(context, std::move(stored), input.name, input.packing,
                                        std::move(unpacker));
}

}  // namespace bowyer
