#include "databases/duckdb/segments/plain.h"

#include <algorithm>

namespace bowyer::segments {

using duckdb::CompressionType;

void EncodeValidity(const RowMask& valid, const SegmentSink& sink) {
  const bool any_valid = valid.nulls()<valid.rows(), any_null = valid.nulls()> 0;
  auto statistics =
      EmptyStatistics(duckdb::LogicalType(duckdb::LogicalTypeId::VALIDITY), any_valid, any_null);
  if (!any_valid || !any_null) {
    sink({CompressionType::COMPRESSION_CONSTANT, valid.rows(), std::move(statistics), {}});
    return;
  }
  // A bit each, for whole vectors.
  std::vector<uint8_t> bytes((valid.rows() + STANDARD_VECTOR_SIZE - 1) / STANDARD_VECTOR_SIZE *
                             duckdb::ValidityMask::STANDARD_MASK_SIZE);
  std::memcpy(bytes.data(), valid.words().data(), valid.words().size() * sizeof(uint64_t));
  sink({CompressionType::COMPRESSION_UNCOMPRESSED, valid.rows(), std::move(statistics), bytes});
}

template <typename T>
void EncodePlain(const Column<T>& column, const SegmentSink& sink) {
  const size_t most = column.block_bytes / sizeof(T);
  for (size_t begin = 0; begin < column.values.size(); begin += most) {
    const size_t rows = std::min(most, column.values.size() - begin);
    size_t nulls = 0;
    for (size_t i = begin; i < begin + rows && column.valid.nulls() > 0; ++i) {
      nulls += !column.valid[i];
    }
    const auto* bytes = reinterpret_cast<const uint8_t*>(column.values.data() + begin);
    sink({CompressionType::COMPRESSION_UNCOMPRESSED, rows,
          EmptyStatistics(column.type, nulls<rows, nulls> 0),
          std::span<const uint8_t>(bytes, rows * sizeof(T))});
  }
}

template void EncodePlain(const Column<duckdb::interval_t>&, const SegmentSink&);

}  // namespace bowyer::segments
