#include "databases/duckdb/scan_filters.h"

#include <algorithm>
#include <duckdb/planner/table_filter.hpp>
#include <duckdb/storage/table/column_segment.hpp>

namespace bowyer {
namespace {

constexpr duckdb::idx_t kVector = STANDARD_VECTOR_SIZE;

}  // namespace

ScanFilters::ScanFilters(duckdb::ClientContext& context,
                         duckdb::optional_ptr<duckdb::TableFilterSet> filters) {
  if (!filters) return;
  for (const auto& [column, filter] : filters->filters) {
    conditions_.push_back(
        {column, *filter, duckdb::TableFilterState::Initialize(context, *filter)});
  }
}

std::vector<duckdb::idx_t> ScanFilters::columns() const {
  std::vector<duckdb::idx_t> columns;
  for (const Condition& condition : conditions_) columns.push_back(condition.column);
  std::sort(columns.begin(), columns.end());
  return columns;
}

ScanFilters::Rows ScanFilters::Choose(duckdb::DataChunk& chunk) {
  const duckdb::idx_t all = chunk.size();
  Rows rows{duckdb::SelectionVector(), all};
  // Those that cost least come first, and leave fewer rows for the others.
  std::vector<Condition*> others;
  for (Condition& condition : conditions_) {
    if (rows.count == 0) break;
    if (!ByDictionary(condition, chunk.data[condition.column], &rows)) others.push_back(&condition);
  }
  for (Condition* condition : others) {
    if (rows.count == 0) break;
    ByValue(*condition, chunk.data[condition->column], all, &rows);
  }
  return rows;
}

void ScanFilters::Apply(duckdb::DataChunk& chunk) {
  if (conditions_.empty()) return;
  const Rows rows = Choose(chunk);
  if (rows.count == 0) {
    chunk.SetCardinality(0);
  } else if (rows.count < chunk.size()) {
    chunk.Slice(rows.chosen, rows.count);
  }
}

bool ScanFilters::ByDictionary(Condition& condition, duckdb::Vector& values, Rows* rows) {
  if (values.GetVectorType() != duckdb::VectorType::DICTIONARY_VECTOR) return false;
  const auto size = duckdb::DictionaryVector::DictionarySize(values);
  const auto& id = duckdb::DictionaryVector::DictionaryId(values);
  if (!size.IsValid() || id.empty()) return false;
  if (condition.dictionary != id) {
    condition.passes.assign(size.GetIndex(), 0);
    auto& entries = duckdb::DictionaryVector::Child(values);
    for (duckdb::idx_t first = 0; first < size.GetIndex(); first += kVector) {
      const duckdb::idx_t count = std::min(size.GetIndex() - first, kVector);
      duckdb::Vector some(entries, first, first + count);
      Rows passing{duckdb::SelectionVector(), count};
      ByValue(condition, some, count, &passing);
      for (duckdb::idx_t i = 0; i < passing.count; ++i) {
        condition.passes[first + passing.chosen.get_index(i)] = 1;
      }
    }
    condition.dictionary = id;
  }
  const auto& numbers = duckdb::DictionaryVector::SelVector(values);
  duckdb::SelectionVector chosen(rows->count);
  duckdb::idx_t count = 0;
  for (duckdb::idx_t i = 0; i < rows->count; ++i) {
    const auto row = rows->chosen.get_index(i);
    chosen.set_index(count, row);
    count += condition.passes[numbers.get_index(row)];
  }
  if (count < rows->count) *rows = {std::move(chosen), count};
  return true;
}

void ScanFilters::ByValue(Condition& condition, duckdb::Vector& values, duckdb::idx_t all,
                          Rows* rows) {
  duckdb::UnifiedVectorFormat format;
  values.ToUnifiedFormat(all, format);
  duckdb::ColumnSegment::FilterSelection(rows->chosen, values, format, condition.filter,
                                         *condition.state, all, rows->count);
}

}  // namespace bowyer
