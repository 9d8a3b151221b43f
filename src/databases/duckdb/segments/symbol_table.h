// Texts in codes of a byte each, of which each stands for one to eight bytes that are frequent in
// them: FSST (Boncz, Neumann and Leis, "FSST: Fast Random Access String Compression", 2020).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace bowyer::segments {

// A text within an array that goes on for kPadding bytes behind it.
struct TextSpan {
  const uint8_t* bytes;
  uint32_t size;
};
inline constexpr size_t kPadding = 8;

// Used by any number of threads once it is made.
class SymbolTable {
 public:
  // For texts like these; some 16 KB of them are enough.
  explicit SymbolTable(std::span<const TextSpan> sample);

  // Writes the codes of `text` and returns their end: at most two bytes for each of the text's.
  uint8_t* Encode(TextSpan text, uint8_t* codes) const;
  // The same of two texts at once, which takes little longer than of one: each code's place depends
  // on the one before it, and a core waits for none of the other text's.
  void Encode(const TextSpan (&texts)[2], uint8_t* (&codes)[2]) const;

  // As it stands in a file, before the texts.
  std::vector<uint8_t> Serialized() const;

 private:
  struct Symbol {
    uint64_t bytes = 0;  // first one lowest
    int size = 0;
    friend bool operator==(const Symbol&, const Symbol&) = default;
  };
  struct Match {
    uint8_t code, size;
  };
  // A symbol of three bytes or more, found by its first three.
  struct Slot {
    uint64_t bytes = 0;
    Match match{0, 0};
    uint8_t beyond = 0;  // bits of a word that are not the symbol's
  };
  // What is left of a text, and where its codes go.
  struct Place {
    const uint8_t* from;
    uint32_t left;
    uint8_t* to;
  };
  struct Counts;
  static constexpr int kSlots = 2048;
  static constexpr uint8_t kEscape = 255;  // the next byte stands for itself

  static size_t SlotOf(uint64_t word);
  Match Find(uint64_t word, uint32_t left) const;
  void Step(Place* place) const;
  void Count(std::span<const TextSpan> sample, Counts* counts) const;
  // Takes the most useful of the symbols that were seen, and of what they make in pairs.
  void Choose(const Counts& counts);
  void Index();

  std::vector<Symbol> symbols_;  // by code
  std::vector<Slot> slots_;
  std::vector<Match> pairs_;  // by the next two bytes: a symbol of one or two, or none (size 0)
  std::array<Match, 256> single_;
};

}  // namespace bowyer::segments
