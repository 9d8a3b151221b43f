// Each chunk is one transaction: its rows, appended by the thread that writes them, and its
// receipt. What makes a table whole needs its own transactions only where a failure is to leave out
// a definition and not the table.
#include "databases/duckdb/table_filling.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <duckdb/common/allocator.hpp>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "bowyer/error.h"
#include "core/ordered_tasks.h"
#include "core/text.h"
#include "databases/duckdb/append.h"
#include "databases/duckdb/compression_choice.h"
#include "databases/duckdb/part_tables.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/table_layout.h"
#include "databases/duckdb/upsert.h"

namespace bowyer {
namespace {

class ChunkWriter : public Writer {
 public:
  ChunkWriter(std::shared_ptr<UnfinishedDatabase> database,
              std::shared_ptr<DuckDbConnection> connection, PartTable table,
              std::shared_ptr<arrow::Schema> schema, std::shared_ptr<CompressionChoice> compression)
      : database_(std::move(database)),
        connection_(std::move(connection)),
        table_(std::move(table)),
        schema_(std::move(schema)),
        compression_(std::move(compression)) {}

  ~ChunkWriter() override {
    append_.reset();  // before its transaction ends
    connection_.reset();
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    ARROW_RETURN_NOT_OK(Begin());
    return AtPlace(append_->Write(batch), Place());
  }

  arrow::Status Commit(const Receipt& receipt) override {
    ARROW_RETURN_NOT_OK(Begin());
    ARROW_RETURN_NOT_OK(AtPlace(append_->Finish(), Place()));
    append_.reset();
    ARROW_RETURN_NOT_OK(AddReceipt(*connection_, table_.name, receipt));
    ARROW_RETURN_NOT_OK(AtPlace(connection_->Execute("commit"), Place()));
    connection_.reset();
    database_->Committed();
    return arrow::Status::OK();
  }

 private:
  ErrorPlace Place() const {
    return {.location = database_->location().Redacted() + "#" + table_.name.Text()};
  }

  arrow::Status Begin() {
    if (append_ != nullptr) return arrow::Status::OK();
    if (connection_ == nullptr) return MakeError(ErrorCode::kInternal, "a chunk was ended already");
    ARROW_RETURN_NOT_OK(connection_->Execute("begin transaction"));
    return TableAppend::Begin(connection_, table_.part_name(), schema_, true, compression_,
                              kOnCallingThread)
        .Value(&append_);
  }

  const std::shared_ptr<UnfinishedDatabase> database_;
  std::shared_ptr<DuckDbConnection> connection_;
  const PartTable table_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::shared_ptr<CompressionChoice> compression_;
  std::unique_ptr<TableAppend> append_;
};

// Rolls back what was not committed.
class Transaction {
 public:
  explicit Transaction(DuckDbConnection& connection) : connection_(connection) {}
  ~Transaction() {
    if (open_) (void)connection_.Execute("rollback");
  }
  arrow::Status Begin() {
    ARROW_RETURN_NOT_OK(connection_.Execute("begin transaction"));
    open_ = true;
    return arrow::Status::OK();
  }
  arrow::Status Commit() {
    ARROW_RETURN_NOT_OK(connection_.Execute("commit"));
    open_ = false;
    return arrow::Status::OK();
  }

 private:
  DuckDbConnection& connection_;
  bool open_ = false;
};

using Reference = std::pair<TableName, TableName>;  // who refers to whom

arrow::Result<std::vector<Reference>> ListForeignKeys(DuckDbConnection& connection) {
  return Guarded([&]() -> arrow::Result<std::vector<Reference>> {
    const auto rows = connection->Query(
        "select schema_name, table_name, referenced_table from duckdb_constraints() "
        "where constraint_type = 'FOREIGN KEY' and database_name = current_database()");
    if (rows->HasError()) return FromDuckDb(rows->GetErrorObject());
    std::vector<Reference> references;
    for (duckdb::idx_t i = 0; i < rows->RowCount(); ++i) {
      const std::string schema = rows->GetValue(0, i).ToString();
      references.push_back(
          {{schema, rows->GetValue(1, i).ToString()}, {schema, rows->GetValue(2, i).ToString()}});
    }
    return references;
  });
}

bool SameName(const TableName& a, const TableName& b) {
  return duckdb::StringUtil::CIEquals(a.schema, b.schema) &&
         duckdb::StringUtil::CIEquals(a.table, b.table);
}

class TableFilling : public Sink {
 public:
  TableFilling(std::shared_ptr<UnfinishedDatabase> database, TableTarget target)
      : database_(std::move(database)), target_(std::move(target)), name_(NameOfTarget(target_)) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string& fingerprint) override {
    schema_ = schema;
    ARROW_RETURN_NOT_OK(database_->Begin());
    ARROW_ASSIGN_OR_RAISE(const auto connection, database_->Connect());
    const std::lock_guard lock(database_->catalog_mutex());
    auto receipts = Begin(*connection, fingerprint);
    if (!receipts.ok()) return AtPlace(receipts.status(), Place());
    return receipts;
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (table_.state != PartTable::State::kFilling) {
      return MakeError(ErrorCode::kInternal, "the table is whole already", Place());
    }
    ARROW_ASSIGN_OR_RAISE(auto connection, database_->Connect());
    return std::make_unique<ChunkWriter>(database_, std::move(connection), table_, schema_,
                                         compression_);
  }

  arrow::Status Finish() override {
    if (table_.state != PartTable::State::kFilling) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(database_->context()->CheckStop());
    ARROW_ASSIGN_OR_RAISE(const auto connection, database_->Connect());
    ARROW_RETURN_NOT_OK(AtPlace(Finish(*connection), Place()));
    database_->Committed();
    return arrow::Status::OK();
  }

  int64_t bytes_written() const override { return 0; }  // told of the whole database
  std::vector<std::string> files() const override { return {Place().location}; }

 private:
  ErrorPlace Place() const {
    return {.location = database_->location().Redacted() + "#" + name_.Text()};
  }

  bool adds_rows() const {
    return target_.if_exists == IfExists::kAppend || target_.if_exists == IfExists::kUpsert;
  }

  arrow::Result<std::vector<Receipt>> Begin(DuckDbConnection& connection,
                                            const std::string& fingerprint) {
    ARROW_ASSIGN_OR_RAISE(const std::vector<DuckDbColumn> rows,
                          LayOutTable(*connection->context, *schema_, target_.keys));
    ARROW_ASSIGN_OR_RAISE(const auto before, FindPartTable(connection, name_));
    if (before.has_value()) {
      ARROW_ASSIGN_OR_RAISE(const bool kept, IsKept(connection, *before, fingerprint, rows));
      if (kept) {
        table_ = *before;
        ARROW_ASSIGN_OR_RAISE(const auto there, FindTable(connection, name_));
        existed_ = adds_rows() && there.has_value();
        return ReadReceipts(connection, name_);
      }
    }
    ARROW_ASSIGN_OR_RAISE(auto there, FindTable(connection, name_));
    // What an unfinished run of ours has shown is no table of somebody's.
    const bool ours = before.has_value() && before->state == PartTable::State::kShown;
    if (there.has_value() && !ours) ARROW_RETURN_NOT_OK(CheckExisting(*there));
    existed_ = adds_rows() && there.has_value() && !ours;
    std::vector<DuckDbColumn> columns = rows;
    TableConstraints constraints;
    if (existed_) {
      // Its own constraints are tried when the rows come into it.
      ARROW_ASSIGN_OR_RAISE(columns, MatchColumns(*there, rows));
      for (DuckDbColumn& column : columns) column.nullable = true;
    } else {
      for (DuckDbColumn& column : columns) column.nullable = !IsNotNull(column.name);
      constraints.checks =
          ChecksOf(connection, target_.definition, columns, &database_->left_out());
    }
    Transaction transaction(connection);
    ARROW_RETURN_NOT_OK(transaction.Begin());
    if (before.has_value()) ARROW_RETURN_NOT_OK(RemovePartTable(connection, *before));
    if (ours) ARROW_RETURN_NOT_OK(connection.Execute("drop table " + name_.Sql()));
    if (name_.schema != "main") {
      ARROW_RETURN_NOT_OK(
          connection.Execute("create schema if not exists " + QuotedIdentifier(name_.schema)));
    }
    table_ = {.name = name_, .fingerprint = fingerprint};
    ARROW_ASSIGN_OR_RAISE(table_.part, NewPartTableName(connection, name_));
    ARROW_RETURN_NOT_OK(CreateTable(connection, "", table_.part_name(), columns, constraints));
    ARROW_RETURN_NOT_OK(AddPartTable(connection, table_));
    ARROW_RETURN_NOT_OK(transaction.Commit());
    return std::vector<Receipt>();
  }

  // May what an earlier run committed be gone on with?
  arrow::Result<bool> IsKept(DuckDbConnection& connection, const PartTable& before,
                             const std::string& fingerprint,
                             const std::vector<DuckDbColumn>& rows) const {
    const bool same = target_.resume && before.fingerprint == fingerprint;
    if (before.state == PartTable::State::kAppended || before.state == PartTable::State::kMerged) {
      if (same) return true;
      return MakeError(
          ErrorCode::kUnavailable,
          "an earlier run that was not finished has added its rows, and its source has "
          "changed since",
          {.hint = "run it without --resume to add the rows of now beside them"});
    }
    if (!same) return false;
    ARROW_ASSIGN_OR_RAISE(const auto table,
                          FindTable(connection, before.is_part() ? before.part_name() : name_));
    if (!table.has_value()) return false;
    return table->columns.size() == rows.size();
  }

  bool IsNotNull(const std::string& column) const {
    const auto& columns = target_.definition.columns;
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const auto& one) { return one.name == column; });
    return found != columns.end() && found->not_null;
  }

  arrow::Status CheckExisting(const DuckDbTable& there) const {
    if (there.is_view) {
      return MakeError(ErrorCode::kUnavailable, "it is a view: rows go into tables");
    }
    if (target_.if_exists != IfExists::kError) return arrow::Status::OK();
    return MakeError(ErrorCode::kUnavailable,
                     "there is a table " + Quoted(name_.Text()) + " already",
                     {.hint = "try --overwrite or --append"});
  }

  arrow::Status Finish(DuckDbConnection& connection) {
    if (existed_)
      return target_.if_exists == IfExists::kUpsert ? Merge(connection) : Append(connection);
    return Show(connection);
  }

  // Under its name, or ready for it where a table of that name is to be replaced.
  arrow::Status Show(DuckDbConnection& connection) {
    if (target_.if_exists == IfExists::kUpsert) {
      ARROW_RETURN_NOT_OK(
          Upsert::From(connection, table_.part_name(), name_, {}, target_.keys).CheckKeys());
    }
    if (target_.definition.primary_key.has_value()) {
      // A key's index is the largest thing that is held of a table: what reading and writing gave
      // back to the allocators, which keep it for a while, is not held besides.
      database_->context()->memory_pool()->ReleaseUnused();
      ::malloc_trim(0);
      duckdb::Allocator::FlushAll();
    }
    ARROW_RETURN_NOT_OK(
        AddPrimaryKey(connection, table_.part_name(), target_.definition, &database_->left_out()));
    const std::lock_guard lock(database_->catalog_mutex());
    Transaction transaction(connection);
    ARROW_RETURN_NOT_OK(transaction.Begin());
    ARROW_ASSIGN_OR_RAISE(const auto there, FindTable(connection, name_));
    if (there.has_value()) {
      if (target_.if_exists != IfExists::kOverwrite) {
        return MakeError(ErrorCode::kUnavailable,
                         "a table " + Quoted(name_.Text()) + " was made meanwhile");
      }
      ARROW_RETURN_NOT_OK(CheckExisting(*there));
      return SetState(connection, PartTable::State::kWhole, transaction);
    }
    ARROW_RETURN_NOT_OK(connection.Execute("alter table " + table_.part_name().Sql() +
                                           " rename to " + QuotedIdentifier(name_.table)));
    return SetState(connection, PartTable::State::kShown, transaction);
  }

  arrow::Status Append(DuckDbConnection& connection) {
    const std::lock_guard lock(database_->catalog_mutex());
    Transaction transaction(connection);
    ARROW_RETURN_NOT_OK(transaction.Begin());
    ARROW_ASSIGN_OR_RAISE(table_.first_row, Guarded([&]() -> arrow::Result<int64_t> {
                            const auto rows = connection->Query(
                                "select coalesce(max(rowid) + 1, 0) from " + name_.Sql());
                            if (rows->HasError()) return FromDuckDb(rows->GetErrorObject());
                            return rows->GetValue(0, 0).GetValue<int64_t>();
                          }));
    std::string columns;
    for (const auto& field : schema_->fields()) {
      columns += (columns.empty() ? "" : ", ") + QuotedIdentifier(field->name());
    }
    ARROW_RETURN_NOT_OK(connection.Execute("insert into " + name_.Sql() + " (" + columns +
                                           ") select " + columns + " from " +
                                           table_.part_name().Sql()));
    ARROW_RETURN_NOT_OK(connection.Execute("drop table " + table_.part_name().Sql()));
    return SetState(connection, PartTable::State::kAppended, transaction);
  }

  arrow::Status Merge(DuckDbConnection& connection) {
    ARROW_ASSIGN_OR_RAISE(const auto there, FindTable(connection, name_));
    if (!there.has_value()) return MakeError(ErrorCode::kUnavailable, "the table is gone");
    ARROW_ASSIGN_OR_RAISE(const auto rows,
                          LayOutTable(*connection->context, *schema_, target_.keys));
    ARROW_ASSIGN_OR_RAISE(const auto columns, MatchColumns(*there, rows));
    const std::lock_guard lock(database_->catalog_mutex());
    Transaction transaction(connection);
    ARROW_RETURN_NOT_OK(transaction.Begin());
    auto upsert = Upsert::From(connection, table_.part_name(), name_, columns, target_.keys);
    ARROW_ASSIGN_OR_RAISE(const UpsertCounts counts, upsert.Finish());
    ARROW_RETURN_NOT_OK(SetState(connection, PartTable::State::kMerged, transaction));
    database_->context()->progress().Note(
        fmt::format("{}: {} updated, {} inserted", Printable(name_.Text()),
                    Plural(counts.updated, "row"), Plural(counts.inserted, "row")));
    return arrow::Status::OK();
  }

  arrow::Status SetState(DuckDbConnection& connection, PartTable::State state,
                         Transaction& transaction) {
    PartTable now = table_;
    now.state = state;
    ARROW_RETURN_NOT_OK(SetPartState(connection, now));
    ARROW_RETURN_NOT_OK(transaction.Commit());
    table_.state = state;
    return arrow::Status::OK();
  }

  const std::shared_ptr<UnfinishedDatabase> database_;
  const TableTarget target_;
  const TableName name_;
  std::shared_ptr<arrow::Schema> schema_;
  const std::shared_ptr<CompressionChoice> compression_ = std::make_shared<CompressionChoice>();
  PartTable table_;
  bool existed_ = false;  // rows go into a table that was there
};

}  // namespace

arrow::Status ReplaceTables(UnfinishedDatabase& database, const std::vector<TableTarget>& targets) {
  ARROW_ASSIGN_OR_RAISE(const auto connection, database.Connect());
  std::vector<PartTable> waiting;
  for (const TableTarget& target : targets) {
    ARROW_ASSIGN_OR_RAISE(auto part, FindPartTable(*connection, NameOfTarget(target)));
    if (part.has_value() && part->state == PartTable::State::kWhole) {
      waiting.push_back(std::move(*part));
    }
  }
  if (waiting.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(auto references, ListForeignKeys(*connection));
  Transaction transaction(*connection);
  ARROW_RETURN_NOT_OK(transaction.Begin());
  // Those that nothing refers to any more go first.
  std::vector<PartTable> left = waiting;
  while (!left.empty()) {
    const auto is_free = [&](const PartTable& table) {
      return std::none_of(references.begin(), references.end(), [&](const auto& reference) {
        return SameName(reference.second, table.name) && !SameName(reference.first, table.name);
      });
    };
    const auto next = std::find_if(left.begin(), left.end(), is_free);
    if (next == left.end()) {
      return MakeError(
          ErrorCode::kUnavailable,
          "a foreign key of another table refers to " + Quoted(left.front().name.Text()),
          {.location = database.location().Redacted(),
           .hint = "overwrite that table, too, or drop it first"});
    }
    ARROW_RETURN_NOT_OK(connection->Execute("drop table if exists " + next->name.Sql()));
    std::erase_if(references,
                  [&](const auto& reference) { return SameName(reference.first, next->name); });
    left.erase(next);
  }
  for (PartTable& table : waiting) {
    ARROW_RETURN_NOT_OK(connection->Execute("alter table " + table.part_name().Sql() +
                                            " rename to " + QuotedIdentifier(table.name.table)));
    table.state = PartTable::State::kShown;
    ARROW_RETURN_NOT_OK(SetPartState(*connection, table));
  }
  return transaction.Commit();
}

TableName NameOfTarget(const TableTarget& target) {
  return {target.schema.empty() ? "main" : target.schema, target.name};
}

std::unique_ptr<Sink> MakeTableFilling(std::shared_ptr<UnfinishedDatabase> database,
                                       const TableTarget& target) {
  return std::make_unique<TableFilling>(std::move(database), target);
}

}  // namespace bowyer
