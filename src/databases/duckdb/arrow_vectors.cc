#include "databases/duckdb/arrow_vectors.h"

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/compute/cast.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>
#include <arrow/util/decimal.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <cstring>
#include <duckdb/common/types/arrow_aux_data.hpp>

#include "bowyer/error.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

using arrow::Type;
using duckdb::ArrowArrayPhysicalType;

// Do arrays of `type` hold what vectors of DuckDB's type for it hold?
bool HasSameLayout(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::INT8:
    case Type::INT16:
    case Type::INT32:
    case Type::INT64:
    case Type::UINT8:
    case Type::UINT16:
    case Type::UINT32:
    case Type::UINT64:
    case Type::FLOAT:
    case Type::DOUBLE:
    case Type::DATE32:
      return true;
    case Type::TIMESTAMP: {
      const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
      return timestamp.timezone().empty() || timestamp.unit() == arrow::TimeUnit::MICRO;
    }
    case Type::TIME64:
      return static_cast<const arrow::Time64Type&>(type).unit() == arrow::TimeUnit::MICRO;
    default:
      return false;
  }
}

class FixedVectors : public ColumnVectors {
 public:
  explicit FixedVectors(int64_t width) : width_(width) {}

  void Begin(const std::shared_ptr<arrow::ArrayData>& data,
             const std::shared_ptr<arrow::RecordBatch>& owner) override {
    data_ = data;
    owner_ = owner;
  }

  void Fill(int64_t offset, int64_t rows, duckdb::Vector& vector) override {
    FillValidity(*data_, offset, rows, vector);
    if (data_->buffers[1] == nullptr) return;  // nothing but nulls
    KeepAlive(vector, owner_);
    // DuckDB writes into no vector that comes out of a scan.
    duckdb::FlatVector::SetData(vector, const_cast<uint8_t*>(data_->buffers[1]->data()) +
                                            (data_->offset + offset) * width_);
  }

 private:
  const int64_t width_;
  std::shared_ptr<arrow::ArrayData> data_;
  std::shared_ptr<arrow::RecordBatch> owner_;
};

// Decimals of 128 bits as those of `Value`'s width, which holds all of the type's digits. They may
// come in that width (ScanOptions::compact).
template <typename Value>
class DecimalVectors : public ColumnVectors {
 public:
  void Begin(const std::shared_ptr<arrow::ArrayData>& data,
             const std::shared_ptr<arrow::RecordBatch>& owner) override {
    data_ = data;
    as_they_are_.Begin(data, owner);
  }

  void Fill(int64_t offset, int64_t rows, duckdb::Vector& vector) override {
    if (data_->type->byte_width() == sizeof(Value)) {
      return as_they_are_.Fill(offset, rows, vector);
    }
    FillValidity(*data_, offset, rows, vector);
    if (data_->buffers[1] == nullptr) return;
    const auto* words =
        reinterpret_cast<const int64_t*>(data_->buffers[1]->data()) + 2 * (data_->offset + offset);
    auto* values = duckdb::FlatVector::GetData<Value>(vector);
    int64_t differs = 0;
    for (int64_t i = 0; i < rows; ++i) {
      values[i] = static_cast<Value>(words[2 * i]);
      differs |= (values[i] ^ words[2 * i]) | ((words[2 * i] >> 63) ^ words[2 * i + 1]);
    }
    if (differs != 0) CheckEach(offset, rows);
  }

 private:
  // What stands behind a null may be anything.
  void CheckEach(int64_t offset, int64_t rows) const {
    const auto array = arrow::MakeArray(data_->Slice(offset, rows));
    const auto& decimals = static_cast<const arrow::Decimal128Array&>(*array);
    const auto precision = static_cast<const arrow::DecimalType&>(*data_->type).precision();
    for (int64_t i = 0; i < rows; ++i) {
      if (decimals.IsValid(i) &&
          !arrow::Decimal128(decimals.GetValue(i)).FitsInPrecision(precision)) {
        ThrowToDuckDb(MakeError(
            ErrorCode::kData,
            decimals.FormatValue(i) + " has more digits than " + data_->type->ToString()));
      }
    }
  }

  std::shared_ptr<arrow::ArrayData> data_;
  FixedVectors as_they_are_{sizeof(Value)};
};

class BoolVectors : public ColumnVectors {
 public:
  void Begin(const std::shared_ptr<arrow::ArrayData>& data,
             const std::shared_ptr<arrow::RecordBatch>&) override {
    data_ = data;
  }

  void Fill(int64_t offset, int64_t rows, duckdb::Vector& vector) override {
    FillValidity(*data_, offset, rows, vector);
    if (data_->buffers[1] == nullptr) return;
    const uint8_t* bits = data_->buffers[1]->data();
    auto* values = duckdb::FlatVector::GetData<bool>(vector);
    for (int64_t i = 0; i < rows; ++i) {
      values[i] = arrow::bit_util::GetBit(bits, data_->offset + offset + i);
    }
  }

 private:
  std::shared_ptr<arrow::ArrayData> data_;
};

// DuckDB's conversion reads a byte more of a bitmap than holds the rows when they do not begin with
// a byte: all bitmaps get one.
std::shared_ptr<arrow::ArrayData> WithRoom(const std::shared_ptr<arrow::ArrayData>& data) {
  auto roomy = data->Copy();
  for (auto& child : roomy->child_data) child = WithRoom(child);
  if (roomy->dictionary != nullptr) roomy->dictionary = WithRoom(roomy->dictionary);
  if (roomy->buffers.empty() || roomy->buffers[0] == nullptr) return roomy;
  auto& bitmap = roomy->buffers[0];
  const int64_t used = arrow::bit_util::BytesForBits(roomy->offset + roomy->length);
  if (bitmap->capacity() > used) return roomy;
  std::shared_ptr<arrow::Buffer> larger = ValueOrThrow(arrow::AllocateBuffer(used + 1));
  std::memcpy(larger->mutable_data(), bitmap->data(), static_cast<size_t>(used));
  larger->mutable_data()[used] = 0;
  bitmap = std::move(larger);
  return roomy;
}

// All other types, by DuckDB's conversion.
class OtherVectors : public ColumnVectors {
 public:
  OtherVectors(duckdb::ClientContext& context, std::shared_ptr<arrow::DataType> arrow_type,
               duckdb::shared_ptr<duckdb::ArrowType> type)
      : arrow_type_(std::move(arrow_type)), type_(std::move(type)), state_(context) {}

  void Begin(const std::shared_ptr<arrow::ArrayData>& data,
             const std::shared_ptr<arrow::RecordBatch>&) override {
    auto array = arrow::MakeArray(WithRoom(data));
    // A text may come with a dictionary where its type says nothing of one.
    if (!array->type()->Equals(arrow_type_)) {
      array = ValueOrThrow(arrow::compute::Cast(*array, arrow_type_));
    }
    exported_ = duckdb::make_shared_ptr<duckdb::ArrowArrayWrapper>();
    ThrowIfError(arrow::ExportArray(*array, &exported_->arrow_array));
    state_.Reset();
    state_.owned_data = exported_;
  }

  void Fill(int64_t offset, int64_t rows, duckdb::Vector& vector) override {
    using Conversion = duckdb::ArrowToDuckDBConversion;
    ArrowArray& array = exported_->arrow_array;
    const auto from = static_cast<duckdb::idx_t>(offset);
    const auto count = static_cast<duckdb::idx_t>(rows);
    switch (type_->GetPhysicalType()) {
      case ArrowArrayPhysicalType::DICTIONARY_ENCODED:
        Conversion::ColumnArrowToDuckDBDictionary(vector, array, from, state_, count, *type_);
        break;
      case ArrowArrayPhysicalType::RUN_END_ENCODED:
        Conversion::ColumnArrowToDuckDBRunEndEncoded(vector, array, from, state_, count, *type_);
        break;
      case ArrowArrayPhysicalType::DEFAULT:
        Conversion::SetValidityMask(vector, array, from, count, 0, -1);
        Conversion::ColumnArrowToDuckDB(vector, array, from, state_, count, *type_);
        break;
    }
  }

 private:
  const std::shared_ptr<arrow::DataType> arrow_type_;
  const duckdb::shared_ptr<duckdb::ArrowType> type_;
  duckdb::ArrowArrayScanState state_;
  duckdb::shared_ptr<duckdb::ArrowArrayWrapper> exported_;
};

// An extension type says more than its layout.
bool IsPlain(const arrow::Field& field) {
  return field.type()->id() != Type::EXTENSION &&
         (field.metadata() == nullptr || !field.metadata()->Contains("ARROW:extension:name"));
}

std::unique_ptr<ColumnVectors> MakeVectors(duckdb::ClientContext& context,
                                           const arrow::Field& field,
                                           const duckdb::shared_ptr<duckdb::ArrowType>& converted) {
  const arrow::DataType& type = *field.type();
  if (IsPlain(field)) {
    if (HasSameLayout(type)) return std::make_unique<FixedVectors>(type.byte_width());
    if (type.id() == Type::BOOL) return std::make_unique<BoolVectors>();
    if (type.id() == Type::DECIMAL128) {
      switch (converted->GetDuckType().InternalType()) {
        case duckdb::PhysicalType::INT16:
          return std::make_unique<DecimalVectors<int16_t>>();
        case duckdb::PhysicalType::INT32:
          return std::make_unique<DecimalVectors<int32_t>>();
        case duckdb::PhysicalType::INT64:
          return std::make_unique<DecimalVectors<int64_t>>();
        case duckdb::PhysicalType::INT128:
          return std::make_unique<FixedVectors>(type.byte_width());
        default:
          break;
      }
    }
    if (auto text = MakeTextVectors(type, converted->GetDuckType())) return text;
    if (auto text = MakeDictionaryVectors(type, converted->GetDuckType(true))) return text;
  }
  return std::make_unique<OtherVectors>(context, field.type(), converted);
}

}  // namespace

void FillValidity(const arrow::ArrayData& data, int64_t offset, int64_t rows,
                  duckdb::Vector& vector) {
  if (data.GetNullCount() == 0 || data.buffers[0] == nullptr) return;
  auto& mask = duckdb::FlatVector::Validity(vector);
  mask.EnsureWritable();
  arrow::internal::CopyBitmap(data.buffers[0]->data(), data.offset + offset, rows,
                              reinterpret_cast<uint8_t*>(mask.GetData()), 0);
}

ArrowVectors::ArrowVectors(duckdb::ClientContext& context, const arrow::Schema& schema,
                           const duckdb::ArrowTableSchema& table, const std::vector<int>& columns) {
  const auto& converted = table.GetColumns();
  for (const int column : columns) {
    columns_.push_back(MakeVectors(context, *schema.field(column),
                                   converted.at(static_cast<duckdb::idx_t>(column))));
  }
}

void ArrowVectors::Begin(std::shared_ptr<arrow::RecordBatch> batch) {
  batch_ = std::move(batch);
  row_ = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i]->Begin(batch_->column_data(static_cast<int>(i)), batch_);
  }
}

duckdb::idx_t ArrowVectors::Fill(const std::vector<duckdb::Vector*>& outputs) {
  const int64_t rows = std::min<int64_t>(STANDARD_VECTOR_SIZE, batch_->num_rows() - row_);
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i]->Fill(row_, rows, *outputs[i]);
  row_ += rows;
  return static_cast<duckdb::idx_t>(rows);
}

}  // namespace bowyer
