// Values of a column in the form in which DuckDB's files hold them, made by us. DuckDB tries and
// encodes value by value, through calls that any type can take; here a column of a row group is at
// hand as one array, and each encoding is a loop over it. The layouts are those of DuckDB's storage
// (its documentation calls them bitpacking, ALP, dictionary, FSST), which any version since 1.0
// reads.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <duckdb.hpp>
#include <duckdb/common/enums/compression_type.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>
#include <functional>
#include <span>
#include <vector>

namespace bowyer::segments {

static_assert(std::endian::native == std::endian::little, "as DuckDB's files are");

// Rows of one column, one after the other, that lie in one block of the file.
struct Segment {
  duckdb::CompressionType compression;
  duckdb::idx_t rows;
  duckdb::BaseStatistics statistics;
  std::span<const uint8_t> bytes;  // none where the statistics tell all; gone after the call
};

// Takes them in the order of their rows.
using SegmentSink = std::function<void(Segment)>;

// Memory that encoders use again for the next column: what is new to a process costs more than what
// is written into it.
using Scratch = std::vector<uint8_t>;

// Which rows are not null: a bit each, the first one lowest.
class RowMask {
 public:
  void Append(bool valid) {
    if (rows_ % 64 == 0) words_.push_back(0);
    words_.back() |= uint64_t{valid} << (rows_ % 64);
    ++rows_;
    nulls_ += !valid;
  }
  void AppendValid(size_t rows) {
    for (; rows > 0 && rows_ % 64 != 0; --rows) Append(true);
    words_.resize((rows_ + rows + 63) / 64, ~uint64_t{0});
    rows_ += rows;
    if (rows_ % 64 != 0) words_.back() &= (uint64_t{1} << (rows_ % 64)) - 1;
  }
  void Clear() {
    words_.clear();
    rows_ = nulls_ = 0;
  }

  bool operator[](size_t row) const { return (words_[row / 64] >> (row % 64) & 1) != 0; }
  size_t rows() const { return rows_; }
  size_t nulls() const { return nulls_; }
  const std::vector<uint64_t>& words() const { return words_; }

 private:
  std::vector<uint64_t> words_;  // bits behind the last row are 0
  size_t rows_ = 0, nulls_ = 0;
};

// A column of a row group. Values of null rows may be anything.
template <typename T>
struct Column {
  const duckdb::LogicalType& type;
  std::span<const T> values;
  const RowMask& valid;
  size_t block_bytes;  // of a segment at most
  Scratch& scratch;
};

// Statistics of rows that are there or null.
inline duckdb::BaseStatistics EmptyStatistics(const duckdb::LogicalType& type, bool any_valid,
                                              bool any_null) {
  auto statistics = duckdb::BaseStatistics::CreateEmpty(type);
  if (any_valid) statistics.SetHasNoNullFast();
  if (any_null) statistics.SetHasNullFast();
  return statistics;
}

template <typename T>
void AppendBytes(T value, std::vector<uint8_t>* out) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  out->insert(out->end(), bytes, bytes + sizeof(T));
}

template <typename T>
void StoreBytes(T value, uint8_t* at) {
  std::memcpy(at, &value, sizeof(T));
}

inline size_t AlignedTo8(size_t bytes) { return (bytes + 7) / 8 * 8; }

}  // namespace bowyer::segments
