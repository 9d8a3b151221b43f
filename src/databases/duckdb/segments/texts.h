// Texts and bytes: numbers of a dictionary where few different ones occur, codes of a symbol table
// where that makes them smaller, or as they are.
#pragma once

#include "databases/duckdb/segments/segment.h"

namespace bowyer::segments {

// Longer ones go into blocks of their own, which is left to DuckDB.
inline constexpr size_t kLongestText = 4095;

// The texts of a column, one behind the other; a null row's is empty.
class TextRows {
 public:
  void Append(const duckdb::string_t& text) {
    Reserve(text.GetSize());
    std::memcpy(bytes_.data() + size_, text.GetData(), text.GetSize());
    size_ += text.GetSize();
    ends_.push_back(static_cast<uint32_t>(size_));
  }
  void AppendNull() { ends_.push_back(static_cast<uint32_t>(size_)); }
  void Clear() {
    ends_.clear();
    size_ = 0;
  }

  size_t rows() const { return ends_.size(); }
  uint32_t begin(size_t row) const { return row == 0 ? 0 : ends_[row - 1]; }
  uint32_t end(size_t row) const { return ends_[row]; }
  uint32_t size(size_t row) const { return end(row) - begin(row); }
  const uint8_t* at(size_t row) const { return bytes_.data() + begin(row); }
  // Of all texts; eight more may be read.
  size_t bytes() const { return size_; }

 private:
  void Reserve(size_t more) {
    const size_t needed = size_ + more + 8;
    if (needed > bytes_.size()) bytes_.resize(std::max(needed, bytes_.size() * 2));
  }

  std::vector<uint8_t> bytes_ = std::vector<uint8_t>(8);
  std::vector<uint32_t> ends_;
  size_t size_ = 0;
};

// None is longer than kLongestText.
void EncodeTexts(const duckdb::LogicalType& type, const TextRows& texts, const RowMask& valid,
                 size_t block_bytes, Scratch* scratch, const SegmentSink& sink);

}  // namespace bowyer::segments
