#include "databases/duckdb/compression_choice.h"

#include <atomic>
#include <string>

namespace bowyer {
namespace {

using duckdb::CompressionType;

// A look at one row group in so many keeps the size within a few percent of what it would be.
constexpr int kGroupsBetweenLooks = 48;

// What may be told. The others say that a segment is all one value or not worth the effort, which
// says little of the next one.
constexpr CompressionType kWorthTelling[] = {
    CompressionType::COMPRESSION_RLE,        CompressionType::COMPRESSION_DICTIONARY,
    CompressionType::COMPRESSION_BITPACKING, CompressionType::COMPRESSION_FSST,
    CompressionType::COMPRESSION_ALP,        CompressionType::COMPRESSION_ALPRD,
    CompressionType::COMPRESSION_ZSTD,       CompressionType::COMPRESSION_DICT_FSST};

// The type of that name; AUTO for those that say nothing.
CompressionType TypeNamed(const std::string& name) {
  for (const CompressionType type : kWorthTelling) {
    if (duckdb::CompressionTypeToString(type) == name) return type;
  }
  return name == duckdb::CompressionTypeToString(CompressionType::COMPRESSION_UNCOMPRESSED)
             ? CompressionType::COMPRESSION_UNCOMPRESSED
             : CompressionType::COMPRESSION_AUTO;
}

// The next row group that DuckDB writes of `table` takes it from the table in memory; the column's
// definition, which is stored, is in the catalog. One byte, which threads that write meanwhile may
// see as it was or as it is.
void Tell(duckdb::DataTable& table, size_t column, CompressionType type) {
  auto& definition = const_cast<duckdb::ColumnDefinition&>(table.Columns()[column]);
  auto& told = const_cast<CompressionType&>(definition.CompressionType());
  std::atomic_ref<CompressionType>(told).store(type, std::memory_order_relaxed);
}

}  // namespace

void CompressionChoice::Learn(duckdb::DataTable& table, duckdb::RowGroup& group,
                              duckdb::ClientContext& context) {
  const size_t count = table.Columns().size();
  // Of each column: what its segments have; AUTO: nothing that is worth telling, UNCOMPRESSED:
  // several.
  std::vector<CompressionType> found(count, CompressionType::COMPRESSION_AUTO);
  duckdb::vector<duckdb::ColumnSegmentInfo> segments;
  group.GetColumnSegmentInfo(context, 0, segments);
  for (const auto& segment : segments) {
    // Nulls and the columns inside of nested ones have longer paths.
    if (segment.column_id >= count) continue;
    if (segment.column_path != "[" + std::to_string(segment.column_id) + "]") continue;
    if (!segment.persistent) return;
    const auto type = TypeNamed(segment.compression_type);
    auto& of_column = found[segment.column_id];
    of_column = of_column == CompressionType::COMPRESSION_AUTO || of_column == type
                    ? type
                    : CompressionType::COMPRESSION_UNCOMPRESSED;
  }
  const std::lock_guard lock(mutex_);
  columns_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    Column& column = columns_[i];
    if (column.unsteady) continue;
    auto next = column.told;
    if (column.told == CompressionType::COMPRESSION_AUTO) {
      if (found[i] == CompressionType::COMPRESSION_AUTO ||
          found[i] == CompressionType::COMPRESSION_UNCOMPRESSED) {
        continue;
      }
      column.groups = 0;
      next = found[i];
    } else if (found[i] == CompressionType::COMPRESSION_UNCOMPRESSED) {
      column.unsteady = true;
      next = CompressionType::COMPRESSION_AUTO;
    } else if (++column.groups == kGroupsBetweenLooks) {
      next = CompressionType::COMPRESSION_AUTO;
    }
    if (next == column.told) continue;
    column.told = next;
    Tell(table, i, next);
  }
}

}  // namespace bowyer
