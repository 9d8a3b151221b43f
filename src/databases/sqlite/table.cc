#include "databases/sqlite/table.h"

#include <arrow/compute/cast.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/name_list.h"
#include "core/text.h"
#include "databases/sqlite/cells.h"
#include "databases/sqlite/find_types.h"
#include "databases/sqlite/row_cursor.h"
#include "databases/sqlite/rows.h"

namespace bowyer {
namespace {

constexpr int64_t kSampleRows = 1000;
constexpr int64_t kRowsBetweenLooks = 4096;  // at whether to stop

// Facts of some columns, from the rows of some units.
arrow::Status LookAtRows(const SqliteSnapshot& snapshot, SqliteConnection& connection,
                         const SqliteRelation& relation, const RowRange& range,
                         const std::vector<int>& columns, int64_t limit,
                         std::vector<CellFacts>* facts) {
  const std::lock_guard lock(connection.mutex);
  ARROW_ASSIGN_OR_RAISE(const auto rows,
                        RowCursor::Open(snapshot, connection, relation, range, columns));
  for (int64_t row = 0; limit < 0 || row < limit; ++row) {
    if (row % kRowsBetweenLooks == 0) ARROW_RETURN_NOT_OK(connection.context()->CheckStop());
    ARROW_ASSIGN_OR_RAISE(const bool found, rows->Next());
    if (!found) break;
    const auto cells = rows->cells();
    for (size_t i = 0; i < columns.size(); ++i) (*facts)[i].Look(cells[i]);
  }
  return arrow::Status::OK();
}

// The same of all rows, units side by side on threads of their own: the caller may be a worker,
// which must not wait for workers.
arrow::Status LookAtAll(const std::shared_ptr<SqliteSnapshot>& snapshot,
                        const SqliteRelation& relation, const std::vector<int>& columns,
                        std::vector<CellFacts>* facts) {
  const auto first = snapshot->Take();
  std::vector<int64_t> bounds;
  {
    const std::lock_guard lock(first->mutex);
    ARROW_ASSIGN_OR_RAISE(bounds, FindBounds(*first, relation, 8 * SqliteTable::kUnitRows));
  }
  const size_t parts = bounds.size() + 1;
  const size_t threads =
      snapshot->shared() ? std::min(parts, static_cast<size_t>(snapshot->context()->threads())) : 1;
  const std::vector<CellFacts> nothing = *facts;
  std::mutex mutex;
  arrow::Status result;
  std::atomic<size_t> next{0};
  const auto work = [&](SqliteConnection& connection) {
    std::vector<CellFacts> mine = nothing;
    arrow::Status status;
    for (size_t part = next++; part < parts && status.ok(); part = next++) {
      RowRange range;
      if (part > 0) range.first = bounds[part - 1];
      if (part < bounds.size()) range.end = bounds[part];
      status = LookAtRows(*snapshot, connection, relation, range, columns, -1, &mine);
    }
    const std::lock_guard lock(mutex);
    if (!status.ok()) {
      if (result.ok()) result = status;
      next = parts;
      return;
    }
    for (size_t i = 0; i < mine.size(); ++i) (*facts)[i].Merge(mine[i]);
  };
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < threads; ++i) {
    helpers.emplace_back([&work, connection = snapshot->Take()] { work(*connection); });
  }
  work(*first);
  for (std::thread& helper : helpers) helper.join();
  return result;
}

arrow::Status CheckNames(const SqliteRelation& relation, const TableReadOptions& options) {
  std::vector<std::string> names;
  for (const auto& column : relation.columns) names.push_back(column.name);
  const auto check = [&](const char* option, const std::string& name) -> arrow::Status {
    if (std::find(names.begin(), names.end(), name) != names.end()) return arrow::Status::OK();
    return NoSuchColumn(option, name, names);
  };
  for (const auto& told : options.types) ARROW_RETURN_NOT_OK(check("--type", told.first));
  for (const auto& told : options.epochs) ARROW_RETURN_NOT_OK(check("--epoch", told.first));
  return arrow::Status::OK();
}

bool IsTime(const arrow::DataType& type) {
  return type.id() == arrow::Type::DATE32 || type.id() == arrow::Type::TIMESTAMP;
}

}  // namespace

arrow::Result<std::vector<SqliteColumnPlan>> PlanColumns(
    const std::shared_ptr<SqliteSnapshot>& snapshot, const SqliteRelation& relation,
    const TableReadOptions& options, std::vector<std::string>* notes) {
  ARROW_RETURN_NOT_OK(CheckNames(relation, options));
  std::vector<SqliteColumnPlan> plans(relation.columns.size());
  notes->assign(relation.columns.size(), "");
  std::vector<int> unknown;  // columns to look at
  std::vector<CellFacts> facts;
  for (size_t i = 0; i < plans.size(); ++i) {
    const SqliteRelation::Column& column = relation.columns[i];
    Epoch epoch = Epoch::kNone;
    if (const auto told = options.epochs.find(column.name); told != options.epochs.end()) {
      ARROW_ASSIGN_OR_RAISE(epoch, ParseEpoch(column.name, told->second));
    }
    std::shared_ptr<arrow::DataType> type = DeclaredType(column.declared, relation.strict);
    const bool as_text = KeptAsText(column.declared);
    bool told = as_text, fixed = false;
    if (const auto given = options.types.find(column.name); given != options.types.end()) {
      type = given->second;
      told = fixed = true;
    } else if (epoch == Epoch::kNone &&
               (type == nullptr || (options.find_types && !column.proven))) {
      unknown.push_back(static_cast<int>(i));
      facts.emplace_back(type, as_text, epoch, snapshot->utf16());
      continue;
    } else if (epoch != Epoch::kNone) {
      if (options.find_types) {
        unknown.push_back(static_cast<int>(i));
        facts.emplace_back(type, as_text, epoch, snapshot->utf16());
      }
      if (type == nullptr || !IsTime(*type)) type = arrow::timestamp(arrow::TimeUnit::MICRO);
      if (options.find_types) continue;
    }
    ARROW_ASSIGN_OR_RAISE(plans[i], PlanColumn(column.name, std::move(type)));
    plans[i].told = told;
    plans[i].fixed = fixed;
    plans[i].epoch = epoch;
    plans[i].utf16 = snapshot->utf16();
  }
  if (unknown.empty()) return plans;
  if (options.find_types) {
    ARROW_RETURN_NOT_OK(LookAtAll(snapshot, relation, unknown, &facts));
  } else {
    const auto connection = snapshot->Take();
    ARROW_RETURN_NOT_OK(
        LookAtRows(*snapshot, *connection, relation, RowRange{}, unknown, kSampleRows, &facts));
  }
  for (size_t i = 0; i < unknown.size(); ++i) {
    const auto index = static_cast<size_t>(unknown[i]);
    const SqliteRelation::Column& column = relation.columns[index];
    bool mixed = false;
    const auto type = facts[i].NarrowestType(&mixed);
    ARROW_ASSIGN_OR_RAISE(plans[index], PlanColumn(column.name, type));
    plans[index].mixed = mixed;
    plans[index].utf16 = snapshot->utf16();
    plans[index].told = KeptAsText(column.declared);
    if (const auto told = options.epochs.find(column.name);
        told != options.epochs.end() && IsTime(*type)) {
      ARROW_ASSIGN_OR_RAISE(plans[index].epoch, ParseEpoch(column.name, told->second));
    }
    const auto declared = DeclaredType(column.declared, relation.strict);
    if (options.find_types && !facts[i].all_null() &&
        (declared == nullptr || !declared->Equals(*type) || mixed)) {
      (*notes)[index] = fmt::format(
          "{}, holds {}",
          column.declared.empty() ? "declared without a type" : "declared " + column.declared,
          facts[i].Text());
    }
  }
  return plans;
}

arrow::Result<std::unique_ptr<SqliteTable>> SqliteTable::Open(
    std::shared_ptr<SqliteSnapshot> snapshot, SqliteRelation relation,
    const TableReadOptions& options) {
  std::unique_ptr<SqliteTable> table(new SqliteTable);
  table->snapshot_ = std::move(snapshot);
  table->relation_ = std::move(relation);
  table->options_ = options;
  auto plans = PlanColumns(table->snapshot_, table->relation_, options, &table->notes_);
  if (!plans.ok()) return AtPlace(plans.status(), {.location = table->relation_.label});
  table->plans_ = *std::move(plans);
  arrow::FieldVector fields;
  for (size_t i = 0; i < table->plans_.size(); ++i) {
    auto field = arrow::field(table->plans_[i].name, table->plans_[i].type);
    if (!table->notes_[i].empty()) {
      field = field->WithMetadata(arrow::key_value_metadata({kSqliteNoteKey}, {table->notes_[i]}));
    }
    fields.push_back(std::move(field));
  }
  table->schema_ = arrow::schema(std::move(fields));
  if (auto& beyond = table->options_.beyond; beyond.has_value()) {
    const int column = table->schema_->GetFieldIndex(beyond->column);
    if (column < 0)
      return NoSuchColumn("--incremental", beyond->column, table->schema_->field_names());
    const auto& type = table->schema_->field(column)->type();
    if (beyond->value == nullptr || !beyond->value->is_valid) {
      beyond.reset();
    } else if (!beyond->value->type->Equals(*type)) {
      ARROW_ASSIGN_OR_RAISE(const auto cast, arrow::compute::Cast(beyond->value, type));
      beyond->value = cast.scalar();
    }
  }
  return table;
}

// A last chunk of less than this part of the others goes to the one before it.
constexpr int64_t kFewRows = 4;

arrow::Result<std::vector<Chunk>> SqliteTable::Chunks(int64_t target_rows) {
  const std::lock_guard lock(mutex_);
  if (!bounds_.has_value()) {
    const auto connection = snapshot_->Take();
    const std::lock_guard use(connection->mutex);
    ARROW_ASSIGN_OR_RAISE(bounds_, FindBounds(*connection, relation_, kUnitRows));
  }
  const auto units = static_cast<int64_t>(bounds_->size()) + 1;
  const int64_t step = std::max<int64_t>(1, target_rows / kUnitRows);
  std::vector<Chunk> chunks;
  for (int64_t first = 0; first < units; first += step) {
    const int64_t count = std::min(step, units - first);
    if (!chunks.empty() && count < step / kFewRows) {
      chunks.back().count += count;
    } else {
      chunks.push_back({static_cast<int64_t>(chunks.size()), first, count});
    }
  }
  return chunks;
}

arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> SqliteTable::Open(
    const Chunk& chunk, const ScanOptions& options) {
  RowRange range;
  {
    const std::lock_guard lock(mutex_);
    const auto bound = [&](int64_t unit) -> std::optional<int64_t> {
      if (!bounds_.has_value() || unit <= 0 || unit > static_cast<int64_t>(bounds_->size())) {
        return std::nullopt;
      }
      return (*bounds_)[static_cast<size_t>(unit - 1)];
    };
    range.first = bound(chunk.first);
    if (chunk.count >= 0) range.end = bound(chunk.first + chunk.count);
  }
  std::vector<int> columns;
  if (options.columns.has_value()) {
    columns = *options.columns;
  } else {
    for (int i = 0; i < schema_->num_fields(); ++i) columns.push_back(i);
  }
  return OpenRows({.snapshot = snapshot_,
                   .relation = relation_,
                   .plans = plans_,
                   .schema = schema_,
                   .range = range,
                   .columns = std::move(columns),
                   .on_mismatch = options_.on_mismatch,
                   .rejects = options_.rejects,
                   .beyond = options_.beyond,
                   .needs_wider_types = needs_wider_types_});
}

arrow::Result<SourceInfo> SqliteTable::Inspect() {
  SourceInfo info;
  info.format = std::string("SQLite ") + (relation_.key.empty() ? "view or query" : "table");
  for (size_t i = 0; i < relation_.columns.size(); ++i) {
    ColumnInfo column;
    column.note = notes_[i].empty() ? relation_.columns[i].declared : notes_[i];
    info.columns.push_back(std::move(column));
  }
  if (relation_.key.empty()) return info;
  const auto connection = snapshot_->Take();
  const std::lock_guard lock(connection->mutex);
  ARROW_ASSIGN_OR_RAISE(info.rows, connection->Number("select count(*) from " + relation_.from));
  return info;
}

}  // namespace bowyer
