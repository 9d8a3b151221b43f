#include "formats/parquet/flat_text.h"

#include <arrow/util/binary_view_util.h>

#include <limits>
#include <string_view>

#include "bowyer/error.h"
#include "core/text.h"
#include "core/validate.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

// Bytes of text after which a batch ends early.
constexpr int64_t kTextBytes = 8 << 20;

class TextDecoder : public FlatDecoder {
 public:
  TextDecoder(PageUnpacker pages, bool optional, std::shared_ptr<arrow::DataType> type,
              int64_t batch_rows, arrow::MemoryPool* pool, bool compact)
      : FlatDecoder(std::move(pages), optional, std::move(type), batch_rows, pool),
        compact_(compact) {}

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

  Status AppendOf(std::span<const uint32_t> values, int64_t there, int64_t rows) override {
    const uint8_t* const end = plain_end_;
    const uint8_t* at = plain_;
    picked_.clear();
    size_t next = 0;
    for (int64_t i = 0; i < there; ++i) {
      uint32_t length;
      if (end - at < 4) return Fault("a page has too few values");
      std::memcpy(&length, at, sizeof(length));
      if (length > end - at - 4) return Fault("a value reaches beyond its page");
      if (next < values.size() && values[next] == i) {
        picked_.insert(picked_.end(), at, at + 4 + length);
        ++next;
      }
      at += 4 + length;
    }
    if (rows > 0) {
      plain_ = picked_.data();
      plain_end_ = plain_ + picked_.size();
      ARROW_RETURN_NOT_OK(Append(rows, static_cast<int64_t>(values.size())));
    }
    plain_ = at;
    plain_end_ = end;
    return Status::OK();
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
    if (!as_indices_) return LayOut(data);
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
    return compact_ && by_dictionary_ && dictionary_checked_ && entries_.size() <= kMostEntries;
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
    auto data = arrow::ArrayData::Make(type_, count, {nullptr, offsets, bytes}, 0);
    ARROW_RETURN_NOT_OK(LayOut(data.get()));
    return data;
  }

  // Values are decoded with offsets of 32 bits: gives `data` the layout of its type.
  Status LayOut(arrow::ArrayData* data) {
    const bool views = arrow::is_binary_view_like(*type_);
    if (!views && !arrow::is_large_binary_like(type_->id())) return Status::OK();
    const auto* offsets = data->GetValues<int32_t>(1);
    const int64_t width = views ? sizeof(arrow::BinaryViewType::c_type) : sizeof(int64_t);
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> wide,
                          arrow::AllocateBuffer((data->length + 1) * width, pool_));
    if (!views) {
      std::copy(offsets, offsets + data->length + 1,
                reinterpret_cast<int64_t*>(wide->mutable_data()));
      data->buffers[1] = std::move(wide);
      return Status::OK();
    }
    if (type_->id() == arrow::Type::STRING_VIEW && !only_checked_) {
      // All bytes at once, where views would be looked at one by one.
      const auto text =
          arrow::ArrayData::Make(arrow::utf8(), data->length, data->buffers, data->null_count);
      only_checked_ = CheckUtf8(*text, "", 0).ok();
    }
    const uint8_t* bytes = data->buffers[2]->data();
    auto* view = reinterpret_cast<arrow::BinaryViewType::c_type*>(wide->mutable_data());
    for (int64_t i = 0; i < data->length; ++i) {
      view[i] =
          arrow::util::ToBinaryView(bytes + offsets[i], offsets[i + 1] - offsets[i], 0, offsets[i]);
    }
    data->buffers[1] = arrow::SliceBuffer(wide, 0, data->length * width);
    return Status::OK();
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

  const bool compact_;
  bool as_indices_ = false;  // the batch
  std::vector<uint8_t> dictionary_, picked_;
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

}  // namespace

std::unique_ptr<ChoosingDecoder> MakeTextDecoder(PageUnpacker pages, bool optional,
                                                 std::shared_ptr<arrow::DataType> type,
                                                 int64_t batch_rows, arrow::MemoryPool* pool,
                                                 bool compact) {
  return std::make_unique<TextDecoder>(std::move(pages), optional, std::move(type), batch_rows,
                                       pool, compact);
}

}  // namespace bowyer
