// Rows are appended row group by row group. Where DuckDB has to do more (indexes, defaults, rows
// that replace others), a thread runs INSERT over a table function whose batches are those that the
// writer is given.
#include "databases/duckdb/sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <duckdb/parser/query_node/select_node.hpp>
#include <duckdb/parser/statement/insert_statement.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/reader.h"
#include "core/ordered_tasks.h"
#include "core/text.h"
#include "databases/database_file.h"
#include "databases/duckdb/append.h"
#include "databases/duckdb/batch_queue.h"
#include "databases/duckdb/compression_choice.h"
#include "databases/duckdb/database.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/table.h"
#include "databases/duckdb/table_layout.h"
#include "databases/duckdb/table_scan.h"
#include "databases/duckdb/upsert.h"
#include "databases/new_database.h"
#include "files/atomic_file.h"

namespace bowyer {
namespace {

arrow::Status TableExists(const TableName& name, const std::string& location) {
  return MakeError(ErrorCode::kUnavailable, "there is a table " + Quoted(name.Text()) + " already",
                   {.location = location, .hint = "try --overwrite, --append or --upsert KEY"});
}

// Runs `insert into INTO select * from` the batches that are written.
class InsertWriter : public Writer {
 public:
  InsertWriter(std::shared_ptr<DuckDbConnection> connection, const std::string& into,
               std::shared_ptr<arrow::Schema> schema)
      : queue_(std::make_shared<BatchQueue>(static_cast<size_t>(connection->context()->threads()) +
                                            1)) {
    auto input = std::make_shared<TableInput>();
    input->schema = schema;
    input->once = true;
    input->open = [schema,
                   queue = queue_](const std::vector<int>&) -> arrow::Result<TableInput::Reader> {
      return MakeReader(schema, [queue] { return queue->Pop(); });
    };
    thread_ = std::thread([this, connection = std::move(connection), input = std::move(input),
                           sql = "insert into " + into + " select * from batches"] {
      result_ = Insert(*connection, sql, input);
      queue_->Close();
    });
  }

  ~InsertWriter() override {
    if (!thread_.joinable()) return;
    queue_->End(MakeError(ErrorCode::kInterrupted, "the copy was given up"));
    thread_.join();
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    if (queue_->Push(batch)) return arrow::Status::OK();
    if (thread_.joinable()) thread_.join();
    if (!result_.ok()) return result_;
    return MakeError(ErrorCode::kInternal, "DuckDB stopped reading before the end");
  }

  arrow::Status Commit(const Receipt&) override {
    queue_->End(arrow::Status::OK());
    if (thread_.joinable()) thread_.join();
    return result_;
  }

 private:
  static arrow::Status Insert(DuckDbConnection& connection, const std::string& sql,
                              const std::shared_ptr<const TableInput>& input) {
    return Guarded([&]() -> arrow::Status {
      auto statements = connection->ExtractStatements(sql);
      auto& insert = statements[0]->Cast<duckdb::InsertStatement>();
      insert.select_statement->node->Cast<duckdb::SelectNode>().from_table = MakeTableScan(input);
      const auto result = connection->Query(std::move(statements[0]));
      if (result->HasError()) return FromDuckDb(result->GetErrorObject());
      return arrow::Status::OK();
    });
  }

  std::shared_ptr<BatchQueue> queue_;
  arrow::Status result_;  // of the thread, once it has ended
  std::thread thread_;
};

class AppendWriter : public Writer {
 public:
  explicit AppendWriter(std::unique_ptr<TableAppend> append) : append_(std::move(append)) {}
  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    return append_->Write(batch);
  }
  arrow::Status Commit(const Receipt&) override { return append_->Finish(); }

 private:
  const std::unique_ptr<TableAppend> append_;
};

class DuckDbSink : public Sink {
 public:
  DuckDbSink(std::shared_ptr<Context> context, Location location, TableName name,
             WriteOptions options)
      : context_(std::move(context)),
        location_(std::move(location)),
        name_(std::move(name)),
        options_(std::move(options)) {}

  ~DuckDbSink() override {
    connection_.reset();  // what was not committed is rolled back
    database_.reset();
    new_database_.reset();
  }

  // A database that is there is opened at once, so that a source in it shares the instance, and a
  // table that is in the way is told before anything is read.
  arrow::Status OpenExisting() {
    ARROW_ASSIGN_OR_RAISE(const DestinationKind kind, LookAtDestination(location_.path));
    if (kind == DestinationKind::kNothing) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(Connect(location_.path));
    ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(*connection_, name_));
    return CheckTable(table);
  }

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string&) override {
    schema_ = schema;
    if (connection_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(new_database_, NewDatabase::Create(location_.path));
      ARROW_RETURN_NOT_OK(Connect(new_database_->file()));
    }
    bytes_before_ = new_database_ == nullptr ? SizeWithLog(location_.path, ".wal") : 0;
    ARROW_ASSIGN_OR_RAISE(auto columns,
                          LayOutTable(*(*connection_)->context, *schema, options_.keys));
    ARROW_RETURN_NOT_OK(connection_->Execute("begin transaction"));
    ARROW_ASSIGN_OR_RAISE(auto table, FindTable(*connection_, name_));
    ARROW_RETURN_NOT_OK(CheckTable(table));
    if (table.has_value() && options_.if_exists == IfExists::kOverwrite) {
      ARROW_RETURN_NOT_OK(connection_->Execute("drop table " + table->name.Sql()));
      table.reset();
    }
    if (table.has_value()) {
      ARROW_ASSIGN_OR_RAISE(columns, MatchColumns(*table, columns));
      name_ = table->name;
    } else {
      if (name_.schema != "main") {
        ARROW_RETURN_NOT_OK(
            connection_->Execute("create schema if not exists " + QuotedIdentifier(name_.schema)));
      }
      ARROW_RETURN_NOT_OK(CreateTable(*connection_, "", name_, columns));
      is_new_ = true;
    }
    if (options_.if_exists == IfExists::kUpsert) {
      ARROW_ASSIGN_OR_RAISE(upsert_, Upsert::Begin(*connection_, name_, columns, options_.keys));
    }
    columns_ = std::move(columns);
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (is_new_ && !upsert_.has_value()) {
      ARROW_ASSIGN_OR_RAISE(auto append, TableAppend::Begin(connection_, name_, schema_, false,
                                                            std::make_shared<CompressionChoice>(),
                                                            RowGroupsAtATime()));
      return std::make_unique<AppendWriter>(std::move(append));
    }
    std::string into = upsert_.has_value() ? upsert_->stage() : name_.Sql();
    std::string names;
    for (const DuckDbColumn& column : columns_) {
      names += (names.empty() ? " (" : ", ") + QuotedIdentifier(column.name);
    }
    return std::make_unique<InsertWriter>(connection_, into + names + ")", schema_);
  }

  arrow::Status Finish() override {
    if (upsert_.has_value()) {
      ARROW_ASSIGN_OR_RAISE(const UpsertCounts counts, upsert_->Finish());
      context_->progress().Note(fmt::format("{} updated, {} inserted",
                                            Plural(counts.updated, "row"),
                                            Plural(counts.inserted, "row")));
    }
    ARROW_RETURN_NOT_OK(context_->CheckStop());
    ARROW_RETURN_NOT_OK(connection_->Execute("commit"));
    // Of an old database the log holds the rows: it is as good as the file. A new one is one file.
    const auto checkpoint = connection_->Execute("checkpoint");
    connection_.reset();
    database_.reset();
    if (new_database_ != nullptr) {
      ARROW_RETURN_NOT_OK(checkpoint);
      ARROW_RETURN_NOT_OK(new_database_->Publish(options_.durable));
    }
    bytes_written_ = std::max<int64_t>(0, SizeWithLog(location_.path, ".wal") - bytes_before_);
    return arrow::Status::OK();
  }

  int64_t bytes_written() const override { return bytes_written_; }
  std::vector<std::string> files() const override { return {location_.Redacted()}; }

 private:
  arrow::Status Connect(const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(database_, OpenDuckDb(*context_, {.path = path,
                                                            .must_exist = new_database_ == nullptr,
                                                            .memory = context_->memory_budget()}));
    ARROW_RETURN_NOT_OK(Guarded([&] { RegisterTableScan(*database_->instance, nullptr); }));
    return DuckDbConnection::Open(context_, database_).Value(&connection_);
  }

  // Row groups that fill and wait take half of the memory budget at the most.
  int RowGroupsAtATime() const {
    constexpr int64_t kRows = DEFAULT_ROW_GROUP_SIZE;
    int64_t width = 0;
    for (const DuckDbColumn& column : columns_) {
      width += static_cast<int64_t>(duckdb::GetTypeIdSize(column.type.InternalType()));
    }
    const int64_t fit = context_->memory_budget() / 2 / std::max<int64_t>(1, width * kRows) - 1;
    return static_cast<int>(std::clamp<int64_t>(fit, kOnCallingThread, context_->threads()));
  }

  arrow::Status CheckTable(const std::optional<DuckDbTable>& table) const {
    if (!table.has_value()) return arrow::Status::OK();
    if (table->is_view) {
      return MakeError(ErrorCode::kUnavailable,
                       Quoted(name_.Text()) + " is a view: rows go into tables",
                       {.location = location_.Redacted()});
    }
    if (options_.if_exists == IfExists::kError) {
      return TableExists(table->name, location_.Redacted());
    }
    return arrow::Status::OK();
  }

  const std::shared_ptr<Context> context_;
  const Location location_;
  TableName name_;
  const WriteOptions options_;
  std::unique_ptr<NewDatabase> new_database_;  // null: the database was there
  std::shared_ptr<duckdb::DuckDB> database_;
  std::shared_ptr<DuckDbConnection> connection_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<DuckDbColumn> columns_;  // that the rows' columns go into, in their order
  bool is_new_ = false;                // the table
  std::optional<Upsert> upsert_;
  int64_t bytes_before_ = 0, bytes_written_ = 0;
};

}  // namespace

arrow::Result<std::unique_ptr<Sink>> MakeDuckDbSink(std::shared_ptr<Context> context,
                                                    const Location& location,
                                                    const WriteOptions& options) {
  if (!location.options.empty()) {
    return MakeError(ErrorCode::kUsage, "a destination is a table, and takes no options");
  }
  if (location.table.empty()) {
    return MakeError(ErrorCode::kUsage, "the destination names no table",
                     {.hint = "for example " + location.Redacted() + "#orders"});
  }
  ARROW_ASSIGN_OR_RAISE(auto name, ParseTableName(location.table));
  auto sink = std::make_unique<DuckDbSink>(std::move(context), location, std::move(name), options);
  ARROW_RETURN_NOT_OK(sink->OpenExisting());
  return sink;
}

}  // namespace bowyer
