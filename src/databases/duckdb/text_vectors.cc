// Arrow's texts as DuckDB's string_t: 16 bytes, of which the first four are the length and the
// others either all of a short text or four bytes of it and a pointer. Both are built with loads of
// eight bytes, whatever the length.
// A table of the texts seen so far turns a column of few different ones into a dictionary. DuckDB
// keeps for each dictionary what it computed of the entries, as long as the dictionary's id stays:
// a dictionary never changes, but is replaced when an entry is added, and a column that goes on
// adding entries goes on without.
#include <arrow/util/bit_util.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <vector>

#include "bowyer/error.h"
#include "databases/duckdb/column_vectors.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

using arrow::Type;

static_assert(sizeof(duckdb::string_t) == 16 && duckdb::string_t::INLINE_LENGTH == 12);
static_assert(std::endian::native == std::endian::little);

constexpr uint32_t kShort = 16;  // bytes that two words hold

// The first 16 bytes of a text, or its first and last eight if it is longer.
struct Words {
  uint64_t low, high;
};

uint64_t Load8(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

constexpr std::array<Words, kShort + 1> MakeMasks() {
  std::array<Words, kShort + 1> masks{};
  for (uint32_t length = 0; length <= kShort; ++length) {
    const auto bytes = [](uint32_t n) {
      return n >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * n)) - 1;
    };
    masks[length] = {bytes(length), length <= 8 ? 0 : bytes(length - 8)};
  }
  return masks;
}
constexpr auto kMasks = MakeMasks();

// `end`: of the readable bytes behind `at`.
[[gnu::always_inline]] inline Words WordsOf(const char* at, uint32_t length, const char* end) {
  if (length > kShort) return {Load8(at), Load8(at + length - 8)};
  if (end - at >= static_cast<ptrdiff_t>(kShort)) {
    return {Load8(at) & kMasks[length].low, Load8(at + 8) & kMasks[length].high};
  }
  if (constexpr uint32_t kInline = arrow::BinaryViewType::kInlineSize;
      length <= kInline && end - at >= static_cast<ptrdiff_t>(kInline)) {
    uint32_t rest;
    std::memcpy(&rest, at + 8, sizeof(rest));
    return {Load8(at) & kMasks[length].low, rest & kMasks[length].high};
  }
  char copy[kShort] = {};
  if (length > 0) std::memcpy(copy, at, length);
  return {Load8(copy), Load8(copy + 8)};
}

void PutString(const char* at, uint32_t length, const Words& words, duckdb::string_t* out) {
  uint64_t parts[2];
  parts[0] = length | (words.low << 32);
  if (length <= duckdb::string_t::INLINE_LENGTH) {
    parts[1] = (words.low >> 32) | (words.high << 32);
  } else {
    parts[1] = reinterpret_cast<uint64_t>(at);
  }
  std::memcpy(static_cast<void*>(out), parts, sizeof(parts));
}

struct Text {
  const char* at;
  uint32_t length;
  const char* end;  // of the readable bytes
};

[[noreturn]] void ThrowTooLong() {
  ThrowToDuckDb(MakeError(ErrorCode::kData, "a text of more than 4 GiB; DuckDB has none"));
}

// How each layout says where text i is.
template <typename Offset>
class OffsetTexts {
 public:
  explicit OffsetTexts(const arrow::ArrayData& data) : offsets_(data.GetValues<Offset>(1)) {
    if (data.buffers[2] == nullptr) return;
    begin_ = reinterpret_cast<const char*>(data.buffers[2]->data());
    end_ = begin_ + data.buffers[2]->size();
  }
  Text operator[](int64_t i) const {
    const auto length = offsets_[i + 1] - offsets_[i];
    if constexpr (sizeof(Offset) == 8) {
      if (length >= UINT32_MAX) ThrowTooLong();
    }
    return {begin_ + offsets_[i], static_cast<uint32_t>(length), end_};
  }

 private:
  const Offset* offsets_;
  const char* begin_ = nullptr;
  const char* end_ = nullptr;
};

class ViewTexts {
 public:
  explicit ViewTexts(const arrow::ArrayData& data)
      : views_(data.GetValues<arrow::BinaryViewType::c_type>(1)), buffers_(data.buffers) {}
  Text operator[](int64_t i) const {
    const auto& view = views_[i];
    const auto length = static_cast<uint32_t>(view.size());
    if (view.is_inline()) {
      const auto* at = reinterpret_cast<const char*>(view.inline_data());
      return {at, length, at + arrow::BinaryViewType::kInlineSize};
    }
    const auto& buffer = *buffers_[static_cast<size_t>(view.ref.buffer_index) + 2];
    const auto* begin = reinterpret_cast<const char*>(buffer.data());
    return {begin + view.ref.offset, length, begin + buffer.size()};
  }

 private:
  const arrow::BinaryViewType::c_type* views_;
  const std::vector<std::shared_ptr<arrow::Buffer>>& buffers_;
};

bool IsText(const arrow::DataType& type) {
  return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id());
}

// Calls `call` with the texts of `data`.
template <typename Call>
auto WithTexts(const arrow::ArrayData& data, Call call) {
  switch (data.type->id()) {
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW:
      return call(ViewTexts(data));
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return call(OffsetTexts<int64_t>(data));
    default:
      return call(OffsetTexts<int32_t>(data));
  }
}

// The validity of rows from `offset` on; null: there are no nulls.
const uint8_t* Bitmap(const arrow::ArrayData& data) {
  return data.GetNullCount() == 0 || data.buffers[0] == nullptr ? nullptr : data.buffers[0]->data();
}

void FillStrings(const arrow::ArrayData& data, int64_t offset, int64_t rows,
                 duckdb::Vector& vector) {
  FillValidity(data, offset, rows, vector);
  const uint8_t* valid = Bitmap(data);
  auto* strings = duckdb::FlatVector::GetData<duckdb::string_t>(vector);
  WithTexts(data, [&](const auto& texts) {
    for (int64_t i = 0; i < rows; ++i) {
      // What stands behind a null may be anything.
      if (valid != nullptr && !arrow::bit_util::GetBit(valid, data.offset + offset + i)) continue;
      const Text text = texts[offset + i];
      PutString(text.at, text.length, WordsOf(text.at, text.length, text.end), strings + i);
    }
  });
}

// The texts seen, numbered.
class TextTable {
 public:
  static constexpr uint32_t kMost = 4096;

  uint32_t size() const { return static_cast<uint32_t>(strings_.size()); }

  // The numbers of the texts of rows [offset, offset + rows). False if the column holds too many
  // different ones.
  bool Number(const arrow::ArrayData& data, int64_t offset, int64_t rows, uint32_t* numbers) {
    const uint8_t* valid = Bitmap(data);
    // Few enough in this vector that numbering them pays.
    const uint32_t most = std::min<uint32_t>(kMost, size() + 64 + static_cast<uint32_t>(rows) / 2);
    return WithTexts(data, [&](const auto& texts) {
      for (int64_t i = 0; i < rows; ++i) {
        if (valid != nullptr && !arrow::bit_util::GetBit(valid, data.offset + offset + i)) {
          numbers[i] = NumberOfNull();
          continue;
        }
        const Text text = texts[offset + i];
        const Words words = WordsOf(text.at, text.length, text.end);
        numbers[i] = NumberOf(text, words);
        if (size() > most) return false;
      }
      return true;
    });
  }

  // The texts by their numbers. The dictionary does not change any more.
  duckdb::buffer_ptr<duckdb::VectorChildBuffer> Dictionary(const duckdb::LogicalType& type) const {
    auto dictionary = duckdb::DictionaryVector::CreateReusableDictionary(type, size());
    auto* strings = duckdb::FlatVector::GetData<duckdb::string_t>(dictionary->data);
    std::copy(strings_.begin(), strings_.end(), strings);
    if (null_ != kNone) duckdb::FlatVector::SetNull(dictionary->data, null_, true);
    duckdb::StringVector::AddBuffer(dictionary->data, heap_);
    return dictionary;
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Slot {
    Words words{};
    uint32_t length = kNone;  // no text has so many bytes: the slot is free
    uint32_t number = 0;
  };

  static uint64_t Hash(const Words& words, uint32_t length) {
    uint64_t hash = (words.low ^ (words.high * 0x9e3779b97f4a7c15)) + length;
    hash *= 0xd6e8feb86659fd93;
    return hash ^ (hash >> 32);
  }

  uint32_t NumberOfNull() {
    if (null_ == kNone) {
      null_ = size();
      strings_.emplace_back();
    }
    return null_;
  }

  [[gnu::always_inline]] uint32_t NumberOf(const Text& text, const Words& words) {
    for (uint64_t at = Hash(words, text.length) & mask_;; at = (at + 1) & mask_) {
      const Slot& slot = slots_[at];
      // One branch for all, which is nearly always taken.
      const uint64_t differs = (slot.words.low ^ words.low) | (slot.words.high ^ words.high) |
                               (slot.length ^ text.length);
      if (differs == 0) {
        if (text.length <= kShort ||
            std::memcmp(strings_[slot.number].GetData(), text.at, text.length) == 0) {
          return slot.number;
        }
      } else if (slot.length == kNone) {
        return Add(text, words, at);
      }
    }
  }

  uint32_t Add(const Text& text, const Words& words, uint64_t at) {
    const uint32_t number = size();
    strings_.push_back(heap_->AddBlob(duckdb::string_t(text.at, text.length)));
    slots_[at] = {words, text.length, number};
    if (2 * strings_.size() > slots_.size()) Grow();
    return number;
  }

  void Grow() {
    std::vector<Slot> old(4 * slots_.size());
    old.swap(slots_);
    mask_ = slots_.size() - 1;
    for (const Slot& slot : old) {
      if (slot.length == kNone) continue;
      uint64_t at = Hash(slot.words, slot.length) & mask_;
      while (slots_[at].length != kNone) at = (at + 1) & mask_;
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_ = std::vector<Slot>(512);
  uint64_t mask_ = 511;
  uint32_t null_ = kNone;
  std::vector<duckdb::string_t> strings_;
  duckdb::buffer_ptr<duckdb::VectorStringBuffer> heap_ =
      duckdb::make_buffer<duckdb::VectorStringBuffer>();
};

class DictionaryVectors : public ColumnVectors {
 public:
  explicit DictionaryVectors(duckdb::LogicalType values) : type_(std::move(values)) {}

  void Begin(const std::shared_ptr<arrow::ArrayData>& data,
             const std::shared_ptr<arrow::RecordBatch>&) override {
    data_ = data;
    if (values_ == data->dictionary) return;
    values_ = data->dictionary;
    const int64_t size = values_->length;
    // One entry more stands for nulls.
    dictionary_ = duckdb::DictionaryVector::CreateReusableDictionary(
        type_, static_cast<duckdb::idx_t>(size + 1));
    duckdb::Vector& entries = dictionary_->data;
    KeepAlive(entries, values_);
    FillStrings(*values_, 0, size, entries);
    duckdb::FlatVector::Validity(entries).SetInvalid(static_cast<duckdb::idx_t>(size));
  }

  void Fill(int64_t offset, int64_t rows, duckdb::Vector& vector) override {
    duckdb::SelectionVector numbers(static_cast<duckdb::idx_t>(rows));
    switch (static_cast<const arrow::DictionaryType&>(*data_->type).index_type()->bit_width()) {
      case 8:
        Number<uint8_t>(offset, rows, numbers.data());
        break;
      case 16:
        Number<uint16_t>(offset, rows, numbers.data());
        break;
      case 32:
        Number<uint32_t>(offset, rows, numbers.data());
        break;
      default:
        Number<uint64_t>(offset, rows, numbers.data());
    }
    vector.Dictionary(dictionary_, numbers);
  }

 private:
  // Negative indices come as large ones.
  template <typename Index>
  void Number(int64_t offset, int64_t rows, uint32_t* numbers) {
    const auto* indices = data_->GetValues<Index>(1) + offset;
    const auto size = static_cast<uint64_t>(values_->length);
    const uint8_t* valid = Bitmap(*data_);
    bool inside = true;
    for (int64_t i = 0; i < rows; ++i) {
      uint64_t index = indices[i];
      if (valid != nullptr && !arrow::bit_util::GetBit(valid, data_->offset + offset + i)) {
        index = size;
      } else {
        inside &= index < size;
      }
      numbers[i] = static_cast<uint32_t>(index);
    }
    if (!inside) {
      ThrowToDuckDb(MakeError(ErrorCode::kData, "an index lies outside of its dictionary"));
    }
  }

  const duckdb::LogicalType type_;
  std::shared_ptr<arrow::ArrayData> data_, values_;
  duckdb::buffer_ptr<duckdb::VectorChildBuffer> dictionary_;
};

class TextVectors : public ColumnVectors {
 public:
  explicit TextVectors(duckdb::LogicalType type) : type_(std::move(type)) {}

  void Begin(const std::shared_ptr<arrow::ArrayData>& data,
             const std::shared_ptr<arrow::RecordBatch>& owner) override {
    data_ = data;
    owner_ = owner;
    encoded_ = data->type->id() == Type::DICTIONARY;
    if (!encoded_) return;
    if (!dictionaries_) dictionaries_.emplace(type_);
    dictionaries_->Begin(data, owner);
  }

  void Fill(int64_t offset, int64_t rows, duckdb::Vector& vector) override {
    if (encoded_) return dictionaries_->Fill(offset, rows, vector);
    if (FillNumbered(offset, rows, vector)) return;
    KeepAlive(vector, owner_);
    FillStrings(*data_, offset, rows, vector);
  }

 private:
  bool FillNumbered(int64_t offset, int64_t rows, duckdb::Vector& vector) {
    if (!table_) return false;
    const uint32_t known = table_->size();
    duckdb::SelectionVector numbers(static_cast<duckdb::idx_t>(rows));
    ++vectors_;
    if (!table_->Number(*data_, offset, rows, numbers.data())) {
      table_.reset();
      dictionary_.reset();
      return false;
    }
    if (table_->size() > known) {
      // DuckDB begins anew with each dictionary.
      if (++replaced_ > 16 + vectors_ / 16) {
        table_.reset();
        dictionary_.reset();
        return false;
      }
      dictionary_ = table_->Dictionary(vector.GetType());
    }
    vector.Dictionary(dictionary_, numbers);
    return true;
  }

  const duckdb::LogicalType type_;
  // Some batches may come with dictionaries of their own.
  bool encoded_ = false;
  std::optional<DictionaryVectors> dictionaries_;
  std::shared_ptr<arrow::ArrayData> data_;
  std::shared_ptr<arrow::RecordBatch> owner_;
  std::optional<TextTable> table_{std::in_place};  // none: too many different texts
  duckdb::buffer_ptr<duckdb::VectorChildBuffer> dictionary_;
  int64_t vectors_ = 0, replaced_ = 0;
};

}  // namespace

std::unique_ptr<ColumnVectors> MakeTextVectors(const arrow::DataType& type,
                                               const duckdb::LogicalType& values) {
  return IsText(type) ? std::make_unique<TextVectors>(values) : nullptr;
}

std::unique_ptr<ColumnVectors> MakeDictionaryVectors(const arrow::DataType& type,
                                                     const duckdb::LogicalType& values) {
  if (type.id() != Type::DICTIONARY ||
      !IsText(*static_cast<const arrow::DictionaryType&>(type).value_type())) {
    return nullptr;
  }
  return std::make_unique<DictionaryVectors>(values);
}

}  // namespace bowyer
