// Version 1 data pages, which every reader knows: levels and values are packed together. A chunk
// has one codec, so whether packing pays is decided at its first page.
#include "formats/parquet/pages.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <limits>

#include "bowyer/error.h"

namespace bowyer::parquet {
namespace {

using arrow::Status;

constexpr int64_t kWorthATrial = 16 << 10;  // bytes: smaller pages tell little
// Whether larger ones pay is told from a quarter of them, and at most so many slices of so many
// bytes.
constexpr int64_t kWorthAnEstimate = 64 << 10;
constexpr int64_t kSlices = 4, kLeastSlice = 4 << 10, kMostSlice = 16 << 10;
constexpr double kWorthPacking = 0.95;

// A frame of raw blocks (RFC 8878): what cannot be packed costs no time in a chunk whose codec is
// zstd for the sake of its dictionary.
Status StoreAsZstd(const uint8_t* bytes, int64_t size, arrow::BufferBuilder* out) {
  constexpr uint32_t kFrameMagic = 0xfd2fb528;
  constexpr uint8_t kSizeOf4BytesOneSegment = 0xa0;
  constexpr int64_t kBlock = 128 << 10;
  out->Rewind(0);
  ARROW_RETURN_NOT_OK(out->Reserve(size + (size / kBlock + 1) * 3 + 16));
  const auto content = static_cast<uint32_t>(size);
  out->UnsafeAppend(&kFrameMagic, 4);
  out->UnsafeAppend(&kSizeOf4BytesOneSegment, 1);
  out->UnsafeAppend(&content, 4);
  int64_t at = 0;
  do {
    const int64_t here = std::min(kBlock, size - at);
    const uint32_t last = at + here == size ? 1 : 0;
    const uint32_t header = last | static_cast<uint32_t>(here) << 3;
    out->UnsafeAppend(&header, 3);
    out->UnsafeAppend(bytes + at, here);
    at += here;
  } while (at < size);
  return Status::OK();
}

}  // namespace

arrow::Result<std::unique_ptr<PageWriter>> PageWriter::Make(Codec codec, int level,
                                                            arrow::MemoryPool* pool) {
  std::unique_ptr<arrow::util::Codec> packer;
  arrow::Compression::type type = arrow::Compression::UNCOMPRESSED;
  switch (codec) {
    case Codec::kUncompressed:
      break;
    case Codec::kSnappy:
      type = arrow::Compression::SNAPPY;
      break;
    case Codec::kGzip:
      type = arrow::Compression::GZIP;
      break;
    case Codec::kBrotli:
      type = arrow::Compression::BROTLI;
      break;
    case Codec::kZstd:
      type = arrow::Compression::ZSTD;
      break;
    case Codec::kLz4Raw:
      type = arrow::Compression::LZ4;
      break;
  }
  if (codec != Codec::kUncompressed) {
    ARROW_ASSIGN_OR_RAISE(packer, arrow::util::Codec::Create(type, level));
  }
  return std::unique_ptr<PageWriter>(new PageWriter(codec, std::move(packer), pool));
}

Status PageWriter::AddDataPage(const arrow::BufferBuilder& raw, int64_t values,
                               ValueEncoding encoding, const Dictionary* dictionary) {
  ++data_pages_;
  return Append(raw, values, encoding, false, dictionary, &data_);
}

Status PageWriter::SetDictionaryPage(const arrow::BufferBuilder& raw, int64_t values) {
  return Append(raw, values, ValueEncoding::kPlain, true, nullptr, &dictionary_);
}

Status PageWriter::Judge(int64_t raw, int64_t packed, const Dictionary* dictionary) {
  if (static_cast<double>(packed) <= kWorthPacking * static_cast<double>(raw)) return Status::OK();
  packs_data_ = false;
  if (dictionary != nullptr) {
    arrow::BufferBuilder plain(pool_);
    ARROW_RETURN_NOT_OK(dictionary->AppendPlain(&plain));
    ARROW_ASSIGN_OR_RAISE(const int64_t size, Estimate(plain.data(), plain.length()));
    packed += size;
    raw += plain.length();
  }
  packs_ = static_cast<double>(packed) <= kWorthPacking * static_cast<double>(raw);
  return Status::OK();
}

arrow::Result<int64_t> PageWriter::Estimate(const uint8_t* bytes, int64_t size) {
  arrow::BufferBuilder sample(pool_), out(pool_);
  const int64_t slice = std::min(size / (4 * kSlices), kMostSlice);
  const bool whole = slice < kLeastSlice;
  if (!whole) ARROW_RETURN_NOT_OK(sample.Reserve(kSlices * slice));
  for (int64_t i = 0; i < kSlices && !whole; ++i) {
    sample.UnsafeAppend(bytes + i * (size - slice) / (kSlices - 1), slice);
  }
  const uint8_t* from = whole ? bytes : sample.data();
  const int64_t raw = whole ? size : sample.length();
  const int64_t bound = packer_->MaxCompressedLen(raw, from);
  ARROW_RETURN_NOT_OK(out.Resize(std::max<int64_t>(bound, 1), false));
  ARROW_ASSIGN_OR_RAISE(const int64_t packed,
                        packer_->Compress(raw, from, bound, out.mutable_data()));
  return whole ? packed
               : static_cast<int64_t>(static_cast<double>(packed) * static_cast<double>(size) /
                                      static_cast<double>(raw));
}

Status PageWriter::Append(const arrow::BufferBuilder& raw, int64_t values, ValueEncoding encoding,
                          bool is_dictionary, const Dictionary* dictionary,
                          arrow::BufferBuilder* out) {
  if (raw.length() > std::numeric_limits<int32_t>::max()) {
    return MakeError(ErrorCode::kData, "a value is too large for a Parquet page (2 GiB)",
                     {.hint = "leave the column out with --select, or write .arrow"});
  }
  const uint8_t* bytes = raw.data();
  int64_t size = raw.length();
  const bool trial = packer_ != nullptr && data_pages_ == 1 && !is_dictionary;
  if (trial && size >= kWorthAnEstimate) {
    ARROW_ASSIGN_OR_RAISE(const int64_t packed, Estimate(bytes, size));
    ARROW_RETURN_NOT_OK(Judge(size, packed, dictionary));
  }
  if (codec_ == Codec::kZstd && packs_ && !packs_data_ && !is_dictionary) {
    ARROW_RETURN_NOT_OK(StoreAsZstd(bytes, size, &packed_));
    bytes = packed_.data();
    size = packed_.length();
    packed_.Rewind(0);
  } else if (packer_ != nullptr && packs_) {
    const int64_t bound = packer_->MaxCompressedLen(size, bytes);
    ARROW_RETURN_NOT_OK(packed_.Resize(std::max<int64_t>(bound, 1), false));
    ARROW_ASSIGN_OR_RAISE(const int64_t packed,
                          packer_->Compress(size, bytes, bound, packed_.mutable_data()));
    if (trial && packs_data_ && size >= kWorthATrial) {
      ARROW_RETURN_NOT_OK(Judge(size, packed, dictionary));
    }
    if (packs_) {
      bytes = packed_.data();
      size = packed;
    }
  }
  if (size > std::numeric_limits<int32_t>::max()) {
    return MakeError(ErrorCode::kData, "a value is too large for a Parquet page (2 GiB)",
                     {.hint = "leave the column out with --select, or write .arrow"});
  }
  const PageFacts facts{.raw_bytes = static_cast<int32_t>(raw.length()),
                        .stored_bytes = static_cast<int32_t>(size),
                        .crc = crc32_gzip_refl(0, bytes, size),
                        .values = static_cast<int32_t>(values),
                        .encoding = encoding};
  const std::string header = is_dictionary ? DictionaryPageHeader(facts) : DataPageHeader(facts);
  raw_bytes_ += raw.length() + static_cast<int64_t>(header.size());
  ARROW_RETURN_NOT_OK(out->Reserve(static_cast<int64_t>(header.size()) + size));
  out->UnsafeAppend(header);
  out->UnsafeAppend(bytes, size);
  return Status::OK();
}

void PageWriter::Reset() {
  data_.Rewind(0);
  dictionary_.Rewind(0);
  data_pages_ = 0;
  raw_bytes_ = 0;
  packs_ = packs_data_ = true;
}

arrow::Result<std::vector<std::shared_ptr<arrow::Buffer>>> PageWriter::Finish(ChunkFacts* facts) {
  facts->codec = packs_ ? codec_ : Codec::kUncompressed;
  facts->data_pages = data_pages_;
  facts->raw_bytes = raw_bytes_;
  facts->stored_bytes = dictionary_.length() + data_.length();
  facts->dictionary_bytes = dictionary_.length();
  std::vector<std::shared_ptr<arrow::Buffer>> parts;
  if (dictionary_.length() > 0) {
    ARROW_ASSIGN_OR_RAISE(auto part, dictionary_.Finish(false));
    parts.push_back(std::move(part));
  }
  ARROW_ASSIGN_OR_RAISE(auto part, data_.Finish(false));
  parts.push_back(std::move(part));
  return parts;
}

}  // namespace bowyer::parquet
