#include "databases/duckdb/segments/floats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <duckdb/storage/compression/alp/alp_constants.hpp>
#include <duckdb/storage/statistics/numeric_stats.hpp>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "databases/duckdb/segments/packing.h"

namespace bowyer::segments {
namespace {

using duckdb::CompressionType;

constexpr size_t kVectorRows = duckdb::AlpConstants::ALP_VECTOR_SIZE;
constexpr size_t kHeaderBytes = 4;         // where the vectors' entries end
constexpr size_t kVectorHeaderBytes = 13;  // powers, exceptions, smallest, width
constexpr size_t kSampledVectors = 8, kSampledRows = 32;
constexpr size_t kMostPowers = 5;

// value = whole number * 10^factor / 10^exponent
struct Powers {
  uint8_t exponent = 0, factor = 0;
  auto operator<=>(const Powers&) const = default;
};

template <typename T>
using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

template <typename T>
class PowersOfTen {
 public:
  explicit PowersOfTen(Powers powers)
      : to_whole_(Constants::EXP_ARR[powers.exponent]),
        less_(Constants::FRAC_ARR[powers.factor]),
        more_(static_cast<T>(duckdb::AlpConstants::FACT_ARR[powers.factor])),
        from_whole_(Constants::FRAC_ARR[powers.exponent]) {}

  // The whole number; false where it does not come back as it was.
  bool Encode(T value, int64_t* whole) const {
    const T scaled = value * to_whole_ * less_;
    // Not-a-number fails this, too.
    if (!(std::abs(scaled) < kMost)) {
      *whole = 0;
      return false;
    }
    // Rounds without a call.
    *whole = static_cast<int64_t>(scaled + Constants::MAGIC_NUMBER - Constants::MAGIC_NUMBER);
    const T back = static_cast<T>(*whole) * more_ * from_whole_;
    return std::bit_cast<Bits<T>>(back) == std::bit_cast<Bits<T>>(value);
  }

 private:
  using Constants = duckdb::AlpTypedConstants<T>;
  static constexpr T kMost = static_cast<T>(9.2e18);
  T to_whole_, less_, more_, from_whole_;
};

// Bits that a sample takes; none where nothing of it fits.
template <typename T>
uint64_t EstimateBits(std::span<const T> sample, Powers powers) {
  const PowersOfTen<T> tens(powers);
  int64_t least = std::numeric_limits<int64_t>::max();
  int64_t greatest = std::numeric_limits<int64_t>::min();
  uint64_t exceptions = 0;
  for (const T value : sample) {
    int64_t whole;
    if (!tens.Encode(value, &whole)) {
      ++exceptions;
      continue;
    }
    least = std::min(least, whole);
    greatest = std::max(greatest, whole);
  }
  const int width =
      exceptions == sample.size()
          ? 0
          : std::bit_width(static_cast<uint64_t>(greatest) - static_cast<uint64_t>(least));
  return sample.size() * static_cast<uint64_t>(width) + exceptions * (8 * sizeof(T) + 16);
}

template <typename T>
Powers BestOfAll(std::span<const T> sample) {
  Powers best;
  uint64_t fewest = std::numeric_limits<uint64_t>::max();
  for (int exponent = duckdb::AlpTypedConstants<T>::MAX_EXPONENT; exponent >= 0; --exponent) {
    for (int factor = exponent; factor >= 0; --factor) {
      const Powers powers{static_cast<uint8_t>(exponent), static_cast<uint8_t>(factor)};
      const uint64_t bits = EstimateBits(sample, powers);
      if (bits < fewest) {
        fewest = bits;
        best = powers;
      }
    }
  }
  return best;
}

// A vector with nulls filled.
template <typename T>
struct Vector {
  std::array<T, kVectorRows> values;
  size_t rows = 0, nulls = 0;

  void Load(const Column<T>& column, size_t begin) {
    rows = std::min(kVectorRows, column.values.size() - begin);
    nulls = 0;
    std::copy_n(column.values.data() + begin, rows, values.data());
    if (column.valid.nulls() == 0) return;
    T last = 0;
    for (size_t i = 0; i < rows; ++i) {
      if (column.valid[begin + i]) {
        if (nulls == i) std::fill_n(values.data(), i, values[i]);
        last = values[i];
      } else {
        ++nulls;
        values[i] = last;
      }
    }
  }

  std::vector<T> Sample() const {
    std::vector<T> sample;
    const size_t step = std::max<size_t>(1, (rows + kSampledRows - 1) / kSampledRows);
    for (size_t i = 0; i < rows; i += step) sample.push_back(values[i]);
    return sample;
  }
};

// Those that are best for vectors here and there, the most frequent first; none where the values
// take no less room that way.
template <typename T>
std::vector<Powers> ChoosePowers(const Column<T>& column) {
  std::map<Powers, int> votes;
  std::vector<std::vector<T>> samples;
  Vector<T> vector;
  const size_t step =
      std::max(kVectorRows, column.values.size() / kSampledVectors / kVectorRows * kVectorRows);
  for (size_t begin = 0; begin < column.values.size(); begin += step) {
    vector.Load(column, begin);
    if (vector.nulls == vector.rows) continue;
    samples.push_back(vector.Sample());
    ++votes[BestOfAll<T>(samples.back())];
  }
  std::vector<std::pair<int, Powers>> ranked;
  for (const auto& [powers, count] : votes) ranked.emplace_back(count, powers);
  std::sort(ranked.rbegin(), ranked.rend());
  std::vector<Powers> chosen;
  for (const auto& [count, powers] : ranked) {
    if (chosen.size() < kMostPowers) chosen.push_back(powers);
  }
  uint64_t bits = 0, plain = 0;
  for (const auto& sample : samples) {
    uint64_t fewest = std::numeric_limits<uint64_t>::max();
    for (const Powers powers : chosen) {
      fewest = std::min(fewest, EstimateBits(std::span<const T>(sample), powers));
    }
    bits += fewest;
    plain += sample.size() * sizeof(T) * 8;
  }
  if (bits >= plain / 20 * 19) chosen.clear();
  return chosen;
}

// Of rows that come in order; as DuckDB orders them, with not-a-number behind all others.
template <typename T>
class Range {
 public:
  void Add(const Vector<T>& vector) {
    any_null_ = any_null_ || vector.nulls > 0;
    if (vector.nulls == vector.rows) return;
    any_valid_ = true;
    for (size_t i = 0; i < vector.rows; ++i) {
      const T value = vector.values[i];
      has_nan_ = has_nan_ || value != value;
      least_ = value < least_ ? value : least_;
      greatest_ = value > greatest_ ? value : greatest_;
    }
  }

  duckdb::BaseStatistics Statistics(const duckdb::LogicalType& type) const {
    auto statistics = EmptyStatistics(type, any_valid_, any_null_);
    if (!any_valid_) return statistics;
    constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
    const bool any_number = least_ <= greatest_;
    const auto value = [](T number) { return duckdb::Value::CreateValue<T>(number); };
    duckdb::NumericStats::SetMin(statistics, value(any_number ? least_ : kNan));
    duckdb::NumericStats::SetMax(statistics, value(has_nan_ ? kNan : greatest_));
    return statistics;
  }

 private:
  T least_ = std::numeric_limits<T>::infinity(), greatest_ = -std::numeric_limits<T>::infinity();
  bool has_nan_ = false, any_valid_ = false, any_null_ = false;
};

template <typename T>
class FloatSegments {
 public:
  FloatSegments(const Column<T>& column, std::vector<Powers> powers, const SegmentSink& sink)
      : column_(column), powers_(std::move(powers)), sink_(sink), bytes_(column.scratch) {
    Begin();
  }

  void Encode() {
    for (size_t row = 0; row < column_.values.size(); row += kVectorRows) {
      vector_.Load(column_, row);
      Add();
    }
    End();
  }

 private:
  void Begin() {
    bytes_.assign(kHeaderBytes, 0);
    entries_.clear();
    rows_ = 0;
    range_ = {};
  }

  void End() {
    if (rows_ == 0) return;
    const size_t begin = AlignedTo8(bytes_.size());
    bytes_.resize(begin + 4 * entries_.size());
    std::reverse(entries_.begin(), entries_.end());
    std::memcpy(bytes_.data() + begin, entries_.data(), 4 * entries_.size());
    StoreBytes(static_cast<uint32_t>(bytes_.size()), bytes_.data());
    sink_({CompressionType::COMPRESSION_ALP, rows_, range_.Statistics(column_.type), bytes_});
    Begin();
  }

  Powers BestOfChosen() const {
    if (powers_.size() == 1) return powers_[0];
    const std::vector<T> sample = vector_.Sample();
    return *std::min_element(powers_.begin(), powers_.end(), [&](Powers a, Powers b) {
      return EstimateBits(std::span<const T>(sample), a) <
             EstimateBits(std::span<const T>(sample), b);
    });
  }

  void Add() {
    const Powers powers = BestOfChosen();
    const PowersOfTen<T> tens(powers);
    const size_t rows = vector_.rows;
    exceptions_.clear();
    int64_t least = std::numeric_limits<int64_t>::max();
    int64_t greatest = std::numeric_limits<int64_t>::min();
    for (size_t i = 0; i < rows; ++i) {
      int64_t whole;
      if (tens.Encode(vector_.values[i], &whole)) {
        least = std::min(least, whole);
        greatest = std::max(greatest, whole);
      } else {
        exceptions_.push_back(static_cast<uint16_t>(i));
      }
      whole_[i] = static_cast<uint64_t>(whole);
    }
    if (exceptions_.size() == rows) least = greatest = 0;
    for (const uint16_t i : exceptions_) whole_[i] = static_cast<uint64_t>(least);
    for (size_t i = 0; i < rows; ++i) whole_[i] -= static_cast<uint64_t>(least);
    const int width = PackedWidth(static_cast<uint64_t>(greatest) - static_cast<uint64_t>(least));
    Enter(kVectorHeaderBytes + PackedBytes(rows, width) +
          exceptions_.size() * (sizeof(T) + sizeof(uint16_t)));
    AppendBytes(powers.exponent, &bytes_);
    AppendBytes(powers.factor, &bytes_);
    AppendBytes(static_cast<uint16_t>(exceptions_.size()), &bytes_);
    AppendBytes(least, &bytes_);
    AppendBytes(static_cast<uint8_t>(width), &bytes_);
    AppendPacked(std::span<const uint64_t>(whole_.data(), rows), width, &bytes_);
    for (const uint16_t i : exceptions_) AppendBytes(vector_.values[i], &bytes_);
    for (const uint16_t i : exceptions_) AppendBytes(i, &bytes_);
    rows_ += rows;
    range_.Add(vector_);
  }

  void Enter(size_t bytes) {
    if (AlignedTo8(bytes_.size() + bytes) + 4 * (entries_.size() + 1) > column_.block_bytes) End();
    entries_.push_back(static_cast<uint32_t>(bytes_.size()));
  }

  const Column<T>& column_;
  const std::vector<Powers> powers_;
  const SegmentSink& sink_;
  Scratch& bytes_;
  Vector<T> vector_;
  std::array<uint64_t, kVectorRows> whole_;
  std::vector<uint16_t> exceptions_;
  std::vector<uint32_t> entries_;  // where each vector begins
  duckdb::idx_t rows_ = 0;
  Range<T> range_;
};

// As they are. constant: all that are there are the same to the bit.
template <typename T>
void EncodePlainFloats(const Column<T>& column, bool constant, const SegmentSink& sink) {
  const size_t most = column.block_bytes / sizeof(T) / kVectorRows * kVectorRows;
  auto vector = std::make_unique<Vector<T>>();
  for (size_t begin = 0; begin < column.values.size(); begin += most) {
    const size_t rows = std::min(most, column.values.size() - begin);
    Range<T> range;
    Scratch& bytes = column.scratch;
    bytes.clear();
    for (size_t row = begin; row < begin + rows; row += kVectorRows) {
      vector->Load(column, row);
      range.Add(*vector);
      const auto* from = reinterpret_cast<const uint8_t*>(vector->values.data());
      bytes.insert(bytes.end(), from, from + vector->rows * sizeof(T));
    }
    auto statistics = range.Statistics(column.type);
    // A segment of nulls alone has no value to tell.
    if (constant && statistics.CanHaveNoNull()) {
      sink({CompressionType::COMPRESSION_CONSTANT, rows, std::move(statistics), {}});
    } else {
      sink({CompressionType::COMPRESSION_UNCOMPRESSED, rows, std::move(statistics), bytes});
    }
  }
}

// The value that all rows have, to the bit; not-a-number aside, which statistics cannot tell.
template <typename T>
bool IsConstant(const Column<T>& column) {
  std::optional<T> one;
  for (size_t i = 0; i < column.values.size(); ++i) {
    if (column.valid.nulls() > 0 && !column.valid[i]) continue;
    const T value = column.values[i];
    if (!one.has_value()) one = value;
    if (std::bit_cast<Bits<T>>(value) != std::bit_cast<Bits<T>>(*one)) return false;
  }
  return one.has_value() && *one == *one;
}

}  // namespace

template <typename T>
void EncodeFloats(const Column<T>& column, const SegmentSink& sink) {
  const bool constant = IsConstant(column);
  auto powers = constant ? std::vector<Powers>() : ChoosePowers(column);
  if (powers.empty()) {
    EncodePlainFloats(column, constant, sink);
  } else {
    std::make_unique<FloatSegments<T>>(column, std::move(powers), sink)->Encode();
  }
}

template void EncodeFloats(const Column<float>&, const SegmentSink&);
template void EncodeFloats(const Column<double>&, const SegmentSink&);

}  // namespace bowyer::segments
