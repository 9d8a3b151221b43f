// Which columns are decoded here, and those whose values have a fixed width.
#include "formats/parquet/source_flat.h"

#include <fmt/format.h>
#include <parquet/schema.h>

#include <vector>

#include "bowyer/error.h"
#include "formats/parquet/flat_decoder.h"
#include "formats/parquet/flat_text.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;
using arrow::Type;

// Values of a fixed width, as they are stored.
template <typename Value>
class FixedDecoder : public FlatDecoder {
 public:
  using FlatDecoder::FlatDecoder;

 protected:
  Status Begin(int64_t rows) override {
    ARROW_ASSIGN_OR_RAISE(values_, arrow::AllocateBuffer(rows * kWidth, pool_));
    return Status::OK();
  }

  Status TakeDictionary(const uint8_t* data, int64_t size, int64_t values) override {
    if (values > size / kWidth) return Fault("the dictionary is too short");
    dictionary_.resize(static_cast<size_t>(values));
    if (values > 0) std::memcpy(dictionary_.data(), data, static_cast<size_t>(values * kWidth));
    return Status::OK();
  }

  Status Append(int64_t rows, int64_t there) override {
    Value* out = reinterpret_cast<Value*>(values_->mutable_data()) + rows_;
    if (by_dictionary_) {
      if (there == rows) {
        for (int64_t i = 0; i < rows; ++i) out[i] = dictionary_[indices_[i]];
      } else {
        Spread(out, rows, there, [this](int64_t i) { return dictionary_[indices_[i]]; });
      }
      return Status::OK();
    }
    if (there > (plain_end_ - plain_) / kWidth) return Fault("a page has too few values");
    if (there == rows) {
      std::memcpy(out, plain_, static_cast<size_t>(rows * kWidth));
    } else {
      Spread(out, rows, there, [plain = plain_](int64_t i) {
        Value value;
        std::memcpy(&value, plain + i * kWidth, sizeof(value));
        return value;
      });
    }
    plain_ += there * kWidth;
    return Status::OK();
  }

  Status AppendOf(std::span<const uint32_t> values, int64_t there, int64_t rows) override {
    if (there > (plain_end_ - plain_) / kWidth) return Fault("a page has too few values");
    const uint8_t* const from = plain_;
    const uint8_t* const end = plain_end_;
    if (rows > 0) {
      picked_.resize(values.size());
      for (size_t i = 0; i < values.size(); ++i) {
        std::memcpy(&picked_[i], from + values[i] * kWidth, kWidth);
      }
      plain_ = reinterpret_cast<const uint8_t*>(picked_.data());
      plain_end_ = plain_ + picked_.size() * kWidth;
      ARROW_RETURN_NOT_OK(Append(rows, static_cast<int64_t>(values.size())));
    }
    plain_ = from + there * kWidth;
    plain_end_ = end;
    return Status::OK();
  }

  // The values get(0), get(1), ... to the rows that have one.
  template <typename Get>
  void Spread(Value* out, int64_t rows, int64_t there, Get get) {
    int64_t end = 0;
    if (there > 0) {
      int64_t next = 0;
      end = ForRows(rows, [&](int64_t i, uint64_t is) {
        const Value value = get(next);
        if constexpr (std::is_integral_v<Value>) {
          out[i] = value & static_cast<Value>(-is);
        } else {
          out[i] = is != 0 ? value : Value{};
        }
        next += static_cast<int64_t>(is);
      });
    }
    std::fill(out + end, out + rows, Value{});
  }

  Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() override {
    auto values = std::exchange(values_, nullptr);
    if (rows_ == batch_rows_) return std::vector{values};
    return std::vector{arrow::SliceBuffer(values, 0, rows_ * kWidth)};
  }

  static constexpr int64_t kWidth = sizeof(Value);
  std::shared_ptr<arrow::Buffer> values_;
  std::vector<Value> dictionary_, picked_;
};

// 8 bytes of nanoseconds within a day, 4 bytes of a Julian day.
struct Int96 {
  uint32_t words[3];
};

class Int96Decoder : public FixedDecoder<Int96> {
 public:
  using FixedDecoder::FixedDecoder;

 protected:
  Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() override {
    const bool micros =
        static_cast<const arrow::TimestampType&>(*type_).unit() == arrow::TimeUnit::MICRO;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> out,
                          arrow::AllocateBuffer(rows_ * int64_t{8}, pool_));
    const auto* from = reinterpret_cast<const Int96*>(values_->data());
    auto* to = reinterpret_cast<int64_t*>(out->mutable_data());
    for (int64_t i = 0; i < rows_; ++i) {
      if (IsNull(i)) {
        to[i] = 0;
        continue;
      }
      const auto nanos =
          static_cast<int64_t>(from[i].words[0] | static_cast<uint64_t>(from[i].words[1]) << 32);
      const int64_t days = static_cast<int64_t>(static_cast<int32_t>(from[i].words[2])) - 2440588;
      if (micros && nanos % 1000 == 0) {
        // Spark computes days and nanoseconds from its microseconds modulo 2^64, and back.
        to[i] = static_cast<int64_t>(static_cast<uint64_t>(days) * 86'400'000'000U +
                                     static_cast<uint64_t>(nanos / 1000));
        continue;
      }
      const __int128 exact = static_cast<__int128>(days) * 86'400'000'000'000 + nanos;
      if (micros || exact != static_cast<int64_t>(exact)) {
        return MakeError(
            ErrorCode::kData,
            fmt::format("a timestamp (Julian day {}, {} ns) is not a {}",
                        static_cast<int32_t>(from[i].words[2]), nanos, type_->ToString()),
            {.hint = micros ? "" : "Arrow's nanoseconds reach from 1677 to 2262"});
      }
      to[i] = static_cast<int64_t>(exact);
    }
    values_ = nullptr;
    return std::vector{out};
  }
};

// Decimals that are stored as numbers of `Value`'s width.
template <typename Value>
class DecimalDecoder : public FixedDecoder<Value> {
 public:
  using FixedDecoder<Value>::FixedDecoder;

 protected:
  Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() override {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> out,
                          arrow::AllocateBuffer(this->rows_ * int64_t{16}, this->pool_));
    const auto* from = reinterpret_cast<const Value*>(this->values_->data());
    auto* to = reinterpret_cast<int64_t*>(out->mutable_data());
    for (int64_t i = 0; i < this->rows_; ++i) {
      to[2 * i] = from[i];
      to[2 * i + 1] = from[i] < 0 ? -1 : 0;
    }
    this->values_ = nullptr;
    return std::vector{out};
  }
};

// One bit each, plain or as runs.
class BooleanDecoder : public FlatDecoder {
 public:
  using FlatDecoder::FlatDecoder;

 protected:
  Status Begin(int64_t rows) override {
    // Whole words are read and written.
    ARROW_ASSIGN_OR_RAISE(values_, arrow::AllocateEmptyBitmap(rows + 128, pool_));
    return Status::OK();
  }

  Status TakeDictionary(const uint8_t*, int64_t, int64_t) override {
    return Fault("a dictionary of booleans");
  }

  Status TakeValues(parquet::Encoding::type encoding, const uint8_t* at,
                    const uint8_t* end) override {
    if (encoding == parquet::Encoding::PLAIN) {
      bits_ = HybridRuns::OfBits(at, end - at, (end - at) * 8);
      return Status::OK();
    }
    if (encoding != parquet::Encoding::RLE) return FlatDecoder::TakeValues(encoding, at, end);
    if (at == end) {
      bits_ = HybridRuns();  // only nulls
      return Status::OK();
    }
    uint32_t length = 0;
    if (end - at >= 4) std::memcpy(&length, at, sizeof(length));
    if (end - at < 4 || length > end - at - 4) return Fault("a page is too short for its values");
    bits_ = HybridRuns(at + 4, length, 1);
    return Status::OK();
  }

  Status Append(int64_t rows, int64_t there) override {
    if (by_dictionary_) return Fault("a dictionary of booleans");
    const bool enough = there == rows ? bits_.ReadBits(values_->mutable_data(), rows_, rows)
                                      : bits_.Read(indices_, there);
    if (!enough) return Fault("a page has too few values");
    if (there < rows) Put(rows, there);
    return Status::OK();
  }

  Status AppendOf(std::span<const uint32_t> values, int64_t there, int64_t rows) override {
    const bool enough = rows == 0 ? bits_.Skip(there) : bits_.Read(indices_, there);
    if (!enough) return Fault("a page has too few values");
    for (size_t i = 0; i < values.size(); ++i) indices_[i] = indices_[values[i]];
    if (rows > 0) Put(rows, static_cast<int64_t>(values.size()));
    return Status::OK();
  }

  // The first `there` of indices_ to the rows that have a value.
  void Put(int64_t rows, int64_t there) {
    uint8_t* out = values_->mutable_data();
    int64_t next = 0;
    const auto put = [&](int64_t i, uint64_t is) {
      const uint32_t bit = indices_[next] & static_cast<uint32_t>(is);
      out[(rows_ + i) / 8] |= static_cast<uint8_t>(bit << ((rows_ + i) % 8));
      next += static_cast<int64_t>(is);
    };
    if (there == rows) {
      for (int64_t i = 0; i < rows; ++i) put(i, 1);
    } else if (there > 0) {
      ForRows(rows, put);
    }
  }

  Result<std::vector<std::shared_ptr<arrow::Buffer>>> End() override {
    auto values = std::exchange(values_, nullptr);
    return std::vector{arrow::SliceBuffer(values, 0, arrow::bit_util::BytesForBits(rows_))};
  }

  std::shared_ptr<arrow::Buffer> values_;
  HybridRuns bits_;
};

bool SameUnit(parquet::LogicalType::TimeUnit::unit stored, arrow::TimeUnit::type unit) {
  switch (stored) {
    case parquet::LogicalType::TimeUnit::MILLIS:
      return unit == arrow::TimeUnit::MILLI;
    case parquet::LogicalType::TimeUnit::MICROS:
      return unit == arrow::TimeUnit::MICRO;
    case parquet::LogicalType::TimeUnit::NANOS:
      return unit == arrow::TimeUnit::NANO;
    default:
      return false;
  }
}

// Are stored values the array's values, bit for bit? (INT96 and decimals are converted.)
bool StoredAsIs(const parquet::ColumnDescriptor& column, const arrow::DataType& type) {
  const auto& logical = column.logical_type();
  if (type.id() == Type::DECIMAL128 && logical != nullptr && logical->is_decimal()) {
    return column.physical_type() == parquet::Type::INT32 ||
           column.physical_type() == parquet::Type::INT64;
  }
  switch (column.physical_type()) {
    case parquet::Type::INT32:
      if (type.id() == Type::TIME32) {
        return static_cast<const arrow::TimeType&>(type).unit() == arrow::TimeUnit::MILLI;
      }
      return type.id() == Type::INT32 || type.id() == Type::UINT32 || type.id() == Type::DATE32;
    case parquet::Type::INT64:
      if (type.id() == Type::TIMESTAMP && logical != nullptr && logical->is_timestamp()) {
        return SameUnit(static_cast<const parquet::TimestampLogicalType&>(*logical).time_unit(),
                        static_cast<const arrow::TimestampType&>(type).unit());
      }
      if (type.id() == Type::TIME64 && logical != nullptr && logical->is_time()) {
        return SameUnit(static_cast<const parquet::TimeLogicalType&>(*logical).time_unit(),
                        static_cast<const arrow::TimeType&>(type).unit());
      }
      return type.id() == Type::INT64 || type.id() == Type::UINT64;
    case parquet::Type::INT96:
      return type.id() == Type::TIMESTAMP;
    case parquet::Type::FLOAT:
      return type.id() == Type::FLOAT;
    case parquet::Type::DOUBLE:
      return type.id() == Type::DOUBLE;
    case parquet::Type::BOOLEAN:
      return type.id() == Type::BOOL;
    case parquet::Type::BYTE_ARRAY:
      return arrow::is_base_binary_like(type.id()) || arrow::is_binary_view_like(type.id());
    default:
      return false;
  }
}

// The smallest decimal that holds `type`, if it is as wide as the stored values; or null.
std::shared_ptr<arrow::DataType> CompactDecimal(const parquet::ColumnDescriptor& column,
                                                const arrow::DataType& type) {
  const auto& decimal = static_cast<const arrow::DecimalType&>(type);
  const bool fits_32 = decimal.precision() <= arrow::Decimal32Type::kMaxPrecision;
  if (column.physical_type() == parquet::Type::INT32) {
    return fits_32 ? arrow::decimal32(decimal.precision(), decimal.scale()) : nullptr;
  }
  if (fits_32 || decimal.precision() > arrow::Decimal64Type::kMaxPrecision) return nullptr;
  return arrow::decimal64(decimal.precision(), decimal.scale());
}

}  // namespace

Result<std::unique_ptr<ChoosingDecoder>> MakeFlatDecoder(const ParquetFile& file, int group,
                                                         int field, int64_t batch_rows,
                                                         bool compact) {
  const auto& leaves = file.leaves[static_cast<size_t>(field)];
  const auto& type = file.schema->field(field)->type();
  if (leaves.size() != 1 || arrow::is_nested(type->id())) return nullptr;
  const auto& column = *file.metadata->schema()->Column(leaves[0]);
  if (column.max_repetition_level() != 0 || column.max_definition_level() > 1) return nullptr;
  if (!StoredAsIs(column, *type)) return nullptr;
  const auto chunk = file.metadata->RowGroup(group)->ColumnChunk(leaves[0]);
  const bool optional = column.max_definition_level() == 1;
  for (const auto encoding : chunk->encodings()) {
    switch (encoding) {
      case parquet::Encoding::PLAIN:
      case parquet::Encoding::RLE:
      case parquet::Encoding::PLAIN_DICTIONARY:
      case parquet::Encoding::RLE_DICTIONARY:
      case parquet::Encoding::BIT_PACKED:
        break;
      default:
        return nullptr;
    }
  }
  batch_rows =
      std::max<int64_t>(1, std::min(batch_rows, file.metadata->RowGroup(group)->num_rows()));
  ARROW_ASSIGN_OR_RAISE(auto pages, PageUnpacker::Open(file, group, leaves[0]));
  arrow::MemoryPool* pool = file.context->memory_pool();
  if (type->id() == Type::DECIMAL128) {
    if (const auto smaller = compact ? CompactDecimal(column, *type) : nullptr) {
      if (column.physical_type() == parquet::Type::INT32) {
        return std::make_unique<FixedDecoder<uint32_t>>(std::move(pages), optional, smaller,
                                                        batch_rows, pool);
      }
      return std::make_unique<FixedDecoder<uint64_t>>(std::move(pages), optional, smaller,
                                                      batch_rows, pool);
    }
    if (column.physical_type() == parquet::Type::INT32) {
      return std::make_unique<DecimalDecoder<int32_t>>(std::move(pages), optional, type, batch_rows,
                                                       pool);
    }
    return std::make_unique<DecimalDecoder<int64_t>>(std::move(pages), optional, type, batch_rows,
                                                     pool);
  }
  switch (column.physical_type()) {
    case parquet::Type::INT32:
    case parquet::Type::FLOAT:
      return std::make_unique<FixedDecoder<uint32_t>>(std::move(pages), optional, type, batch_rows,
                                                      pool);
    case parquet::Type::INT64:
    case parquet::Type::DOUBLE:
      return std::make_unique<FixedDecoder<uint64_t>>(std::move(pages), optional, type, batch_rows,
                                                      pool);
    case parquet::Type::INT96:
      return std::make_unique<Int96Decoder>(std::move(pages), optional, type, batch_rows, pool);
    case parquet::Type::BOOLEAN:
      return std::make_unique<BooleanDecoder>(std::move(pages), optional, type, batch_rows, pool);
    default:
      return MakeTextDecoder(std::move(pages), optional, type, batch_rows, pool, compact);
  }
}

}  // namespace bowyer
