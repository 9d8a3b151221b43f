#include "databases/duckdb/segments/symbol_table.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace bowyer::segments {
namespace {

constexpr int kRounds = 5;
constexpr size_t kMostSymbols = 255;
// Codes in counts: a byte by itself, then symbols.
constexpr int kSymbolCodes = 256, kAllCodes = 512;
constexpr uint64_t kVersion = 20190218;

uint64_t MaskOf(int size) { return size == 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1; }

uint64_t LoadWord(const uint8_t* bytes, uint32_t left) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return left < 8 ? word & MaskOf(static_cast<int>(left)) : word;
}

}  // namespace

struct SymbolTable::Counts {
  std::vector<uint32_t> one = std::vector<uint32_t>(kAllCodes);
  std::vector<uint16_t> two = std::vector<uint16_t>(kAllCodes * kAllCodes);
};

SymbolTable::SymbolTable(std::span<const TextSpan> sample) : slots_(kSlots), pairs_(65536) {
  Index();
  for (int round = 0; round < kRounds; ++round) {
    Counts counts;
    Count(sample, &counts);
    Choose(counts);
    Index();
  }
}

size_t SymbolTable::SlotOf(uint64_t word) {
  const uint64_t first = (word & 0xffffff) * 0x9e3779b97f4a7c15;
  return first >> 53;
}

inline SymbolTable::Match SymbolTable::Find(uint64_t word, uint32_t left) const {
  const Slot& slot = slots_[SlotOf(word)];
  // A word that ends with its text ends in zeros, which symbols may hold.
  if ((word ^ slot.bytes) << slot.beyond == 0 && slot.match.size - 1U < left) return slot.match;
  const Match pair = pairs_[word & 0xffff];
  return pair.size <= left ? pair : single_[word & 0xff];
}

inline void SymbolTable::Step(Place* place) const {
  const Match match = Find(LoadWord(place->from, place->left), place->left);
  // Without a branch: the byte behind an escape is written in any case.
  place->to[0] = match.code;
  place->to[1] = *place->from;
  const uint32_t escaped = match.size == 0;
  place->to += 1 + escaped;
  place->from += match.size + escaped;
  place->left -= match.size + escaped;
}

uint8_t* SymbolTable::Encode(TextSpan text, uint8_t* codes) const {
  Place place{text.bytes, text.size, codes};
  while (place.left > 0) Step(&place);
  return place.to;
}

void SymbolTable::Encode(const TextSpan (&texts)[2], uint8_t* (&codes)[2]) const {
  Place first{texts[0].bytes, texts[0].size, codes[0]};
  Place second{texts[1].bytes, texts[1].size, codes[1]};
  while (first.left > 0 && second.left > 0) {
    Step(&first);
    Step(&second);
  }
  while (first.left > 0) Step(&first);
  while (second.left > 0) Step(&second);
  codes[0] = first.to;
  codes[1] = second.to;
}

void SymbolTable::Count(std::span<const TextSpan> sample, Counts* counts) const {
  for (const TextSpan& text : sample) {
    int before = -1;
    for (uint32_t at = 0; at < text.size;) {
      const uint32_t left = text.size - at;
      const Match match = Find(LoadWord(text.bytes + at, left), left);
      const int byte = text.bytes[at];
      const int code = match.size == 0 ? byte : kSymbolCodes + match.code;
      const auto add = [&](int which) {
        ++counts->one[static_cast<size_t>(which)];
        if (before < 0) return;
        auto& two = counts->two[static_cast<size_t>(before * kAllCodes + which)];
        if (two < UINT16_MAX) ++two;
      };
      add(code);
      // A symbol's first byte, too: a shorter one may be better.
      if (match.size > 1) add(byte);
      before = code;
      at += std::max<uint32_t>(match.size, 1);
    }
  }
}

void SymbolTable::Choose(const Counts& counts) {
  const auto symbol_of = [&](int code) {
    return code < kSymbolCodes ? Symbol{static_cast<uint64_t>(code), 1}
                               : symbols_[static_cast<size_t>(code - kSymbolCodes)];
  };
  struct Hash {
    size_t operator()(const Symbol& symbol) const {
      return (symbol.bytes ^ static_cast<uint64_t>(symbol.size)) * 0x9e3779b97f4a7c15 >> 16;
    }
  };
  std::unordered_map<Symbol, uint64_t, Hash> gains;
  for (int first = 0; first < kAllCodes; ++first) {
    const uint32_t count = counts.one[static_cast<size_t>(first)];
    if (count == 0) continue;
    const Symbol left = symbol_of(first);
    // A byte without a symbol takes two.
    gains[left] += uint64_t{count} * static_cast<uint64_t>(left.size) * (left.size == 1 ? 8 : 1);
    if (left.size == 8) continue;
    for (int second = 0; second < kAllCodes; ++second) {
      const uint16_t pairs = counts.two[static_cast<size_t>(first * kAllCodes + second)];
      if (pairs < 2) continue;
      const Symbol right = symbol_of(second);
      const int size = std::min(8, left.size + right.size);
      const Symbol both{(left.bytes | right.bytes << 8 * left.size) & MaskOf(size), size};
      gains[both] += uint64_t{pairs} * static_cast<uint64_t>(size);
    }
  }
  std::vector<std::pair<uint64_t, Symbol>> ranked;
  for (const auto& [symbol, gain] : gains) ranked.emplace_back(gain, symbol);
  // Ties by what they are, so that the same texts make the same table.
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return a.first != b.first               ? a.first > b.first
           : a.second.size != b.second.size ? a.second.size > b.second.size
                                            : a.second.bytes < b.second.bytes;
  });
  symbols_.clear();
  std::vector<bool> taken(kSlots);
  for (const auto& [gain, symbol] : ranked) {
    if (symbols_.size() == kMostSymbols) break;
    if (symbol.size >= 3) {
      // One a slot, the better one.
      const size_t slot = SlotOf(symbol.bytes);
      if (taken[slot]) continue;
      taken[slot] = true;
    }
    symbols_.push_back(symbol);
  }
  // In a file they stand by their sizes, single bytes last.
  const auto order = [](const Symbol& symbol) { return symbol.size == 1 ? 9 : symbol.size; };
  std::stable_sort(symbols_.begin(), symbols_.end(),
                   [&](const Symbol& a, const Symbol& b) { return order(a) < order(b); });
}

void SymbolTable::Index() {
  slots_.assign(kSlots, {});
  single_.fill({kEscape, 0});
  for (size_t code = 0; code < symbols_.size(); ++code) {
    const Symbol& symbol = symbols_[code];
    const Match match{static_cast<uint8_t>(code), static_cast<uint8_t>(symbol.size)};
    if (symbol.size == 1) single_[symbol.bytes] = match;
    if (symbol.size >= 3) {
      slots_[SlotOf(symbol.bytes)] = {symbol.bytes, match,
                                      static_cast<uint8_t>(64 - 8 * symbol.size)};
    }
  }
  for (size_t two = 0; two < pairs_.size(); ++two) pairs_[two] = single_[two & 0xff];
  for (size_t code = 0; code < symbols_.size(); ++code) {
    if (symbols_[code].size == 2) pairs_[symbols_[code].bytes] = {static_cast<uint8_t>(code), 2};
  }
}

std::vector<uint8_t> SymbolTable::Serialized() const {
  const uint64_t head = kVersion << 32 | uint64_t{symbols_.size()} << 8 | 1;
  std::vector<uint8_t> out(17);
  std::memcpy(out.data(), &head, sizeof(head));
  // How many there are of one byte, of two and so on.
  for (const Symbol& symbol : symbols_) ++out[9 + static_cast<size_t>(symbol.size - 1)];
  for (const Symbol& symbol : symbols_) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&symbol.bytes);
    out.insert(out.end(), bytes, bytes + symbol.size);
  }
  return out;
}

}  // namespace bowyer::segments
