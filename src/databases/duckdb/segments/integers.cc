#include "databases/duckdb/segments/integers.h"

#include <algorithm>
#include <array>
#include <duckdb/storage/compression/bitpacking.hpp>
#include <limits>
#include <optional>
#include <type_traits>

namespace bowyer::segments {
namespace {

using duckdb::BitpackingMode;
using duckdb::CompressionType;

constexpr size_t kGroupRows = 2048;
constexpr size_t kHeaderBytes = 8;  // where the groups' entries end

template <typename T>
struct Integer {
  using Unsigned = std::make_unsigned_t<T>;
  using Signed = std::make_signed_t<T>;
  using InStatistics = T;
  static constexpr T kLeast = std::numeric_limits<T>::min();
  static constexpr T kGreatest = std::numeric_limits<T>::max();
};
template <>
struct Integer<UInt128> {
  using Unsigned = UInt128;
  using Signed = Int128;
  using InStatistics = duckdb::uhugeint_t;
  static constexpr UInt128 kLeast = 0, kGreatest = ~UInt128{0};
};
template <>
struct Integer<Int128> {
  using Unsigned = UInt128;
  using Signed = Int128;
  using InStatistics = duckdb::hugeint_t;
  static constexpr Int128 kGreatest = static_cast<Int128>(~UInt128{0} >> 1);
  static constexpr Int128 kLeast = -kGreatest - 1;
};

template <typename T>
auto ForStatistics(T value) {
  if constexpr (sizeof(T) == 16) {
    typename Integer<T>::InStatistics made;
    std::memcpy(&made, &value, sizeof(made));
    return made;
  } else {
    return value;
  }
}

// What is said of rows that are there.
template <typename T>
struct Range {
  T least = Integer<T>::kGreatest, greatest = Integer<T>::kLeast;
  bool any_valid = false, any_null = false;

  void Add(const Range& other) {
    least = std::min(least, other.least);
    greatest = std::max(greatest, other.greatest);
    any_valid = any_valid || other.any_valid;
    any_null = any_null || other.any_null;
  }
  duckdb::BaseStatistics Statistics(const duckdb::LogicalType& type) const {
    auto statistics = EmptyStatistics(type, any_valid, any_null);
    if (any_valid) {
      statistics.UpdateNumericStats(ForStatistics(least));
      statistics.UpdateNumericStats(ForStatistics(greatest));
    }
    return statistics;
  }
};

// The rows of a group, nulls filled with a value that is there.
template <typename T>
struct Group {
  std::array<T, kGroupRows> values;
  size_t rows;
  Range<T> range;
};

template <typename T>
void Load(const Column<T>& column, size_t begin, Group<T>* group) {
  group->rows = std::min(kGroupRows, column.values.size() - begin);
  group->range = {};
  const T* from = column.values.data() + begin;
  T* to = group->values.data();
  if (column.valid.nulls() == 0) {
    std::copy_n(from, group->rows, to);
    group->range.any_valid = true;
  } else {
    std::optional<T> last;
    for (size_t i = 0; i < group->rows; ++i) {
      if (!column.valid[begin + i]) {
        group->range.any_null = true;
        if (last.has_value()) to[i] = *last;
        continue;
      }
      if (!last.has_value()) std::fill_n(to, i, from[i]);
      last = to[i] = from[i];
    }
    group->range.any_valid = last.has_value();
    if (!last.has_value()) {
      std::fill_n(to, group->rows, T{0});
      return;
    }
  }
  T least = to[0], greatest = to[0];
  for (size_t i = 1; i < group->rows; ++i) {
    least = std::min(least, to[i]);
    greatest = std::max(greatest, to[i]);
  }
  group->range.least = least;
  group->range.greatest = greatest;
}

template <typename T>
class IntegerSegments {
 public:
  IntegerSegments(const Column<T>& column, const SegmentSink& sink)
      : column_(column), sink_(sink), bytes_(column.scratch) {
    Begin();
  }

  void Encode() {
    auto group = std::make_unique<Group<T>>();
    for (size_t row = 0; row < column_.values.size(); row += kGroupRows) {
      Load(column_, row, group.get());
      Add(*group);
    }
    End();
  }

 private:
  using Unsigned = typename Integer<T>::Unsigned;
  using Signed = typename Integer<T>::Signed;
  static constexpr bool kIsUnsigned = Integer<T>::kLeast == 0;

  // How the rows of a group differ from their predecessors; none where that could overflow.
  struct Deltas {
    Signed least, greatest;
  };

  void Begin() {
    bytes_.assign(kHeaderBytes, 0);
    entries_.clear();
    rows_ = 0;
    range_ = {};
  }

  void End() {
    if (rows_ == 0) return;
    auto statistics = range_.Statistics(column_.type);
    if (range_.any_valid && range_.least == range_.greatest) {
      sink_({CompressionType::COMPRESSION_CONSTANT, rows_, std::move(statistics), {}});
    } else {
      const size_t begin = AlignedTo8(bytes_.size());
      bytes_.resize(begin + 4 * entries_.size());
      // The first group's entry is the last one.
      std::reverse(entries_.begin(), entries_.end());
      std::memcpy(bytes_.data() + begin, entries_.data(), 4 * entries_.size());
      StoreBytes(uint64_t{bytes_.size()}, bytes_.data());
      sink_({CompressionType::COMPRESSION_BITPACKING, rows_, std::move(statistics), bytes_});
    }
    Begin();
  }

  // Room for a group of so many bytes.
  void Enter(BitpackingMode mode, size_t bytes) {
    if (AlignedTo8(bytes_.size() + bytes) + 4 * (entries_.size() + 1) > column_.block_bytes) End();
    entries_.push_back(static_cast<uint32_t>(mode) << 24 | static_cast<uint32_t>(bytes_.size()));
  }

  void Add(Group<T>& group) {
    const Range<T>& range = group.range;
    if (!range.any_valid || range.least == range.greatest) {
      Enter(BitpackingMode::CONSTANT, sizeof(T));
      AppendBytes(range.any_valid ? range.least : T{0}, &bytes_);
    } else {
      AddVaried(group);
    }
    rows_ += group.rows;
    range_.Add(range);
  }

  void AddVaried(Group<T>& group) {
    const T least = group.range.least, greatest = group.range.greatest;
    const auto spread =
        static_cast<Unsigned>(static_cast<Unsigned>(greatest) - static_cast<Unsigned>(least));
    const bool fits = kIsUnsigned || static_cast<Signed>(spread) >= 0;
    const int width = fits ? PackedWidth(spread) : 8 * static_cast<int>(sizeof(T));
    if (const auto deltas = DeltasOf(group)) {
      const int delta_width = PackedWidth(static_cast<Unsigned>(
          static_cast<Unsigned>(deltas->greatest) - static_cast<Unsigned>(deltas->least)));
      if (deltas->least == deltas->greatest) {
        Enter(BitpackingMode::CONSTANT_DELTA, 2 * sizeof(T));
        AppendBytes(group.values[0], &bytes_);
        AppendBytes(deltas->least, &bytes_);
        return;
      }
      if (delta_width < width) {
        AddDeltas(group, *deltas, delta_width);
        return;
      }
    }
    // Where the spread overflows, all bits are kept as they are.
    const T frame = fits ? least : T{0};
    Enter(BitpackingMode::FOR, 2 * sizeof(T) + PackedBytes(group.rows, width));
    AppendBytes(frame, &bytes_);
    AppendBytes(static_cast<T>(width), &bytes_);
    for (size_t i = 0; i < group.rows; ++i) {
      packed_[i] = static_cast<Unsigned>(static_cast<Unsigned>(group.values[i]) -
                                         static_cast<Unsigned>(frame));
    }
    Pack(group.rows, width);
  }

  void AddDeltas(const Group<T>& group, const Deltas& deltas, int width) {
    Enter(BitpackingMode::DELTA_FOR, 3 * sizeof(T) + PackedBytes(group.rows, width));
    AppendBytes(deltas.least, &bytes_);
    AppendBytes(static_cast<T>(width), &bytes_);
    // The first one's difference is the least one, too.
    AppendBytes(static_cast<Unsigned>(static_cast<Unsigned>(group.values[0]) -
                                      static_cast<Unsigned>(deltas.least)),
                &bytes_);
    packed_[0] = 0;
    for (size_t i = 1; i < group.rows; ++i) {
      packed_[i] = static_cast<Unsigned>(static_cast<Unsigned>(group.values[i]) -
                                         static_cast<Unsigned>(group.values[i - 1]) -
                                         static_cast<Unsigned>(deltas.least));
    }
    Pack(group.rows, width);
  }

  std::optional<Deltas> DeltasOf(const Group<T>& group) const {
    // DuckDB adds them up as signed numbers.
    if constexpr (sizeof(T) == 16) {
      return std::nullopt;
    } else {
      if (group.rows < 2) return std::nullopt;
      Signed whole;
      if ((kIsUnsigned && static_cast<Signed>(group.range.greatest) < 0) ||
          __builtin_sub_overflow(static_cast<Signed>(group.range.greatest),
                                 static_cast<Signed>(group.range.least), &whole)) {
        return std::nullopt;
      }
      Deltas deltas{std::numeric_limits<Signed>::max(), std::numeric_limits<Signed>::min()};
      for (size_t i = 1; i < group.rows; ++i) {
        const auto delta = static_cast<Signed>(static_cast<Unsigned>(group.values[i]) -
                                               static_cast<Unsigned>(group.values[i - 1]));
        deltas.least = std::min(deltas.least, delta);
        deltas.greatest = std::max(deltas.greatest, delta);
      }
      Signed spread, first;
      if (__builtin_sub_overflow(deltas.greatest, deltas.least, &spread) ||
          __builtin_sub_overflow(static_cast<Signed>(group.values[0]), deltas.least, &first)) {
        return std::nullopt;
      }
      return deltas;
    }
  }

  void Pack(size_t rows, int width) {
    if constexpr (sizeof(T) >= 4) {
      AppendPacked(std::span<const Unsigned>(packed_.data(), rows), width, &bytes_);
    } else {
      std::array<uint32_t, kGroupRows> wide;
      std::copy_n(packed_.begin(), rows, wide.begin());
      AppendPacked(std::span<const uint32_t>(wide.data(), rows), width, &bytes_);
    }
  }

  const Column<T>& column_;
  const SegmentSink& sink_;
  Scratch& bytes_;
  std::vector<uint32_t> entries_;  // of each group: its mode and where it begins
  duckdb::idx_t rows_ = 0;
  Range<T> range_;
  std::array<Unsigned, kGroupRows> packed_;
};

}  // namespace

template <typename T>
void EncodeIntegers(const Column<T>& column, const SegmentSink& sink) {
  std::make_unique<IntegerSegments<T>>(column, sink)->Encode();
}

template void EncodeIntegers(const Column<int8_t>&, const SegmentSink&);
template void EncodeIntegers(const Column<int16_t>&, const SegmentSink&);
template void EncodeIntegers(const Column<int32_t>&, const SegmentSink&);
template void EncodeIntegers(const Column<int64_t>&, const SegmentSink&);
template void EncodeIntegers(const Column<uint8_t>&, const SegmentSink&);
template void EncodeIntegers(const Column<uint16_t>&, const SegmentSink&);
template void EncodeIntegers(const Column<uint32_t>&, const SegmentSink&);
template void EncodeIntegers(const Column<uint64_t>&, const SegmentSink&);
template void EncodeIntegers(const Column<Int128>&, const SegmentSink&);
template void EncodeIntegers(const Column<UInt128>&, const SegmentSink&);

}  // namespace bowyer::segments
