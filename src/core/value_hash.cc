// Fixed widths take three multiplications a value, texts two for each 16 bytes. The mixing is our
// own and not a library's: most values are short, so it has to be inlined into the loop of each
// layout, and digests of earlier runs have to stay comparable.
#include "core/value_hash.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/util/binary_view_util.h>
#include <arrow/util/bit_block_counter.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/decimal.h>
#include <arrow/util/float16.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace bowyer {
namespace {

using arrow::ArrayData;
using arrow::Type;

__extension__ using Wide = unsigned __int128;

// Odd, half of the bits set, and no text.
constexpr uint64_t kA = 0x9FB21C651E98DF25, kB = 0xD1B54A32D192ED03, kC = 0xAEF17502108EF2D9,
                   kD = 0xE95E1DD17D35800D, kE = 0xF1357AEA2E62A9C5, kF = 0xC2B2AE3D27D4EB4F;

// One for each kind of value.
constexpr uint64_t kNumber = 0x1D8E4E27C47D124F, kScale = 0xA24BAED4963EE407,
                   kFloating = 0x8EBC6AF09C88C6E3, kDate = 0x589965CC75374CC3,
                   kInstant = 0x6C8E9CF570932BD5, kTime = 0xB492B66FBE98F273,
                   kDuration = 0xF58E9CF570932BD5, kFine = 0x3C6EF372FE94F82B,
                   kSequence = 0x2545F4914F6CDD1D, kRecord = 0x94D049BB133111EB;

constexpr ValueHash kNull = {0xB5297A4D68E31DA4, 0x1B56C4E9E3779B97};

inline uint64_t Spread(uint64_t z) {
  z ^= z >> 32;
  z *= kA;
  z ^= z >> 29;
  z *= kB;
  return z ^ (z >> 32);
}

inline ValueHash Mix(uint64_t value, uint64_t seed) {
  uint64_t z = (value ^ (value >> 32)) * kA + seed;
  z ^= z >> 29;
  z *= kB;
  z ^= z >> 32;
  uint64_t w = (z ^ (z >> 31)) * kC;
  w ^= w >> 30;
  return {z, w};
}

inline uint64_t Fold(uint64_t a, uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline uint64_t Load(const uint8_t* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

inline uint64_t LoadHalf(const uint8_t* bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

inline ValueHash MixBytes(const uint8_t* bytes, size_t size) {
  uint64_t s = kD ^ (size * kE), t = kF, a = 0, b = 0;
  if (size > 16) {
    const uint8_t* const last = bytes + size - 16;
    for (; bytes < last; bytes += 16) {
      const uint64_t x = Load(bytes), y = Load(bytes + 8);
      s = Fold(x ^ kA, y ^ s);
      t = Fold(x + t, y ^ kB);
    }
    a = Load(last);
    b = Load(last + 8);
  } else if (size >= 8) {
    a = Load(bytes);
    b = Load(bytes + size - 8);
  } else if (size >= 4) {
    a = LoadHalf(bytes);
    b = LoadHalf(bytes + size - 4);
  } else if (size > 0) {
    a = uint64_t{bytes[0]} << 16 | uint64_t{bytes[size / 2]} << 8 | bytes[size - 1];
  }
  s = Fold(a ^ kC, b ^ s);
  t = Fold(b + t, a ^ kE);
  const uint64_t low = Spread(s ^ size);
  return {low, Spread(t + low)};
}

// The digits of 550e8400-e29b-41d4-a716-446655440000, as databases write it.
bool IsUuid(const uint8_t* text, uint8_t* bytes) {
  if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  const auto digit = [](uint8_t c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (int at = 0; at < 36; at += 2) {
    if (at == 8 || at == 13 || at == 18 || at == 23) ++at;
    const int high = digit(text[at]), low = digit(text[at + 1]);
    if (high < 0 || low < 0) return false;
    *bytes++ = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

inline ValueHash HashBytes(const uint8_t* bytes, int64_t size) {
  if (size == 36) [[unlikely]] {
    std::array<uint8_t, 16> uuid;
    if (IsUuid(bytes, uuid.data())) return MixBytes(uuid.data(), uuid.size());
  }
  return MixBytes(bytes, static_cast<size_t>(size));
}

// Several words of two's complement, the lowest first, under a seed of one word's.
ValueHash HashWords(const uint64_t* words, int count, uint64_t seed) {
  while (count > 1 && words[count - 1] == (words[count - 2] >> 63 == 0 ? 0 : ~uint64_t{0})) --count;
  if (count == 1) return Mix(words[0], seed);
  const ValueHash hash =
      MixBytes(reinterpret_cast<const uint8_t*>(words), static_cast<size_t>(count) * 8);
  return {Spread(hash.low ^ seed), Spread(hash.high + seed)};
}

inline uint64_t NumberSeed(int scale) {
  return kNumber + static_cast<uint64_t>(static_cast<int64_t>(scale)) * kScale;
}

ValueHash HashUnsigned(uint64_t value) {
  const std::array<uint64_t, 2> words = {value, 0};
  return HashWords(words.data(), 2, kNumber);
}

// 12.50 and 12.5 are one number, as are 1200 of scale 0 and 12 of scale -2.
inline ValueHash HashDecimal(int64_t value, int scale) {
  if (value == 0) return Mix(0, kNumber);
  for (; scale > 0 && value % 10 == 0; --scale) value /= 10;
  return Mix(static_cast<uint64_t>(value), NumberSeed(scale));
}

template <typename Decimal>
ValueHash HashWideDecimal(Decimal value, int scale) {
  const Decimal ten(10);
  while (scale > 0) {
    const auto [quotient, remainder] = value.Divide(ten).ValueOrDie();
    if (remainder != Decimal(0)) break;
    value = quotient;
    --scale;
  }
  constexpr int kWords = sizeof(Decimal) / 8;
  return HashWords(value.little_endian_array().data(), kWords, NumberSeed(scale));
}

ValueHash HashScaledUp(const arrow::Decimal256& value, int scale) {
  // A scale so low that the number exceeds 256 bits equals only its own kind.
  const auto whole = value.Rescale(scale, 0);
  return whole.ok() ? HashWideDecimal(*whole, 0) : HashWideDecimal(value, scale);
}

template <typename Decimal>
ValueHash HashDecimalBytes(const uint8_t* bytes, int scale) {
  const Decimal value(bytes);
  if (scale < 0) return HashScaledUp(arrow::Decimal256(value), scale);
  const auto words = value.little_endian_array();
  bool fits = true;
  for (size_t i = 1; i < words.size(); ++i) {
    fits = fits && words[i] == static_cast<uint64_t>(static_cast<int64_t>(words[0]) >> 63);
  }
  if (fits) return HashDecimal(static_cast<int64_t>(words[0]), scale);
  return HashWideDecimal(value, scale);
}

inline ValueHash HashFloating(double value) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  if (value != value) bits = 0x7FF8000000000000;
  return Mix(bits, kFloating);
}

// As microseconds where they are whole.
ValueHash HashTime(int64_t value, arrow::TimeUnit::type unit, uint64_t seed) {
  int64_t factor = 1;
  switch (unit) {
    case arrow::TimeUnit::NANO:
      if (value % 1000 != 0) return Mix(static_cast<uint64_t>(value), seed + kFine);
      return Mix(static_cast<uint64_t>(value / 1000), seed);
    case arrow::TimeUnit::MICRO:
      break;
    case arrow::TimeUnit::MILLI:
      factor = 1000;
      break;
    case arrow::TimeUnit::SECOND:
      factor = 1'000'000;
      break;
  }
  __extension__ const __int128 micros = static_cast<__int128>(value) * factor;
  const std::array<uint64_t, 2> words = {static_cast<uint64_t>(micros),
                                         static_cast<uint64_t>(micros >> 64)};
  return HashWords(words.data(), 2, seed);
}

ValueHash HashInterval(int32_t months, int32_t days, int64_t nanoseconds) {
  if (months == 0 && days == 0) return HashTime(nanoseconds, arrow::TimeUnit::NANO, kDuration);
  const std::array<uint64_t, 2> words = {
      static_cast<uint64_t>(static_cast<uint32_t>(months)) << 32 | static_cast<uint32_t>(days),
      static_cast<uint64_t>(nanoseconds)};
  const ValueHash hash = MixBytes(reinterpret_cast<const uint8_t*>(words.data()), 16);
  return {Spread(hash.low ^ kDuration), Spread(hash.high + kDuration)};
}

// Values one after the other, whose order counts.
class Sequence {
 public:
  void Add(const ValueHash& hash) {
    low_ = (std::rotl(low_, 27) ^ hash.low) * kA;
    high_ = (std::rotl(high_, 31) + hash.high) * kB;
  }
  ValueHash End(uint64_t count, uint64_t seed) const {
    const uint64_t low = Spread(low_ + count * kC + seed);
    return {low, Spread(high_ ^ std::rotl(low, 32))};
  }

 private:
  uint64_t low_ = kD, high_ = kE;
};

template <typename T>
const T* Values(const ArrayData& data, size_t buffer, int64_t first) {
  return reinterpret_cast<const T*>(data.buffers[buffer]->data()) + data.offset + first;
}

template <typename HashOf>
inline void ForRows(int64_t rows, uint64_t* low, uint64_t* high, HashOf hash_of) {
  for (int64_t i = 0; i < rows; ++i) {
    const ValueHash hash = hash_of(i);
    low[i] = hash.low;
    high[i] = hash.high;
  }
}

template <typename T>
void HashIntegers(const ArrayData& data, int64_t first, int64_t rows, uint64_t seed, uint64_t* low,
                  uint64_t* high) {
  const T* values = Values<T>(data, 1, first);
  ForRows(rows, low, high,
          [&](int64_t i) { return Mix(static_cast<uint64_t>(int64_t{values[i]}), seed); });
}

template <typename T>
void HashFloats(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low, uint64_t* high) {
  const T* values = Values<T>(data, 1, first);
  ForRows(rows, low, high, [&](int64_t i) { return HashFloating(values[i]); });
}

template <typename T>
void HashTimes(const ArrayData& data, int64_t first, int64_t rows, arrow::TimeUnit::type unit,
               uint64_t seed, uint64_t* low, uint64_t* high) {
  if (unit == arrow::TimeUnit::MICRO) {
    HashIntegers<T>(data, first, rows, seed, low, high);
    return;
  }
  const T* values = Values<T>(data, 1, first);
  ForRows(rows, low, high, [&](int64_t i) { return HashTime(values[i], unit, seed); });
}

template <typename Offset>
void HashTexts(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low, uint64_t* high) {
  const Offset* offsets = Values<Offset>(data, 1, first);
  // Nothing but empty texts may come without bytes.
  const uint8_t* bytes = data.buffers[2] == nullptr ? nullptr : data.buffers[2]->data();
  ForRows(rows, low, high, [&](int64_t i) {
    return HashBytes(bytes + offsets[i], int64_t{offsets[i + 1]} - offsets[i]);
  });
}

bool IsValid(const ArrayData& data, int64_t row) {
  return data.buffers[0] == nullptr ||
         arrow::bit_util::GetBit(data.buffers[0]->data(), data.offset + row);
}

// Types whose nulls are in no bitmap of their own.
bool HasBitmap(Type::type id) {
  return id != Type::NA && id != Type::SPARSE_UNION && id != Type::DENSE_UNION &&
         id != Type::RUN_END_ENCODED;
}

void SetNulls(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low, uint64_t* high) {
  const uint8_t* bits = data.buffers[0]->data();
  arrow::internal::BitBlockCounter counter(bits, data.offset + first, rows);
  for (int64_t at = 0; at < rows;) {
    const auto block = counter.NextWord();
    if (!block.AllSet()) {
      for (int64_t i = at; i < at + block.length; ++i) {
        if (arrow::bit_util::GetBit(bits, data.offset + first + i)) continue;
        low[i] = kNull.low;
        high[i] = kNull.high;
      }
    }
    at += block.length;
  }
}

const arrow::DataType& StorageType(const arrow::DataType& type) {
  if (type.id() != Type::EXTENSION) return type;
  return StorageType(*static_cast<const arrow::ExtensionType&>(type).storage_type());
}

}  // namespace

ValueHasher& ValueHasher::Child(size_t i) {
  if (children_.size() <= i) children_.resize(i + 1);
  if (children_[i] == nullptr) children_[i] = std::make_unique<ValueHasher>();
  return *children_[i];
}

ValueHash ValueHasher::One(const ArrayData& data, int64_t row) {
  ValueHash hash;
  Hash(data, row, 1, &hash.low, &hash.high);
  return hash;
}

void ValueHasher::Hash(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                       uint64_t* high) {
  const Type::type id = StorageType(*data.type).id();
  const bool has_nulls = HasBitmap(id) && data.buffers[0] != nullptr && data.GetNullCount() > 0;
  // Where all are null there may be no buffer of values.
  if (id == Type::NA || (has_nulls && data.GetNullCount() == data.length)) {
    std::fill(low, low + rows, kNull.low);
    std::fill(high, high + rows, kNull.high);
    return;
  }
  HashValues(data, first, rows, low, high);
  if (has_nulls) SetNulls(data, first, rows, low, high);
}

void ValueHasher::HashValues(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                             uint64_t* high) {
  const arrow::DataType& type = StorageType(*data.type);
  const auto time_unit = [&type] { return static_cast<const arrow::TimeType&>(type).unit(); };
  const auto each = [&](auto hash_of) { ForRows(rows, low, high, hash_of); };
  switch (type.id()) {
    case Type::BOOL: {
      const uint8_t* bits = data.buffers[1]->data();
      return each([&](int64_t i) {
        return Mix(arrow::bit_util::GetBit(bits, data.offset + first + i) ? 1 : 0, kNumber);
      });
    }
    case Type::INT8:
      return HashIntegers<int8_t>(data, first, rows, kNumber, low, high);
    case Type::INT16:
      return HashIntegers<int16_t>(data, first, rows, kNumber, low, high);
    case Type::INT32:
      return HashIntegers<int32_t>(data, first, rows, kNumber, low, high);
    case Type::INT64:
      return HashIntegers<int64_t>(data, first, rows, kNumber, low, high);
    case Type::UINT8:
      return HashIntegers<uint8_t>(data, first, rows, kNumber, low, high);
    case Type::UINT16:
      return HashIntegers<uint16_t>(data, first, rows, kNumber, low, high);
    case Type::UINT32:
      return HashIntegers<uint32_t>(data, first, rows, kNumber, low, high);
    case Type::UINT64: {
      const auto* values = Values<uint64_t>(data, 1, first);
      return each([&](int64_t i) { return HashUnsigned(values[i]); });
    }
    case Type::HALF_FLOAT: {
      const auto* values = Values<uint16_t>(data, 1, first);
      return each([&](int64_t i) {
        return HashFloating(arrow::util::Float16::FromBits(values[i]).ToDouble());
      });
    }
    case Type::FLOAT:
      return HashFloats<float>(data, first, rows, low, high);
    case Type::DOUBLE:
      return HashFloats<double>(data, first, rows, low, high);
    case Type::DECIMAL32:
    case Type::DECIMAL64:
    case Type::DECIMAL128:
    case Type::DECIMAL256: {
      const auto& decimal = static_cast<const arrow::DecimalType&>(type);
      const int scale = decimal.scale(), width = decimal.byte_width();
      const uint8_t* bytes = data.buffers[1]->data() + (data.offset + first) * width;
      return each([&](int64_t i) {
        const uint8_t* value = bytes + i * width;
        if (width == 16) return HashDecimalBytes<arrow::Decimal128>(value, scale);
        if (width == 32) return HashDecimalBytes<arrow::Decimal256>(value, scale);
        const int64_t narrow =
            width == 8 ? static_cast<int64_t>(Load(value)) : static_cast<int32_t>(LoadHalf(value));
        if (scale < 0) return HashScaledUp(arrow::Decimal256(narrow), scale);
        return HashDecimal(narrow, scale);
      });
    }
    case Type::DATE32:
      return HashIntegers<int32_t>(data, first, rows, kDate, low, high);
    case Type::DATE64: {
      constexpr int64_t kDay = 86'400'000;
      const auto* values = Values<int64_t>(data, 1, first);
      return each([&](int64_t i) {
        if (values[i] % kDay != 0) return Mix(static_cast<uint64_t>(values[i]), kDate + kFine);
        return Mix(static_cast<uint64_t>(values[i] / kDay), kDate);
      });
    }
    case Type::TIMESTAMP:
      return HashTimes<int64_t>(data, first, rows,
                                static_cast<const arrow::TimestampType&>(type).unit(), kInstant,
                                low, high);
    case Type::TIME32:
      return HashTimes<int32_t>(data, first, rows, time_unit(), kTime, low, high);
    case Type::TIME64:
      return HashTimes<int64_t>(data, first, rows, time_unit(), kTime, low, high);
    case Type::DURATION:  // the same as an interval without months and days
      return HashTimes<int64_t>(data, first, rows,
                                static_cast<const arrow::DurationType&>(type).unit(), kDuration,
                                low, high);
    case Type::INTERVAL_MONTHS: {
      const auto* values = Values<int32_t>(data, 1, first);
      return each([&](int64_t i) { return HashInterval(values[i], 0, 0); });
    }
    case Type::INTERVAL_DAY_TIME: {
      const auto* values = Values<arrow::DayTimeIntervalType::DayMilliseconds>(data, 1, first);
      return each([&](int64_t i) {
        return HashInterval(0, values[i].days, int64_t{values[i].milliseconds} * 1'000'000);
      });
    }
    case Type::INTERVAL_MONTH_DAY_NANO: {
      const auto* values = Values<arrow::MonthDayNanoIntervalType::MonthDayNanos>(data, 1, first);
      return each([&](int64_t i) {
        return HashInterval(values[i].months, values[i].days, values[i].nanoseconds);
      });
    }
    case Type::STRING:
    case Type::BINARY:
      return HashTexts<int32_t>(data, first, rows, low, high);
    case Type::LARGE_STRING:
    case Type::LARGE_BINARY:
      return HashTexts<int64_t>(data, first, rows, low, high);
    case Type::STRING_VIEW:
    case Type::BINARY_VIEW: {
      const auto* views = Values<arrow::BinaryViewType::c_type>(data, 1, first);
      return each([&](int64_t i) {
        if (!IsValid(data, first + i)) return kNull;  // its view may point anywhere
        const auto text = arrow::util::FromBinaryView(views[i], data.buffers.data() + 2);
        return HashBytes(reinterpret_cast<const uint8_t*>(text.data()),
                         static_cast<int64_t>(text.size()));
      });
    }
    case Type::FIXED_SIZE_BINARY: {
      const int width = static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width();
      const uint8_t* bytes = data.buffers[1]->data() + (data.offset + first) * width;
      return each([&](int64_t i) { return HashBytes(bytes + i * width, width); });
    }
    case Type::DICTIONARY:
      return HashDictionary(data, first, rows, low, high);
    case Type::LIST:
    case Type::MAP: {
      const auto* offsets = Values<int32_t>(data, 1, first);
      return HashLists(
          data, first, rows, offsets[rows],
          [&](int64_t i) { return std::pair<int64_t, int64_t>(offsets[i], offsets[i + 1]); }, low,
          high);
    }
    case Type::LARGE_LIST: {
      const auto* offsets = Values<int64_t>(data, 1, first);
      return HashLists(
          data, first, rows, offsets[rows],
          [&](int64_t i) { return std::pair(offsets[i], offsets[i + 1]); }, low, high);
    }
    case Type::LIST_VIEW: {
      const auto* offsets = Values<int32_t>(data, 1, first);
      const auto* sizes = Values<int32_t>(data, 2, first);
      return HashLists(
          data, first, rows, 0,
          [&](int64_t i) {
            return std::pair<int64_t, int64_t>(offsets[i], int64_t{offsets[i]} + sizes[i]);
          },
          low, high);
    }
    case Type::LARGE_LIST_VIEW: {
      const auto* offsets = Values<int64_t>(data, 1, first);
      const auto* sizes = Values<int64_t>(data, 2, first);
      return HashLists(
          data, first, rows, 0,
          [&](int64_t i) { return std::pair(offsets[i], offsets[i] + sizes[i]); }, low, high);
    }
    case Type::FIXED_SIZE_LIST: {
      const int64_t size = static_cast<const arrow::FixedSizeListType&>(type).list_size();
      return HashLists(
          data, first, rows, (data.offset + first + rows) * size,
          [&](int64_t i) {
            const int64_t begin = (data.offset + first + i) * size;
            return std::pair(begin, begin + size);
          },
          low, high);
    }
    case Type::STRUCT:
      return HashStructs(data, first, rows, low, high);
    case Type::SPARSE_UNION:
    case Type::DENSE_UNION:
      return HashUnions(data, first, rows, low, high);
    case Type::RUN_END_ENCODED:
      return HashRuns(data, first, rows, low, high);
    case Type::NA:
    case Type::EXTENSION:
    case Type::MAX_ID:
      return;  // nulls were set; an extension is its storage
  }
}

void ValueHasher::HashDictionary(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                                 uint64_t* high) {
  const auto& type = static_cast<const arrow::DictionaryType&>(StorageType(*data.type));
  const ArrayData& dictionary = *data.dictionary;
  // Entries that few rows name are looked up one by one.
  const bool whole = dictionary.length <= std::max<int64_t>(4 * data.length, kMostRows);
  if (whole && dictionary_ != data.dictionary) {
    entries_.resize(static_cast<size_t>(dictionary.length));
    std::vector<uint64_t> lows(kMostRows), highs(kMostRows);
    for (int64_t at = 0; at < dictionary.length; at += kMostRows) {
      const int64_t count = std::min(kMostRows, dictionary.length - at);
      Child(0).Hash(dictionary, at, count, lows.data(), highs.data());
      for (int64_t i = 0; i < count; ++i) {
        entries_[static_cast<size_t>(at + i)] = {lows[static_cast<size_t>(i)],
                                                 highs[static_cast<size_t>(i)]};
      }
    }
    dictionary_ = data.dictionary;
  }
  const auto gather = [&](const auto* indices) {
    ForRows(rows, low, high, [&](int64_t i) {
      if (!IsValid(data, first + i)) return kNull;
      const auto index = static_cast<int64_t>(indices[i]);
      return whole ? entries_[static_cast<size_t>(index)] : Child(0).One(dictionary, index);
    });
  };
  switch (type.index_type()->id()) {
    case Type::INT8:
      return gather(Values<int8_t>(data, 1, first));
    case Type::UINT8:
      return gather(Values<uint8_t>(data, 1, first));
    case Type::INT16:
      return gather(Values<int16_t>(data, 1, first));
    case Type::UINT16:
      return gather(Values<uint16_t>(data, 1, first));
    case Type::INT32:
      return gather(Values<int32_t>(data, 1, first));
    case Type::UINT32:
      return gather(Values<uint32_t>(data, 1, first));
    default:
      return gather(Values<int64_t>(data, 1, first));
  }
}

ValueHash ValueHasher::InWindow(const ArrayData& values, int64_t row, int64_t end) {
  Window& window = window_;
  if (row < window.begin || row >= window.end) {
    window.low.resize(kMostRows);
    window.high.resize(kMostRows);
    window.begin = row;
    window.end = std::min(end, row + kMostRows);
    Hash(values, row, window.end - row, window.low.data(), window.high.data());
  }
  const auto at = static_cast<size_t>(row - window.begin);
  return {window.low[at], window.high[at]};
}

template <typename RangeOf>
void ValueHasher::HashLists(const ArrayData& data, int64_t first, int64_t rows, int64_t values_end,
                            RangeOf range_of, uint64_t* low, uint64_t* high) {
  const ArrayData& values = *data.child_data[0];
  ValueHasher& child = Child(0);
  child.window_.end = 0;  // of an array before this one
  ForRows(rows, low, high, [&](int64_t i) {
    if (!IsValid(data, first + i)) return kNull;
    const auto [begin, end] = range_of(i);
    Sequence sequence;
    for (int64_t at = begin; at < end; ++at) {
      sequence.Add(child.InWindow(values, at, std::max(end, values_end)));
    }
    return sequence.End(static_cast<uint64_t>(end - begin), kSequence);
  });
}

void ValueHasher::HashStructs(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                              uint64_t* high) {
  std::array<Sequence, kMostRows> sequences;
  std::array<uint64_t, kMostRows> lows, highs;
  for (size_t c = 0; c < data.child_data.size(); ++c) {
    Child(c).Hash(*data.child_data[c], data.offset + first, rows, lows.data(), highs.data());
    for (size_t i = 0; i < static_cast<size_t>(rows); ++i) sequences[i].Add({lows[i], highs[i]});
  }
  ForRows(rows, low, high, [&](int64_t i) {
    return sequences[static_cast<size_t>(i)].End(data.child_data.size(), kRecord);
  });
}

void ValueHasher::HashUnions(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                             uint64_t* high) {
  const auto& type = static_cast<const arrow::UnionType&>(StorageType(*data.type));
  const auto* codes = Values<int8_t>(data, 1, first);
  const bool dense = type.mode() == arrow::UnionMode::DENSE;
  const int32_t* offsets = dense ? Values<int32_t>(data, 2, first) : nullptr;
  ForRows(rows, low, high, [&](int64_t i) {
    // Which member it is counts by its name: numbers differ from database to database.
    const int member = type.child_ids()[static_cast<size_t>(codes[i])];
    const std::string& name = type.field(member)->name();
    Sequence sequence;
    sequence.Add(MixBytes(reinterpret_cast<const uint8_t*>(name.data()), name.size()));
    const auto child = static_cast<size_t>(member);
    sequence.Add(
        Child(child).One(*data.child_data[child], dense ? offsets[i] : data.offset + first + i));
    return sequence.End(2, kRecord);
  });
}

void ValueHasher::HashRuns(const ArrayData& data, int64_t first, int64_t rows, uint64_t* low,
                           uint64_t* high) {
  const ArrayData& ends = *data.child_data[0];
  const auto expand = [&](const auto* run_ends) {
    int64_t run = -1;
    ValueHash hash;
    ForRows(rows, low, high, [&](int64_t i) {
      const int64_t row = data.offset + first + i;
      if (run < 0 || row >= static_cast<int64_t>(run_ends[run])) {
        run =
            std::upper_bound(run_ends, run_ends + ends.length, row,
                             [](int64_t at, auto end) { return at < static_cast<int64_t>(end); }) -
            run_ends;
        hash = Child(0).One(*data.child_data[1], run);
      }
      return hash;
    });
  };
  switch (ends.type->id()) {
    case Type::INT16:
      return expand(Values<int16_t>(ends, 1, 0));
    case Type::INT32:
      return expand(Values<int32_t>(ends, 1, 0));
    default:
      return expand(Values<int64_t>(ends, 1, 0));
  }
}

}  // namespace bowyer
