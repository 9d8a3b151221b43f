// Two tables: numbers of 4 and 8 bytes with the key in its slot, and byte strings with the first 16
// bytes beside the number, which settles most comparisons. Probes are prefetched a few values ahead
// once a table is larger than the nearest caches.
#include "formats/parquet/dictionary.h"

#include <arrow/buffer.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "formats/parquet/statistics.h"

namespace bowyer::parquet {
namespace {

using arrow::Status;

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();
constexpr int kAhead = 16;                     // values between a prefetch and its probe
constexpr int64_t kPrefetchBytes = 128 << 10;  // tables below stay in the nearest caches

// Slots are a power of two; at most two thirds of them are taken.
int SlotBits(int64_t values) {
  return std::max<int>(8, std::bit_width(static_cast<uint64_t>(values) * 3 / 2));
}

uint64_t Mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// A table of 2^bits slots with those of `values` values in it. `slot_of` gives a value's home and
// its slot; it stands in the first free place from there on.
template <typename Slot, typename SlotOf>
arrow::Result<std::shared_ptr<arrow::Buffer>> MakeSlots(int bits, uint32_t values,
                                                        arrow::MemoryPool* pool, SlotOf slot_of) {
  const int64_t bytes = int64_t{sizeof(Slot)} << bits;
  const size_t mask = (size_t{1} << bits) - 1;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer, arrow::AllocateBuffer(bytes, pool));
  std::memset(buffer->mutable_data(), 0xff, bytes);
  auto* const slots = reinterpret_cast<Slot*>(buffer->mutable_data());
  for (uint32_t code = 0; code < values; ++code) {
    auto [at, slot] = slot_of(code);
    while (slots[at].code != kNone) at = (at + 1) & mask;
    slots[at] = slot;
  }
  return buffer;
}

template <typename Key>
class NumberDictionary : public Dictionary {
 public:
  NumberDictionary(const Leaf*, arrow::MemoryPool* pool) : pool_(pool) {}

  Status Init(int64_t expected, int64_t) {
    values_.reserve(static_cast<size_t>(std::min<int64_t>(expected, 1 << 18)));
    return Resize(SlotBits(std::min<int64_t>(expected, 1 << 20)));
  }

  Status Encode(const ValueBlock& block, uint32_t* codes) override {
    const Key* keys = reinterpret_cast<const Key*>(block.fixed);
    const int32_t count = block.count;
    // A whole block fits without growing in its midst.
    if (const int bits = SlotBits(int64_t{size_} + count); bits > bits_) {
      ARROW_RETURN_NOT_OK(Resize(bits));
    }
    if ((int64_t{sizeof(Slot)} << bits_) > kPrefetchBytes) {
      for (int32_t i = 0; i < std::min(count, kAhead); ++i) Prefetch(keys[i]);
      for (int32_t i = 0; i < count; ++i) {
        if (i + kAhead < count) Prefetch(keys[i + kAhead]);
        codes[i] = Find(keys[i]);
      }
    } else {
      for (int32_t i = 0; i < count; ++i) codes[i] = Find(keys[i]);
    }
    return Status::OK();
  }

  int64_t plain_bytes() const override { return int64_t{size_} * sizeof(Key); }

  Status AppendPlain(arrow::BufferBuilder* out) const override {
    return out->Append(values_.data(), plain_bytes());
  }

  void Visit(Statistics* statistics) const override {
    for (uint32_t i = 0; i < size_; i += kBlockValues) {
      ValueBlock block;
      block.count = std::min<int32_t>(kBlockValues, size_ - i);
      block.fixed = reinterpret_cast<const uint8_t*>(values_.data() + i);
      statistics->Update(block);
    }
  }

 private:
  struct Slot {
    Key key;
    uint32_t code;
  };

  size_t Home(Key key) const {
    constexpr uint64_t kOdd = 0x9e3779b97f4a7c15u;
    uint64_t hash = static_cast<uint64_t>(key) * kOdd;
    hash = (hash ^ hash >> 32) * kOdd;
    return static_cast<size_t>(hash >> (64 - bits_));
  }
  void Prefetch(Key key) const { __builtin_prefetch(&slots_[Home(key)]); }

  uint32_t Find(Key key) {
    const size_t home = Home(key);
    const Slot& slot = slots_[home];
    if (slot.key == key && slot.code != kNone) [[likely]]
      return slot.code;
    return FindFrom(home, key);
  }

  // Kept out of the loop: the number of a value that is not in its home slot, or is new.
  [[gnu::noinline]] uint32_t FindFrom(size_t at, Key key) {
    while (true) {
      Slot& slot = slots_[at];
      if (slot.code == kNone) {
        slot = {key, size_};
        values_.push_back(key);
        return size_++;
      }
      if (slot.key == key) return slot.code;
      at = (at + 1) & mask_;
      ++collisions_;
    }
  }

  Status Resize(int bits) {
    bits_ = bits;
    mask_ = (size_t{1} << bits) - 1;
    ARROW_ASSIGN_OR_RAISE(buffer_, MakeSlots<Slot>(bits, size_, pool_, [this](uint32_t code) {
                            return std::pair(Home(values_[code]), Slot{values_[code], code});
                          }));
    slots_ = reinterpret_cast<Slot*>(buffer_->mutable_data());
    return Status::OK();
  }

  arrow::MemoryPool* pool_;
  std::shared_ptr<arrow::Buffer> buffer_;
  Slot* slots_ = nullptr;
  int bits_ = 0;
  size_t mask_ = 0;
  std::vector<Key> values_;  // at most the dictionary's limit of a column chunk
};

// Byte arrays and fixed-size byte strings.
class BytesDictionary : public Dictionary {
 public:
  BytesDictionary(const Leaf* leaf, arrow::MemoryPool* pool)
      : leaf_(leaf), pool_(pool), plain_(pool) {}

  Status Init(int64_t expected, int64_t expected_bytes) {
    entries_.reserve(static_cast<size_t>(std::min<int64_t>(expected, 1 << 16)));
    ARROW_RETURN_NOT_OK(plain_.Reserve(std::min<int64_t>(expected_bytes, 4 << 20)));
    return Resize(SlotBits(std::min<int64_t>(expected, 1 << 18)));
  }

  Status Encode(const ValueBlock& block, uint32_t* codes) override {
    const int32_t count = block.count;
    if (const int bits = SlotBits(int64_t{size_} + count); bits > bits_) {
      ARROW_RETURN_NOT_OK(Resize(bits));
    }
    if (leaf_->physical == Physical::kFixed) {
      const char* from = reinterpret_cast<const char*>(block.fixed);
      const size_t width = leaf_->width;
      return EncodeAll(count, codes, [&](int32_t i) {
        return std::string_view(from + static_cast<size_t>(i) * width, width);
      });
    }
    return EncodeAll(count, codes, [&](int32_t i) { return block.bytes[i]; });
  }

  int64_t plain_bytes() const override { return plain_.length(); }

  Status AppendPlain(arrow::BufferBuilder* out) const override {
    return out->Append(plain_.data(), plain_.length());
  }

  void Visit(Statistics* statistics) const override {
    std::vector<std::string_view> views;
    for (uint32_t i = 0; i < size_; i += kBlockValues) {
      ValueBlock block;
      block.count = std::min<int32_t>(kBlockValues, size_ - i);
      if (leaf_->physical == Physical::kFixed) {
        block.fixed = plain_.data() + int64_t{i} * leaf_->width;
      } else {
        views.clear();
        for (int32_t k = 0; k < block.count; ++k) views.push_back(Value(entries_[i + k]));
        block.bytes = views.data();
      }
      statistics->Update(block);
    }
  }

 private:
  struct Slot {
    uint32_t tag;  // of the hash
    uint32_t code;
  };
  struct Key {
    uint64_t hash;
    uint64_t low, high;            // the first 16 bytes, zeros behind the end
    uint64_t tail_low, tail_high;  // the last 16 of more than 16: up to 32 bytes are all here
  };
  // Within one cache line.
  struct Entry {
    Key key;
    int64_t offset;  // of the value in plain_
    int64_t size;
  };

  template <typename ValueOf>
  Status EncodeAll(int32_t count, uint32_t* codes, ValueOf value_of) {
    if ((int64_t{sizeof(Slot)} << bits_) <= kPrefetchBytes) {
      for (int32_t i = 0; i < count; ++i) {
        const std::string_view value = value_of(i);
        codes[i] = Find(value, MakeKey(value));
      }
      return failure_;
    }
    Key keys[kAhead];
    for (int32_t from = 0; from < count; from += kAhead) {
      const int32_t here = std::min(kAhead, count - from);
      for (int32_t i = 0; i < here; ++i) {
        keys[i] = MakeKey(value_of(from + i));
        __builtin_prefetch(&slots_[keys[i].hash >> (64 - bits_)]);
      }
      for (int32_t i = 0; i < here; ++i) codes[from + i] = Find(value_of(from + i), keys[i]);
    }
    return failure_;
  }

  std::string_view Value(const Entry& entry) const {
    return {reinterpret_cast<const char*>(plain_.data()) + entry.offset,
            static_cast<size_t>(entry.size)};
  }

  static uint64_t Load(const char* from, size_t size) {
    // 0 to 8 bytes without reading beyond them.
    if (size >= 8) {
      uint64_t word;
      std::memcpy(&word, from, 8);
      return word;
    }
    if (size >= 4) {
      uint32_t first, last;
      std::memcpy(&first, from, 4);
      std::memcpy(&last, from + size - 4, 4);
      return first | static_cast<uint64_t>(last) << (8 * (size - 4));
    }
    if (size == 0) return 0;
    return static_cast<uint8_t>(from[0]) |
           static_cast<uint64_t>(static_cast<uint8_t>(from[size / 2])) << (8 * (size / 2)) |
           static_cast<uint64_t>(static_cast<uint8_t>(from[size - 1])) << (8 * (size - 1));
  }

  static Key MakeKey(std::string_view value) {
    constexpr uint64_t kSeed = 0xa0761d6478bd642f, kStep = 0xe7037ed1a0b428db;
    const size_t size = value.size();
    Key key{0, Load(value.data(), size), 0, 0, 0};
    if (size >= 16) {
      key.high = Load(value.data() + 8, 8);
    } else if (size > 8) {
      key.high = Load(value.data() + size - 8, 8) >> (8 * (16 - size));
    }
    key.hash = Mix(key.low ^ kSeed ^ size, key.high ^ kStep);
    if (size > 16) {
      size_t at = 16;
      for (; at + 16 <= size; at += 16) {
        key.hash = Mix(Load(value.data() + at, 8) ^ kSeed ^ key.hash,
                       Load(value.data() + at + 8, 8) ^ kStep);
      }
      // The last 16 bytes, whatever of them was seen before.
      key.tail_low = Load(value.data() + size - 16, 8);
      key.tail_high = Load(value.data() + size - 8, 8);
      key.hash = Mix(key.tail_low ^ kSeed ^ key.hash, key.tail_high ^ kStep);
    }
    return key;
  }

  bool Equal(const Entry& entry, std::string_view value, const Key& key) const {
    if (entry.size != static_cast<int64_t>(value.size()) || entry.key.low != key.low ||
        entry.key.high != key.high || entry.key.tail_low != key.tail_low ||
        entry.key.tail_high != key.tail_high) {
      return false;
    }
    return value.size() <= 32 || std::memcmp(plain_.data() + entry.offset + 16, value.data() + 16,
                                             value.size() - 32) == 0;
  }

  uint32_t Find(std::string_view value, const Key& key) {
    const size_t home = key.hash >> (64 - bits_);
    const Slot slot = slots_[home];
    if (slot.tag == static_cast<uint32_t>(key.hash) && slot.code != kNone &&
        Equal(entries_[slot.code], value, key)) [[likely]] {
      return slot.code;
    }
    return FindFrom(home, value, key);
  }

  // Kept out of the loop, as above. When memory ends, `failure_` says so.
  [[gnu::noinline]] uint32_t FindFrom(size_t at, std::string_view value, const Key& key) {
    const auto tag = static_cast<uint32_t>(key.hash);
    while (true) {
      const Slot slot = slots_[at];
      if (slot.code == kNone) break;
      if (slot.tag == tag && Equal(entries_[slot.code], value, key)) return slot.code;
      at = (at + 1) & mask_;
      ++collisions_;
    }
    const auto size = static_cast<int64_t>(value.size());
    failure_ &= plain_.Reserve(4 + size);
    if (!failure_.ok()) return 0;
    if (leaf_->physical == Physical::kByteArray) {
      const auto length = static_cast<uint32_t>(size);
      plain_.UnsafeAppend(&length, 4);
    }
    entries_.push_back({key, plain_.length(), size});
    plain_.UnsafeAppend(value.data(), size);
    slots_[at] = {tag, size_};
    return size_++;
  }

  Status Resize(int bits) {
    bits_ = bits;
    mask_ = (size_t{1} << bits) - 1;
    ARROW_ASSIGN_OR_RAISE(buffer_, MakeSlots<Slot>(bits, size_, pool_, [this](uint32_t code) {
                            const uint64_t hash = entries_[code].key.hash;
                            return std::pair(static_cast<size_t>(hash >> (64 - bits_)),
                                             Slot{static_cast<uint32_t>(hash), code});
                          }));
    slots_ = reinterpret_cast<Slot*>(buffer_->mutable_data());
    return Status::OK();
  }

  const Leaf* leaf_;
  arrow::MemoryPool* pool_;
  std::shared_ptr<arrow::Buffer> buffer_;
  Slot* slots_ = nullptr;
  int bits_ = 0;
  size_t mask_ = 0;
  std::vector<Entry> entries_;
  Status failure_;
  arrow::BufferBuilder plain_;
};

template <typename Table>
arrow::Result<std::unique_ptr<Dictionary>> Make(const Leaf& leaf, int64_t expected,
                                                int64_t expected_bytes, arrow::MemoryPool* pool) {
  auto table = std::make_unique<Table>(&leaf, pool);
  ARROW_RETURN_NOT_OK(table->Init(expected, expected_bytes));
  return table;
}

}  // namespace

arrow::Result<std::unique_ptr<Dictionary>> MakeDictionary(const Leaf& leaf, int64_t expected,
                                                          int64_t expected_bytes,
                                                          arrow::MemoryPool* pool) {
  if (leaf.physical == Physical::kByteArray || leaf.physical == Physical::kFixed) {
    return Make<BytesDictionary>(leaf, expected, expected_bytes, pool);
  }
  if (leaf.width == 8)
    return Make<NumberDictionary<uint64_t>>(leaf, expected, expected_bytes, pool);
  return Make<NumberDictionary<uint32_t>>(leaf, expected, expected_bytes, pool);
}

}  // namespace bowyer::parquet
