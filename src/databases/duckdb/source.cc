// A streaming query whose rows become batches on the workers (result_reader.h): DuckDB's threads
// scan row groups side by side and hand their rows over in order, all of one transaction. Who reads
// several parts of a table side by side gets each from the storage itself (stored_rows.h).
#include "databases/duckdb/source.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <duckdb/main/client_config.hpp>
#include <limits>
#include <optional>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/reader.h"
#include "databases/duckdb/database.h"
#include "databases/duckdb/result_reader.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/stored_rows.h"
#include "databases/duckdb/table.h"
#include "databases/duckdb/types.h"

namespace bowyer {
namespace {

arrow::Result<std::shared_ptr<duckdb::DuckDB>> OpenForReading(const Context& context,
                                                              const std::string& path) {
  return OpenDuckDb(
      context,
      {.path = path, .read_only = true, .must_exist = true, .memory = context.memory_budget()});
}

// DuckDB takes faults of the file for its own, and statements of ours never are at fault.
arrow::Status OfTheFile(const arrow::Status& status) {
  const ErrorCode code = CodeOf(status);
  if (status.ok() || code != ErrorCode::kInternal) return status;
  const auto* detail = DetailOf(status);
  return MakeError(ErrorCode::kData, "cannot be read: " + status.message(),
                   detail == nullptr ? ErrorPlace{} : detail->place());
}

class CheckedReader : public arrow::RecordBatchReader {
 public:
  explicit CheckedReader(std::shared_ptr<arrow::RecordBatchReader> reader)
      : reader_(std::move(reader)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* out) override {
    return OfTheFile(reader_->ReadNext(out));
  }
  arrow::Status Close() override { return reader_->Close(); }

 private:
  std::shared_ptr<arrow::RecordBatchReader> reader_;
};

class DuckDbSource : public Source {
 public:
  DuckDbSource(std::shared_ptr<Context> context, std::shared_ptr<duckdb::DuckDB> database,
               std::string path, std::string from, std::optional<DuckDbTable> table,
               std::shared_ptr<arrow::Schema> schema, std::vector<std::string> type_names,
               bool infinities)
      : context_(std::move(context)),
        database_(std::move(database)),
        path_(std::move(path)),
        from_(std::move(from)),
        table_(std::move(table)),
        schema_(std::move(schema)),
        type_names_(std::move(type_names)),
        infinities_(infinities) {}

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Result<std::string> Fingerprint() const override {
    std::string print = from_;
    for (const char* end : {"", ".wal"}) {
      struct stat facts = {};
      if (::stat((path_ + end).c_str(), &facts) != 0) continue;
      print += fmt::format(";{}:{}:{}:{}.{:09}", facts.st_dev, facts.st_ino, facts.st_size,
                           facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec);
    }
    return print;
  }

  arrow::Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    if (!table_.has_value()) return std::vector<Chunk>{Chunk{}};
    ARROW_ASSIGN_OR_RAISE(const Extent extent, Measure());
    std::vector<Chunk> chunks;
    for (size_t i = 0; i < extent.groups.size();) {
      const int64_t first = extent.groups[i++];
      while (i < extent.groups.size() && extent.groups[i] - first < target_rows) ++i;
      const bool is_last = i == extent.groups.size();
      const int64_t end = is_last ? extent.end : extent.groups[i];
      // Where rows were deleted their ids are missing, and nobody knows how many without looking.
      const int64_t rows = extent.rows == extent.end  ? end - first
                           : chunks.empty() && is_last ? extent.rows
                                                       : -1;
      chunks.push_back({static_cast<int64_t>(chunks.size()), first, end - first, rows});
    }
    if (chunks.empty()) chunks.push_back({.rows = 0});
    return chunks;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const Chunk& chunk, const ScanOptions& options) override {
    std::shared_ptr<arrow::Schema> schema = schema_;
    std::string columns;
    if (options.columns.has_value()) {
      arrow::FieldVector fields;
      for (const int column : *options.columns) fields.push_back(schema_->field(column));
      schema = arrow::schema(std::move(fields));
    }
    for (const auto& field : schema->fields()) {
      columns += (columns.empty() ? "" : ", ") + QuotedIdentifier(field->name());
    }
    const bool count_only = columns.empty();
    if (options.on_calling_thread && !count_only && AreStored(*schema)) {
      ARROW_ASSIGN_OR_RAISE(auto rows, OpenStored(chunk, schema));
      if (rows != nullptr) return std::make_shared<CheckedReader>(std::move(rows));
    }
    std::string sql = "select " + (count_only ? "true" : columns) + " from " + from_;
    if (chunk.first > 0 || chunk.count >= 0) {
      sql += fmt::format(" where rowid >= {}", chunk.first);
      if (chunk.count >= 0) sql += fmt::format(" and rowid < {}", chunk.first + chunk.count);
    }
    context_->progress().Detail(2, [&] { return "DuckDB: " + sql; });
    auto reader = Query(sql, count_only ? nullptr : schema, options.on_calling_thread);
    if (!reader.ok()) return OfTheFile(reader.status());
    if (count_only) {
      return MakeReader(
          schema,
          [reader = *reader, schema]() -> arrow::Result<std::shared_ptr<arrow::RecordBatch>> {
            ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
            if (batch == nullptr) return batch;
            return arrow::RecordBatch::Make(schema, batch->num_rows(), arrow::ArrayVector{});
          });
    }
    return std::make_shared<CheckedReader>(*std::move(reader));
  }

  arrow::Result<SourceInfo> Inspect() override {
    SourceInfo info;
    info.format = std::string("DuckDB ") + (table_.has_value() ? "table" : "view or query");
    for (const std::string& type : type_names_) {
      ColumnInfo column;
      column.note = type;
      info.columns.push_back(std::move(column));
    }
    if (!table_.has_value()) return info;
    ARROW_ASSIGN_OR_RAISE(const Extent extent, Measure());
    info.rows = extent.rows;
    info.unit_name = "row group";
    ARROW_ASSIGN_OR_RAISE(const auto chunks, Chunks(1));
    for (const Chunk& chunk : chunks) {
      if (chunk.rows < 0) {
        info.unit_name.clear();
        info.units.clear();
        break;
      }
      info.units.push_back({.rows = chunk.rows});
    }
    return info;
  }

 private:
  // Rows, the row id behind the last one, and those with which row groups begin.
  struct Extent {
    int64_t rows = 0, end = 0;
    std::vector<int64_t> groups;
  };

  arrow::Result<Extent> Measure() const {
    ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(context_, database_));
    ARROW_ASSIGN_OR_RAISE(auto groups, RowGroupStarts(*connection, table_->name));
    return Guarded([&]() -> arrow::Result<Extent> {
      const auto row =
          (*connection)->Query("select count(*), coalesce(max(rowid) + 1, 0) from " + from_);
      if (row->HasError()) return OfTheFile(FromDuckDb(row->GetErrorObject()));
      Extent extent{row->GetValue(0, 0).GetValue<int64_t>(),
                    row->GetValue(1, 0).GetValue<int64_t>(), std::move(groups)};
      std::erase_if(extent.groups, [&](int64_t first) { return first >= extent.end; });
      return extent;
    });
  }

  // Of columns of a table that are not made by a query. (A chunk of DuckDB's is not cut.)
  bool AreStored(const arrow::Schema& schema) const {
    if (!table_.has_value() || context_->requested_batch_rows() > 0) return false;
    return std::none_of(table_->columns.begin(), table_->columns.end(), [&](const auto& column) {
      return column.generated && schema.GetFieldIndex(column.name) >= 0;
    });
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> OpenStored(
      const Chunk& chunk, const std::shared_ptr<arrow::Schema>& schema) const {
    ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(context_, database_));
    const int64_t end =
        chunk.count < 0 ? std::numeric_limits<int64_t>::max() : chunk.first + chunk.count;
    auto rows = ReadStoredRows(std::move(connection), table_->name, chunk.first, end, schema,
                               infinities_);
    if (!rows.ok()) return OfTheFile(rows.status());
    return rows;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Query(
      const std::string& sql, const std::shared_ptr<arrow::Schema>& schema,
      bool on_calling_thread) const {
    ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(context_, database_));
    ARROW_ASSIGN_OR_RAISE(
        auto result, Guarded([&]() -> arrow::Result<std::unique_ptr<duckdb::QueryResult>> {
          // Room for every thread to scan a row group ahead of the reader.
          duckdb::ClientConfig::GetConfig(*(*connection)->context).streaming_buffer_size =
              static_cast<duckdb::idx_t>(context_->memory_budget() / 8);
          auto pending = (*connection)->PendingQuery(sql, true);
          if (pending->HasError()) return FromDuckDb(pending->GetErrorObject());
          auto running = pending->Execute();
          if (running->HasError()) return FromDuckDb(running->GetErrorObject());
          return running;
        }));
    return MakeResultReader(std::move(connection), std::move(result), 0, schema, infinities_,
                            on_calling_thread);
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<duckdb::DuckDB> database_;
  std::string path_, from_;  // the file; what the FROM of a query names
  std::optional<DuckDbTable> table_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::string> type_names_;
  bool infinities_;
};

// The columns of a SELECT; anything else is refused.
arrow::Result<std::vector<DuckDbColumn>> ColumnsOfQuery(DuckDbConnection& connection,
                                                        const std::string& sql) {
  return Guarded([&]() -> arrow::Result<std::vector<DuckDbColumn>> {
    const auto statements = connection->ExtractStatements(sql);
    if (statements.size() != 1 || statements[0]->type != duckdb::StatementType::SELECT_STATEMENT) {
      return MakeError(ErrorCode::kUsage, "the query of a location is one SELECT",
                       {.hint = "bowyer sql --database runs any statements"});
    }
    const auto prepared = connection->Prepare(sql);
    if (prepared->HasError()) return FromDuckDb(prepared->GetErrorObject());
    std::vector<DuckDbColumn> columns;
    for (size_t i = 0; i < prepared->GetTypes().size(); ++i) {
      columns.push_back({.name = prepared->GetNames()[i], .type = prepared->GetTypes()[i]});
    }
    return columns;
  });
}

}  // namespace

arrow::Result<std::unique_ptr<Source>> OpenDuckDbSource(const std::shared_ptr<Context>& context,
                                                        const Location& location, bool infinities) {
  ARROW_ASSIGN_OR_RAISE(auto database, OpenForReading(*context, location.path));
  ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(context, database));
  std::vector<DuckDbColumn> columns;
  std::string from;
  std::optional<DuckDbTable> stored;
  const auto query = location.options.find("query");
  if (query != location.options.end()) {
    if (!location.table.empty()) {
      return MakeError(ErrorCode::kUsage, "a location names a table or a query, not both");
    }
    std::string sql = query->second;
    while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ' || sql.back() == '\n'))
      sql.pop_back();
    ARROW_ASSIGN_OR_RAISE(columns, ColumnsOfQuery(*connection, sql));
    // The line end closes a comment at its end.
    from = "(" + sql + "\n) as query";
  } else if (location.table.empty()) {
    return NoTableNamed(*connection, location.Redacted());
  } else {
    ARROW_ASSIGN_OR_RAISE(const TableName name, ParseTableName(location.table));
    auto table = FindTable(*connection, name);
    if (!table.ok()) return OfTheFile(table.status());
    if (!table->has_value()) return NoSuchTable(*connection, name, location.Redacted());
    columns = (*table)->columns;
    from = (*table)->name.Sql();
    if (!(*table)->is_view) stored = *std::move(table);
  }
  arrow::FieldVector fields;
  std::vector<std::string> type_names;
  for (const DuckDbColumn& column : columns) {
    ARROW_ASSIGN_OR_RAISE(auto field, ToArrowField(column.type, column.name, column.nullable,
                                                   (*connection)->context->GetClientProperties()));
    fields.push_back(std::move(field));
    type_names.push_back(column.type.ToString());
  }
  return std::make_unique<DuckDbSource>(context, std::move(database), location.path,
                                        std::move(from), std::move(stored),
                                        arrow::schema(std::move(fields)), std::move(type_names),
                                        infinities);
}

arrow::Result<std::vector<TableFacts>> InspectDuckDb(const std::shared_ptr<Context>& context,
                                                     const Location& location) {
  ARROW_ASSIGN_OR_RAISE(auto database, OpenForReading(*context, location.path));
  ARROW_ASSIGN_OR_RAISE(auto connection, DuckDbConnection::Open(context, database));
  ARROW_ASSIGN_OR_RAISE(const auto tables, ListDuckDbTables(*connection));
  std::vector<TableFacts> all;
  for (const DuckDbTable& listed : tables) {
    TableFacts facts{.name = listed.name.Text(), .is_view = listed.is_view};
    // A view may name what is no longer there: that is no fault of the others.
    const auto found = FindTable(*connection, listed.name);
    if (found.ok() && found->has_value()) {
      facts.columns = static_cast<int64_t>((*found)->columns.size());
    }
    if (!listed.is_view) {
      ARROW_ASSIGN_OR_RAISE(facts.rows, Guarded([&]() -> arrow::Result<int64_t> {
                              const auto row =
                                  (*connection)->Query("select count(*) from " + listed.name.Sql());
                              if (row->HasError()) {
                                return OfTheFile(FromDuckDb(row->GetErrorObject()));
                              }
                              return row->GetValue(0, 0).GetValue<int64_t>();
                            }));
    }
    all.push_back(std::move(facts));
  }
  return all;
}

}  // namespace bowyer
