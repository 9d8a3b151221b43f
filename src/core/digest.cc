// A sum is two sums modulo 2^64 of two hashes of the value: as good as one modulo 2^128, without
// carries. A row's hash is a polynomial of its columns' hashes, mixed once more: without that the
// sum over the rows would be one of sums over columns, which swapped values leave as they are.
#include "core/digest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "bowyer/error.h"

namespace bowyer {
namespace {

constexpr std::string_view kVersion = "1:";  // of what hashes mean: others are not comparable
constexpr size_t kSumDigits = 32;
constexpr uint64_t kA = 0x9FB21C651E98DF25, kB = 0xD1B54A32D192ED03;

uint64_t Spread(uint64_t z) {
  z ^= z >> 32;
  z *= kA;
  z ^= z >> 29;
  z *= kB;
  return z ^ (z >> 32);
}

bool ParseHex(std::string_view text, uint64_t* word) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *word, 16);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

TableDigest::TableDigest(int columns) : columns_(static_cast<size_t>(columns)) {}

arrow::Status TableDigest::CheckColumns(int columns) const {
  if (columns == this->columns()) return arrow::Status::OK();
  return MakeError(ErrorCode::kInternal,
                   fmt::format("a digest of {} columns meets one of {}", this->columns(), columns));
}

arrow::Status TableDigest::Add(const arrow::RecordBatch& batch) {
  ARROW_RETURN_NOT_OK(CheckColumns(batch.num_columns()));
  constexpr int64_t kBlock = ValueHasher::kMostRows;
  using Lane = std::array<uint64_t, static_cast<size_t>(kBlock)>;
  Lane low, high, row_low, row_high;
  hashers_.resize(columns_.size());
  for (int64_t first = 0; first < batch.num_rows(); first += kBlock) {
    const int64_t count = std::min(kBlock, batch.num_rows() - first);
    const auto rows = static_cast<size_t>(count);
    row_low.fill(0);
    row_high.fill(0);
    for (size_t c = 0; c < columns_.size(); ++c) {
      hashers_[c].Hash(*batch.column_data(static_cast<int>(c)), first, count, low.data(),
                       high.data());
      uint64_t sum_low = 0, sum_high = 0;
      for (size_t i = 0; i < rows; ++i) {
        sum_low += low[i];
        sum_high += high[i];
        row_low[i] = row_low[i] * kA + low[i];
        row_high[i] = (row_high[i] ^ high[i]) * kB;
      }
      columns_[c].low += sum_low;
      columns_[c].high += sum_high;
    }
    for (size_t i = 0; i < rows; ++i) {
      const uint64_t mixed = Spread(row_low[i] ^ std::rotl(row_high[i], 32));
      table_.low += mixed;
      table_.high += Spread(row_high[i] + mixed);
    }
  }
  rows_ += batch.num_rows();
  return arrow::Status::OK();
}

arrow::Status TableDigest::Merge(const TableDigest& other) {
  ARROW_RETURN_NOT_OK(CheckColumns(other.columns()));
  const auto add = [](Sum& to, const Sum& from) {
    to.low += from.low;
    to.high += from.high;
  };
  rows_ += other.rows_;
  add(table_, other.table_);
  for (size_t c = 0; c < columns_.size(); ++c) add(columns_[c], other.columns_[c]);
  return arrow::Status::OK();
}

std::string TableDigest::Sum::ToText() const { return fmt::format("{:016x}{:016x}", high, low); }

std::string TableDigest::ToText() const {
  std::string text = fmt::format("{}{}:{}", kVersion, rows_, table_.ToText());
  for (const Sum& column : columns_) text += column.ToText();
  return text;
}

arrow::Result<TableDigest> TableDigest::Parse(std::string_view text) {
  const auto wrong = [] { return MakeError(ErrorCode::kData, "this is no digest of rows"); };
  if (!text.starts_with(kVersion)) return wrong();
  text.remove_prefix(kVersion.size());
  int64_t rows = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rows);
  if (error != std::errc() || rows < 0 || end == text.data() + text.size() || *end != ':') {
    return wrong();
  }
  text.remove_prefix(static_cast<size_t>(end - text.data()) + 1);
  if (text.empty() || text.size() % kSumDigits != 0) return wrong();
  TableDigest digest(static_cast<int>(text.size() / kSumDigits) - 1);
  digest.rows_ = rows;
  for (size_t i = 0; i * kSumDigits < text.size(); ++i) {
    const std::string_view sum = text.substr(i * kSumDigits, kSumDigits);
    Sum& to = i == 0 ? digest.table_ : digest.columns_[i - 1];
    if (!ParseHex(sum.substr(0, 16), &to.high) || !ParseHex(sum.substr(16), &to.low)) {
      return wrong();
    }
  }
  return digest;
}

std::string TableDigest::TableText() const { return table_.ToText(); }

std::string TableDigest::ColumnText(int column) const {
  return columns_[static_cast<size_t>(column)].ToText();
}

bool TableDigest::operator==(const TableDigest& other) const {
  return rows_ == other.rows_ && table_ == other.table_ && columns_ == other.columns_;
}

std::vector<int> TableDigest::DifferingColumns(const TableDigest& other) const {
  std::vector<int> differing;
  for (size_t c = 0; c < std::min(columns_.size(), other.columns_.size()); ++c) {
    if (columns_[c] != other.columns_[c]) differing.push_back(static_cast<int>(c));
  }
  return differing;
}

}  // namespace bowyer
