#include "databases/sqlite/sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/database_file.h"
#include "databases/new_database.h"
#include "databases/sqlite/catalog.h"
#include "databases/sqlite/ddl.h"
#include "databases/sqlite/insert.h"
#include "databases/sqlite/layout.h"
#include "databases/sqlite/source.h"
#include "files/atomic_file.h"

namespace bowyer {
namespace {

constexpr const char* kStage = "temp.bowyer_stage";

class SqliteRowWriter : public Writer {
 public:
  explicit SqliteRowWriter(RowInserter inserter) : inserter_(std::move(inserter)) {}
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return inserter_.Insert(*batch);
  }
  arrow::Status Commit(const Receipt&) override { return arrow::Status::OK(); }

 private:
  RowInserter inserter_;
};

class SqliteSink : public Sink {
 public:
  SqliteSink(std::shared_ptr<Context> context, Location location, std::string name,
             WriteOptions options)
      : context_(std::move(context)),
        location_(std::move(location)),
        name_(std::move(name)),
        options_(std::move(options)) {}

  ~SqliteSink() override {
    connection_.reset();  // what was not committed is rolled back
    new_database_.reset();
  }

  // A table that is in the way is told before anything is read.
  arrow::Status LookAtExisting() {
    ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(location_.path));
    exists_ = kind != DestinationKind::kNothing;
    if (!exists_) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(auto connection,
                          SqliteConnection::Open(context_, location_.path, SqliteMode::kWrite));
    ARROW_ASSIGN_OR_RAISE(const auto table, FindSqliteTable(*connection, name_));
    return CheckTable(table);
  }

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    schema_ = schema;
    ARROW_ASSIGN_OR_RAISE(const std::string columns, LayOutSqliteTable(*schema, options_.keys));
    if (columns.empty()) {
      return MakeError(ErrorCode::kData, "a table of SQLite has at least one column");
    }
    if (exists_) {
      ARROW_ASSIGN_OR_RAISE(connection_,
                            SqliteConnection::Open(context_, location_.path, SqliteMode::kWrite));
      bytes_before_ = SizeWithLog(location_.path, "-wal");
    } else {
      ARROW_ASSIGN_OR_RAISE(new_database_, NewDatabase::Create(location_.path));
      ARROW_ASSIGN_OR_RAISE(connection_, SqliteConnection::Open(context_, new_database_->file(),
                                                                SqliteMode::kCreate));
      // Nobody sees the file before it is whole: there is nothing to roll back to.
      ARROW_RETURN_NOT_OK(
          connection_->Execute("pragma journal_mode = off; pragma synchronous = off"));
    }
    ARROW_RETURN_NOT_OK(connection_->Execute("begin immediate"));
    ARROW_ASSIGN_OR_RAISE(auto table, FindSqliteTable(*connection_, name_));
    ARROW_RETURN_NOT_OK(CheckTable(table));
    if (table.has_value() && options_.if_exists == IfExists::kOverwrite) {
      ARROW_RETURN_NOT_OK(connection_->Execute("drop table " + SqliteName(table->name)));
      table.reset();
    }
    if (table.has_value()) {
      name_ = table->name;
      ARROW_RETURN_NOT_OK(MatchSqliteColumns(*connection_, name_, *schema));
    } else {
      ARROW_RETURN_NOT_OK(
          connection_->Execute(fmt::format("create table {} ({})", SqliteName(name_), columns)));
    }
    if (options_.if_exists == IfExists::kUpsert) {
      // Constraints are the target's: there their errors name it.
      arrow::FieldVector loose;
      for (const auto& field : schema->fields()) loose.push_back(field->WithNullable(true));
      ARROW_ASSIGN_OR_RAISE(const std::string stage, LayOutSqliteTable(arrow::Schema(loose), {}));
      ARROW_RETURN_NOT_OK(connection_->Execute(fmt::format("create table {} ({})", kStage, stage)));
    }
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    const bool upsert = options_.if_exists == IfExists::kUpsert;
    ARROW_ASSIGN_OR_RAISE(
        auto inserter,
        RowInserter::Make(*connection_, upsert ? kStage : SqliteName(name_), schema_));
    return std::make_unique<SqliteRowWriter>(std::move(inserter));
  }

  arrow::Status Finish() override {
    if (options_.if_exists == IfExists::kUpsert) {
      ARROW_ASSIGN_OR_RAISE(
          const SqliteUpsertCounts counts,
          MergeSqliteRows(*connection_, kStage, SqliteName(name_), *schema_, options_.keys));
      context_->progress().Note(fmt::format("{} updated, {} inserted",
                                            Plural(counts.updated, "row"),
                                            Plural(counts.inserted, "row")));
    }
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_RETURN_NOT_OK(connection_->Execute("commit"));
    connection_.reset();
    if (new_database_ != nullptr) ARROW_RETURN_NOT_OK(new_database_->Publish(options_.durable));
    bytes_written_ = std::max<int64_t>(0, SizeWithLog(location_.path, "-wal") - bytes_before_);
    return arrow::Status::OK();
  }

  int64_t bytes_written() const override { return bytes_written_; }
  std::vector<std::string> files() const override { return {location_.Redacted()}; }

 private:
  arrow::Status CheckTable(const std::optional<SqliteEntry>& table) const {
    if (!table.has_value()) {
      if (FoldedName(name_).starts_with("sqlite_")) {
        return MakeError(ErrorCode::kUsage, "names that begin with sqlite_ are SQLite's own",
                         {.location = location_.Redacted()});
      }
      return arrow::Status::OK();
    }
    if (table->object != SqliteObject::kTable) {
      return MakeError(ErrorCode::kUnavailable,
                       Quoted(table->name) + " is a view or a virtual table: rows go into tables",
                       {.location = location_.Redacted()});
    }
    if (options_.if_exists != IfExists::kError) return arrow::Status::OK();
    return MakeError(
        ErrorCode::kUnavailable, "there is a table " + Quoted(table->name) + " already",
        {.location = location_.Redacted(), .hint = "try --overwrite, --append or --upsert KEY"});
  }

  const std::shared_ptr<Context> context_;
  const Location location_;
  std::string name_;
  const WriteOptions options_;
  bool exists_ = false;
  std::unique_ptr<NewDatabase> new_database_;  // null: the database was there
  std::unique_ptr<SqliteConnection> connection_;
  std::shared_ptr<arrow::Schema> schema_;
  int64_t bytes_before_ = 0, bytes_written_ = 0;
};

}  // namespace

arrow::Result<std::unique_ptr<Sink>> MakeSqliteSink(std::shared_ptr<Context> context,
                                                    const Location& location,
                                                    const WriteOptions& options) {
  if (!location.options.empty()) {
    return MakeError(ErrorCode::kUsage, "a destination is a table, and takes no options");
  }
  ARROW_ASSIGN_OR_RAISE(std::string name, SqliteTableName(location));
  if (name.empty()) {
    return MakeError(ErrorCode::kUsage, "the destination names no table",
                     {.hint = "for example " + location.Redacted() + "#orders"});
  }
  auto sink = std::make_unique<SqliteSink>(std::move(context), location, std::move(name), options);
  ARROW_RETURN_NOT_OK(sink->LookAtExisting());
  return sink;
}

}  // namespace bowyer
