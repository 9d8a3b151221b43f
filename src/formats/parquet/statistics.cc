// Numbers through the kernels, byte arrays by comparison with the bounds so far.
#include "formats/parquet/statistics.h"

#include <arrow/util/float16.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/text.h"
#include "formats/parquet/kernels.h"

namespace bowyer::parquet {
namespace {

constexpr size_t kLongestBound = 64;

// Widens [min, max] by a range of the same type.
template <typename T, typename W>
void Merge(bool any, T low, T high, W* min, W* max) {
  if (!any || low < static_cast<T>(*min)) *min = static_cast<W>(low);
  if (!any || high > static_cast<T>(*max)) *max = static_cast<W>(high);
}

template <typename T>
std::string Plain(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(T));
}

int CompareBytes(std::string_view a, std::string_view b) {
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  if (order != 0) return order;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

// Big-endian two's complement of one length.
int CompareDecimals(std::string_view a, std::string_view b) {
  const auto first = static_cast<int8_t>(a[0]) - static_cast<int8_t>(b[0]);
  return first != 0 ? first : std::memcmp(a.data() + 1, b.data() + 1, a.size() - 1);
}

// Where the character that covers byte `at` begins.
size_t CharacterStart(std::string_view text, size_t at) {
  while (at > 0 && (static_cast<uint8_t>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

// The smallest byte string above all that begin with `prefix`; empty: there is none.
std::string Successor(std::string prefix) {
  while (!prefix.empty()) {
    if (static_cast<uint8_t>(prefix.back()) != 0xff) {
      ++prefix.back();
      return prefix;
    }
    prefix.pop_back();
  }
  return prefix;
}

// The same within well-formed UTF-8: the last ASCII character that can grow does, what is behind it
// goes.
std::string TextSuccessor(std::string prefix) {
  while (!prefix.empty()) {
    const auto last = static_cast<uint8_t>(prefix.back());
    if (last < 0x7f) {
      ++prefix.back();
      return prefix;
    }
    if (last >= 0x80 && last < 0xbf) {
      std::string next = prefix;
      ++next.back();
      if (ValidUtf8Prefix(next) == next.size()) return next;
    }
    prefix.resize(CharacterStart(prefix, prefix.size() - 1));
  }
  return prefix;
}

}  // namespace

void Statistics::Update(const ValueBlock& block) {
  if (block.count == 0 || leaf_->order == SortOrder::kNone) return;
  const auto& kernels = BestKernels();
  const size_t count = block.count;
  switch (leaf_->physical) {
    case Physical::kBoolean: {
      const auto* from = block.fixed;
      const auto [low, high] = std::minmax_element(from, from + count);
      Merge<uint8_t>(any_, *low, *high, &min_, &max_);
      break;
    }
    case Physical::kInt32:
      if (leaf_->order == SortOrder::kUnsigned) {
        const auto range = kernels.range_u32(reinterpret_cast<const uint32_t*>(block.fixed), count);
        Merge<uint32_t>(any_, range.min, range.max, &min_, &max_);
      } else {
        const auto range = kernels.range_i32(reinterpret_cast<const int32_t*>(block.fixed), count);
        Merge<int32_t>(any_, range.min, range.max, &min_, &max_);
      }
      break;
    case Physical::kInt64:
      if (leaf_->order == SortOrder::kUnsigned) {
        const auto range = kernels.range_u64(reinterpret_cast<const uint64_t*>(block.fixed), count);
        Merge<uint64_t>(any_, range.min, range.max, &min_, &max_);
      } else {
        const auto range = kernels.range_i64(reinterpret_cast<const int64_t*>(block.fixed), count);
        Merge<int64_t>(any_, range.min, range.max, &min_, &max_);
      }
      break;
    case Physical::kFloat: {
      const auto range = kernels.range_f32(reinterpret_cast<const float*>(block.fixed), count);
      nan_ = nan_ || range.has_nan;
      Merge<double>(any_, range.min, range.max, &min_real_, &max_real_);
      break;
    }
    case Physical::kDouble: {
      const auto range = kernels.range_f64(reinterpret_cast<const double*>(block.fixed), count);
      nan_ = nan_ || range.has_nan;
      Merge<double>(any_, range.min, range.max, &min_real_, &max_real_);
      break;
    }
    case Physical::kFixed:
      UpdateFixedBytes(block);
      break;
    case Physical::kByteArray:
      UpdateBytes(block);
      break;
  }
  any_ = true;
}

void Statistics::UpdateFixedBytes(const ValueBlock& block) {
  const size_t width = leaf_->width;
  for (int32_t i = 0; i < block.count; ++i) {
    const std::string_view value(reinterpret_cast<const char*>(block.fixed) + i * width, width);
    if (leaf_->order == SortOrder::kFloat16) {
      const double real = arrow::util::Float16::FromLittleEndian(block.fixed + i * 2).ToFloat();
      if (std::isnan(real)) {
        nan_ = true;
        continue;
      }
      Merge<double>(any_ || i > 0, real, real, &min_real_, &max_real_);
      continue;
    }
    const auto compare = leaf_->order == SortOrder::kDecimal ? CompareDecimals : CompareBytes;
    const bool first = !any_ && i == 0;
    if (first || compare(value, min_bytes_) < 0) min_bytes_ = value;
    if (first || compare(value, max_bytes_) > 0) max_bytes_ = value;
  }
}

void Statistics::UpdateBytes(const ValueBlock& block) {
  // Bounds of the block first, as views; a copy at most once a block.
  std::string_view low = any_ ? std::string_view(min_bytes_) : block.bytes[0];
  std::string_view high = any_ ? std::string_view(max_bytes_) : block.bytes[0];
  for (int32_t i = 0; i < block.count; ++i) {
    const std::string_view value = block.bytes[i];
    if (CompareBytes(value, low) < 0) {
      low = value;
    } else if (CompareBytes(value, high) > 0) {
      high = value;
    }
  }
  if (!any_ || low.data() != min_bytes_.data()) min_bytes_ = std::string(low);
  if (!any_ || high.data() != max_bytes_.data()) max_bytes_ = std::string(high);
}

std::optional<Bounds> Statistics::Finish() const {
  if (!any_ || nan_) return std::nullopt;
  Bounds bounds;
  switch (leaf_->physical) {
    case Physical::kBoolean:
      bounds.min = Plain(static_cast<uint8_t>(min_));
      bounds.max = Plain(static_cast<uint8_t>(max_));
      return bounds;
    case Physical::kInt32:
      bounds.min = Plain(static_cast<int32_t>(min_));
      bounds.max = Plain(static_cast<int32_t>(max_));
      return bounds;
    case Physical::kInt64:
      bounds.min = Plain(min_);
      bounds.max = Plain(max_);
      return bounds;
    default:
      break;
  }
  if (leaf_->physical == Physical::kFloat || leaf_->physical == Physical::kDouble ||
      leaf_->order == SortOrder::kFloat16) {
    const double min = min_real_ == 0 ? -0.0 : min_real_;
    const double max = max_real_ == 0 ? 0.0 : max_real_;
    if (leaf_->physical == Physical::kDouble) {
      bounds.min = Plain(min);
      bounds.max = Plain(max);
    } else if (leaf_->physical == Physical::kFloat) {
      bounds.min = Plain(static_cast<float>(min));
      bounds.max = Plain(static_cast<float>(max));
    } else {
      bounds.min = Plain(arrow::util::Float16::FromDouble(min).bits());
      bounds.max = Plain(arrow::util::Float16::FromDouble(max).bits());
    }
    return bounds;
  }
  bounds.min = min_bytes_;
  bounds.max = max_bytes_;
  if (leaf_->physical == Physical::kFixed) {
    // Cutting is for byte arrays; a long fixed value has no bounds.
    if (bounds.min.size() > kLongestBound) return std::nullopt;
    return bounds;
  }
  if (leaf_->text && (ValidUtf8Prefix(bounds.min) != bounds.min.size() ||
                      ValidUtf8Prefix(bounds.max) != bounds.max.size())) {
    return std::nullopt;
  }
  if (bounds.min.size() > kLongestBound) {
    bounds.min.resize(leaf_->text ? CharacterStart(bounds.min, kLongestBound) : kLongestBound);
    bounds.min_exact = false;
  }
  if (bounds.max.size() > kLongestBound) {
    std::string prefix = bounds.max.substr(
        0, leaf_->text ? CharacterStart(bounds.max, kLongestBound) : kLongestBound);
    bounds.max = leaf_->text ? TextSuccessor(std::move(prefix)) : Successor(std::move(prefix));
    bounds.max_exact = false;
    if (bounds.max.empty()) return std::nullopt;
  }
  return bounds;
}

}  // namespace bowyer::parquet
