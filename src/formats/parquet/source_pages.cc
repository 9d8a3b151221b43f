// Snappy, in which most files are packed, is unpacked by our own decoder: Arrow's page reader is
// told that pages are not packed. All else Arrow's codecs unpack.
#include "formats/parquet/source_pages.h"

#include <cstring>
#include <limits>

#include "bowyer/error.h"
#include "formats/parquet/snappy.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

// Some bytes of a block can stand for so many.
constexpr uint64_t kMostGrowth = 64;

// Early writers marked packed pages as plain, or gave wrong lengths; Arrow knows their ways.
bool NeedsCare(const parquet::FileMetaData& metadata) {
  const auto& writer = metadata.writer_version();
  if (writer.application_.starts_with("parquet-cpp") && writer.version.major < 3) return true;
  return writer.VersionLt(parquet::ApplicationVersion::PARQUET_816_FIXED_VERSION());
}

}  // namespace

int64_t ValuesOfDataPage(const parquet::Page& page) {
  const bool is_data =
      page.type() == parquet::PageType::DATA_PAGE || page.type() == parquet::PageType::DATA_PAGE_V2;
  if (!is_data) return std::numeric_limits<int64_t>::max();
  return static_cast<const parquet::DataPage&>(page).num_values();
}

Result<PageUnpacker> PageUnpacker::Open(const ParquetFile& file, int group, int leaf) {
  PageUnpacker pages;
  pages.pool_ = file.context->memory_pool();
  const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(leaf);
  if (chunk->compression() != parquet::Compression::SNAPPY || NeedsCare(*file.metadata)) {
    pages.pages_ = file.reader->parquet_reader()->RowGroup(group)->GetColumnPageReader(leaf);
    return pages;
  }
  int64_t start = chunk->data_page_offset();
  if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0) {
    start = std::min(start, chunk->dictionary_page_offset());
  }
  const int64_t size = chunk->total_compressed_size();
  ARROW_ASSIGN_OR_RAISE(const int64_t file_size, file.input.file->GetSize());
  if (start < 0 || size < 0 || start > file_size || size > file_size - start) {
    return Status::Invalid("a column reaches beyond the end of the file");
  }
  pages.snappy_ = true;
  ARROW_ASSIGN_OR_RAISE(pages.unpacked_, arrow::AllocateResizableBuffer(0, pages.pool_));
  auto properties = file.properties;
  pages.pages_ = parquet::PageReader::Open(properties.GetStream(file.input.file, start, size),
                                           chunk->num_values(), parquet::Compression::UNCOMPRESSED,
                                           properties, *file.metadata->schema()->Column(leaf));
  return pages;
}

Result<std::shared_ptr<parquet::Page>> PageUnpacker::Next(int64_t unwanted) {
  page_ = pages_->NextPage();
  if (page_ == nullptr) return nullptr;
  if (ValuesOfDataPage(*page_) <= unwanted) return page_;
  bytes_ = {page_->data(), static_cast<size_t>(page_->size())};
  if (snappy_) ARROW_RETURN_NOT_OK(Unpack());
  return page_;
}

Status PageUnpacker::Unpack() {
  int64_t plain = 0;  // bytes at the start that are never packed
  int64_t expected = -1;
  if (page_->type() == parquet::PageType::DATA_PAGE_V2) {
    const auto& page = static_cast<const parquet::DataPageV2&>(*page_);
    if (!page.is_compressed()) return Status::OK();
    const int64_t repetition = page.repetition_levels_byte_length();
    const int64_t definition = page.definition_levels_byte_length();
    plain = repetition + definition;
    if (repetition < 0 || definition < 0 || plain > static_cast<int64_t>(bytes_.size())) {
      return Status::Invalid("a page is too short for its levels");
    }
    expected = page.uncompressed_size();
  } else if (page_->type() == parquet::PageType::DATA_PAGE) {
    expected = static_cast<const parquet::DataPageV1&>(*page_).uncompressed_size();
  } else if (page_->type() != parquet::PageType::DICTIONARY_PAGE) {
    return Status::OK();
  }
  const auto packed = bytes_.subspan(static_cast<size_t>(plain));
  int64_t size = 0;
  if (!packed.empty()) {
    const auto claimed = SnappySize(packed.data(), static_cast<int64_t>(packed.size()));
    if (!claimed || *claimed / kMostGrowth > packed.size()) {
      return Status::Invalid("a packed page is damaged");
    }
    size = *claimed;
  }
  if (expected >= 0 && plain + size != expected) {
    return Status::Invalid("a page unpacks to another length than it claims");
  }
  if (plain + size + kSnappySlack > unpacked_->size()) {
    ARROW_ASSIGN_OR_RAISE(unpacked_,
                          arrow::AllocateResizableBuffer(plain + size + kSnappySlack, pool_));
  }
  uint8_t* to = unpacked_->mutable_data();
  if (plain > 0) std::memcpy(to, bytes_.data(), static_cast<size_t>(plain));
  if (!packed.empty() &&
      !UnpackSnappy(packed.data(), static_cast<int64_t>(packed.size()), to + plain, size)) {
    return Status::Invalid("a packed page is damaged");
  }
  bytes_ = {to, static_cast<size_t>(plain + size)};
  return Status::OK();
}

}  // namespace bowyer
