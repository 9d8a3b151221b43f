#include "databases/duckdb/chunk_converter.h"

#include <arrow/buffer.h>
#include <arrow/c/bridge.h>
#include <arrow/extension_type.h>

#include <bit>
#include <cstring>
#include <duckdb/common/type_visitor.hpp>
#include <duckdb/common/vector_operations/vector_operations.hpp>
#include <limits>

#include "bowyer/error.h"
#include "databases/duckdb/exact_values.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/types.h"

namespace bowyer {
namespace {

using Id = duckdb::LogicalTypeId;

// Arrow counts nanoseconds, of which 64 bits hold 292 years.
bool HoldsLongInterval(duckdb::Vector& values, duckdb::idx_t rows) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1000;
  const auto& type = values.GetType();
  switch (type.id()) {
    case Id::INTERVAL: {
      duckdb::UnifiedVectorFormat format;
      values.ToUnifiedFormat(rows, format);
      const auto* intervals = duckdb::UnifiedVectorFormat::GetData<duckdb::interval_t>(format);
      for (duckdb::idx_t i = 0; i < rows; ++i) {
        const auto at = format.sel->get_index(i);
        if (!format.validity.RowIsValid(at)) continue;
        if (intervals[at].micros > kMost || intervals[at].micros < -kMost) return true;
      }
      return false;
    }
    case Id::LIST:
    case Id::MAP:
      values.Flatten(rows);
      return HoldsLongInterval(duckdb::ListVector::GetEntry(values),
                               duckdb::ListVector::GetListSize(values));
    case Id::ARRAY:
      values.Flatten(rows);
      return HoldsLongInterval(duckdb::ArrayVector::GetEntry(values),
                               rows * duckdb::ArrayType::GetSize(type));
    case Id::STRUCT:
    case Id::UNION:
      values.Flatten(rows);
      for (const auto& entry : duckdb::StructVector::GetEntries(values)) {
        if (HoldsLongInterval(*entry, rows)) return true;
      }
      return false;
    default:
      return false;
  }
}

// DuckDB keeps a UUID as a number whose highest bit is flipped, so that it sorts; its bytes are the
// number's, highest first.
std::shared_ptr<arrow::Array> UuidsOfNumbers(const arrow::Array& numbers,
                                             const std::shared_ptr<arrow::DataType>& type) {
  const auto& data = *numbers.data();
  const auto rows = static_cast<size_t>(data.length);
  std::shared_ptr<arrow::Buffer> bytes =
      arrow::AllocateBuffer(static_cast<int64_t>(rows) * 16).ValueOrDie();
  const uint8_t* from = data.buffers[1]->data() + data.offset * 16;
  uint8_t* to = bytes->mutable_data();
  for (size_t i = 0; i < rows * 16; i += 16) {
    for (size_t k = 0; k < 16; ++k) to[i + k] = from[i + 15 - k];
    to[i] ^= 0x80;
  }
  auto storage = arrow::ArrayData::Make(type, data.length, {data.buffers[0], std::move(bytes)},
                                        data.null_count, 0);
  return arrow::MakeArray(std::move(storage));
}

}  // namespace

arrow::Result<std::shared_ptr<const ChunkConverter>> ChunkConverter::Make(
    const duckdb::vector<duckdb::LogicalType>& types, const duckdb::vector<duckdb::string>& names,
    const duckdb::ClientProperties& properties, std::shared_ptr<arrow::Schema> schema,
    bool infinities) {
  std::shared_ptr<ChunkConverter> converter(new ChunkConverter);
  converter->properties_ = properties;
  converter->infinities_ = infinities;
  arrow::FieldVector fields, storage;
  for (size_t i = 0; i < types.size(); ++i) {
    Column column{.type = types[i]};
    ARROW_ASSIGN_OR_RAISE(column.carrier, CarrierType(types[i], names[i]));
    column.is_uuid = types[i].id() == Id::UUID;
    column.is_cast = column.carrier != types[i];
    column.has_intervals = duckdb::TypeVisitor::Contains(types[i], Id::INTERVAL);
    ARROW_ASSIGN_OR_RAISE(auto field, ToArrowField(types[i], names[i], true, properties));
    if (column.is_uuid) column.carrier = duckdb::LogicalType::DECIMAL(38, 0);
    ARROW_ASSIGN_OR_RAISE(auto carried, ToArrowField(column.carrier, names[i], true, properties));
    storage.push_back(carried->WithMetadata(nullptr));
    fields.push_back(std::move(field));
    if (column.is_cast || column.is_uuid || column.has_intervals) converter->as_it_is_ = false;
    converter->carriers_.push_back(column.carrier);
    converter->columns_.push_back(std::move(column));
  }
  converter->schema_ = schema != nullptr ? std::move(schema) : arrow::schema(std::move(fields));
  converter->storage_ = arrow::schema(std::move(storage));
  return converter;
}

arrow::Status ChunkConverter::CarryColumn(size_t i, duckdb::Vector& values, duckdb::idx_t rows,
                                          duckdb::Vector* carried) const {
  const Column& column = columns_[i];
  if (column.has_intervals && HoldsLongInterval(values, rows)) {
    return MakeError(ErrorCode::kData, "an interval of more than 292 years in hours and minutes",
                     {.column = schema_->field(static_cast<int>(i))->name(),
                      .hint = "cast the column to varchar in the query"});
  }
  if (column.is_uuid) {
    carried->Reinterpret(values);
    return arrow::Status::OK();
  }
  if (!column.is_cast) {
    carried->Reference(values);
    return arrow::Status::OK();
  }
  std::string reason;
  if (duckdb::VectorOperations::DefaultTryCast(values, *carried, rows, &reason, true)) {
    return arrow::Status::OK();
  }
  const bool wide = duckdb::TypeVisitor::Contains(column.type, Id::HUGEINT) ||
                    duckdb::TypeVisitor::Contains(column.type, Id::UHUGEINT);
  return MakeError(ErrorCode::kData, wide ? "a whole number of more than 38 digits" : reason,
                   {.column = schema_->field(static_cast<int>(i))->name(),
                    .hint = "cast the column to varchar in the query"});
}

arrow::Status ChunkConverter::Carry(duckdb::DataChunk& chunk, duckdb::DataChunk* carried) const {
  carried->Initialize(duckdb::Allocator::DefaultAllocator(), carriers_, chunk.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    ARROW_RETURN_NOT_OK(CarryColumn(i, chunk.data[i], chunk.size(), &carried->data[i]));
  }
  carried->SetCardinality(chunk.size());
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> ChunkConverter::Convert(Chunks chunks) const {
  return Guarded([&]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
    duckdb::idx_t rows = 0;
    for (const auto& chunk : chunks) rows += chunk->size();
    BatchAppender batch(*this, rows);
    for (auto& chunk : chunks) {
      ARROW_RETURN_NOT_OK(batch.Append(*chunk));
      chunk.reset();
    }
    return batch.Finish();
  });
}

arrow::Status BatchAppender::Append(duckdb::DataChunk& chunk) {
  if (converter_.as_it_is_) {
    appender_.Append(chunk, 0, chunk.size(), chunk.size());
  } else {
    duckdb::DataChunk carried;
    ARROW_RETURN_NOT_OK(converter_.Carry(chunk, &carried));
    appender_.Append(carried, 0, carried.size(), carried.size());
  }
  return arrow::Status::OK();
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> BatchAppender::Finish() {
  const auto& schema = converter_.schema_;
  ArrowArray exported = appender_.Finalize();
  ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(&exported, converter_.storage_));
  if (!converter_.infinities_) ARROW_RETURN_NOT_OK(CheckFitsArrow(*batch));
  arrow::ArrayVector arrays;
  for (int i = 0; i < batch->num_columns(); ++i) {
    const auto& type = schema->field(i)->type();
    auto array = batch->column(i);
    if (converter_.columns_[static_cast<size_t>(i)].is_uuid) {
      array = UuidsOfNumbers(*array, type);
    } else if (type->id() == arrow::Type::EXTENSION) {
      array = arrow::ExtensionType::WrapArray(type, array);
    }
    arrays.push_back(std::move(array));
  }
  return arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(arrays));
}

}  // namespace bowyer
