// Parquet footer -> facts for people: per column the sums over all row groups.
#include "formats/parquet/source_inspect.h"

#include <arrow/scalar.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <parquet/arrow/reader.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <set>

#include "core/text.h"

namespace bowyer {
namespace {

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string Shown(const arrow::Scalar& scalar) {
  if (arrow::is_base_binary_like(scalar.type->id()) ||
      scalar.type->id() == arrow::Type::FIXED_SIZE_BINARY) {
    const auto& value = static_cast<const arrow::BaseBinaryScalar&>(scalar);
    return value.value == nullptr ? "" : Printable(std::string_view(*value.value), 60);
  }
  return scalar.ToString();
}

// Smallest minimum and greatest maximum over the row groups; nothing when one of them has none.
class Range {
 public:
  void Add(const std::shared_ptr<parquet::Statistics>& statistics) {
    if (!known_) return;
    if (statistics == nullptr || !statistics->HasMinMax()) {
      // A row group of nulls alone has no range and does not matter.
      known_ = statistics != nullptr && statistics->HasNullCount() && statistics->num_values() == 0;
    } else if (merged_ == nullptr) {
      merged_ = statistics;
    } else {
      Merge(*statistics);
    }
  }

  bool known() const { return known_ && merged_ != nullptr; }
  const parquet::Statistics& merged() const { return *merged_; }

 private:
  void Merge(const parquet::Statistics& other) {
    switch (merged_->physical_type()) {
      case parquet::Type::BOOLEAN:
        return As<parquet::BooleanType>(other);
      case parquet::Type::INT32:
        return As<parquet::Int32Type>(other);
      case parquet::Type::INT64:
        return As<parquet::Int64Type>(other);
      case parquet::Type::FLOAT:
        return As<parquet::FloatType>(other);
      case parquet::Type::DOUBLE:
        return As<parquet::DoubleType>(other);
      case parquet::Type::BYTE_ARRAY:
        return As<parquet::ByteArrayType>(other);
      case parquet::Type::FIXED_LEN_BYTE_ARRAY:
        return As<parquet::FLBAType>(other);
      default:
        known_ = false;
    }
  }
  template <typename Type>
  void As(const parquet::Statistics& other) {
    static_cast<parquet::TypedStatistics<Type>&>(*merged_).Merge(
        static_cast<const parquet::TypedStatistics<Type>&>(other));
  }

  bool known_ = true;
  std::shared_ptr<parquet::Statistics> merged_;
};

// Counts and ranges of leaves say nothing of the lists and structs around them.
bool IsFlat(const ParquetFile& file, int field) {
  return file.leaves[field].size() == 1 &&
         !arrow::is_nested(file.schema->field(field)->type()->id());
}

// Is a statistic of type `found` one of a field of type `type`?
bool DescribesType(const arrow::DataType& found, const arrow::DataType& type) {
  if (type.id() == arrow::Type::DICTIONARY) {
    return DescribesType(found, *static_cast<const arrow::DictionaryType&>(type).value_type());
  }
  const auto text_or_bytes = [](const arrow::DataType& t) {
    return arrow::is_base_binary_like(t.id()) || arrow::is_binary_view_like(t.id());
  };
  return found.Equals(type) || (text_or_bytes(found) && text_or_bytes(type));
}

ColumnInfo InspectColumn(const ParquetFile& file, int field) {
  const auto& leaves = file.leaves[field];
  const bool flat = IsFlat(file, field);
  ColumnInfo info;
  int64_t nulls = 0, stored = 0;
  bool nulls_known = flat, dictionary = false;
  std::set<std::string> encodings;
  Range range;
  for (int g = 0; g < file.metadata->num_row_groups(); ++g) {
    const auto group = file.metadata->RowGroup(g);
    for (int leaf : leaves) {
      const auto chunk = group->ColumnChunk(leaf);
      stored += chunk->total_compressed_size();
      dictionary = dictionary || chunk->has_dictionary_page();
      for (const auto encoding : chunk->encodings()) {
        if (encoding == parquet::Encoding::RLE || encoding == parquet::Encoding::BIT_PACKED) {
          continue;  // of levels
        }
        if (encoding == parquet::Encoding::PLAIN_DICTIONARY ||
            encoding == parquet::Encoding::RLE_DICTIONARY) {
          encodings.insert("dictionary");
        } else {
          encodings.insert(Lower(parquet::EncodingToString(encoding)));
        }
      }
      if (!flat) continue;
      const auto statistics = chunk->is_stats_set() ? chunk->statistics() : nullptr;
      nulls_known = nulls_known && statistics != nullptr && statistics->HasNullCount();
      if (nulls_known) nulls += statistics->null_count();
      range.Add(statistics);
    }
  }
  // A dictionary is itself stored plain.
  if (dictionary && encodings.size() > 1) encodings.erase("plain");
  info.encoding = fmt::format("{}", fmt::join(encodings, ", "));
  info.stored_bytes = stored;
  if (nulls_known) info.null_count = nulls;
  if (flat && range.known()) {
    std::shared_ptr<arrow::Scalar> min, max;
    if (parquet::arrow::StatisticsAsScalars(range.merged(), &min, &max).ok()) {
      info.min = Shown(*min);
      info.max = Shown(*max);
    }
  }
  return info;
}

}  // namespace

arrow::Result<ColumnBounds> BoundsOfColumn(const ParquetFile& file, int first, int end, int field) {
  ColumnBounds bounds;
  if (!IsFlat(file, field)) return bounds;
  int64_t nulls = 0;
  bool nulls_known = true;
  Range range;
  for (int g = first; g < end; ++g) {
    const auto group = file.metadata->RowGroup(g);
    const auto chunk = group->ColumnChunk(file.leaves[field][0]);
    const auto statistics = chunk->is_stats_set() ? chunk->statistics() : nullptr;
    nulls_known = nulls_known && statistics != nullptr && statistics->HasNullCount();
    if (nulls_known) nulls += statistics->null_count();
    range.Add(statistics);
  }
  if (nulls_known) bounds.null_count = nulls;
  if (!range.known()) return bounds;
  std::shared_ptr<arrow::Scalar> min, max;
  if (!parquet::arrow::StatisticsAsScalars(range.merged(), &min, &max).ok()) return bounds;
  const auto& type = *file.schema->field(field)->type();
  if (!DescribesType(*min->type, type) || !DescribesType(*max->type, type)) return bounds;
  bounds.min = std::move(min);
  bounds.max = std::move(max);
  return bounds;
}

arrow::Result<SourceInfo> InspectParquet(const ParquetFile& file) {
  const auto& metadata = *file.metadata;
  SourceInfo info{.format = metadata.version() == parquet::ParquetVersion::PARQUET_1_0
                                ? "Parquet 1.0"
                                : "Parquet 2",
                  .rows = 0,
                  .stored_bytes = file.input.size,
                  .unit_name = "row group",
                  .created_by = Printable(metadata.created_by())};
  std::set<std::string> codecs;
  for (int g = 0; g < metadata.num_row_groups(); ++g) {
    const auto group = metadata.RowGroup(g);
    *info.rows += group->num_rows();
    int64_t stored = 0;
    for (int c = 0; c < group->num_columns(); ++c) {
      const auto chunk = group->ColumnChunk(c);
      stored += chunk->total_compressed_size();
      codecs.insert(arrow::util::Codec::GetCodecAsString(chunk->compression()));
    }
    info.units.push_back(
        {.rows = group->num_rows(), .stored_bytes = stored, .raw_bytes = group->total_byte_size()});
  }
  info.codec = fmt::format("{}", fmt::join(codecs, ", "));
  for (int i = 0; i < file.schema->num_fields(); ++i)
    info.columns.push_back(InspectColumn(file, i));
  if (const auto& pairs = metadata.key_value_metadata()) {
    for (int64_t i = 0; i < pairs->size(); ++i) {
      if (pairs->key(i) == "ARROW:schema") continue;  // shown as the schema
      info.metadata.emplace_back(pairs->key(i), pairs->value(i));
    }
  }
  return info;
}

}  // namespace bowyer
