// Packed values are taken 32 at a time by functions made for each width, in which all positions and
// shifts are constants. What does not begin or end with such a group goes through a copy of it.
#include "formats/parquet/hybrid_runs.h"

#include <arrow/util/bit_util.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace bowyer {
namespace {

constexpr int kGroup = 32;
// A group takes 4 bytes for each bit of width; so many more may be read behind it.
constexpr int64_t kSlack = 8;
// Bits that are within 8 bytes wherever in a byte they begin.
constexpr int64_t kWordBits = 56;

template <int kWidth, size_t... kIndex>
void UnpackGroup(const uint8_t* in, uint32_t* out, std::index_sequence<kIndex...>) {
  constexpr uint64_t kMask = (uint64_t{1} << kWidth) - 1;
  const auto value = [in](size_t bit) {
    uint64_t word;
    std::memcpy(&word, in + bit / 8, sizeof(word));
    return static_cast<uint32_t>((word >> (bit % 8)) & kMask);
  };
  ((out[kIndex] = value(kIndex * kWidth)), ...);
}

template <int kWidth>
void Unpack32(const uint8_t* in, uint32_t* out) {
  UnpackGroup<kWidth>(in, out, std::make_index_sequence<kGroup>());
}

using Unpacker = void (*)(const uint8_t* in, uint32_t* out);

template <size_t... kWidth>
constexpr std::array<Unpacker, sizeof...(kWidth)> MakeUnpackers(std::index_sequence<kWidth...>) {
  return {Unpack32<static_cast<int>(kWidth)>...};
}

constexpr auto kUnpackers = MakeUnpackers(std::make_index_sequence<33>());

// At most kWordBits bits, others being 0.
void OrBits(uint64_t bits, uint8_t* bitmap, int64_t at) {
  uint64_t word;
  std::memcpy(&word, bitmap + at / 8, sizeof(word));
  word |= bits << (at % 8);
  std::memcpy(bitmap + at / 8, &word, sizeof(word));
}

}  // namespace

HybridRuns HybridRuns::OfBits(const uint8_t* data, int64_t size, int64_t count) {
  HybridRuns runs(data, size, 1);
  runs.packed_ = std::min(count, size * 8);
  runs.bits_ = data;
  runs.at_ = runs.end_;
  return runs;
}

bool HybridRuns::Read(uint32_t* out, int64_t count) {
  while (count > 0) {
    if (repeats_ == 0 && packed_ == 0 && !NextRun()) return false;
    const int64_t n = std::min(count, repeats_ + packed_);
    if (repeats_ > 0) {
      std::fill_n(out, n, value_);
      repeats_ -= n;
    } else {
      Unpack(out, n);
      packed_ -= n;
    }
    out += n;
    count -= n;
  }
  return true;
}

bool HybridRuns::Skip(int64_t count) {
  while (count > 0) {
    if (repeats_ == 0 && packed_ == 0 && !NextRun()) return false;
    const int64_t n = std::min(count, repeats_ + packed_);
    if (repeats_ > 0) {
      repeats_ -= n;
    } else {
      packed_ -= n;
      next_ += n;
    }
    count -= n;
  }
  return true;
}

bool HybridRuns::ReadBits(uint8_t* bitmap, int64_t at, int64_t count) {
  while (count > 0) {
    if (repeats_ == 0 && packed_ == 0 && !NextRun()) return false;
    const int64_t n = std::min(count, repeats_ + packed_);
    if (repeats_ > 0) {
      const uint64_t bit = value_ & 1;
      if (n <= kWordBits) {
        OrBits((bit << n) - bit, bitmap, at);
      } else if (bit != 0) {
        arrow::bit_util::SetBitsTo(bitmap, at, n, true);
      }
      repeats_ -= n;
    } else {
      CopyBits(bitmap, at, n);
      packed_ -= n;
    }
    at += n;
    count -= n;
  }
  return true;
}

// Runs are mostly short: nulls that are spread evenly make runs of some ten rows.
void HybridRuns::CopyBits(uint8_t* bitmap, int64_t at, int64_t count) {
  while (count > 0) {
    const int64_t n = std::min(count, kWordBits);
    const uint8_t* from = bits_ + next_ / 8;
    uint64_t word = 0;
    if (end_ - from >= 8) {
      std::memcpy(&word, from, sizeof(word));
    } else {
      std::memcpy(&word, from, static_cast<size_t>(end_ - from));
    }
    OrBits(word >> (next_ % 8) & ((uint64_t{1} << n) - 1), bitmap, at);
    next_ += n;
    at += n;
    count -= n;
  }
}

int64_t HybridRuns::TakeRun(uint32_t value, int64_t count) {
  if (repeats_ == 0 && packed_ == 0 && !NextRun()) return 0;
  if (repeats_ == 0 || value_ != value) return 0;
  const int64_t n = std::min(count, repeats_);
  repeats_ -= n;
  return n;
}

bool HybridRuns::NextRun() {
  uint32_t header = 0;
  for (int shift = 0;; shift += 7) {
    if (at_ == end_ || shift > 28) return false;
    const uint8_t byte = *at_++;
    header |= static_cast<uint32_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) break;
  }
  if ((header & 1) != 0) {
    const int64_t groups = header >> 1;
    // The last group may be cut short.
    const int64_t bytes = std::min<int64_t>(groups * width_, end_ - at_);
    packed_ = width_ == 0 ? groups * 8 : std::min(groups * 8, bytes * 8 / width_);
    bits_ = at_;
    next_ = 0;
    at_ += bytes;
    return packed_ > 0;
  }
  repeats_ = header >> 1;
  const int bytes = (width_ + 7) / 8;
  if (end_ - at_ < bytes) return false;
  value_ = 0;
  if (bytes > 0) std::memcpy(&value_, at_, static_cast<size_t>(bytes));
  at_ += bytes;
  return repeats_ > 0;
}

void HybridRuns::Unpack(uint32_t* out, int64_t count) {
  const Unpacker unpack = kUnpackers[static_cast<size_t>(width_)];
  const int64_t group_bytes = int64_t{4} * width_;
  while (count > 0) {
    const uint8_t* in = bits_ + next_ / kGroup * group_bytes;
    const int64_t skip = next_ % kGroup;
    const int64_t n = std::min(count, kGroup - skip);
    const int64_t left = end_ - in;
    if (n == kGroup && left >= group_bytes + kSlack) {
      unpack(in, out);
    } else {
      uint8_t copy[4 * 32 + kSlack] = {};
      uint32_t values[kGroup];
      const int64_t bytes = std::min(left, group_bytes);
      if (bytes > 0) std::memcpy(copy, in, static_cast<size_t>(bytes));
      unpack(copy, values);
      std::copy_n(values + skip, n, out);
    }
    next_ += n;
    out += n;
    count -= n;
  }
}

}  // namespace bowyer
