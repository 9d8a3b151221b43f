#include "databases/duckdb/segments/texts.h"

#include <algorithm>
#include <array>
#include <duckdb/storage/statistics/string_stats.hpp>
#include <memory>
#include <optional>

#include "databases/duckdb/segments/packing.h"
#include "databases/duckdb/segments/symbol_table.h"

namespace bowyer::segments {
namespace {

using duckdb::CompressionType;

constexpr size_t kSampleBytes = 16 << 10;
// Rows after which a column of which every third text is a new one gets no dictionary.
constexpr size_t kDictionaryTrial = 8192;

struct Texts {
  const duckdb::LogicalType& type;
  const TextRows& rows;
  const RowMask& valid;
  size_t block_bytes;
  Scratch& bytes;
  const SegmentSink& sink;
};

// The first eight bytes as a number that sorts as they do.
uint64_t PrefixOf(const uint8_t* text, uint32_t size) {
  uint64_t word;
  std::memcpy(&word, text, sizeof(word));
  if (size < 8) word &= (uint64_t{1} << 8 * size) - 1;
  return __builtin_bswap64(word);
}

bool HasHighBit(const uint8_t* bytes, size_t size) {
  uint64_t any = 0;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes + i, sizeof(word));
    any |= word;
  }
  for (; i < size; ++i) any |= bytes[i];
  return (any & 0x8080808080808080) != 0;
}

// Of rows [begin, end).
duckdb::BaseStatistics StatisticsOf(const Texts& texts, size_t begin, size_t end) {
  uint64_t least = ~uint64_t{0}, greatest = 0;
  size_t nulls = 0;
  uint32_t longest = 0;
  for (size_t row = begin; row < end; ++row) {
    if (texts.valid.nulls() > 0 && !texts.valid[row]) {
      ++nulls;
      continue;
    }
    const uint32_t size = texts.rows.size(row);
    const uint64_t prefix = PrefixOf(texts.rows.at(row), size);
    least = std::min(least, prefix);
    greatest = std::max(greatest, prefix);
    longest = std::max(longest, size);
  }
  auto statistics = EmptyStatistics(texts.type, begin + nulls<end, nulls> 0);
  if (begin + nulls == end) return statistics;
  const auto as_text = [](uint64_t prefix) {
    const uint64_t bytes = __builtin_bswap64(prefix);
    return duckdb::string_t(reinterpret_cast<const char*>(&bytes), sizeof(bytes));
  };
  duckdb::StringStats::SetMin(statistics, as_text(least));
  duckdb::StringStats::SetMax(statistics, as_text(greatest));
  duckdb::StringStats::SetMaxStringLength(statistics, longest);
  if (texts.type.id() == duckdb::LogicalTypeId::VARCHAR &&
      HasHighBit(texts.rows.at(begin), texts.rows.end(end - 1) - texts.rows.begin(begin))) {
    duckdb::StringStats::SetContainsUnicode(statistics);
  }
  return statistics;
}

void Add(const Texts& texts, CompressionType compression, size_t begin, size_t end) {
  texts.sink({compression, end - begin, StatisticsOf(texts, begin, end), texts.bytes});
}

// --- As they are: a table of ends, then the texts from the last one to the first.

constexpr size_t kPlainHeaderBytes = 8;

size_t PlainBytes(const Texts& texts) { return texts.rows.rows() * 4 + texts.rows.bytes(); }

void EncodePlainTexts(const Texts& texts) {
  for (size_t begin = 0, end; begin < texts.rows.rows(); begin = end) {
    size_t used = kPlainHeaderBytes;
    for (end = begin; end < texts.rows.rows(); ++end) {
      const size_t more = 4 + texts.rows.size(end);
      if (used + more > texts.block_bytes) break;
      used += more;
    }
    Scratch& bytes = texts.bytes;
    bytes.resize(used);
    const uint32_t first = texts.rows.begin(begin);
    StoreBytes(texts.rows.end(end - 1) - first, bytes.data());
    StoreBytes(static_cast<uint32_t>(used), bytes.data() + 4);
    for (size_t row = begin; row < end; ++row) {
      const uint32_t distance = texts.rows.end(row) - first;
      StoreBytes(distance, bytes.data() + kPlainHeaderBytes + 4 * (row - begin));
      std::memcpy(bytes.data() + used - distance, texts.rows.at(row), texts.rows.size(row));
    }
    Add(texts, CompressionType::COMPRESSION_UNCOMPRESSED, begin, end);
  }
}

// --- Dictionaries.

constexpr size_t kDictionaryHeaderBytes = 20;

// Which of the different texts each row has.
struct Dictionary {
  std::vector<uint32_t> numbers;  // of each row; whatever for nulls
  std::vector<uint32_t> firsts;   // the row in which each text was found
  size_t bytes = 0;               // of the different texts

  size_t EncodedBytes() const {
    return bytes + 4 * firsts.size() +
           PackedBytes(numbers.size(), PackedWidth(uint64_t{firsts.size()}));
  }
};

uint64_t HashOf(const uint8_t* text, uint32_t size) {
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
  uint64_t hash = size * kOdd;
  for (; size > 8; text += 8, size -= 8) {
    uint64_t word;
    std::memcpy(&word, text, sizeof(word));
    hash = (hash ^ word) * kOdd;
    hash ^= hash >> 32;
  }
  hash = (hash ^ PrefixOf(text, size)) * kOdd;
  return hash ^ hash >> 29;
}

// None where too many are different.
std::optional<Dictionary> FindDictionary(const Texts& texts) {
  Dictionary found;
  const size_t rows = texts.rows.rows();
  found.numbers.resize(rows);
  struct Slot {
    uint32_t hash = 0, number = UINT32_MAX;
  };
  std::vector<Slot> slots(1024);
  for (size_t row = 0; row < rows; ++row) {
    if (texts.valid.nulls() > 0 && !texts.valid[row]) continue;
    const uint8_t* const text = texts.rows.at(row);
    const uint32_t size = texts.rows.size(row);
    const auto hash = static_cast<uint32_t>(HashOf(text, size));
    size_t at = hash & (slots.size() - 1);
    for (;; at = (at + 1) & (slots.size() - 1)) {
      Slot& slot = slots[at];
      if (slot.number == UINT32_MAX) {
        slot = {hash, static_cast<uint32_t>(found.firsts.size())};
        found.firsts.push_back(static_cast<uint32_t>(row));
        found.bytes += size;
        break;
      }
      const size_t first = found.firsts[slot.number];
      if (slot.hash == hash && texts.rows.size(first) == size &&
          std::memcmp(texts.rows.at(first), text, size) == 0) {
        break;
      }
    }
    found.numbers[row] = slots[at].number;
    if (found.firsts.size() * 2 > slots.size()) {
      if (row >= kDictionaryTrial && found.firsts.size() > row / 3) return std::nullopt;
      std::vector<Slot> more(slots.size() * 2);
      for (const Slot& slot : slots) {
        if (slot.number == UINT32_MAX) continue;
        size_t place = slot.hash & (more.size() - 1);
        while (more[place].number != UINT32_MAX) place = (place + 1) & (more.size() - 1);
        more[place] = slot;
      }
      slots = std::move(more);
    }
  }
  return found;
}

void EncodeDictionary(const Texts& texts, const Dictionary& dictionary) {
  // Each segment has a dictionary of its own: what a text's number is in this one, 0 for none yet.
  std::vector<uint32_t> local(dictionary.firsts.size());
  for (size_t begin = 0, end; begin < texts.rows.rows(); begin = end) {
    std::fill(local.begin(), local.end(), 0);
    std::vector<uint32_t> ends{0};  // the first is that of nulls
    std::vector<uint32_t> members, selection;
    uint32_t text_bytes = 0;
    for (end = begin; end < texts.rows.rows(); ++end) {
      if (texts.valid.nulls() > 0 && !texts.valid[end]) {
        const size_t needed =
            kDictionaryHeaderBytes + text_bytes + 4 * ends.size() +
            PackedBytes(selection.size() + 1, PackedWidth(uint64_t{ends.size() - 1}));
        if (needed > texts.block_bytes) break;
        selection.push_back(0);
        continue;
      }
      const uint32_t number = dictionary.numbers[end];
      const bool is_new = local[number] == 0;
      const uint32_t size = is_new ? texts.rows.size(end) : 0;
      const size_t count = ends.size() + is_new;
      const size_t needed = kDictionaryHeaderBytes + text_bytes + size + 4 * count +
                            PackedBytes(selection.size() + 1, PackedWidth(uint64_t{count - 1}));
      if (needed > texts.block_bytes) break;
      if (is_new) {
        local[number] = static_cast<uint32_t>(ends.size());
        text_bytes += size;
        ends.push_back(text_bytes);
        members.push_back(static_cast<uint32_t>(end));
      }
      selection.push_back(local[number]);
    }
    const int width = PackedWidth(uint64_t{ends.size() - 1});
    Scratch& bytes = texts.bytes;
    bytes.resize(kDictionaryHeaderBytes);
    AppendPacked(std::span<const uint32_t>(selection), width, &bytes);
    const size_t ends_at = bytes.size();
    for (const uint32_t one : ends) AppendBytes(one, &bytes);
    bytes.resize(bytes.size() + text_bytes);
    for (size_t i = 0; i < members.size(); ++i) {
      std::memcpy(bytes.data() + bytes.size() - ends[i + 1], texts.rows.at(members[i]),
                  texts.rows.size(members[i]));
    }
    StoreBytes(text_bytes, bytes.data());
    StoreBytes(static_cast<uint32_t>(bytes.size()), bytes.data() + 4);
    StoreBytes(static_cast<uint32_t>(ends_at), bytes.data() + 8);
    StoreBytes(static_cast<uint32_t>(ends.size()), bytes.data() + 12);
    StoreBytes(static_cast<uint32_t>(width), bytes.data() + 16);
    Add(texts, CompressionType::COMPRESSION_DICTIONARY, begin, end);
  }
}

// --- Symbol tables.

constexpr size_t kCodesHeaderBytes = 16;

std::vector<TextSpan> SampleOf(const Texts& texts) {
  std::vector<TextSpan> sample;
  const size_t rows = texts.rows.rows();
  const size_t mean = texts.rows.bytes() / rows + 1;
  const size_t step = std::max<size_t>(1, rows / (kSampleBytes / mean + 1));
  size_t bytes = 0;
  for (size_t row = 0; row < rows && bytes < 2 * kSampleBytes; row += step) {
    if (texts.rows.size(row) == 0) continue;
    sample.push_back({texts.rows.at(row), texts.rows.size(row)});
    bytes += texts.rows.size(row);
  }
  return sample;
}

double RatioOf(const SymbolTable& table, std::span<const TextSpan> sample) {
  std::vector<uint8_t> codes(2 * kLongestText + 2);
  size_t before = 1, after = 1;
  for (const TextSpan& text : sample) {
    before += text.size;
    after += static_cast<size_t>(table.Encode(text, codes.data()) - codes.data());
  }
  return static_cast<double>(after) / static_cast<double>(before);
}

// The codes of rows that are asked for in order, some of them twice.
class Codes {
 public:
  Codes(const TextRows& rows, const SymbolTable& table) : rows_(rows), table_(table) {}

  std::span<const uint8_t> Of(size_t row) {
    if (row >= end_) {
      begin_ = row;
      end_ = std::min(row + 2, rows_.rows());
      const size_t last = end_ - 1;
      const TextSpan texts[2] = {{rows_.at(row), rows_.size(row)},
                                 {rows_.at(last), last == row ? 0 : rows_.size(last)}};
      uint8_t* ends[2] = {codes_[0].data(), codes_[1].data()};
      table_.Encode(texts, ends);
      for (size_t i = 0; i < 2; ++i) sizes_[i] = static_cast<size_t>(ends[i] - codes_[i].data());
    }
    return {codes_[row - begin_].data(), sizes_[row - begin_]};
  }

 private:
  const TextRows& rows_;
  const SymbolTable& table_;
  std::array<std::array<uint8_t, 2 * kLongestText + 2>, 2> codes_;
  std::array<size_t, 2> sizes_;
  size_t begin_ = 0, end_ = 0;  // rows that are encoded
};

void EncodeCodes(const Texts& texts, const SymbolTable& table) {
  const std::vector<uint8_t> symbols = table.Serialized();
  const size_t rows = texts.rows.rows();
  const auto codes = std::make_unique<Codes>(texts.rows, table);
  // From its end: the texts lie from the last one to the first.
  std::vector<uint8_t> backwards(texts.block_bytes);
  std::vector<uint32_t> sizes;
  for (size_t begin = 0, end; begin < rows; begin = end) {
    sizes.clear();
    uint32_t longest = 0;
    size_t total = 0;
    for (end = begin; end < rows; ++end) {
      const auto text = codes->Of(end);
      const auto size = static_cast<uint32_t>(text.size());
      const uint32_t most = std::max(longest, size);
      const size_t needed = kCodesHeaderBytes + symbols.size() + total + size +
                            PackedBytes(sizes.size() + 1, PackedWidth(uint64_t{most}));
      if (needed > texts.block_bytes) break;
      longest = most;
      total += size;
      sizes.push_back(size);
      std::memcpy(backwards.data() + backwards.size() - total, text.data(), size);
    }
    const int width = PackedWidth(uint64_t{longest});
    Scratch& bytes = texts.bytes;
    bytes.resize(kCodesHeaderBytes);
    AppendPacked(std::span<const uint32_t>(sizes), width, &bytes);
    const size_t symbols_at = bytes.size();
    bytes.insert(bytes.end(), symbols.begin(), symbols.end());
    bytes.insert(bytes.end(), backwards.end() - static_cast<ptrdiff_t>(total), backwards.end());
    StoreBytes(static_cast<uint32_t>(total), bytes.data());
    StoreBytes(static_cast<uint32_t>(bytes.size()), bytes.data() + 4);
    StoreBytes(static_cast<uint32_t>(width), bytes.data() + 8);
    StoreBytes(static_cast<uint32_t>(symbols_at), bytes.data() + 12);
    Add(texts, CompressionType::COMPRESSION_FSST, begin, end);
  }
}

}  // namespace

void EncodeTexts(const duckdb::LogicalType& type, const TextRows& rows, const RowMask& valid,
                 size_t block_bytes, Scratch* scratch, const SegmentSink& sink) {
  const Texts texts{type, rows, valid, block_bytes, *scratch, sink};
  const size_t plain = PlainBytes(texts);
  const auto dictionary = FindDictionary(texts);
  if (dictionary.has_value() && dictionary->EncodedBytes() * 3 < plain) {
    return EncodeDictionary(texts, *dictionary);
  }
  const std::vector<TextSpan> sample = SampleOf(texts);
  if (sample.empty()) return EncodePlainTexts(texts);
  const SymbolTable table(sample);
  // What is saved has to pay for reading it: a sixth, as DuckDB wants it.
  const double ratio = RatioOf(table, sample);
  const double codes = static_cast<double>(rows.bytes()) * ratio + static_cast<double>(rows.rows());
  const bool is_small =
      dictionary.has_value() && static_cast<double>(dictionary->EncodedBytes()) < codes;
  if (is_small && dictionary->EncodedBytes() * 6 < plain * 5) {
    EncodeDictionary(texts, *dictionary);
  } else if (codes * 6 < static_cast<double>(plain) * 5) {
    EncodeCodes(texts, table);
  } else {
    EncodePlainTexts(texts);
  }
}

}  // namespace bowyer::segments
