// Plan the pages, choose an encoding, then page by page: levels first, then the values in blocks.
// Should a dictionary grow beyond what pays, the chunk starts again without one, so that no file
// has chunks half in a dictionary.
#include "formats/parquet/column_writer.h"

#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "bowyer/error.h"
#include "formats/parquet/choice.h"
#include "formats/parquet/dictionary.h"
#include "formats/parquet/encoding.h"
#include "formats/parquet/levels.h"
#include "formats/parquet/pages.h"
#include "formats/parquet/piece.h"

namespace bowyer::parquet {
namespace {

using arrow::BufferBuilder;
using arrow::Status;

// Rows [from, to) of a piece.
struct PageShare {
  const Piece* piece;
  int64_t from, to;
};
using Page = std::vector<PageShare>;

class ColumnEncoder {
 public:
  ColumnEncoder(const Leaf& leaf, const ChunkOptions& options, arrow::MemoryPool* pool)
      : leaf_(leaf),
        options_(options),
        pool_(pool),
        raw_(pool),
        bits_(pool),
        codes_(pool),
        statistics_(&leaf),
        walker_(&leaf) {}

  arrow::Result<EncodedChunk> Encode(
      const std::vector<std::shared_ptr<arrow::ArrayData>>& columns) {
    int64_t row = 0;
    for (const auto& column : columns) {
      if (column->length == 0) continue;
      ARROW_ASSIGN_OR_RAISE(auto piece, MakePiece(leaf_, column, row, pool_));
      row += piece.rows;
      pieces_.push_back(std::move(piece));
    }
    ARROW_ASSIGN_OR_RAISE(pages_, PageWriter::Make(options_.codec, options_.level, pool_));
    ARROW_ASSIGN_OR_RAISE(choice_, ChooseEncoding(leaf_, pieces_, pool_));
    encoding_ = choice_.encoding;
    Plan();
    if (encoding_ == ValueEncoding::kRleDictionary) {
      ARROW_ASSIGN_OR_RAISE(dictionary_, MakeDictionary(leaf_, choice_.expected_values,
                                                        choice_.expected_bytes, pool_));
    }
    ARROW_RETURN_NOT_OK(EncodePages());
    if (gave_up_) {
      gave_up_ = false;
      dictionary_.reset();
      encoding_ = choice_.otherwise;
      pages_->Reset();
      facts_ = {};
      Plan();
      ARROW_RETURN_NOT_OK(EncodePages());
    }
    if (dictionary_ != nullptr) {
      raw_.Rewind(0);
      ARROW_RETURN_NOT_OK(dictionary_->AppendPlain(&raw_));
      ARROW_RETURN_NOT_OK(pages_->SetDictionaryPage(raw_, dictionary_->size()));
      dictionary_->Visit(&statistics_);
    }
    EncodedChunk out;
    facts_.encoding = encoding_;
    facts_.has_levels = leaf_.max_definition > 0;
    facts_.bounds = statistics_.Finish();
    ARROW_ASSIGN_OR_RAISE(out.parts, pages_->Finish(&facts_));
    out.facts = std::move(facts_);
    return out;
  }

 private:
  // --- pages

  int64_t BytesOf(const Piece& piece, int64_t from, int64_t to) const {
    const LeafRange range = RangeInLeaf(leaf_, *piece.column, from, to);
    const int64_t slots = std::max(range.to - range.from, to - from);
    if (!piece.indexed) {
      return std::max(piece.values.PlainBytes(range.from, range.to), slots);
    }
    if (encoding_ == ValueEncoding::kRleDictionary) return 4 * slots;
    const int64_t values = std::max<int64_t>(1, piece.values.length());
    return slots * std::max<int64_t>(1, piece.values.PlainBytes(0, values) / values);
  }

  // Cuts the row group into pages of about page_bytes, at rows.
  void Plan() {
    plan_.clear();
    Page page;
    int64_t room = options_.page_bytes, rows_left = options_.page_rows;
    for (const Piece& piece : pieces_) {
      for (int64_t from = 0; from < piece.rows;) {
        int64_t fits = std::min(piece.rows - from, rows_left);
        if (BytesOf(piece, from, from + fits) > room) {
          int64_t low = 0, high = fits;  // low fits, high does not
          while (low + 1 < high) {
            const int64_t middle = (low + high) / 2;
            (BytesOf(piece, from, from + middle) <= room ? low : high) = middle;
          }
          fits = low;
        }
        if (fits == 0 && page.empty()) fits = 1;
        if (fits > 0) {
          page.push_back({&piece, from, from + fits});
          room -= BytesOf(piece, from, from + fits);
          rows_left -= fits;
          from += fits;
        }
        if (from < piece.rows || rows_left == 0) {
          plan_.push_back(std::move(page));
          page.clear();
          room = options_.page_bytes;
          rows_left = options_.page_rows;
        }
      }
    }
    if (!page.empty()) plan_.push_back(std::move(page));
  }

  Status EncodePages() {
    int64_t all_rows = 0, rows = 0;
    for (const Piece& piece : pieces_) all_rows += piece.rows;
    for (const Page& page : plan_) {
      ARROW_RETURN_NOT_OK(EncodePage(page));
      for (const PageShare& share : page) rows += share.to - share.from;
      if (dictionary_ != nullptr && DictionaryDoesNotPay(rows * 2 >= all_rows)) {
        gave_up_ = true;
        return Status::OK();
      }
      if (gave_up_) return Status::OK();
    }
    return Status::OK();
  }

  bool DictionaryDoesNotPay(bool judge) const {
    const int64_t bytes = dictionary_->plain_bytes();
    if (bytes > kLargestDictionary && dictionary_->size() > 1) return true;
    if (!judge) return false;
    const double values = static_cast<double>(facts_.values - facts_.null_count);
    const double codes = values * std::max(1, BitWidth(dictionary_->size())) / 8;
    return static_cast<double>(bytes) + codes > 0.95 * choice_.other_bytes_per_value * values;
  }

  Status EncodePage(const Page& page) {
    raw_.Rewind(0);
    int64_t slots = 0, nulls = 0;
    if (leaf_.flat()) {
      ARROW_RETURN_NOT_OK(FlatLevels(page, &slots, &nulls));
    } else {
      ARROW_RETURN_NOT_OK(NestedLevels(page, &slots, &nulls));
    }
    if (slots > std::numeric_limits<int32_t>::max()) {
      return MakeError(ErrorCode::kData, "a row is too large for a Parquet page",
                       {.column = leaf_.name, .hint = "write .arrow"});
    }
    facts_.values += slots;
    facts_.null_count += nulls;
    ARROW_RETURN_NOT_OK(BeginValues(slots - nulls));
    if (slots > nulls) {
      if (leaf_.flat()) {
        ARROW_RETURN_NOT_OK(FlatValues(page));
      } else {
        ARROW_RETURN_NOT_OK(NestedValues(page));
      }
    }
    if (gave_up_) return Status::OK();
    ARROW_RETURN_NOT_OK(EndValues());
    return AtPlace(pages_->AddDataPage(raw_, slots, encoding_, dictionary_.get()),
                   {.column = leaf_.name});
  }

  // --- levels: a length of four bytes, then the hybrid

  Status FlatLevels(const Page& page, int64_t* slots, int64_t* nulls) {
    for (const PageShare& share : page) {
      *slots += share.to - share.from;
      if (leaf_.conversion == Conversion::kNull) {
        *nulls += share.to - share.from;
      } else if (share.piece->valid != nullptr) {
        const int64_t rows = share.to - share.from;
        *nulls += rows - arrow::internal::CountSetBits(
                             share.piece->valid, share.piece->leaf->offset + share.from, rows);
      }
    }
    if (!leaf_.nullable()) {
      if (*nulls == 0) return Status::OK();
      return MakeError(ErrorCode::kData, "a null where the schema says that there is none",
                       {.column = leaf_.name,
                        .row = FirstNull(page),
                        .hint = "the source's schema declares a field as not nullable"});
    }
    return WithLength([&]() -> Status {
      if (*nulls == 0 || *nulls == *slots) return AppendRun(*slots, *nulls == 0, 1, &raw_);
      ARROW_RETURN_NOT_OK(bits_.Resize(*slots / 8 + 16, false));
      std::memset(bits_.mutable_data(), 0, *slots / 8 + 16);
      int64_t at = 0;
      for (const PageShare& share : page) {
        const int64_t rows = share.to - share.from;
        if (share.piece->valid == nullptr) {
          arrow::bit_util::SetBitsTo(bits_.mutable_data(), at, rows, true);
        } else {
          arrow::internal::CopyBitmap(share.piece->valid, share.piece->leaf->offset + share.from,
                                      rows, bits_.mutable_data(), at);
        }
        at += rows;
      }
      // Copying may touch bits behind the last one.
      for (int64_t bit = at; bit % 8 != 0; ++bit) {
        arrow::bit_util::ClearBit(bits_.mutable_data(), bit);
      }
      return AppendHybridBits(bits_.data(), *slots, &raw_);
    });
  }

  // 1-based, in the table.
  int64_t FirstNull(const Page& page) const {
    for (const PageShare& share : page) {
      if (share.piece->valid == nullptr) continue;
      for (int64_t row = share.from; row < share.to; ++row) {
        if (!arrow::bit_util::GetBit(share.piece->valid, share.piece->leaf->offset + row)) {
          return options_.first_row + share.piece->first_row + row + 1;
        }
      }
    }
    return -1;
  }

  Status NestedLevels(const Page& page, int64_t* slots, int64_t* nulls) {
    levels_.Clear();
    positions_.clear();
    share_ends_.clear();
    for (const PageShare& share : page) {
      const Status status = walker_.Append(*share.piece->column, share.from, share.to - share.from,
                                           &levels_, &positions_);
      if (!status.ok()) {
        const auto* detail = DetailOf(status);
        if (detail == nullptr) return status;
        ErrorPlace place = detail->place();
        place.column = leaf_.name;
        place.row += options_.first_row + share.piece->first_row + 1;
        return MakeError(detail->code(), status.message(), place);
      }
      share_ends_.push_back(positions_.size());
    }
    *slots = static_cast<int64_t>(levels_.definition.size());
    *nulls = *slots - static_cast<int64_t>(positions_.size());
    if (leaf_.max_repetition > 0) {
      ARROW_RETURN_NOT_OK(WithLength([&] {
        return AppendHybrid(std::span<const uint8_t>(levels_.repetition),
                            BitWidth(leaf_.max_repetition), &raw_);
      }));
    }
    if (leaf_.max_definition == 0) return Status::OK();
    return WithLength([&] {
      return AppendHybrid(std::span<const uint8_t>(levels_.definition),
                          BitWidth(leaf_.max_definition), &raw_);
    });
  }

  template <typename Append>
  Status WithLength(Append append) {
    ARROW_RETURN_NOT_OK(raw_.Reserve(4));
    raw_.UnsafeAdvance(4);
    const int64_t begin = raw_.length();
    ARROW_RETURN_NOT_OK(append());
    const auto size = static_cast<uint32_t>(raw_.length() - begin);
    std::memcpy(raw_.mutable_data() + begin - 4, &size, 4);
    return Status::OK();
  }

  // --- values

  Status FlatValues(const Page& page) {
    int32_t positions[kBlockValues];
    for (const PageShare& share : page) {
      const Piece& piece = *share.piece;
      for (int64_t at = share.from; at < share.to; at += kBlockValues) {
        const auto rows = static_cast<int32_t>(std::min<int64_t>(kBlockValues, share.to - at));
        Selected selected{at, rows, nullptr};
        if (piece.valid != nullptr) {
          selected.count = SetPositions(piece.valid, piece.leaf->offset + at, rows, positions);
          if (selected.count < rows) selected.positions = positions;
        }
        ARROW_RETURN_NOT_OK(Put(piece, selected));
        if (gave_up_) return Status::OK();
      }
    }
    return Status::OK();
  }

  Status NestedValues(const Page& page) {
    int32_t positions[kBlockValues];
    size_t at = 0;
    for (size_t i = 0; i < page.size(); ++i) {
      while (at < share_ends_[i]) {
        const int64_t base = positions_[at];
        int32_t count = 0;
        bool dense = true;
        for (; count < kBlockValues && at < share_ends_[i]; ++count, ++at) {
          const int64_t step = positions_[at] - base;
          if (step > std::numeric_limits<int32_t>::max() ||
              step < std::numeric_limits<int32_t>::min()) {
            break;
          }
          positions[count] = static_cast<int32_t>(step);
          dense &= step == count;
        }
        ARROW_RETURN_NOT_OK(Put(*page[i].piece, {base, count, dense ? nullptr : positions}));
        if (gave_up_) return Status::OK();
      }
    }
    return Status::OK();
  }

  Status Put(const Piece& piece, const Selected& selected) {
    if (selected.count == 0) return Status::OK();
    if (dictionary_ != nullptr) return PutCodes(piece, selected);
    ValueBlock block;
    ARROW_RETURN_NOT_OK(Gather(piece, selected, &block));
    statistics_.Update(block);
    return PutBlock(block);
  }

  Status Gather(const Piece& piece, const Selected& selected, ValueBlock* block) {
    int32_t bad = 0;
    const Status status = GatherPiece(piece, selected, &scratch_, block, &bad);
    if (status.ok()) return status;
    ErrorPlace place{.column = leaf_.name};
    if (leaf_.flat()) {
      const int64_t row =
          selected.base + (selected.positions != nullptr ? selected.positions[bad] : bad);
      place.row = options_.first_row + piece.first_row + row + 1;
    }
    return AtPlace(status, place);
  }

  Status BeginValues(int64_t count) {
    bit_count_ = 0;
    switch (encoding_) {
      case ValueEncoding::kDeltaBinaryPacked:
        ARROW_RETURN_NOT_OK(raw_.Reserve(count * leaf_.width));
        return leaf_.width == 4 ? delta32_.Begin(count, &raw_) : delta64_.Begin(count, &raw_);
      case ValueEncoding::kRleDictionary:
        codes_.Rewind(0);
        return codes_.Reserve(count * 4);
      default:
        if (leaf_.physical == Physical::kBoolean) {
          ARROW_RETURN_NOT_OK(bits_.Resize(count / 8 + 16, false));
          std::memset(bits_.mutable_data(), 0, count / 8 + 16);
        } else if (leaf_.width > 0) {
          return raw_.Reserve(count * leaf_.width);
        }
        return Status::OK();
    }
  }

  Status PutBlock(const ValueBlock& block) {
    if (encoding_ == ValueEncoding::kDeltaBinaryPacked) {
      return leaf_.width == 4
                 ? delta32_.Put(reinterpret_cast<const int32_t*>(block.fixed), block.count, &raw_)
                 : delta64_.Put(reinterpret_cast<const int64_t*>(block.fixed), block.count, &raw_);
    }
    if (leaf_.physical == Physical::kBoolean) {
      uint8_t* bits = bits_.mutable_data();
      for (int32_t i = 0; i < block.count; ++i, ++bit_count_) {
        bits[bit_count_ / 8] |= static_cast<uint8_t>(block.fixed[i] << (bit_count_ % 8));
      }
      return Status::OK();
    }
    if (leaf_.physical != Physical::kByteArray) {
      return raw_.Append(block.fixed, int64_t{block.count} * leaf_.width);
    }
    int64_t bytes = 0;
    for (int32_t i = 0; i < block.count; ++i) bytes += static_cast<int64_t>(block.bytes[i].size());
    if (bytes > std::numeric_limits<int32_t>::max()) {
      return MakeError(ErrorCode::kData, "a value is too large for a Parquet page (2 GiB)",
                       {.column = leaf_.name, .hint = "write .arrow"});
    }
    ARROW_RETURN_NOT_OK(raw_.Reserve(bytes + 4 * block.count));
    uint8_t* out = raw_.mutable_data() + raw_.length();
    for (int32_t i = 0; i < block.count; ++i) {
      const std::string_view value = block.bytes[i];
      const auto size = static_cast<uint32_t>(value.size());
      std::memcpy(out, &size, 4);
      std::memcpy(out + 4, value.data(), size);
      out += 4 + size;
    }
    raw_.UnsafeAdvance(bytes + 4 * block.count);
    return Status::OK();
  }

  // Through the dictionary. Values that come as indices of an Arrow dictionary are looked up once
  // for each entry of it.
  Status PutCodes(const Piece& piece, const Selected& selected) {
    ARROW_RETURN_NOT_OK(codes_.Reserve(int64_t{selected.count} * 4));
    auto* codes = reinterpret_cast<uint32_t*>(codes_.mutable_data() + codes_.length());
    if (piece.indexed) {
      ARROW_RETURN_NOT_OK(TranslateCodes(piece, selected, codes));
    } else {
      ValueBlock block;
      ARROW_RETURN_NOT_OK(Gather(piece, selected, &block));
      ARROW_RETURN_NOT_OK(dictionary_->Encode(block, codes));
      lookups_ += block.count;
      // Keys made to collide would take forever.
      if (dictionary_->collisions() > 16 * lookups_ + (1 << 18)) gave_up_ = true;
    }
    codes_.UnsafeAdvance(int64_t{selected.count} * 4);
    return Status::OK();
  }

  Status TranslateCodes(const Piece& piece, const Selected& selected, uint32_t* codes) {
    constexpr uint32_t kUnknown = std::numeric_limits<uint32_t>::max();
    const auto* entries = &piece.values.data();
    if (entries != translated_) {
      translated_ = entries;
      translation_.assign(entries->length, kUnknown);
    }
    int32_t positions[kBlockValues];
    ARROW_RETURN_NOT_OK(
        AtPlace(DictionaryPositions(*piece.leaf, selected, piece.values.length(), positions),
                {.column = leaf_.name}));
    for (int32_t i = 0; i < selected.count; ++i) {
      uint32_t code = translation_[positions[i]];
      if (code == kUnknown) {
        ValueBlock block;
        int32_t bad = 0;
        ARROW_RETURN_NOT_OK(
            AtPlace(piece.values.Gather({positions[i], 1, nullptr}, &scratch_, &block, &bad),
                    {.column = leaf_.name}));
        ARROW_RETURN_NOT_OK(dictionary_->Encode(block, &code));
        translation_[positions[i]] = code;
      }
      codes[i] = code;
    }
    return Status::OK();
  }

  Status EndValues() {
    switch (encoding_) {
      case ValueEncoding::kDeltaBinaryPacked:
        return leaf_.width == 4 ? delta32_.End(&raw_) : delta64_.End(&raw_);
      case ValueEncoding::kRleDictionary: {
        // As many bits as the largest number so far needs; some readers do not know of none.
        const int width = std::max(1, BitWidth(std::max(dictionary_->size(), 1U) - 1));
        ARROW_RETURN_NOT_OK(raw_.Append(1, static_cast<uint8_t>(width)));
        return AppendHybrid(
            std::span(reinterpret_cast<const uint32_t*>(codes_.data()), codes_.length() / 4), width,
            &raw_);
      }
      default:
        if (leaf_.physical != Physical::kBoolean) return Status::OK();
        return raw_.Append(bits_.data(), (bit_count_ + 7) / 8);
    }
  }

  const Leaf& leaf_;
  const ChunkOptions& options_;
  arrow::MemoryPool* pool_;
  std::vector<Piece> pieces_;
  std::vector<Page> plan_;
  std::unique_ptr<PageWriter> pages_;
  Choice choice_;
  ValueEncoding encoding_ = ValueEncoding::kPlain;
  ChunkFacts facts_;

  BufferBuilder raw_;    // the page before packing
  BufferBuilder bits_;   // its validity bits, then its booleans
  BufferBuilder codes_;  // its dictionary numbers, 32 bits each
  int64_t bit_count_ = 0;
  DeltaEncoder<int32_t> delta32_;
  DeltaEncoder<int64_t> delta64_;
  std::unique_ptr<Dictionary> dictionary_;
  uint64_t lookups_ = 0;
  bool gave_up_ = false;                          // the dictionary does not pay
  const arrow::ArrayData* translated_ = nullptr;  // the Arrow dictionary of `translation_`
  std::vector<uint32_t> translation_;

  Statistics statistics_;
  GatherScratch scratch_;
  LevelWalker walker_;
  Levels levels_;
  std::vector<int64_t> positions_;  // of the page's values in their leaf arrays
  std::vector<size_t> share_ends_;  // where each share of the page ends in positions_
};

}  // namespace

arrow::Result<EncodedChunk> EncodeColumnChunk(
    const Leaf& leaf, const std::vector<std::shared_ptr<arrow::ArrayData>>& columns,
    const ChunkOptions& options, arrow::MemoryPool* pool) {
  return ColumnEncoder(leaf, options, pool).Encode(columns);
}

}  // namespace bowyer::parquet
