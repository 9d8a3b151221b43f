// Pages -> arrays. A page holds definition levels (is the value there?) as runs, then the values
// that are there, plain or as runs of indices into the dictionary page. Blocks of some thousand
// rows are decoded in simple loops over flat memory: levels (which are the array's bitmap),
// indices, values, each in its turn. Values go to their rows without a branch: a null takes the
// next value, too, and does not count it.
#include "formats/parquet/source_flat.h"

#include <arrow/array/data.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>
#include <fmt/format.h>
#include <parquet/column_page.h>
#include <parquet/schema.h>
#include <parquet/types.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/parquet/hybrid_runs.h"
#include "formats/parquet/source_pages.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;
using arrow::Type;

constexpr int64_t kBlockRows = 4096;
// Bytes of text after which a batch ends early.
constexpr int64_t kTextBytes = 8 << 20;

Status Fault(std::string what) { return Status::Invalid(std::move(what)); }

// What is the same for all types: pages, levels, indices.
class FlatDecoder : public ColumnDecoder {
 public:
  FlatDecoder(PageUnpacker pages, bool optional, std::shared_ptr<arrow::DataType> type,
              int64_t batch_rows, arrow::MemoryPool* pool)
      : type_(std::move(type)),
        batch_rows_(batch_rows),
        pool_(pool),
        pages_(std::move(pages)),
        optional_(optional) {}

  Result<std::shared_ptr<arrow::Array>> Next() override {
    ARROW_RETURN_NOT_OK(Begin(batch_rows_));
    rows_ = nulls_ = 0;
    bitmap_ = nullptr;
    while (rows_ < batch_rows_ && !Full()) {
      if (page_left_ == 0) {
        ARROW_ASSIGN_OR_RAISE(const bool more, NextPage());
        if (!more) break;
        continue;
      }
      const int64_t rows = std::min({batch_rows_ - rows_, page_left_, BlockRows()});
      ARROW_ASSIGN_OR_RAISE(const int64_t there, ReadLevels(rows));
      if (by_dictionary_) {
        if (!runs_.Read(indices_, there)) return Fault("a page has too few indices");
        // The sign bit of `bad` is set by an index beyond the last value, or beyond 2^31.
        const uint32_t last = dictionary_values_ - 1;
        uint32_t bad = 0;
        for (int64_t i = 0; i < there; ++i) bad |= (last - indices_[i]) | indices_[i];
        if (bad >> 31 != 0) return Fault("an index is outside of the dictionary");
      }
      ARROW_RETURN_NOT_OK(Append(rows, there));
      rows_ += rows;
      nulls_ += rows - there;
      page_left_ -= rows;
    }
    if (rows_ == 0) return nullptr;
    if (nulls_ == 0) bitmap_ = nullptr;
    ARROW_ASSIGN_OR_RAISE(auto buffers, End());
    if (bitmap_ != nullptr) {
      bitmap_ = arrow::SliceBuffer(bitmap_, 0, arrow::bit_util::BytesForBits(rows_));
    }
    buffers.insert(buffers.begin(), bitmap_);
    auto data = arrow::ArrayData::Make(type_, rows_, std::move(buffers), nulls_);
    ARROW_RETURN_NOT_OK(Complete(data.get()));
    return arrow::MakeArray(data);
  }

 protected:
  virtual Status Begin(int64_t rows) = 0;
  virtual bool Full() const { return false; }
  virtual int64_t BlockRows() const { return kBlockRows; }
  virtual Status TakeDictionary(const uint8_t* data, int64_t size, int64_t values) = 0;
  // `rows` rows, of which `there` have a value (the bitmap tells which, if not all).
  virtual Status Append(int64_t rows, int64_t there) = 0;
  virtual Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() = 0;
  // Of what End gave.
  virtual Status Complete(arrow::ArrayData*) { return Status::OK(); }

  // Calls put(i, 1 if row i of the block has a value, else 0) for the rows up to the last that has
  // one, so that there always is a next value; gives the number of these rows. (Some rows are
  // null.)
  template <typename Put>
  int64_t ForRows(int64_t rows, Put put) const {
    const uint8_t* bits = bitmap_->data();
    while (rows > 0 && !arrow::bit_util::GetBit(bits, rows_ + rows - 1)) --rows;
    for (int64_t i = 0; i < rows; i += 64) {
      const uint8_t* from = bits + (rows_ + i) / 8;
      const int shift = static_cast<int>((rows_ + i) % 8);
      uint64_t word;
      std::memcpy(&word, from, sizeof(word));
      if (shift != 0) word = word >> shift | uint64_t{from[8]} << (64 - shift);
      const int64_t count = std::min<int64_t>(64, rows - i);
      for (int64_t k = 0; k < count; ++k, word >>= 1) put(i + k, word & 1);
    }
    return rows;
  }

  // Of the batch.
  bool IsNull(int64_t i) const {
    return bitmap_ != nullptr && !arrow::bit_util::GetBit(bitmap_->data(), i);
  }

  std::shared_ptr<arrow::DataType> type_;
  int64_t batch_rows_;
  arrow::MemoryPool* pool_;
  int64_t rows_ = 0;  // of the batch, so far
  uint32_t indices_[kBlockRows];
  bool by_dictionary_ = false;
  uint32_t dictionary_values_ = 0;
  const uint8_t *plain_ = nullptr, *plain_end_ = nullptr;

 private:
  Result<bool> NextPage() {
    ARROW_ASSIGN_OR_RAISE(const auto page, pages_.Next());
    if (page == nullptr) return false;
    const uint8_t* at = pages_.bytes().data();
    const uint8_t* end = at + pages_.bytes().size();
    if (page->type() == parquet::PageType::DICTIONARY_PAGE) {
      const auto& dictionary = static_cast<const parquet::DictionaryPage&>(*page);
      if (has_dictionary_) return Fault("a second dictionary");
      has_dictionary_ = true;
      if (dictionary.num_values() < 0) return Fault("a dictionary's length is negative");
      dictionary_values_ = static_cast<uint32_t>(dictionary.num_values());
      ARROW_RETURN_NOT_OK(TakeDictionary(at, end - at, dictionary.num_values()));
      return true;
    }
    parquet::Encoding::type encoding;
    if (page->type() == parquet::PageType::DATA_PAGE) {
      const auto& data = static_cast<const parquet::DataPageV1&>(*page);
      page_left_ = data.num_values();
      encoding = data.encoding();
      if (optional_) {
        ARROW_RETURN_NOT_OK(ReadLevelsOfPage(data, &at, end));
      }
    } else if (page->type() == parquet::PageType::DATA_PAGE_V2) {
      const auto& data = static_cast<const parquet::DataPageV2&>(*page);
      page_left_ = data.num_values();
      encoding = data.encoding();
      const int64_t repetition = data.repetition_levels_byte_length();
      const int64_t definition = data.definition_levels_byte_length();
      if (repetition < 0 || definition < 0 || repetition + definition > end - at) {
        return Fault("a page is too short for its levels");
      }
      at += repetition;
      level_runs_ = HybridRuns(at, definition, 1);
      at += definition;
    } else {
      return true;  // an index page
    }
    if (page_left_ < 0) return Fault("a page's length is negative");
    by_dictionary_ = encoding == parquet::Encoding::RLE_DICTIONARY ||
                     encoding == parquet::Encoding::PLAIN_DICTIONARY;
    if (by_dictionary_) {
      if (!has_dictionary_) return Fault("the dictionary is missing");
      if (at == end) {
        runs_ = HybridRuns();  // only nulls
        return true;
      }
      const int width = *at++;
      if (width > 32) return Fault(fmt::format("indices of {} bits", width));
      runs_ = HybridRuns(at, end - at, width);
    } else if (encoding == parquet::Encoding::PLAIN) {
      plain_ = at;
      plain_end_ = end;
    } else {
      return Fault("a page in an encoding that its column does not announce");
    }
    return true;
  }

  Status ReadLevelsOfPage(const parquet::DataPageV1& page, const uint8_t** at, const uint8_t* end) {
    if (page.definition_level_encoding() == parquet::Encoding::RLE) {
      if (end - *at < 4) return Fault("a page is too short for its levels");
      uint32_t length;
      std::memcpy(&length, *at, sizeof(length));
      *at += 4;
      if (length > end - *at) return Fault("a page is too short for its levels");
      level_runs_ = HybridRuns(*at, length, 1);
      *at += length;
      return Status::OK();
    }
    if (page.definition_level_encoding() != parquet::Encoding::BIT_PACKED) {
      return Fault("levels are stored in a way that is not known");
    }
    // As old writers had it: the highest bit of each byte first.
    const int64_t bytes = arrow::bit_util::BytesForBits(std::max<int64_t>(0, page_left_));
    if (bytes > end - *at) return Fault("a page is too short for its levels");
    turned_.assign(*at, *at + bytes);
    for (uint8_t& byte : turned_) {
      uint8_t turned = 0;
      for (int bit = 0; bit < 8; ++bit) turned |= ((byte >> bit) & 1) << (7 - bit);
      byte = turned;
    }
    level_runs_ = HybridRuns::OfBits(turned_.data(), bytes, page_left_);
    *at += bytes;
    return Status::OK();
  }

  // Gives how many of the next rows have a value; which ones goes to the bitmap.
  Result<int64_t> ReadLevels(int64_t rows) {
    if (!optional_) return rows;
    int64_t run = 0;
    if (bitmap_ == nullptr) {
      run = level_runs_.TakeRun(1, rows);
      if (run == rows) return rows;
      // Whole words are read of it.
      ARROW_ASSIGN_OR_RAISE(bitmap_, arrow::AllocateEmptyBitmap(batch_rows_ + 128, pool_));
      arrow::bit_util::SetBitsTo(bitmap_->mutable_data(), 0, rows_ + run, true);
    }
    if (!level_runs_.ReadBits(bitmap_->mutable_data(), rows_ + run, rows - run)) {
      return Fault("a page has too few levels");
    }
    return arrow::internal::CountSetBits(bitmap_->data(), rows_, rows);
  }

  PageUnpacker pages_;  // keeps what plain_ and the runs point into
  const bool optional_;
  int64_t page_left_ = 0;
  bool has_dictionary_ = false;
  HybridRuns level_runs_, runs_;
  std::vector<uint8_t> turned_;  // what level_runs_ points into, for bit-packed levels
  int64_t nulls_ = 0;
  std::shared_ptr<arrow::Buffer> bitmap_;
};

// Values of a fixed width, as they are stored.
template <typename Value>
class FixedDecoder : public FlatDecoder {
 public:
  using FlatDecoder::FlatDecoder;

 protected:
  Status Begin(int64_t rows) override {
    ARROW_ASSIGN_OR_RAISE(values_, arrow::AllocateBuffer(rows * kWidth, pool_));
    return Status::OK();
  }

  Status TakeDictionary(const uint8_t* data, int64_t size, int64_t values) override {
    if (values > size / kWidth) return Fault("the dictionary is too short");
    dictionary_.resize(static_cast<size_t>(values));
    if (values > 0) std::memcpy(dictionary_.data(), data, static_cast<size_t>(values * kWidth));
    return Status::OK();
  }

  Status Append(int64_t rows, int64_t there) override {
    Value* out = reinterpret_cast<Value*>(values_->mutable_data()) + rows_;
    if (by_dictionary_) {
      if (there == rows) {
        for (int64_t i = 0; i < rows; ++i) out[i] = dictionary_[indices_[i]];
      } else {
        Spread(out, rows, there, [this](int64_t i) { return dictionary_[indices_[i]]; });
      }
      return Status::OK();
    }
    if (there > (plain_end_ - plain_) / kWidth) return Fault("a page has too few values");
    if (there == rows) {
      std::memcpy(out, plain_, static_cast<size_t>(rows * kWidth));
    } else {
      Spread(out, rows, there, [plain = plain_](int64_t i) {
        Value value;
        std::memcpy(&value, plain + i * kWidth, sizeof(value));
        return value;
      });
    }
    plain_ += there * kWidth;
    return Status::OK();
  }

  // The values get(0), get(1), ... to the rows that have one.
  template <typename Get>
  void Spread(Value* out, int64_t rows, int64_t there, Get get) {
    int64_t end = 0;
    if (there > 0) {
      int64_t next = 0;
      end = ForRows(rows, [&](int64_t i, uint64_t is) {
        const Value value = get(next);
        if constexpr (std::is_integral_v<Value>) {
          out[i] = value & static_cast<Value>(-is);
        } else {
          out[i] = is != 0 ? value : Value{};
        }
        next += static_cast<int64_t>(is);
      });
    }
    std::fill(out + end, out + rows, Value{});
  }

  Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() override {
    auto values = std::exchange(values_, nullptr);
    if (rows_ == batch_rows_) return std::vector{values};
    return std::vector{arrow::SliceBuffer(values, 0, rows_ * kWidth)};
  }

  static constexpr int64_t kWidth = sizeof(Value);
  std::shared_ptr<arrow::Buffer> values_;
  std::vector<Value> dictionary_;
};

// 8 bytes of nanoseconds within a day, 4 bytes of a Julian day.
struct Int96 {
  uint32_t words[3];
};

class Int96Decoder : public FixedDecoder<Int96> {
 public:
  using FixedDecoder::FixedDecoder;

 protected:
  Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() override {
    const bool micros =
        static_cast<const arrow::TimestampType&>(*type_).unit() == arrow::TimeUnit::MICRO;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> out,
                          arrow::AllocateBuffer(rows_ * int64_t{8}, pool_));
    const auto* from = reinterpret_cast<const Int96*>(values_->data());
    auto* to = reinterpret_cast<int64_t*>(out->mutable_data());
    for (int64_t i = 0; i < rows_; ++i) {
      if (IsNull(i)) {
        to[i] = 0;
        continue;
      }
      const auto nanos =
          static_cast<int64_t>(from[i].words[0] | static_cast<uint64_t>(from[i].words[1]) << 32);
      const int64_t days = static_cast<int64_t>(static_cast<int32_t>(from[i].words[2])) - 2440588;
      if (micros && nanos % 1000 == 0) {
        // Spark computes days and nanoseconds from its microseconds modulo 2^64, and back.
        to[i] = static_cast<int64_t>(static_cast<uint64_t>(days) * 86'400'000'000U +
                                     static_cast<uint64_t>(nanos / 1000));
        continue;
      }
      const __int128 exact = static_cast<__int128>(days) * 86'400'000'000'000 + nanos;
      if (micros || exact != static_cast<int64_t>(exact)) {
        return MakeError(
            ErrorCode::kData,
            fmt::format("a timestamp (Julian day {}, {} ns) is not a {}",
                        static_cast<int32_t>(from[i].words[2]), nanos, type_->ToString()),
            {.hint = micros ? "" : "Arrow's nanoseconds reach from 1677 to 2262"});
      }
      to[i] = static_cast<int64_t>(exact);
    }
    values_ = nullptr;
    return std::vector{out};
  }
};

class TextDecoder : public FlatDecoder {
 public:
  TextDecoder(PageUnpacker pages, bool optional, std::shared_ptr<arrow::DataType> type,
              int64_t batch_rows, arrow::MemoryPool* pool, bool dictionaries)
      : FlatDecoder(std::move(pages), optional, std::move(type), batch_rows, pool),
        dictionaries_(dictionaries) {}

  bool text_checked() const override { return only_checked_; }

 protected:
  Status Begin(int64_t rows) override {
    only_checked_ = true;
    // Offsets, or indices.
    ARROW_ASSIGN_OR_RAISE(offsets_, arrow::AllocateBuffer((rows + 1) * 4, pool_));
    bytes_ = nullptr;
    size_ = 0;
    return Status::OK();
  }

  bool Full() const override {
    return size_ >= kTextBytes || (rows_ > 0 && as_indices_ != KeepsIndices());
  }

  int64_t BlockRows() const override {
    // Long values of a dictionary are repeated by few indices.
    return std::clamp<int64_t>(kTextBytes / std::max<int64_t>(1, longest_), 1, kBlockRows);
  }

  Status TakeDictionary(const uint8_t* data, int64_t size, int64_t values) override {
    // Behind the last value so many bytes may be read that short values are copied as one word.
    dictionary_.assign(static_cast<size_t>(size) + kWord, 0);
    if (size > 0) std::memcpy(dictionary_.data(), data, static_cast<size_t>(size));
    if (values > size / 4) return Fault("the dictionary is too short");
    entries_.clear();
    entries_.reserve(static_cast<size_t>(values));
    int64_t at = 0;
    dictionary_checked_ = true;
    for (int64_t i = 0; i < values; ++i) {
      if (size - at < 4) return Fault("the dictionary is too short");
      uint32_t length;
      std::memcpy(&length, data + at, sizeof(length));
      at += 4;
      if (length > size - at) return Fault("the dictionary is too short");
      entries_.push_back({static_cast<uint32_t>(at), length});
      const std::string_view value(reinterpret_cast<const char*>(data + at), length);
      dictionary_checked_ &= ValidUtf8Prefix(value) == length;
      longest_ = std::max<int64_t>(longest_, length);
      at += length;
    }
    return Status::OK();
  }

  Status Append(int64_t rows, int64_t there) override {
    auto* offsets = reinterpret_cast<int32_t*>(offsets_->mutable_data()) + rows_;
    only_checked_ &= by_dictionary_ && dictionary_checked_;
    as_indices_ = KeepsIndices();
    if (as_indices_) {
      KeepIndices(offsets, rows, there);
      return Status::OK();
    }
    if (bytes_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(bytes_, arrow::AllocateResizableBuffer(expected_, pool_));
    }
    return by_dictionary_ ? AppendIndexed(offsets, rows, there) : AppendPlain(offsets, rows, there);
  }

  Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() override {
    if (as_indices_) {
      std::shared_ptr<arrow::Buffer> indices = std::exchange(offsets_, nullptr);
      return std::vector{arrow::SliceBuffer(indices, 0, rows_ * 4)};
    }
    reinterpret_cast<int32_t*>(offsets_->mutable_data())[rows_] = static_cast<int32_t>(size_);
    expected_ = size_ + size_ / 16 + kWord;
    ARROW_RETURN_NOT_OK(bytes_->Resize(size_, /*shrink_to_fit=*/bytes_->size() > 2 * size_));
    std::shared_ptr<arrow::Buffer> bytes = std::move(bytes_);
    return std::vector{std::exchange(offsets_, nullptr), std::move(bytes)};
  }

  Status Complete(arrow::ArrayData* data) override {
    if (!as_indices_) return Status::OK();
    if (dictionary_array_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(dictionary_array_, DictionaryArray());
    }
    data->type = arrow::dictionary(arrow::int32(), type_);
    data->dictionary = dictionary_array_;
    return Status::OK();
  }

 private:
  // Larger dictionaries are no help to those who ask for them.
  static constexpr size_t kMostEntries = 16'384;

  bool KeepsIndices() const {
    return dictionaries_ && by_dictionary_ && dictionary_checked_ &&
           entries_.size() <= kMostEntries;
  }

  void KeepIndices(int32_t* out, int64_t rows, int64_t there) {
    if (there == rows) {
      std::memcpy(out, indices_, static_cast<size_t>(rows) * 4);
      return;
    }
    int64_t end = 0, next = 0;
    if (there > 0) {
      end = ForRows(rows, [&](int64_t i, uint64_t is) {
        out[i] = static_cast<int32_t>(indices_[next] & -static_cast<uint32_t>(is));
        next += static_cast<int64_t>(is);
      });
    }
    std::fill(out + end, out + rows, 0);
  }

  Result<std::shared_ptr<arrow::ArrayData>> DictionaryArray() {
    const auto count = static_cast<int64_t>(entries_.size());
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> offsets,
                          arrow::AllocateBuffer((count + 1) * 4, pool_));
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bytes,
                          arrow::AllocateBuffer(static_cast<int64_t>(dictionary_.size()), pool_));
    auto* offset = reinterpret_cast<int32_t*>(offsets->mutable_data());
    int32_t at = 0;
    for (const Entry& entry : entries_) {
      *offset++ = at;
      std::memcpy(bytes->mutable_data() + at, dictionary_.data() + entry.at, entry.length);
      at += static_cast<int32_t>(entry.length);
    }
    *offset = at;
    return arrow::ArrayData::Make(type_, count, {nullptr, offsets, bytes}, 0);
  }

  struct Entry {
    uint32_t at, length;
  };
  static constexpr int64_t kWord = 32;

  Status Reserve(int64_t more) {
    if (size_ + more > std::numeric_limits<int32_t>::max() - kWord) {
      return MakeError(ErrorCode::kResources, "the values of a block exceed 2 GiB");
    }
    if (size_ + more + kWord <= bytes_->size()) return Status::OK();
    return bytes_->Resize(std::max(size_ + more + kWord, bytes_->size() + bytes_->size() / 2));
  }

  Status AppendIndexed(int32_t* offsets, int64_t rows, int64_t there) {
    int64_t total = 0;
    for (int64_t i = 0; i < there; ++i) total += entries_[indices_[i]].length;
    ARROW_RETURN_NOT_OK(Reserve(total));
    if (longest_ <= kWord / 2) {
      CopyIndexed<kWord / 2>(offsets, rows, there);
    } else if (longest_ <= kWord) {
      CopyIndexed<kWord>(offsets, rows, there);
    } else {
      CopyIndexed<0>(offsets, rows, there);
    }
    return Status::OK();
  }

  // kBytes: copied of each value, however short it is; 0: just the value.
  template <int64_t kBytes>
  void CopyIndexed(int32_t* offsets, int64_t rows, int64_t there) {
    uint8_t* out = bytes_->mutable_data();
    int64_t at = size_, next = 0;
    const auto put = [&](int64_t i, uint64_t is) {
      const Entry entry = entries_[indices_[next]];
      const uint8_t* value = dictionary_.data() + entry.at;
      offsets[i] = static_cast<int32_t>(at);
      if constexpr (kBytes > 0) {
        std::memcpy(out + at, value, kBytes);
      } else if (is != 0) {
        std::memcpy(out + at, value, entry.length);
      }
      at += static_cast<int64_t>(entry.length & -is);
      next += static_cast<int64_t>(is);
    };
    int64_t end = 0;
    if (there == rows) {
      for (; end < rows; ++end) put(end, 1);
    } else if (there > 0) {
      end = ForRows(rows, put);
    }
    std::fill(offsets + end, offsets + rows, static_cast<int32_t>(at));
    size_ = at;
  }

  Status AppendPlain(int32_t* offsets, int64_t rows, int64_t there) {
    // All that is left of the page bounds what these rows hold, but they may be few of many.
    const uint8_t* probe = plain_;
    int64_t total = 0;
    for (int64_t i = 0; i < there; ++i) {
      if (plain_end_ - probe < 4) return Fault("a page has too few values");
      uint32_t length;
      std::memcpy(&length, probe, sizeof(length));
      if (length > plain_end_ - probe - 4) return Fault("a value reaches beyond its page");
      probe += 4 + length;
      total += length;
    }
    ARROW_RETURN_NOT_OK(Reserve(total));
    uint8_t* out = bytes_->mutable_data();
    int64_t at = size_;
    const auto put = [&](int64_t i, uint64_t is) {
      offsets[i] = static_cast<int32_t>(at);
      if (is == 0) return;
      uint32_t length;
      std::memcpy(&length, plain_, sizeof(length));
      const uint8_t* value = plain_ + 4;
      if (length <= kWord && plain_end_ - value >= kWord) {
        std::memcpy(out + at, value, kWord);
      } else {
        std::memcpy(out + at, value, length);
      }
      plain_ = value + length;
      at += length;
    };
    int64_t end = 0;
    if (there == rows) {
      for (; end < rows; ++end) put(end, 1);
    } else if (there > 0) {
      end = ForRows(rows, put);
    }
    std::fill(offsets + end, offsets + rows, static_cast<int32_t>(at));
    size_ = at;
    return Status::OK();
  }

  const bool dictionaries_;
  bool as_indices_ = false;  // the batch
  std::vector<uint8_t> dictionary_;
  std::vector<Entry> entries_;
  bool dictionary_checked_ = false;  // is every value of the dictionary UTF-8?
  bool only_checked_ = false;        // is the batch made of such values?
  std::shared_ptr<arrow::ArrayData> dictionary_array_;
  int64_t longest_ = 0;
  int64_t expected_ = 64 << 10;  // bytes of the next batch
  int64_t size_ = 0;
  std::shared_ptr<arrow::Buffer> offsets_;
  std::unique_ptr<arrow::ResizableBuffer> bytes_;
};

bool SameUnit(parquet::LogicalType::TimeUnit::unit stored, arrow::TimeUnit::type unit) {
  switch (stored) {
    case parquet::LogicalType::TimeUnit::MILLIS:
      return unit == arrow::TimeUnit::MILLI;
    case parquet::LogicalType::TimeUnit::MICROS:
      return unit == arrow::TimeUnit::MICRO;
    case parquet::LogicalType::TimeUnit::NANOS:
      return unit == arrow::TimeUnit::NANO;
    default:
      return false;
  }
}

// Are stored values the array's values, bit for bit? (INT96 is converted.)
bool StoredAsIs(const parquet::ColumnDescriptor& column, const arrow::DataType& type) {
  const auto& logical = column.logical_type();
  switch (column.physical_type()) {
    case parquet::Type::INT32:
      if (type.id() == Type::TIME32) {
        return static_cast<const arrow::TimeType&>(type).unit() == arrow::TimeUnit::MILLI;
      }
      return type.id() == Type::INT32 || type.id() == Type::UINT32 || type.id() == Type::DATE32;
    case parquet::Type::INT64:
      if (type.id() == Type::TIMESTAMP && logical != nullptr && logical->is_timestamp()) {
        return SameUnit(static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit(),
                        static_cast<const arrow::TimestampType&>(type).unit());
      }
      if (type.id() == Type::TIME64 && logical != nullptr && logical->is_time()) {
        return SameUnit(static_cast<const parquet::TimeLogicalType&>(*logical).time_unit(),
                        static_cast<const arrow::TimeType&>(type).unit());
      }
      return type.id() == Type::INT64 || type.id() == Type::UINT64;
    case parquet::Type::INT96:
      return type.id() == Type::TIMESTAMP;
    case parquet::Type::FLOAT:
      return type.id() == Type::FLOAT;
    case parquet::Type::DOUBLE:
      return type.id() == Type::DOUBLE;
    case parquet::Type::BYTE_ARRAY:
      return type.id() == Type::STRING || type.id() == Type::BINARY;
    default:
      return false;
  }
}

}  // namespace

Result<std::unique_ptr<ColumnDecoder>> MakeFlatDecoder(const ParquetFile& file, int group,
                                                       int field, int64_t batch_rows,
                                                       bool dictionaries) {
  const auto& leaves = file.leaves[static_cast<size_t>(field)];
  const auto& type = file.schema->field(field)->type();
  if (leaves.size() != 1 || arrow::is_nested(type->id())) return nullptr;
  const auto& column = *file.metadata->schema()->Column(leaves[0]);
  if (column.max_repetition_level() != 0 || column.max_definition_level() > 1) return nullptr;
  if (!StoredAsIs(column, *type)) return nullptr;
  const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(leaves[0]);
  const bool optional = column.max_definition_level() == 1;
  for (const auto encoding : chunk->encodings()) {
    switch (encoding) {
      case parquet::Encoding::PLAIN:
      case parquet::Encoding::RLE:
      case parquet::Encoding::PLAIN_DICTIONARY:
      case parquet::Encoding::RLE_DICTIONARY:
      case parquet::Encoding::BIT_PACKED:
        break;
      default:
        return nullptr;
    }
  }
  batch_rows =
      std::max<int64_t>(1, std::min(batch_rows, file.metadata->RowGroup(group)->num_rows()));
  ARROW_ASSIGN_OR_RAISE(auto pages, PageUnpacker::Open(file, group, leaves[0]));
  arrow::MemoryPool* pool = file.context->memory_pool();
  switch (column.physical_type()) {
    case parquet::Type::INT32:
    case parquet::Type::FLOAT:
      return std::make_unique<FixedDecoder<uint32_t>>(std::move(pages), optional, type, batch_rows,
                                                      pool);
    case parquet::Type::INT64:
    case parquet::Type::DOUBLE:
      return std::make_unique<FixedDecoder<uint64_t>>(std::move(pages), optional, type, batch_rows,
                                                      pool);
    case parquet::Type::INT96:
      return std::make_unique<Int96Decoder>(std::move(pages), optional, type, batch_rows, pool);
    default:
      return std::make_unique<TextDecoder>(std::move(pages), optional, type, batch_rows, pool,
                                           dictionaries);
  }
}

}  // namespace bowyer
