#include "databases/duckdb/chunk_bytes.h"

#include <duckdb/common/types/vector.hpp>

namespace bowyer {
namespace {

// Of `count` values, with their texts and their elements.
size_t BytesOf(duckdb::Vector& values, duckdb::idx_t count) {
  const auto& type = values.GetType();
  size_t bytes = count * duckdb::GetTypeIdSize(type.InternalType());
  const bool is_nested = type.InternalType() == duckdb::PhysicalType::LIST ||
                         type.InternalType() == duckdb::PhysicalType::ARRAY ||
                         type.InternalType() == duckdb::PhysicalType::STRUCT;
  // The others share the elements of a vector of another length.
  if (is_nested && values.GetVectorType() != duckdb::VectorType::FLAT_VECTOR) return bytes;
  switch (type.InternalType()) {
    case duckdb::PhysicalType::VARCHAR: {
      duckdb::UnifiedVectorFormat texts;
      values.ToUnifiedFormat(count, texts);
      const auto* const data = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(texts);
      for (duckdb::idx_t i = 0; i < count; ++i) {
        const auto at = texts.sel->get_index(i);
        if (texts.validity.RowIsValid(at)) bytes += data[at].GetSize();
      }
      return bytes;
    }
    case duckdb::PhysicalType::LIST:
      return bytes +
             BytesOf(duckdb::ListVector::GetEntry(values), duckdb::ListVector::GetListSize(values));
    case duckdb::PhysicalType::ARRAY:
      return bytes + BytesOf(duckdb::ArrayVector::GetEntry(values),
                             count * duckdb::ArrayType::GetSize(type));
    case duckdb::PhysicalType::STRUCT:
      for (const auto& child : duckdb::StructVector::GetEntries(values)) {
        bytes += BytesOf(*child, count);
      }
      return bytes;
    default:
      return bytes;
  }
}

}  // namespace

size_t BytesOf(duckdb::DataChunk& rows) {
  size_t bytes = 0;
  for (auto& column : rows.data) bytes += BytesOf(column, rows.size());
  return bytes;
}

}  // namespace bowyer
