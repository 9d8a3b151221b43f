// Blocks -> members, packed on the workers and written in order.
#include "files/packed_output.h"

#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstring>

#include "bowyer/error.h"
#include "core/ordered_tasks.h"

namespace bowyer {
namespace {

constexpr int64_t kMemberBytes = 1 << 20;
constexpr int kZstdChecksumFlag = 201;  // ZSTD_c_checksumFlag: zstd_manual.html

using PackedBuffer = std::shared_ptr<arrow::Buffer>;

// ISA-L's level 2 packs text at several hundred MB/s, about as small as zlib at level 3.
constexpr uint32_t kIsalLevel = 2;

arrow::Result<PackedBuffer> GzipMember(arrow::MemoryPool* pool, std::string_view bytes) {
  // Incompressible data grows by 5 bytes a 64 KiB block; header and trailer take 18.
  const auto most = static_cast<int64_t>(bytes.size() + bytes.size() / 1024 + 1024);
  ARROW_ASSIGN_OR_RAISE(auto out, arrow::AllocateResizableBuffer(most, pool));
  ARROW_ASSIGN_OR_RAISE(auto scratch, arrow::AllocateBuffer(ISAL_DEF_LVL2_DEFAULT, pool));
  auto stream = std::make_unique<isal_zstream>();
  isal_deflate_init(stream.get());
  stream->level = kIsalLevel;
  stream->level_buf = scratch->mutable_data();
  stream->level_buf_size = static_cast<uint32_t>(scratch->size());
  stream->gzip_flag = IGZIP_GZIP;
  stream->end_of_stream = 1;
  stream->flush = NO_FLUSH;
  stream->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
  stream->avail_in = static_cast<uint32_t>(bytes.size());
  stream->next_out = out->mutable_data();
  stream->avail_out = static_cast<uint32_t>(most);
  const int result = isal_deflate(stream.get());
  if (result != COMP_OK || stream->internal_state.state != ZSTATE_END) {
    return MakeError(ErrorCode::kInternal, fmt::format("gzip packing failed ({})", result));
  }
  ARROW_RETURN_NOT_OK(out->Resize(stream->total_out, /*shrink_to_fit=*/true));
  return PackedBuffer(std::move(out));
}

// bzip2 has no one-shot call in Arrow.
arrow::Result<PackedBuffer> StreamedMember(arrow::util::Codec* codec, arrow::MemoryPool* pool,
                                           std::string_view bytes) {
  ARROW_ASSIGN_OR_RAISE(auto compressor, codec->MakeCompressor());
  auto most = static_cast<int64_t>(bytes.size() + bytes.size() / 16 + 1024);
  ARROW_ASSIGN_OR_RAISE(auto out, arrow::AllocateResizableBuffer(most, pool));
  const auto* in = reinterpret_cast<const uint8_t*>(bytes.data());
  auto left = static_cast<int64_t>(bytes.size());
  int64_t done = 0;
  const auto grow = [&] {
    most += most / 2;
    return out->Resize(most, false);
  };
  while (left > 0) {
    ARROW_ASSIGN_OR_RAISE(const auto step,
                          compressor->Compress(left, in, most - done, out->mutable_data() + done));
    in += step.bytes_read;
    left -= step.bytes_read;
    done += step.bytes_written;
    if (step.bytes_read == 0) ARROW_RETURN_NOT_OK(grow());
  }
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const auto end, compressor->End(most - done, out->mutable_data() + done));
    done += end.bytes_written;
    if (!end.should_retry) break;
    ARROW_RETURN_NOT_OK(grow());
  }
  ARROW_RETURN_NOT_OK(out->Resize(done, /*shrink_to_fit=*/true));
  return PackedBuffer(std::move(out));
}

class PackedOutput : public arrow::io::OutputStream {
 public:
  PackedOutput(std::shared_ptr<Context> context, std::shared_ptr<arrow::io::OutputStream> stream,
               Packing packing, std::shared_ptr<arrow::util::Codec> codec)
      : context_(context),
        stream_(std::move(stream)),
        packing_(packing),
        codec_(std::move(codec)),
        tasks_(context, context->threads() + 2) {}

  using OutputStream::Write;
  arrow::Status Write(const void* data, int64_t bytes) override {
    const auto* from = static_cast<const uint8_t*>(data);
    position_ += bytes;
    while (bytes > 0) {
      if (block_ == nullptr) {
        ARROW_ASSIGN_OR_RAISE(
            block_, arrow::AllocateResizableBuffer(kMemberBytes, context_->memory_pool()));
        filled_ = 0;
      }
      const int64_t taken = std::min(bytes, kMemberBytes - filled_);
      std::memcpy(block_->mutable_data() + filled_, from, static_cast<size_t>(taken));
      filled_ += taken;
      from += taken;
      bytes -= taken;
      if (filled_ == kMemberBytes) ARROW_RETURN_NOT_OK(Submit());
    }
    return arrow::Status::OK();
  }
  arrow::Status Flush() override { return arrow::Status::OK(); }

  arrow::Status Close() override {
    if (closed_) return arrow::Status::OK();
    closed_ = true;
    // An empty text is still a packed file.
    if (filled_ > 0 || position_ == 0) ARROW_RETURN_NOT_OK(Submit());
    while (!tasks_.empty()) ARROW_RETURN_NOT_OK(WriteOldest());
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return closed_; }

 private:
  arrow::Status Submit() {
    std::shared_ptr<arrow::Buffer> block;
    if (filled_ > 0) block = arrow::SliceBuffer(std::move(block_), 0, filled_);
    block_ = nullptr;
    filled_ = 0;
    if (tasks_.full()) ARROW_RETURN_NOT_OK(WriteOldest());
    return tasks_.Submit([this, block]() -> arrow::Result<PackedBuffer> {
      return Pack(block == nullptr ? std::string_view() : std::string_view(*block));
    });
  }

  arrow::Result<PackedBuffer> Pack(std::string_view bytes) const {
    arrow::MemoryPool* pool = context_->memory_pool();
    if (codec_ == nullptr) return GzipMember(pool, bytes);
    if (packing_ == Packing::kBzip2) return StreamedMember(codec_.get(), pool, bytes);
    const auto* in = reinterpret_cast<const uint8_t*>(bytes.data());
    const auto size = static_cast<int64_t>(bytes.size());
    const int64_t most = codec_->MaxCompressedLen(size, in);
    ARROW_ASSIGN_OR_RAISE(auto out, arrow::AllocateResizableBuffer(most, pool));
    ARROW_ASSIGN_OR_RAISE(const int64_t packed,
                          codec_->Compress(size, in, most, out->mutable_data()));
    ARROW_RETURN_NOT_OK(out->Resize(packed, /*shrink_to_fit=*/true));
    return PackedBuffer(std::move(out));
  }

  arrow::Status WriteOldest() {
    ARROW_ASSIGN_OR_RAISE(auto packed, tasks_.Next());
    return stream_->Write(packed);
  }

  const std::shared_ptr<Context> context_;
  const std::shared_ptr<arrow::io::OutputStream> stream_;
  const Packing packing_;
  const std::shared_ptr<arrow::util::Codec> codec_;  // null: ISA-L's gzip
  std::shared_ptr<arrow::ResizableBuffer> block_;
  int64_t filled_ = 0;
  int64_t position_ = 0;
  bool closed_ = false;
  OrderedTasks<PackedBuffer> tasks_;  // goes first: its tasks use the members above
};

arrow::Compression::type CodecOf(Packing packing) {
  switch (packing) {
    case Packing::kZstd:
      return arrow::Compression::ZSTD;
    case Packing::kBzip2:
      return arrow::Compression::BZ2;
    case Packing::kLz4:
      return arrow::Compression::LZ4_FRAME;
    default:
      return arrow::Compression::GZIP;
  }
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::io::OutputStream>> OpenPacked(
    const std::shared_ptr<Context>& context, std::shared_ptr<arrow::io::OutputStream> stream,
    Packing packing, std::optional<int> level) {
  if (packing == Packing::kNone) return stream;
  std::shared_ptr<arrow::util::Codec> codec;
  if (packing != Packing::kGzip || level.has_value()) {
    const auto type = CodecOf(packing);
    if (level.has_value()) {
      ARROW_ASSIGN_OR_RAISE(const int least, arrow::util::Codec::MinimumCompressionLevel(type));
      ARROW_ASSIGN_OR_RAISE(const int most, arrow::util::Codec::MaximumCompressionLevel(type));
      if (*level < least || *level > most) {
        return MakeError(ErrorCode::kUsage, fmt::format("{} has the levels {} to {}, not {}",
                                                        PackingName(packing), least, most, *level));
      }
    }
    arrow::util::ZstdCodecOptions zstd;
    arrow::util::GZipCodecOptions gzip;
    arrow::util::CodecOptions plain;
    arrow::util::CodecOptions* options = &plain;
    if (packing == Packing::kZstd) {
      zstd.compression_context_params = {{kZstdChecksumFlag, 1}};
      options = &zstd;
    } else if (packing == Packing::kGzip) {
      options = &gzip;
    }
    if (level.has_value()) options->compression_level = *level;
    ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(type, *options));
  }
  return std::make_shared<PackedOutput>(context, std::move(stream), packing, std::move(codec));
}

}  // namespace bowyer
