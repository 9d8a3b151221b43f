// One loop for each conversion, over a contiguous range or over positions.
#include "formats/parquet/values.h"

#include <arrow/util/binary_view_util.h>
#include <arrow/util/bit_util.h>
#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "bowyer/error.h"

namespace bowyer::parquet {
namespace {

using arrow::Status;

template <typename T>
const T* Values(const arrow::ArrayData& data, int64_t base) {
  // An array of no values may lack its buffer.
  if (data.buffers[1] == nullptr) return nullptr;
  return reinterpret_cast<const T*>(data.buffers[1]->data()) + data.offset + base;
}

// out[i] = convert(value i); a conversion that returns false names the bad value.
template <typename From, typename To, typename Convert>
bool Transform(const arrow::ArrayData& data, const Selected& selected, To* out, int32_t* bad,
               Convert convert) {
  const From* from = Values<From>(data, selected.base);
  for (int32_t i = 0; i < selected.count; ++i) {
    const From& value = selected.positions ? from[selected.positions[i]] : from[i];
    if (!convert(value, &out[i])) {
      *bad = i;
      return false;
    }
  }
  return true;
}

template <typename From, typename To>
void Widen(const arrow::ArrayData& data, const Selected& selected, To* out) {
  const From* from = Values<From>(data, selected.base);
  if (selected.positions == nullptr) {
    for (int32_t i = 0; i < selected.count; ++i) out[i] = from[i];
  } else {
    for (int32_t i = 0; i < selected.count; ++i) out[i] = from[selected.positions[i]];
  }
}

// Gathers values of `width` bytes that are kept as they are.
void Copy(const uint8_t* from, int width, const Selected& selected, uint8_t* out) {
  const int32_t* positions = selected.positions;
  if (width == 4) {
    const auto* values = reinterpret_cast<const uint32_t*>(from);
    auto* to = reinterpret_cast<uint32_t*>(out);
    for (int32_t i = 0; i < selected.count; ++i) to[i] = values[positions[i]];
  } else if (width == 8) {
    const auto* values = reinterpret_cast<const uint64_t*>(from);
    auto* to = reinterpret_cast<uint64_t*>(out);
    for (int32_t i = 0; i < selected.count; ++i) to[i] = values[positions[i]];
  } else {
    for (int32_t i = 0; i < selected.count; ++i) {
      std::memcpy(out + static_cast<int64_t>(i) * width,
                  from + static_cast<int64_t>(positions[i]) * width, width);
    }
  }
}

// A decimal of N 64-bit words, low word first, as memory holds it.
template <int N>
struct Words {
  uint64_t word[N];
};

// Does the number fit 64 bits, that is, are the high words the sign of the lowest?
template <int N>
bool Fits64(const Words<N>& value) {
  const uint64_t sign = static_cast<uint64_t>(static_cast<int64_t>(value.word[0]) >> 63);
  for (int i = 1; i < N; ++i) {
    if (value.word[i] != sign) return false;
  }
  return true;
}

template <typename From>
bool DecimalTo64(const From& value, int64_t* out) {
  if constexpr (std::is_integral_v<From>) {
    *out = value;
    return true;
  } else {
    *out = static_cast<int64_t>(value.word[0]);
    return Fits64(value);
  }
}

template <typename From>
bool DecimalTo32(const From& value, int32_t* out) {
  int64_t wide = 0;
  if (!DecimalTo64(value, &wide)) return false;
  *out = static_cast<int32_t>(wide);
  return *out == wide;
}

// Big-endian, the lowest `width` bytes; false if the others are more than the sign.
template <int N>
bool DecimalToBytes(const Words<N>& value, int width, uint8_t* out) {
  uint8_t bytes[N * 8];
  for (int i = 0; i < N; ++i) {
    const uint64_t swapped = __builtin_bswap64(value.word[N - 1 - i]);
    std::memcpy(bytes + i * 8, &swapped, 8);
  }
  const uint8_t* low = bytes + N * 8 - width;
  const uint8_t sign = (low[0] & 0x80) != 0 ? 0xff : 0;
  for (const uint8_t* byte = bytes; byte < low; ++byte) {
    if (*byte != sign) return false;
  }
  std::memcpy(out, low, width);
  return true;
}

template <typename To, typename Convert32, typename Convert64, typename Convert128,
          typename Convert256>
bool TransformDecimal(int bits, const arrow::ArrayData& data, const Selected& selected, To* out,
                      int32_t* bad, Convert32 convert32, Convert64 convert64, Convert128 convert128,
                      Convert256 convert256) {
  switch (bits) {
    case 32:
      return Transform<int32_t>(data, selected, out, bad, convert32);
    case 64:
      return Transform<int64_t>(data, selected, out, bad, convert64);
    case 128:
      return Transform<Words<2>>(data, selected, out, bad, convert128);
    default:
      return Transform<Words<4>>(data, selected, out, bad, convert256);
  }
}

template <typename Offset>
void GatherBytes(const arrow::ArrayData& data, const Selected& selected, std::string_view* out) {
  const Offset* offsets = Values<Offset>(data, selected.base);
  const char* bytes =
      data.buffers[2] != nullptr ? reinterpret_cast<const char*>(data.buffers[2]->data()) : "";
  if (selected.positions == nullptr) {
    for (int32_t i = 0; i < selected.count; ++i) {
      out[i] = {bytes + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i])};
    }
  } else {
    for (int32_t i = 0; i < selected.count; ++i) {
      const int32_t at = selected.positions[i];
      out[i] = {bytes + offsets[at], static_cast<size_t>(offsets[at + 1] - offsets[at])};
    }
  }
}

void GatherViews(const arrow::ArrayData& data, const Selected& selected, std::string_view* out) {
  const auto* views = Values<arrow::BinaryViewType::c_type>(data, selected.base);
  for (int32_t i = 0; i < selected.count; ++i) {
    const auto& view = views[selected.positions != nullptr ? selected.positions[i] : i];
    out[i] = arrow::util::FromBinaryView(view, data.buffers.data() + 2);
  }
}

Status TooWide(const Leaf& leaf) {
  return MakeError(ErrorCode::kData,
                   fmt::format("a value does not fit its type {}", leaf.type->ToString()),
                   {.hint = "the source holds a value beyond its own precision; write .arrow, or "
                            "cast the column to a wider decimal"});
}

}  // namespace

Status ValueArray::Gather(const Selected& selected, GatherScratch* scratch, ValueBlock* block,
                          int32_t* bad) const {
  const Leaf& leaf = *leaf_;
  const arrow::ArrayData& data = *data_;
  *block = {};
  block->count = selected.count;
  if (selected.count == 0) return Status::OK();
  bool fits = true;
  switch (leaf.conversion) {
    case Conversion::kNull:
      return MakeError(ErrorCode::kInternal, "a column of nulls has a value");
    case Conversion::kDirect: {
      const uint8_t* from =
          data.buffers[1]->data() + (data.offset + selected.base) * int64_t{leaf.width};
      if (selected.positions == nullptr) {
        block->fixed = from;
        return Status::OK();
      }
      uint8_t* out = scratch->fixed(int64_t{selected.count} * leaf.width);
      Copy(from, leaf.width, selected, out);
      block->fixed = out;
      return Status::OK();
    }
    case Conversion::kOffsets32:
      GatherBytes<int32_t>(data, selected, scratch->bytes());
      block->bytes = scratch->bytes();
      return Status::OK();
    case Conversion::kOffsets64:
      GatherBytes<int64_t>(data, selected, scratch->bytes());
      block->bytes = scratch->bytes();
      return Status::OK();
    case Conversion::kViews:
      GatherViews(data, selected, scratch->bytes());
      block->bytes = scratch->bytes();
      return Status::OK();
    default:
      break;
  }
  uint8_t* out = scratch->fixed(int64_t{selected.count} * std::max(leaf.width, 8));
  block->fixed = out;
  auto* out32 = reinterpret_cast<int32_t*>(out);
  auto* out64 = reinterpret_cast<int64_t*>(out);
  switch (leaf.conversion) {
    case Conversion::kBits: {
      const uint8_t* bits = data.buffers[1]->data();
      const int64_t base = data.offset + selected.base;
      for (int32_t i = 0; i < selected.count; ++i) {
        out[i] = arrow::bit_util::GetBit(
            bits, base + (selected.positions != nullptr ? selected.positions[i] : i));
      }
      return Status::OK();
    }
    case Conversion::kInt8:
      Widen<int8_t>(data, selected, out32);
      return Status::OK();
    case Conversion::kUInt8:
      Widen<uint8_t>(data, selected, out32);
      return Status::OK();
    case Conversion::kInt16:
      Widen<int16_t>(data, selected, out32);
      return Status::OK();
    case Conversion::kUInt16:
      Widen<uint16_t>(data, selected, out32);
      return Status::OK();
    case Conversion::kSeconds32:
      fits = Transform<int32_t>(data, selected, out32, bad, [](int32_t value, int32_t* to) {
        return !__builtin_mul_overflow(value, 1000, to);
      });
      break;
    case Conversion::kSeconds64:
      fits = Transform<int64_t>(data, selected, out64, bad, [](int64_t value, int64_t* to) {
        return !__builtin_mul_overflow(value, int64_t{1000}, to);
      });
      break;
    case Conversion::kDate64:
      fits = Transform<int64_t>(data, selected, out32, bad, [](int64_t value, int32_t* to) {
        constexpr int64_t kDay = 86400000;
        const int64_t days = value / kDay;
        *to = static_cast<int32_t>(days);
        return days * kDay == value && *to == days;
      });
      if (!fits) {
        return MakeError(ErrorCode::kData,
                         "a date64 value is not a whole day, as Parquet's dates are",
                         {.hint = "cast the column to a timestamp, or write .arrow"});
      }
      return Status::OK();
    case Conversion::kDecimalToInt32: {
      const auto convert = [](const auto& value, int32_t* to) { return DecimalTo32(value, to); };
      fits = TransformDecimal(leaf.decimal_bits, data, selected, out32, bad, convert, convert,
                              convert, convert);
      break;
    }
    case Conversion::kDecimalToInt64: {
      const auto convert = [](const auto& value, int64_t* to) { return DecimalTo64(value, to); };
      fits = TransformDecimal(leaf.decimal_bits, data, selected, out64, bad, convert, convert,
                              convert, convert);
      break;
    }
    case Conversion::kDecimalToFixed: {
      const int width = leaf.width;
      if (leaf.decimal_bits == 128) {
        const auto* from = Values<Words<2>>(data, selected.base);
        for (int32_t i = 0; i < selected.count && fits; ++i) {
          *bad = i;
          fits = DecimalToBytes(from[selected.positions != nullptr ? selected.positions[i] : i],
                                width, out + int64_t{i} * width);
        }
      } else {
        const auto* from = Values<Words<4>>(data, selected.base);
        for (int32_t i = 0; i < selected.count && fits; ++i) {
          *bad = i;
          fits = DecimalToBytes(from[selected.positions != nullptr ? selected.positions[i] : i],
                                width, out + int64_t{i} * width);
        }
      }
      break;
    }
    default:
      return MakeError(ErrorCode::kInternal, "a conversion is missing");
  }
  if (fits) return Status::OK();
  if (leaf.decimal_bits != 0) return TooWide(leaf);
  return MakeError(ErrorCode::kData, "a time in seconds is too large for Parquet's milliseconds",
                   {.hint = "write .arrow, or leave the column out with --select"});
}

int64_t ValueArray::PlainBytes(int64_t from, int64_t to) const {
  if (from >= to) return 0;
  const arrow::ArrayData& data = *data_;
  switch (leaf_->conversion) {
    case Conversion::kNull:
      return 0;
    case Conversion::kBits:
      return (to - from + 7) / 8;
    case Conversion::kOffsets32: {
      const auto* offsets = Values<int32_t>(data, 0);
      return int64_t{offsets[to]} - offsets[from] + 4 * (to - from);
    }
    case Conversion::kOffsets64: {
      const auto* offsets = Values<int64_t>(data, 0);
      return offsets[to] - offsets[from] + 4 * (to - from);
    }
    case Conversion::kViews: {
      const auto* views = Values<arrow::BinaryViewType::c_type>(data, 0);
      int64_t bytes = 4 * (to - from);
      for (int64_t i = from; i < to; ++i) bytes += std::max(0, views[i].size());
      return bytes;
    }
    default:
      return (to - from) * leaf_->width;
  }
}

}  // namespace bowyer::parquet
