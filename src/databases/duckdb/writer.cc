#include "databases/duckdb/writer.h"

#include <utility>

#include "bowyer/error.h"
#include "databases/database_file.h"
#include "databases/duckdb/part_tables.h"
#include "databases/duckdb/source.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/structure.h"
#include "databases/duckdb/table_filling.h"
#include "databases/duckdb/types.h"
#include "databases/duckdb/unfinished.h"

namespace bowyer {
namespace {

class DuckDbWriter : public DatabaseWriter {
 public:
  explicit DuckDbWriter(std::shared_ptr<UnfinishedDatabase> database)
      : database_(std::move(database)) {}

  arrow::Result<std::string> TypeOf(const arrow::Field& field) override {
    const std::lock_guard lock(types_mutex_);
    if (types_ == nullptr) {
      // Any instance knows: the destination's may not be there yet.
      ARROW_ASSIGN_OR_RAISE(auto instance,
                            OpenDuckDb(*database_->context(), {.memory = int64_t{32} << 20}));
      ARROW_ASSIGN_OR_RAISE(types_,
                            DuckDbConnection::Open(database_->context(), std::move(instance)));
    }
    ARROW_ASSIGN_OR_RAISE(const auto type, FromArrowField(*(*types_)->context, field));
    return type.ToString();
  }

  bool holds_infinities() const override { return true; }
  bool folds_case() const override { return true; }

  arrow::Result<std::unique_ptr<Sink>> OpenTable(const TableTarget& target) override {
    return MakeTableFilling(database_, target);
  }

  arrow::Result<std::string> UnfinishedFingerprint(const TableTarget& target) override {
    ARROW_RETURN_NOT_OK(database_->Begin());
    ARROW_ASSIGN_OR_RAISE(const auto part, FindPart(NameOfTarget(target)));
    return part.has_value() ? part->fingerprint : "";
  }

  arrow::Result<std::unique_ptr<Source>> ReadBack(const TableTarget& target) override {
    const TableName name = NameOfTarget(target);
    Location location{.scheme = "duckdb", .path = database_->file(), .table = name.Text()};
    ARROW_ASSIGN_OR_RAISE(const auto part, FindPart(name));
    if (!part.has_value() || part->state == PartTable::State::kShown) {
      return OpenDuckDbSource(database_->context(), location, true);
    }
    switch (part->state) {
      case PartTable::State::kFilling:
      case PartTable::State::kWhole:
        location.table = part->part_name().Text();
        break;
      case PartTable::State::kAppended: {
        std::string columns;
        for (const ColumnDefinition& column : target.definition.columns) {
          columns += (columns.empty() ? "" : ", ") + QuotedIdentifier(column.name);
        }
        location.table.clear();
        location.options["query"] = "select " + columns + " from " + name.Sql() +
                                    " where rowid >= " + std::to_string(part->first_row);
        break;
      }
      default:
        return MakeError(ErrorCode::kUsage,
                         "rows that were merged into others cannot be told from them any more",
                         {.location = location.Redacted()});
    }
    return OpenDuckDbSource(database_->context(), location, true);
  }

  arrow::Result<std::shared_ptr<arrow::Scalar>> GreatestValue(const TableTarget& target,
                                                              const std::string& column) override {
    if (!database_->is_open()) return nullptr;
    const TableName name = NameOfTarget(target);
    ARROW_ASSIGN_OR_RAISE(const auto connection, database_->Connect());
    ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(*connection, name));
    if (!table.has_value()) return nullptr;
    Location location{.scheme = "duckdb", .path = database_->file()};
    const std::string quoted = QuotedIdentifier(column);
    location.options["query"] = "select max(" + quoted + ") as " + quoted + " from " + name.Sql();
    ARROW_ASSIGN_OR_RAISE(const auto source,
                          OpenDuckDbSource(database_->context(), location, true));
    ARROW_ASSIGN_OR_RAISE(const auto reader, source->Open(Chunk{}, {}));
    ARROW_ASSIGN_OR_RAISE(const auto rows, reader->ToTable());
    ARROW_ASSIGN_OR_RAISE(const auto greatest, rows->column(0)->GetScalar(0));
    return greatest->is_valid ? greatest : nullptr;
  }

  arrow::Status Finish(const Catalog& source, const std::vector<TableTarget>& tables) override {
    ARROW_RETURN_NOT_OK(database_->Begin());
    ARROW_RETURN_NOT_OK(ReplaceTables(*database_, tables));
    std::vector<TableTarget> made;
    for (const TableTarget& target : tables) {
      ARROW_ASSIGN_OR_RAISE(const auto part, FindPart(NameOfTarget(target)));
      if (!part.has_value() || part->state == PartTable::State::kFilling) {
        return MakeError(ErrorCode::kInternal, "a table is not whole: " + target.name);
      }
      if (part->state == PartTable::State::kShown) made.push_back(target);
    }
    {
      ARROW_ASSIGN_OR_RAISE(const auto connection, database_->Connect());
      ARROW_RETURN_NOT_OK(MakeStructure(*connection, source, made, tables, &database_->left_out()));
    }
    return database_->Publish();
  }

  std::vector<LeftOut> left_out() const override { return database_->left_out().all(); }
  int64_t bytes_written() const override { return database_->bytes_written(); }

 private:
  arrow::Result<std::optional<PartTable>> FindPart(const TableName& name) {
    if (!database_->is_open()) return std::nullopt;
    ARROW_ASSIGN_OR_RAISE(const auto connection, database_->Connect());
    ARROW_ASSIGN_OR_RAISE(const bool any, HasPartTables(*connection));
    if (!any) return std::nullopt;
    return FindPartTable(*connection, name);
  }

  const std::shared_ptr<UnfinishedDatabase> database_;
  std::mutex types_mutex_;
  std::shared_ptr<DuckDbConnection> types_;
};

}  // namespace

arrow::Result<std::unique_ptr<DatabaseWriter>> MakeDuckDbWriter(
    std::shared_ptr<Context> context, const Location& location,
    const DatabaseWriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWholeDatabase(location));
  ARROW_ASSIGN_OR_RAISE(auto database,
                        UnfinishedDatabase::Make(std::move(context), location, options));
  return std::make_unique<DuckDbWriter>(std::move(database));
}

}  // namespace bowyer
