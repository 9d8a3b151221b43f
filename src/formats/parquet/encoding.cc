// The hybrid: groups of eight values; three or more groups of one and the same value in a row
// become a run, all else bit-packed. Delta: blocks of 128, each with its smallest difference and a
// width for each 32 of them.
#include "formats/parquet/encoding.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "formats/parquet/kernels.h"

namespace bowyer::parquet {
namespace {

using arrow::BufferBuilder;
using arrow::Status;

constexpr int64_t kMinimumRunGroups = 3;

template <typename T>
bool Uniform(const T* group) {
  if (group[0] != group[7]) return false;
  T differs = 0;
  for (int i = 1; i < 7; ++i) differs |= group[i] ^ group[0];
  return differs == 0;
}

// Bit-packs `count` values; the last group of eight is filled with zeros.
template <typename T>
Status AppendPacked(const T* values, int64_t count, int width, BufferBuilder* out) {
  const int64_t groups = (count + 7) / 8;
  // A little more than is used, since 32 values are packed at a time.
  ARROW_RETURN_NOT_OK(out->Reserve(10 + groups * width + 4 * width + 8));
  AppendVarint(static_cast<uint64_t>(groups) << 1 | 1, out);
  const auto& kernels = BestKernels();
  uint8_t* to = out->mutable_data() + out->length();
  uint32_t block[32];
  for (int64_t i = 0; i < count; i += 32) {
    const int64_t here = std::min<int64_t>(32, count - i);
    if (sizeof(T) == 4 && here == 32) {
      kernels.pack32(reinterpret_cast<const uint32_t*>(values + i), width, to);
    } else {
      std::fill(std::copy_n(values + i, here, block), block + 32, 0);
      kernels.pack32(block, width, to);
    }
    to += 4 * width;
  }
  out->UnsafeAdvance(groups * width);
  return Status::OK();
}

template <typename T>
Status Hybrid(std::span<const T> values, int width, BufferBuilder* out) {
  const T* data = values.data();
  const int64_t count = static_cast<int64_t>(values.size());
  const int64_t groups = count / 8;
  int64_t literal = 0;  // first group that is not written yet
  for (int64_t group = 0; group < groups;) {
    if (!Uniform(data + group * 8)) {
      ++group;
      continue;
    }
    const T value = data[group * 8];
    int64_t end = (group + 1) * 8;
    while (end < count && data[end] == value) ++end;
    const int64_t next = end / 8;
    if (next - group < kMinimumRunGroups && end != count) {
      group = next;
      continue;
    }
    if (group > literal) {
      ARROW_RETURN_NOT_OK(AppendPacked(data + literal * 8, (group - literal) * 8, width, out));
    }
    // A run may end with the last value; otherwise whole groups stay behind it.
    const int64_t run = end == count ? count - group * 8 : (next - group) * 8;
    ARROW_RETURN_NOT_OK(AppendRun(run, value, width, out));
    if (end == count) return Status::OK();
    group = literal = next;
  }
  if (literal * 8 < count) {
    return AppendPacked(data + literal * 8, count - literal * 8, width, out);
  }
  return Status::OK();
}

}  // namespace

int BitWidth(uint64_t largest) { return std::bit_width(largest); }

void AppendVarint(uint64_t value, BufferBuilder* out) {
  uint8_t bytes[10];
  int size = 0;
  while (value >= 0x80) {
    bytes[size++] = static_cast<uint8_t>(value | 0x80);
    value >>= 7;
  }
  bytes[size++] = static_cast<uint8_t>(value);
  out->UnsafeAppend(bytes, size);
}

Status AppendRun(uint64_t count, uint32_t value, int width, BufferBuilder* out) {
  ARROW_RETURN_NOT_OK(out->Reserve(14));
  AppendVarint(count << 1, out);
  out->UnsafeAppend(&value, (width + 7) / 8);
  return Status::OK();
}

Status AppendHybrid(std::span<const uint32_t> values, int width, BufferBuilder* out) {
  return Hybrid(values, width, out);
}

Status AppendHybrid(std::span<const uint8_t> values, int width, BufferBuilder* out) {
  return Hybrid(values, width, out);
}

Status AppendHybridBits(const uint8_t* bits, int64_t count, BufferBuilder* out) {
  constexpr int64_t kRunBytes = 8;  // 64 equal bits are worth a run
  const int64_t bytes = (count + 7) / 8, whole = count / 8;
  ARROW_RETURN_NOT_OK(out->Reserve(bytes + bytes / 4 + 32));
  const auto literals = [&](int64_t from, int64_t to) -> Status {
    if (from == to) return Status::OK();
    ARROW_RETURN_NOT_OK(out->Reserve(to - from + 10));
    AppendVarint(static_cast<uint64_t>(to - from) << 1 | 1, out);
    out->UnsafeAppend(bits + from, to - from);
    return Status::OK();
  };
  int64_t literal = 0;
  for (int64_t i = 0; i < whole;) {
    const uint8_t byte = bits[i];
    if (byte != 0 && byte != 0xff) {
      ++i;
      continue;
    }
    int64_t end = i + 1;
    while (end < whole && bits[end] == byte) ++end;
    if (end - i >= kRunBytes || (i == 0 && end == whole)) {
      ARROW_RETURN_NOT_OK(literals(literal, i));
      ARROW_RETURN_NOT_OK(AppendRun((end - i) * 8, byte & 1, 1, out));
      literal = end;
    }
    i = end;
  }
  return literals(literal, bytes);
}

template <typename S>
Status DeltaEncoder<S>::Begin(int64_t count, BufferBuilder* out) {
  first_ = true;
  pending_ = 0;
  ARROW_RETURN_NOT_OK(out->Reserve(40));
  AppendVarint(kDeltaBlock, out);
  AppendVarint(kDeltaBlock / kDeltaMini, out);
  AppendVarint(static_cast<uint64_t>(count), out);
  if (count == 0) AppendVarint(0, out);
  return Status::OK();
}

template <typename S>
Status DeltaEncoder<S>::Put(const S* values, int64_t count, BufferBuilder* out) {
  int64_t i = 0;
  if (first_ && count > 0) {
    first_ = false;
    const int64_t value = values[0];
    ARROW_RETURN_NOT_OK(out->Reserve(10));
    AppendVarint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63), out);
    values_[0] = values[0];
    i = 1;
  }
  while (i < count) {
    const int64_t take = std::min<int64_t>(kDeltaBlock - pending_, count - i);
    std::memcpy(values_ + 1 + pending_, values + i, take * sizeof(S));
    pending_ += static_cast<int>(take);
    i += take;
    if (pending_ == kDeltaBlock) ARROW_RETURN_NOT_OK(Block(kDeltaBlock, out));
  }
  return Status::OK();
}

template <typename S>
Status DeltaEncoder<S>::End(BufferBuilder* out) {
  if (pending_ == 0) return Status::OK();
  // The last value repeated: differences of zero, which readers skip.
  const int filled = pending_;
  std::fill(values_ + 1 + filled, values_ + 1 + kDeltaBlock, values_[filled]);
  return Block(filled, out);
}

template <typename S>
Status DeltaEncoder<S>::Block(int filled, BufferBuilder* out) {
  constexpr int kMinis = kDeltaBlock / kDeltaMini;
  const auto& kernels = BestKernels();
  alignas(32) U deltas[kDeltaBlock];
  U any[kMinis];
  S min;
  if constexpr (sizeof(S) == 4) {
    min = kernels.deltas32(values_ + 1, deltas, any);
  } else {
    min = kernels.deltas64(values_ + 1, deltas, any);
  }
  ARROW_RETURN_NOT_OK(out->Reserve(10 + kMinis + kDeltaBlock * sizeof(S)));
  const int64_t wide = min;
  AppendVarint((static_cast<uint64_t>(wide) << 1) ^ static_cast<uint64_t>(wide >> 63), out);
  uint8_t* to = out->mutable_data() + out->length();
  uint8_t* widths = to;
  to += kMinis;
  for (int mini = 0; mini < kMinis; ++mini) {
    // Miniblocks without values have width 0 and no bytes.
    const int width = mini * kDeltaMini < filled ? std::bit_width(any[mini]) : 0;
    widths[mini] = static_cast<uint8_t>(width);
    if constexpr (sizeof(S) == 4) {
      kernels.pack32(deltas + mini * kDeltaMini, width, to);
    } else {
      kernels.pack64(deltas + mini * kDeltaMini, width, to);
    }
    to += 4 * width;
  }
  out->UnsafeAdvance(to - widths);
  values_[0] = values_[filled];
  pending_ = 0;
  return Status::OK();
}

template <typename S>
int64_t DeltaEncoder<S>::BlockBytes(const S* values) {
  constexpr int kMinis = kDeltaBlock / kDeltaMini;
  alignas(32) U deltas[kDeltaBlock];
  U any[kMinis];
  S min;
  if constexpr (sizeof(S) == 4) {
    min = BestKernels().deltas32(values, deltas, any);
  } else {
    min = BestKernels().deltas64(values, deltas, any);
  }
  int64_t bytes = kMinis + (std::bit_width(static_cast<U>(min < 0 ? ~min : min)) + 1 + 6) / 7;
  for (int mini = 0; mini < kMinis; ++mini) bytes += 4 * std::bit_width(any[mini]);
  return bytes;
}

template class DeltaEncoder<int32_t>;
template class DeltaEncoder<int64_t>;

}  // namespace bowyer::parquet
