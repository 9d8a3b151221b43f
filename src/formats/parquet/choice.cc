// Two samples: single values spread evenly tell how many different ones there are (how often a
// value comes twice, as with birthdays); short runs of neighbours tell the size of differences.
#include "formats/parquet/choice.h"

#include <arrow/util/bit_util.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "formats/parquet/dictionary.h"
#include "formats/parquet/kernels.h"
#include "formats/parquet/levels.h"

namespace bowyer::parquet {
namespace {

using arrow::Status;

constexpr int64_t kSpread = 8192;        // single values
constexpr int64_t kRuns = 24;            // of neighbours
constexpr int64_t kLongValue = 1024;     // bytes on average: no dictionary is tried
constexpr double kDictionaryGain = 0.8;  // its size against the next best encoding's
constexpr double kDeltaGain = 0.9;

struct Sampled {
  const Piece* piece;
  int64_t from, to;  // in the leaf's array
};

// Feeds blocks of valid values, `step` apart, to `use`.
template <typename Use>
Status Spread(const std::vector<Sampled>& parts, int64_t step, Use use) {
  GatherScratch scratch;
  std::vector<int32_t> positions;
  int64_t skip = 0;  // until the next one, across the parts
  for (const Sampled& part : parts) {
    const int64_t size = part.to - part.from;
    int64_t at = skip;
    while (at < size) {
      positions.clear();
      const int64_t base = at;
      for (; at < size && static_cast<int64_t>(positions.size()) < kBlockValues &&
             at - base < std::numeric_limits<int32_t>::max();
           at += step) {
        const int64_t index = part.from + at;
        if (part.piece->valid == nullptr ||
            arrow::bit_util::GetBit(part.piece->valid, part.piece->leaf->offset + index)) {
          positions.push_back(static_cast<int32_t>(at - base));
        }
      }
      ValueBlock block;
      int32_t bad = 0;
      const Selected selected{part.from + base, static_cast<int32_t>(positions.size()),
                              positions.data()};
      // A value that cannot be stored is reported when its turn comes, with its row.
      if (GatherPiece(*part.piece, selected, &scratch, &block, &bad).ok()) {
        ARROW_RETURN_NOT_OK(use(block));
      }
    }
    skip = at - size;
  }
  return Status::OK();
}

// How many different values `count` drawings come from, if they show `seen` different ones.
double DifferentValues(double count, double seen) {
  if (seen >= count - 4) return 1e18;  // too few came twice to tell
  double low = seen, high = 1e12;
  for (int i = 0; i < 60; ++i) {
    const double middle = std::sqrt(low * high);
    (middle * -std::expm1(-count / middle) < seen ? low : high) = middle;
  }
  return low;
}

// Bytes a value takes in delta encoding.
template <typename S>
double DeltaBytes(const std::vector<Sampled>& parts, int64_t values) {
  GatherScratch scratch;
  int32_t positions[kDeltaBlock + 1];
  S run[kDeltaBlock + 1];
  int64_t bytes = 0, counted = 0;
  const int64_t step = std::max<int64_t>(values / kRuns, kDeltaBlock + 1);
  int64_t skip = 0;
  for (const Sampled& part : parts) {
    int64_t at = part.from + skip;
    for (; at < part.to; at += step) {
      int32_t found = 0;
      for (int64_t i = at; i < part.to && found <= kDeltaBlock && i - at < 16 * kDeltaBlock; ++i) {
        if (part.piece->valid == nullptr ||
            arrow::bit_util::GetBit(part.piece->valid, part.piece->leaf->offset + i)) {
          positions[found++] = static_cast<int32_t>(i - at);
        }
      }
      if (found < 2) continue;
      ValueBlock block;
      int32_t bad = 0;
      if (!GatherPiece(*part.piece, {at, found, positions}, &scratch, &block, &bad).ok()) continue;
      std::copy_n(reinterpret_cast<const S*>(block.fixed), found, run);
      std::fill(run + found, run + kDeltaBlock + 1, run[found - 1]);
      bytes += DeltaEncoder<S>::BlockBytes(run + 1);
      counted += found == kDeltaBlock + 1 ? kDeltaBlock : found;
    }
    skip = at - part.to;
  }
  return counted == 0 ? sizeof(S) : static_cast<double>(bytes) / static_cast<double>(counted);
}

}  // namespace

arrow::Result<Choice> ChooseEncoding(const Leaf& leaf, const std::vector<Piece>& pieces,
                                     arrow::MemoryPool* pool) {
  Choice choice;
  if (leaf.conversion == Conversion::kNull || leaf.conversion == Conversion::kBits) return choice;

  std::vector<Sampled> parts;
  int64_t slots = 0, plain_bytes = 0, largest_dictionary = 0;
  bool all_indexed = true;
  for (const Piece& piece : pieces) {
    const LeafRange range = RangeInLeaf(leaf, *piece.column, 0, piece.rows);
    if (range.from >= range.to) continue;
    parts.push_back({&piece, range.from, range.to});
    slots += range.to - range.from;
    if (piece.indexed) {
      largest_dictionary = std::max(largest_dictionary, piece.values.length());
    } else {
      all_indexed = false;
      plain_bytes += piece.values.PlainBytes(range.from, range.to);
    }
  }
  if (slots == 0) return choice;

  const bool integers = leaf.physical == Physical::kInt32 || leaf.physical == Physical::kInt64;
  double other =
      leaf.width != 0 ? leaf.width : static_cast<double>(plain_bytes) / static_cast<double>(slots);
  if (integers) {
    const double delta =
        leaf.width == 4 ? DeltaBytes<int32_t>(parts, slots) : DeltaBytes<int64_t>(parts, slots);
    if (delta < kDeltaGain * other) {
      choice.otherwise = ValueEncoding::kDeltaBinaryPacked;
      other = delta;
    }
  }
  choice.encoding = choice.otherwise;
  choice.other_bytes_per_value = other;

  if (all_indexed) {
    // Somebody found a dictionary worth having already.
    choice.encoding = ValueEncoding::kRleDictionary;
    choice.expected_values = std::min(largest_dictionary, slots);
    choice.other_bytes_per_value = 1e9;
    return choice;
  }
  if (plain_bytes / slots > kLongValue) return choice;
  ARROW_ASSIGN_OR_RAISE(auto sample, MakeDictionary(leaf, std::min(kSpread, slots), 0, pool));
  std::vector<uint32_t> codes(kBlockValues);
  int64_t drawn = 0;
  ARROW_RETURN_NOT_OK(
      Spread(parts, std::max<int64_t>(1, slots / kSpread), [&](const ValueBlock& block) {
        drawn += block.count;
        return sample->Encode(block, codes.data());
      }));
  if (drawn == 0) return choice;
  const double all = static_cast<double>(slots);
  double different = sample->size();
  if (drawn < slots) {
    const double source = DifferentValues(static_cast<double>(drawn), sample->size());
    different = source > 1e17 ? all : source * -std::expm1(-all / source);
  }
  const double bytes_each =
      static_cast<double>(sample->plain_bytes()) / static_cast<double>(sample->size());
  const double dictionary = different * bytes_each;
  const double bits = std::max(1, BitWidth(static_cast<uint64_t>(different)));
  if (dictionary < kLargestDictionary &&
      dictionary + all * bits / 8 < kDictionaryGain * other * all) {
    choice.encoding = ValueEncoding::kRleDictionary;
    choice.expected_values = static_cast<int64_t>(different * 1.1) + 16;
    choice.expected_bytes = static_cast<int64_t>(dictionary * 1.1) + 64;
  }
  return choice;
}

}  // namespace bowyer::parquet
