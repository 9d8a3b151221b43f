#include "databases/duckdb/scan_statistics.h"

#include <arrow/array/builder_base.h>
#include <arrow/c/bridge.h>
#include <arrow/scalar.h>

#include <duckdb/function/table/arrow.hpp>
#include <duckdb/planner/table_filter.hpp>
#include <duckdb/storage/statistics/base_statistics.hpp>
#include <duckdb/storage/statistics/numeric_stats.hpp>
#include <duckdb/storage/statistics/string_stats.hpp>
#include <limits>

#include "core/text.h"
#include "databases/duckdb/arrow_vectors.h"
#include "databases/duckdb/exact_values.h"
#include "databases/duckdb/status.h"

namespace bowyer {
namespace {

using duckdb::BaseStatistics;
using duckdb::LogicalTypeId;

enum class Kind { kNone, kNumeric, kFloating, kText };

// How DuckDB keeps statistics of a type; only where it orders values as the formats do.
Kind KindOf(const duckdb::LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::UTINYINT:
    case LogicalTypeId::USMALLINT:
    case LogicalTypeId::UINTEGER:
    case LogicalTypeId::UBIGINT:
    case LogicalTypeId::DECIMAL:
    case LogicalTypeId::DATE:
    case LogicalTypeId::TIME:
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_TZ:
      return Kind::kNumeric;
    case LogicalTypeId::FLOAT:
    case LogicalTypeId::DOUBLE:
      return Kind::kFloating;
    case LogicalTypeId::VARCHAR:
      return Kind::kText;
    default:
      return Kind::kNone;
  }
}

// `scalars` (null: a null) as values of DuckDB; nothing if they are not of `type` there.
std::vector<duckdb::Value> Values(duckdb::ClientContext& context,
                                  const std::vector<std::shared_ptr<arrow::Scalar>>& scalars,
                                  const duckdb::LogicalType& type) {
  std::shared_ptr<arrow::DataType> arrow_type;
  for (const auto& scalar : scalars) {
    if (scalar == nullptr) continue;
    if (arrow_type == nullptr) arrow_type = scalar->type;
    if (!scalar->type->Equals(arrow_type)) return {};
  }
  if (arrow_type == nullptr) return {};
  const auto schema = arrow::schema({arrow::field("", arrow_type)});
  duckdb::ArrowSchemaWrapper exported;
  ThrowIfError(arrow::ExportSchema(*schema, &exported.arrow_schema));
  duckdb::ArrowTableSchema table;
  duckdb::ArrowTableFunction::PopulateArrowTableSchema(context, table, exported.arrow_schema);
  // Bytes are what some formats call texts.
  const auto& found = table.GetTypes()[0];
  const bool bytes = found.id() == LogicalTypeId::BLOB && type.id() == LogicalTypeId::VARCHAR;
  if (found != type && !bytes) return {};

  auto builder = ValueOrThrow(arrow::MakeBuilder(arrow_type));
  for (const auto& scalar : scalars) {
    ThrowIfError(scalar == nullptr ? builder->AppendNull() : builder->AppendScalar(*scalar));
  }
  auto array = ValueOrThrow(builder->Finish());
  const auto batch = arrow::RecordBatch::Make(schema, array->length(), {array});
  if (!CheckFitsDuckDb(*batch).ok()) return {};
  ArrowVectors vectors(context, *schema, table, {0});
  vectors.Begin(batch);
  std::vector<duckdb::Value> values;
  duckdb::DataChunk chunk;
  chunk.Initialize(context, {found});
  while (!vectors.done()) {
    chunk.Reset();
    const auto rows = vectors.Fill({&chunk.data[0]});
    for (duckdb::idx_t i = 0; i < rows; ++i) {
      auto value = chunk.data[0].GetValue(i);
      if (bytes && !value.IsNull()) value = duckdb::Value(duckdb::StringValue::Get(value));
      values.push_back(std::move(value));
    }
  }
  return values;
}

// The bounds of each part as values; empty where they are not known.
struct PartBounds {
  std::vector<duckdb::Value> min, max;
};

// Some writers cut long texts within a character, which DuckDB takes for no text.
bool CanBeValue(const std::shared_ptr<arrow::Scalar>& scalar) {
  if (scalar == nullptr || !scalar->is_valid) return false;
  if (!arrow::is_base_binary_like(scalar->type->id())) return true;
  const auto text = static_cast<const arrow::BaseBinaryScalar&>(*scalar).view();
  return ValidUtf8Prefix(text) == text.size();
}

PartBounds BoundsAsValues(duckdb::ClientContext& context, const std::vector<ColumnBounds>& bounds,
                          const duckdb::LogicalType& type) {
  std::vector<std::shared_ptr<arrow::Scalar>> scalars;
  for (const ColumnBounds& part : bounds) {
    const bool known = CanBeValue(part.min) && CanBeValue(part.max);
    scalars.push_back(known ? part.min : nullptr);
    scalars.push_back(known ? part.max : nullptr);
  }
  PartBounds result;
  const auto values = Values(context, scalars, type);
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    result.min.push_back(values[i]);
    result.max.push_back(values[i + 1]);
  }
  return result;
}

void SetRange(const duckdb::Value& min, const duckdb::Value& max, Kind kind,
              BaseStatistics* statistics) {
  switch (kind) {
    case Kind::kNumeric:
      duckdb::NumericStats::SetMin(*statistics, min);
      duckdb::NumericStats::SetMax(*statistics, max);
      return;
    case Kind::kFloating: {
      // Not-a-number, which bounds leave out, is DuckDB's greatest value.
      duckdb::NumericStats::SetMin(*statistics, min);
      const double nan = std::numeric_limits<double>::quiet_NaN();
      duckdb::NumericStats::SetMax(*statistics, min.type().id() == LogicalTypeId::FLOAT
                                                    ? duckdb::Value::FLOAT(static_cast<float>(nan))
                                                    : duckdb::Value::DOUBLE(nan));
      return;
    }
    case Kind::kText:
      duckdb::StringStats::SetMin(*statistics, duckdb::StringValue::Get(min));
      duckdb::StringStats::SetMax(*statistics, duckdb::StringValue::Get(max));
      return;
    case Kind::kNone:
      return;
  }
}

}  // namespace

std::vector<size_t> PartsWithin(duckdb::ClientContext& context, const TableInput& table,
                                const duckdb::vector<duckdb::LogicalType>& types,
                                const duckdb::TableFunctionInitInput& scan) {
  std::vector<bool> wanted(table.parts.size(), true);
  if (scan.filters && !wanted.empty()) {
    for (const auto& [position, filter] : scan.filters->filters) {
      const auto column = scan.column_ids[position];
      if (column >= types.size()) continue;  // of rows, not of a column
      const auto& type = types[column];
      const Kind kind = KindOf(type);
      const auto bounds = ValueOrThrow(table.bounds(static_cast<int>(column)));
      const auto range = kind == Kind::kNone ? PartBounds{} : BoundsAsValues(context, bounds, type);
      for (size_t part = 0; part < wanted.size(); ++part) {
        if (!wanted[part]) continue;
        auto statistics = BaseStatistics::CreateUnknown(type);
        const auto& nulls = bounds[part].null_count;
        if (nulls == 0) statistics.Set(duckdb::StatsInfo::CANNOT_HAVE_NULL_VALUES);
        if (nulls.has_value() && nulls == table.parts[part]) {
          statistics.Set(duckdb::StatsInfo::CANNOT_HAVE_VALID_VALUES);
        }
        if (part < range.min.size() && !range.min[part].IsNull()) {
          SetRange(range.min[part], range.max[part], kind, &statistics);
        }
        wanted[part] = filter->CheckStatistics(statistics) !=
                       duckdb::FilterPropagateResult::FILTER_ALWAYS_FALSE;
      }
    }
  }
  std::vector<size_t> parts;
  for (size_t part = 0; part < wanted.size(); ++part) {
    if (wanted[part]) parts.push_back(part);
  }
  return parts;
}

duckdb::unique_ptr<BaseStatistics> StatisticsOfColumn(duckdb::ClientContext& context,
                                                      const TableInput& input, int column,
                                                      const duckdb::LogicalType& type) {
  if (input.parts.empty() || KindOf(type) != Kind::kNumeric) return nullptr;
  const auto bounds = input.bounds(column);
  if (!bounds.ok()) return nullptr;  // the scan will tell
  const auto range = BoundsAsValues(context, *bounds, type);
  if (range.min.empty()) return nullptr;
  duckdb::Value min, max;
  bool nulls = false;
  for (size_t part = 0; part < range.min.size(); ++part) {
    if (input.parts[part] == 0) continue;
    const auto& null_count = (*bounds)[part].null_count;
    nulls = nulls || null_count != 0;
    if (range.min[part].IsNull()) {
      // A part of nulls alone has no range and does not matter.
      if (!null_count.has_value() || *null_count != input.parts[part]) return nullptr;
      continue;
    }
    if (min.IsNull() || range.min[part] < min) min = range.min[part];
    if (max.IsNull() || range.max[part] > max) max = range.max[part];
  }
  if (min.IsNull()) return nullptr;
  auto statistics = BaseStatistics::CreateUnknown(type);
  SetRange(min, max, Kind::kNumeric, &statistics);
  if (!nulls) statistics.Set(duckdb::StatsInfo::CANNOT_HAVE_NULL_VALUES);
  return statistics.ToUnique();
}

}  // namespace bowyer
