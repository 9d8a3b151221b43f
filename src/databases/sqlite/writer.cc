#include "databases/sqlite/writer.h"

#include <arrow/array.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <optional>
#include <type_traits>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/database_file.h"
#include "databases/sqlite/catalog.h"
#include "databases/sqlite/destination.h"
#include "databases/sqlite/insert.h"
#include "databases/sqlite/layout.h"
#include "databases/sqlite/snapshot.h"
#include "databases/sqlite/structure.h"
#include "databases/sqlite/table.h"

namespace bowyer {
namespace {

using State = SqlitePart::State;

// Of arrays of one type, one that SqliteTable gives. Not-a-number is less than everything.
bool IsGreater(const arrow::Array& values, int64_t row, const arrow::Array& than) {
  const auto compare = [&]<typename ArrayType>(const ArrayType* array) {
    const auto& other = static_cast<const ArrayType&>(than);
    if constexpr (std::is_same_v<ArrayType, arrow::Decimal128Array>) {
      return arrow::Decimal128(array->GetValue(row)) > arrow::Decimal128(other.GetValue(0));
    } else {
      const auto here = array->GetView(row), there = other.GetView(0);
      return here > there || (here == here && there != there);
    }
  };
  switch (values.type_id()) {
    case arrow::Type::BOOL:
      return compare(static_cast<const arrow::BooleanArray*>(&values));
    case arrow::Type::INT64:
      return compare(static_cast<const arrow::Int64Array*>(&values));
    case arrow::Type::DOUBLE:
      return compare(static_cast<const arrow::DoubleArray*>(&values));
    case arrow::Type::DECIMAL128:
      return compare(static_cast<const arrow::Decimal128Array*>(&values));
    case arrow::Type::DATE32:
      return compare(static_cast<const arrow::Date32Array*>(&values));
    case arrow::Type::TIMESTAMP:
      return compare(static_cast<const arrow::TimestampArray*>(&values));
    default:
      return compare(static_cast<const arrow::BinaryArray*>(&values));
  }
}

// A chunk: rows and receipt in one transaction, which begins with the first row.
class ChunkWriter : public Writer {
 public:
  ChunkWriter(std::shared_ptr<SqliteDestination> destination, SqlitePart part,
              std::shared_ptr<arrow::Schema> schema)
      : destination_(std::move(destination)), part_(std::move(part)), schema_(std::move(schema)) {}

  ~ChunkWriter() override {
    inserter_.reset();  // before its transaction ends
    turn_.reset();
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(Begin());
    return AtPlace(inserter_->Insert(*batch), Place());
  }

  arrow::Status Commit(const Receipt& receipt) override {
    ARROW_RETURN_NOT_OK(Begin());
    inserter_.reset();
    ARROW_RETURN_NOT_OK(destination_->AddReceipt(**turn_, part_.name, receipt));
    ARROW_RETURN_NOT_OK(AtPlace((*turn_)->Execute("commit"), Place()));
    turn_.reset();
    destination_->Committed();
    return arrow::Status::OK();
  }

 private:
  ErrorPlace Place() const {
    return {.location = destination_->location().Redacted() + "#" + part_.name};
  }

  arrow::Status Begin() {
    if (turn_.has_value()) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto turn, destination_->Take());
    turn_.emplace(std::move(turn));
    ARROW_RETURN_NOT_OK((*turn_)->Execute("begin immediate"));
    ARROW_ASSIGN_OR_RAISE(auto inserter,
                          RowInserter::Make(**turn_, SqliteName(part_.part), schema_));
    inserter_.emplace(std::move(inserter));
    return arrow::Status::OK();
  }

  const std::shared_ptr<SqliteDestination> destination_;
  const SqlitePart part_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::optional<SqliteDestination::Turn> turn_;
  std::optional<RowInserter> inserter_;
};

class TableFilling : public Sink {
 public:
  TableFilling(std::shared_ptr<SqliteDestination> destination, TableTarget target)
      : destination_(std::move(destination)), target_(std::move(target)) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string& fingerprint) override {
    schema_ = schema;
    ARROW_RETURN_NOT_OK(destination_->Begin());
    ARROW_ASSIGN_OR_RAISE(const auto turn, destination_->Take());
    ARROW_RETURN_NOT_OK(turn->Execute("begin immediate"));
    auto receipts = Begin(*turn, fingerprint);
    if (!receipts.ok()) return AtPlace(receipts.status(), Place());
    ARROW_RETURN_NOT_OK(turn->Execute("commit"));
    return receipts;
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    return std::make_unique<ChunkWriter>(destination_, part_, schema_);
  }

  arrow::Status Finish() override {
    if (part_.state != State::kFilling) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(destination_->context()->CheckStop());
    ARROW_ASSIGN_OR_RAISE(const auto turn, destination_->Take());
    ARROW_RETURN_NOT_OK(AtPlace(Show(*turn), Place()));
    destination_->Committed();
    return arrow::Status::OK();
  }

  int64_t bytes_written() const override { return 0; }  // told of the whole database
  std::vector<std::string> files() const override { return {Place().location}; }

 private:
  ErrorPlace Place() const {
    return {.location = destination_->location().Redacted() + "#" + target_.name};
  }
  bool adds_rows() const {
    return target_.if_exists == IfExists::kAppend || target_.if_exists == IfExists::kUpsert;
  }

  arrow::Result<std::vector<Receipt>> Begin(SqliteConnection& connection,
                                            const std::string& fingerprint) {
    ARROW_ASSIGN_OR_RAISE(const auto before, destination_->FindPart(connection, target_.name));
    const bool ours = before.has_value() && before->state == State::kShown;
    ARROW_ASSIGN_OR_RAISE(const auto there, FindSqliteTable(connection, target_.name));
    if (before.has_value()) {
      ARROW_ASSIGN_OR_RAISE(const bool kept, IsKept(connection, *before, fingerprint));
      if (kept) {
        part_ = *before;
        existed_ = adds_rows() && there.has_value() && !ours;
        return destination_->ReadReceipts(connection, target_.name);
      }
      ARROW_RETURN_NOT_OK(destination_->RemovePart(connection, *before));
      if (ours) {
        ARROW_RETURN_NOT_OK(connection.Execute("drop table " + SqliteName(target_.name)));
      }
    }
    existed_ = there.has_value() && !ours && adds_rows();
    if (there.has_value() && !ours) ARROW_RETURN_NOT_OK(CheckExisting(connection, *there));
    part_ = {.name = target_.name, .fingerprint = fingerprint};
    part_.part = "bowyer-part " + target_.name;
    for (int i = 2;; ++i) {
      ARROW_ASSIGN_OR_RAISE(const auto taken, FindSqliteTable(connection, part_.part));
      if (!taken.has_value()) break;
      part_.part = fmt::format("bowyer-part {} {}", i, target_.name);
    }
    std::string create;
    if (existed_) {
      // Its own constraints are tried when the rows come into it.
      arrow::FieldVector loose;
      for (const auto& field : schema_->fields()) loose.push_back(field->WithNullable(true));
      ARROW_ASSIGN_OR_RAISE(const std::string columns,
                            LayOutSqliteTable(arrow::Schema(loose), target_.keys));
      create = fmt::format("create table {} ({})", SqliteName(part_.part), columns);
    } else {
      ARROW_ASSIGN_OR_RAISE(create, SqliteCreateTable(connection, part_.part, target_.definition,
                                                      *schema_, [this](LeftOut left_out) {
                                                        destination_->LeaveOut(std::move(left_out));
                                                      }));
    }
    ARROW_RETURN_NOT_OK(connection.Execute(create));
    ARROW_RETURN_NOT_OK(destination_->SavePart(connection, part_));
    return std::vector<Receipt>();
  }

  // May what an earlier run committed be gone on with?
  arrow::Result<bool> IsKept(SqliteConnection& connection, const SqlitePart& before,
                             const std::string& fingerprint) const {
    const bool same = target_.resume && before.fingerprint == fingerprint;
    if (before.state == State::kAppended || before.state == State::kMerged) {
      if (same) return true;
      return MakeError(ErrorCode::kUnavailable,
                       "an earlier run that was not finished has added its rows, and its source "
                       "has changed since",
                       {.hint = "run it without --resume to add the rows of now beside them"});
    }
    if (!same) return false;
    // Types that were found anew may be others.
    const std::string& table = before.state == State::kShown ? before.name : before.part;
    return MatchSqliteColumns(connection, table, *schema_).ok();
  }

  arrow::Status CheckExisting(SqliteConnection& connection, const SqliteEntry& there) const {
    if (there.object != SqliteObject::kTable) {
      return MakeError(ErrorCode::kUnavailable,
                       Quoted(there.name) + " is a view or a virtual table: rows go into tables");
    }
    if (target_.if_exists == IfExists::kError) {
      return MakeError(ErrorCode::kUnavailable,
                       "there is a table " + Quoted(there.name) + " already",
                       {.hint = "try --overwrite or --append"});
    }
    if (!adds_rows()) return arrow::Status::OK();
    return MatchSqliteColumns(connection, there.name, *schema_);
  }

  arrow::Status Show(SqliteConnection& connection) {
    const std::string name = SqliteName(target_.name), part = SqliteName(part_.part);
    ARROW_RETURN_NOT_OK(connection.Execute("begin immediate"));
    if (!existed_) {
      if (target_.if_exists == IfExists::kOverwrite) {
        ARROW_RETURN_NOT_OK(connection.Execute("drop table if exists " + name));
      }
      ARROW_RETURN_NOT_OK(connection.Execute("alter table " + part + " rename to " + name));
      ARROW_RETURN_NOT_OK(MakeSqliteIndexes(
          connection, target_.name, target_.definition,
          [this](LeftOut left_out) { destination_->LeaveOut(std::move(left_out)); }));
      part_.state = State::kShown;
    } else if (target_.if_exists == IfExists::kUpsert) {
      // The merge works on a stage of its own.
      ARROW_RETURN_NOT_OK(
          connection.Execute("create temp table bowyer_stage as select * from " + part));
      ARROW_RETURN_NOT_OK(
          MergeSqliteRows(connection, "temp.bowyer_stage", name, *schema_, target_.keys).status());
      ARROW_RETURN_NOT_OK(connection.Execute("drop table " + part));
      part_.state = State::kMerged;
    } else {
      std::string columns;
      for (const auto& field : schema_->fields()) {
        columns += (columns.empty() ? "" : ", ") + SqliteName(field->name());
      }
      ARROW_ASSIGN_OR_RAISE(const int64_t last, LastRow(connection, name));
      ARROW_RETURN_NOT_OK(connection.Execute(
          fmt::format("insert into {} ({}) select {} from {}", name, columns, columns, part)));
      ARROW_RETURN_NOT_OK(connection.Execute("drop table " + part));
      part_.state = State::kAppended;
      part_.first_row = last + 1;
    }
    ARROW_RETURN_NOT_OK(destination_->SavePart(connection, part_));
    return connection.Execute("commit");
  }

  // A table without row ids cannot tell its new rows from the old ones: -1.
  static arrow::Result<int64_t> LastRow(SqliteConnection& connection, const std::string& name) {
    auto last = connection.Number("select coalesce(max(rowid), 0) from " + name);
    return last.ok() ? *last : -1;
  }

  const std::shared_ptr<SqliteDestination> destination_;
  const TableTarget target_;
  std::shared_ptr<arrow::Schema> schema_;
  SqlitePart part_;
  bool existed_ = false;  // rows are added to a table of somebody's
};

class SqliteWriter : public DatabaseWriter {
 public:
  explicit SqliteWriter(std::shared_ptr<SqliteDestination> destination)
      : destination_(std::move(destination)) {}

  arrow::Result<std::string> TypeOf(const arrow::Field& field) override {
    return SqliteTypeOf(field);
  }
  bool holds_infinities() const override { return false; }
  bool folds_case() const override { return true; }

  arrow::Result<std::unique_ptr<Sink>> OpenTable(const TableTarget& target) override {
    return std::make_unique<TableFilling>(destination_, target);
  }

  arrow::Result<std::string> UnfinishedFingerprint(const TableTarget& target) override {
    ARROW_RETURN_NOT_OK(destination_->Begin());
    ARROW_ASSIGN_OR_RAISE(const auto turn, destination_->Take());
    ARROW_ASSIGN_OR_RAISE(const auto part, destination_->FindPart(*turn, target.name));
    return part.has_value() ? part->fingerprint : "";
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatch>> AsStored(
      const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return WithTextOfSqlite(batch, destination_->context()->memory_pool());
  }

  arrow::Result<std::unique_ptr<Source>> ReadBack(const TableTarget& target) override {
    std::optional<SqlitePart> part;
    if (destination_->is_open()) {
      ARROW_ASSIGN_OR_RAISE(const auto turn, destination_->Take());
      ARROW_ASSIGN_OR_RAISE(part, destination_->FindPart(*turn, target.name));
    }
    std::string name = target.name;
    if (part.has_value() && part->state == State::kFilling) name = part->part;
    const bool merged = part.has_value() && part->state == State::kMerged;
    const bool appended = part.has_value() && part->state == State::kAppended;
    if (merged || (appended && part->first_row <= 0)) {
      return MakeError(ErrorCode::kUsage,
                       "rows that were merged into others cannot be told from them any more",
                       {.location = destination_->location().Redacted()});
    }
    return OpenStored(name, appended ? fmt::format(" where rowid >= {}", part->first_row) : "");
  }

  arrow::Result<std::shared_ptr<arrow::Scalar>> GreatestValue(const TableTarget& target,
                                                              const std::string& column) override {
    if (!destination_->is_open()) return nullptr;
    {
      ARROW_ASSIGN_OR_RAISE(const auto turn, destination_->Take());
      ARROW_ASSIGN_OR_RAISE(const auto there, FindSqliteTable(*turn, target.name));
      if (!there.has_value()) return nullptr;
    }
    ARROW_ASSIGN_OR_RAISE(const auto source, OpenStored(target.name, ""));
    const int index = source->schema()->GetFieldIndex(column);
    if (index < 0) return nullptr;
    // Of values as they are read: texts of times need not be in the order of times.
    ARROW_ASSIGN_OR_RAISE(const auto reader,
                          source->Open(Chunk{}, {.columns = std::vector<int>{index}}));
    std::shared_ptr<arrow::Array> greatest;  // of one value
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
      if (batch == nullptr) break;
      const auto& values = batch->column(0);
      for (int64_t row = 0; row < values->length(); ++row) {
        if (values->IsNull(row)) continue;
        if (greatest == nullptr || IsGreater(*values, row, *greatest)) {
          greatest = values->Slice(row, 1);
        }
      }
    }
    if (greatest == nullptr) return nullptr;
    return greatest->GetScalar(0);
  }

  arrow::Status Finish(const Catalog& source, const std::vector<TableTarget>& tables) override {
    ARROW_RETURN_NOT_OK(destination_->Begin());
    {
      ARROW_ASSIGN_OR_RAISE(const auto turn, destination_->Take());
      for (const TableTarget& target : tables) {
        ARROW_ASSIGN_OR_RAISE(const auto part, destination_->FindPart(*turn, target.name));
        if (!part.has_value() || part->state == State::kFilling) {
          return MakeError(ErrorCode::kInternal, "a table is not whole: " + target.name);
        }
      }
    }
    for (const SequenceDefinition& sequence : source.sequences) {
      destination_->LeaveOut(
          {"sequence " + sequence.name, "SQLite numbers the rows of tables by themselves", ""});
    }
    return destination_->Publish();
  }

  std::vector<LeftOut> left_out() const override { return destination_->left_out(); }
  int64_t bytes_written() const override { return destination_->bytes_written(); }

 private:
  arrow::Result<std::unique_ptr<Source>> OpenStored(const std::string& name,
                                                    const std::string& where) {
    const auto& context = destination_->context();
    ARROW_ASSIGN_OR_RAISE(auto snapshot,
                          SqliteSnapshot::Open(context, destination_->file(), context->threads()));
    SqliteRelation relation;
    {
      const auto connection = snapshot->Take();
      const std::lock_guard lock(connection->mutex);
      ARROW_ASSIGN_OR_RAISE(const auto entry, FindSqliteTable(*connection, name));
      if (!entry.has_value()) {
        return MakeError(ErrorCode::kInternal, "there is no table " + Quoted(name));
      }
      ARROW_ASSIGN_OR_RAISE(relation,
                            RelationOf(*connection, *entry, snapshot->path() + "#" + name));
    }
    if (!where.empty()) {
      relation.from = "(select * from " + relation.from + where + ")";
      relation.key.clear();
    }
    return SqliteTable::Open(std::move(snapshot), std::move(relation), {.find_types = true});
  }

  const std::shared_ptr<SqliteDestination> destination_;
};

}  // namespace

arrow::Result<std::unique_ptr<DatabaseWriter>> MakeSqliteWriter(
    std::shared_ptr<Context> context, const Location& location,
    const DatabaseWriteOptions& options) {
  ARROW_RETURN_NOT_OK(CheckWholeDatabase(location));
  ARROW_ASSIGN_OR_RAISE(auto destination,
                        SqliteDestination::Make(std::move(context), location, options));
  return std::make_unique<SqliteWriter>(std::move(destination));
}

}  // namespace bowyer
