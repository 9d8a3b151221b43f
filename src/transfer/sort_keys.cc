// A value becomes one byte for null or not, then bytes that compare as the value does: big-endian
// integers with the sign turned, floats with their bits turned, text with its zero bytes escaped.
// Descending columns have all bytes of the value inverted.
#include "transfer/sort_keys.h"

#include <arrow/array.h>
#include <arrow/compute/api_scalar.h>
#include <arrow/compute/cast.h>
#include <arrow/compute/exec.h>
#include <arrow/compute/initialize.h>
#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

#include <algorithm>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Type;

// What lies beneath dictionaries, runs and extension types.
const arrow::DataType& ValueType(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::DICTIONARY:
      return ValueType(*static_cast<const arrow::DictionaryType&>(type).value_type());
    case Type::RUN_END_ENCODED:
      return ValueType(*static_cast<const arrow::RunEndEncodedType&>(type).value_type());
    case Type::EXTENSION:
      return ValueType(*static_cast<const arrow::ExtensionType&>(type).storage_type());
    default:
      return type;
  }
}

arrow::Result<std::shared_ptr<arrow::Array>> Decoded(std::shared_ptr<arrow::Array> array,
                                                     arrow::compute::ExecContext* context) {
  for (;;) {
    if (array->type_id() == Type::EXTENSION) {
      array = static_cast<const arrow::ExtensionArray&>(*array).storage();
    } else if (array->type_id() == Type::DICTIONARY) {
      const auto& type = static_cast<const arrow::DictionaryType&>(*array->type());
      ARROW_ASSIGN_OR_RAISE(array,
                            arrow::compute::Cast(*array, type.value_type(),
                                                 arrow::compute::CastOptions::Safe(), context));
    } else if (array->type_id() == Type::RUN_END_ENCODED) {
      ARROW_RETURN_NOT_OK(arrow::compute::Initialize());
      ARROW_ASSIGN_OR_RAISE(const auto decoded,
                            arrow::compute::CallFunction("run_end_decode", {array}, context));
      array = decoded.make_array();
    } else {
      return array;
    }
  }
}

template <typename Unsigned>
uint8_t* PutBigEndian(Unsigned value, uint8_t* at) {
  for (int shift = static_cast<int>(sizeof(value)) * 8 - 8; shift >= 0; shift -= 8) {
    *at++ = static_cast<uint8_t>(value >> shift);
  }
  return at;
}

// Signed integers: the sign bit turned, so that negative ones come first.
template <typename Signed>
uint8_t* PutSigned(Signed value, uint8_t* at) {
  using Unsigned = std::make_unsigned_t<Signed>;
  constexpr Unsigned kSign = Unsigned{1} << (sizeof(Unsigned) * 8 - 1);
  return PutBigEndian(static_cast<Unsigned>(static_cast<Unsigned>(value) ^ kSign), at);
}

// IEEE bits: negative ones inverted, others with the sign turned; one NaN above all, one zero.
template <typename Bits>
uint8_t* PutFloat(Bits bits, Bits infinity, uint8_t* at) {
  constexpr Bits kSign = static_cast<Bits>(Bits{1} << (sizeof(Bits) * 8 - 1));
  const Bits magnitude = static_cast<Bits>(bits & ~kSign);
  if (magnitude > infinity) return PutBigEndian(static_cast<Bits>(~Bits{0}), at);
  if (magnitude == 0) bits = 0;
  return PutBigEndian(static_cast<Bits>((bits & kSign) != 0 ? ~bits : bits | kSign), at);
}

// Zero bytes are escaped as 00 FF; 00 00 ends the text.
int64_t EscapedSize(std::string_view text) {
  return static_cast<int64_t>(text.size()) + std::count(text.begin(), text.end(), '\0') + 2;
}
uint8_t* PutEscaped(std::string_view text, uint8_t* at) {
  for (const char c : text) {
    *at++ = static_cast<uint8_t>(c);
    if (c == '\0') *at++ = 0xff;
  }
  *at++ = 0;
  *at++ = 0;
  return at;
}

// One decoded column and how it is spelled.
struct KeyColumn {
  std::shared_ptr<arrow::Array> array;
  SortKey key;
  int width = 0;  // of a value; -1: text

  static arrow::Result<KeyColumn> Make(std::shared_ptr<arrow::Array> array, const SortKey& key) {
    KeyColumn column{std::move(array), key, 0};
    const arrow::DataType& type = *column.array->type();
    if (type.id() == Type::BOOL) {
      column.width = 1;
    } else if (arrow::is_binary_like(type.id()) || arrow::is_large_binary_like(type.id()) ||
               type.id() == Type::STRING_VIEW || type.id() == Type::BINARY_VIEW) {
      column.width = -1;
    } else if (type.id() != Type::NA) {
      column.width = static_cast<const arrow::FixedWidthType&>(type).bit_width() / 8;
    }
    return column;
  }

  std::string_view TextAt(int64_t row) const {
    switch (array->type_id()) {
      case Type::STRING:
      case Type::BINARY:
        return static_cast<const arrow::BinaryArray&>(*array).GetView(row);
      case Type::LARGE_STRING:
      case Type::LARGE_BINARY:
        return static_cast<const arrow::LargeBinaryArray&>(*array).GetView(row);
      default:
        return static_cast<const arrow::BinaryViewArray&>(*array).GetView(row);
    }
  }

  // Bytes of the row's value, the byte for null included.
  int64_t SizeAt(int64_t row) const {
    if (array->IsNull(row)) return 1 + (width < 0 ? 0 : width);
    return 1 + (width < 0 ? EscapedSize(TextAt(row)) : width);
  }

  // `at(row)` gives the place of the row's next byte; what is returned goes to moved(row, place).
  template <typename At, typename Moved>
  void Write(At at, Moved moved) const {
    switch (array->type_id()) {
      case Type::BOOL:
        return Rows(at, moved, [&](int64_t row, uint8_t* out) {
          *out = static_cast<const arrow::BooleanArray&>(*array).Value(row) ? 1 : 0;
          return out + 1;
        });
      case Type::UINT8:
        return Integers<uint8_t>(at, moved);
      case Type::UINT16:
        return Integers<uint16_t>(at, moved);
      case Type::UINT32:
        return Integers<uint32_t>(at, moved);
      case Type::UINT64:
        return Integers<uint64_t>(at, moved);
      case Type::INT8:
        return Integers<int8_t>(at, moved);
      case Type::INT16:
        return Integers<int16_t>(at, moved);
      case Type::INT32:
      case Type::DATE32:
      case Type::TIME32:
      case Type::DECIMAL32:
      case Type::INTERVAL_MONTHS:
        return Integers<int32_t>(at, moved);
      case Type::INT64:
      case Type::DATE64:
      case Type::TIME64:
      case Type::TIMESTAMP:
      case Type::DURATION:
      case Type::DECIMAL64:
        return Integers<int64_t>(at, moved);
      case Type::HALF_FLOAT:
        return Floats<uint16_t>(0x7c00, at, moved);
      case Type::FLOAT:
        return Floats<uint32_t>(0x7f800000U, at, moved);
      case Type::DOUBLE:
        return Floats<uint64_t>(0x7ff0000000000000ULL, at, moved);
      case Type::DECIMAL128:
      case Type::DECIMAL256:
        return Rows(at, moved, [&](int64_t row, uint8_t* out) {
          // Little-endian two's complement, to be read from its last byte.
          const uint8_t* value =
              static_cast<const arrow::FixedSizeBinaryArray&>(*array).GetValue(row);
          for (int i = width - 1; i >= 0; --i) *out++ = value[i];
          out[-width] ^= 0x80;
          return out;
        });
      case Type::FIXED_SIZE_BINARY:
        return Rows(at, moved, [&](int64_t row, uint8_t* out) {
          const uint8_t* value =
              static_cast<const arrow::FixedSizeBinaryArray&>(*array).GetValue(row);
          std::copy(value, value + width, out);
          return out + width;
        });
      case Type::NA:
        return Rows(at, moved, [](int64_t, uint8_t* out) { return out; });
      default:
        return Rows(at, moved,
                    [&](int64_t row, uint8_t* out) { return PutEscaped(TextAt(row), out); });
    }
  }

 private:
  template <typename Value, typename At, typename Moved>
  void Integers(At at, Moved moved) const {
    const auto* values = array->data()->template GetValues<Value>(1);
    Rows(at, moved, [values](int64_t row, uint8_t* out) {
      if constexpr (std::is_signed_v<Value>) return PutSigned(values[row], out);
      return PutBigEndian(static_cast<std::make_unsigned_t<Value>>(values[row]), out);
    });
  }
  template <typename Bits, typename At, typename Moved>
  void Floats(Bits infinity, At at, Moved moved) const {
    const auto* values = array->data()->template GetValues<Bits>(1);
    Rows(at, moved, [values, infinity](int64_t row, uint8_t* out) {
      return PutFloat(values[row], infinity, out);
    });
  }

  template <typename At, typename Moved, typename Put>
  void Rows(At at, Moved moved, Put put) const {
    constexpr uint8_t kNullFirst = 0, kValue = 1, kNullLast = 2;
    const bool any_nulls = array->null_count() > 0 || array->type_id() == Type::NA;
    for (int64_t row = 0; row < array->length(); ++row) {
      uint8_t* out = at(row);
      if (any_nulls && array->IsNull(row)) {
        *out++ = key.nulls_first ? kNullFirst : kNullLast;
        if (width > 0) {
          std::fill(out, out + width, 0);
          out += width;
        }
      } else {
        *out++ = kValue;
        uint8_t* const begin = out;
        out = put(row, out);
        if (key.descending) {
          for (uint8_t* byte = begin; byte < out; ++byte) *byte = static_cast<uint8_t>(~*byte);
        }
      }
      moved(row, out);
    }
  }
};

struct Ranked {
  KeyPrefix prefix;
  uint32_t row;
};

}  // namespace

KeyPrefix KeyPrefix::Of(std::string_view key, size_t skip) {
  uint64_t words[2] = {};
  key.remove_prefix(std::min(skip, key.size()));
  std::memcpy(words, key.data(), std::min<size_t>(16, key.size()));
  return {__builtin_bswap64(words[0]), __builtin_bswap64(words[1])};
}

arrow::Status CheckSortable(const std::string& name, const arrow::DataType& type) {
  const arrow::DataType& value = ValueType(type);
  const bool sortable = value.num_fields() == 0 && value.id() != Type::INTERVAL_DAY_TIME &&
                        value.id() != Type::INTERVAL_MONTH_DAY_NANO &&
                        !arrow::is_nested(value.id());
  if (sortable) return arrow::Status::OK();
  return MakeError(ErrorCode::kUsage, fmt::format("--sort: column {} is {}, which has no order",
                                                  Quoted(name), TypeText(type)));
}

arrow::Result<EncodedKeys> EncodedKeys::Make(const arrow::RecordBatch& batch,
                                             const std::vector<SortKey>& keys,
                                             arrow::MemoryPool* pool) {
  arrow::compute::ExecContext context(pool);
  context.set_use_threads(false);
  std::vector<KeyColumn> columns;
  bool fixed = true;
  int64_t width = 0;
  for (const SortKey& key : keys) {
    ARROW_ASSIGN_OR_RAISE(auto array, Decoded(batch.column(key.key), &context));
    ARROW_ASSIGN_OR_RAISE(auto column, KeyColumn::Make(std::move(array), key));
    fixed = fixed && column.width >= 0;
    width += 1 + std::max(0, column.width);
    columns.push_back(std::move(column));
  }
  EncodedKeys encoded;
  encoded.rows_ = batch.num_rows();
  const int64_t rows = encoded.rows_;
  if (fixed) {
    encoded.width_ = width;
    ARROW_ASSIGN_OR_RAISE(encoded.bytes_, arrow::AllocateBuffer(rows * width, pool));
    uint8_t* base = encoded.bytes_->mutable_data();
    for (const KeyColumn& column : columns) {
      column.Write([&](int64_t row) { return base + row * width; }, [](int64_t, uint8_t*) {});
      base += 1 + column.width;
    }
    return encoded;
  }
  ARROW_ASSIGN_OR_RAISE(
      encoded.offsets_,
      arrow::AllocateBuffer((rows + 1) * static_cast<int64_t>(sizeof(int64_t)), pool));
  auto* offsets = reinterpret_cast<int64_t*>(encoded.offsets_->mutable_data());
  int64_t total = 0;
  for (int64_t row = 0; row < rows; ++row) {
    offsets[row] = total;
    for (const KeyColumn& column : columns) total += column.SizeAt(row);
  }
  offsets[rows] = total;
  ARROW_ASSIGN_OR_RAISE(encoded.bytes_, arrow::AllocateBuffer(total, pool));
  // While writing, offsets[row] is where the row's next value goes; in the end that is where the
  // next row begins, so everything moves up by one.
  uint8_t* base = encoded.bytes_->mutable_data();
  for (const KeyColumn& column : columns) {
    column.Write([&](int64_t row) { return base + offsets[row]; },
                 [&](int64_t row, uint8_t* end) { offsets[row] = end - base; });
  }
  std::memmove(offsets + 1, offsets, static_cast<size_t>(rows) * sizeof(int64_t));
  offsets[0] = 0;
  return encoded;
}

arrow::Result<std::shared_ptr<arrow::UInt32Array>> EncodedKeys::Order(
    arrow::MemoryPool* pool) const {
  const EncodedKeys& keys = *this;
  // What all keys begin with says nothing; the bytes behind it nearly always decide.
  size_t common = rows_ == 0 ? 0 : keys[0].size();
  for (int64_t row = 1; row < rows_ && common > 0; ++row) {
    const std::string_view key = keys[row];
    const size_t length = std::min(common, key.size());
    common = static_cast<size_t>(
        std::mismatch(key.begin(), key.begin() + static_cast<ptrdiff_t>(length), keys[0].begin())
            .first -
        key.begin());
  }
  ARROW_ASSIGN_OR_RAISE(const auto scratch,
                        arrow::AllocateBuffer(rows_ * static_cast<int64_t>(sizeof(Ranked)), pool));
  auto* ranked = reinterpret_cast<Ranked*>(scratch->mutable_data());
  for (int64_t row = 0; row < rows_; ++row) {
    ranked[row] = {KeyPrefix::Of(keys[row], common), static_cast<uint32_t>(row)};
  }
  const bool whole = KeyPrefix::IsWhole(width_, common);
  std::sort(ranked, ranked + rows_, [&keys, whole](const Ranked& a, const Ranked& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    const int order = whole ? 0 : keys[a.row].compare(keys[b.row]);
    return order != 0 ? order < 0 : a.row < b.row;
  });
  ARROW_ASSIGN_OR_RAISE(
      auto order, arrow::AllocateBuffer(rows_ * static_cast<int64_t>(sizeof(uint32_t)), pool));
  auto* out = reinterpret_cast<uint32_t*>(order->mutable_data());
  for (int64_t i = 0; i < rows_; ++i) out[i] = ranked[i].row;
  return std::make_shared<arrow::UInt32Array>(rows_, std::move(order));
}

}  // namespace bowyer
