#include "databases/sqlite/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "bowyer/error.h"
#include "core/name_list.h"
#include "core/text.h"
#include "databases/sqlite/catalog.h"
#include "databases/sqlite/integrity_check.h"
#include "databases/sqlite/snapshot.h"
#include "databases/sqlite/table.h"

namespace bowyer {
namespace {

using Batch = std::shared_ptr<arrow::RecordBatch>;
using Reader = std::shared_ptr<arrow::RecordBatchReader>;

// Parts of a table in order; as many as there are threads are open, each with one batch read ahead
// on the workers.
class AheadReader : public arrow::RecordBatchReader {
 public:
  AheadReader(std::shared_ptr<Context> context, std::shared_ptr<SqliteTable> table,
              std::vector<Chunk> chunks, ScanOptions options, std::shared_ptr<arrow::Schema> schema)
      : context_(std::move(context)),
        schema_(std::move(schema)),
        table_(std::move(table)),
        chunks_(std::move(chunks)),
        options_(std::move(options)) {}
  ~AheadReader() override { Abandon(); }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(Batch* out) override {
    out->reset();
    const auto status = Next(out);
    if (!status.ok()) Abandon();
    return status;
  }

  arrow::Status Close() override {
    Abandon();
    return arrow::Status::OK();
  }

 private:
  struct Part {
    Reader reader;
    arrow::Future<Batch> next;
  };

  arrow::Status Next(Batch* out) {
    while (true) {
      while (opened_ < chunks_.size() && parts_.size() < static_cast<size_t>(context_->threads())) {
        ARROW_ASSIGN_OR_RAISE(auto reader, table_->Open(chunks_[opened_++], options_));
        parts_.push_back({std::move(reader), {}});
      }
      if (parts_.empty()) return arrow::Status::OK();
      for (Part& part : parts_) {
        if (part.next.is_valid()) continue;
        ARROW_ASSIGN_OR_RAISE(part.next, context_->workers()->Submit(
                                             [reader = part.reader] { return reader->Next(); }));
      }
      auto next = std::exchange(parts_.front().next, {});
      ARROW_ASSIGN_OR_RAISE(*out, next.MoveResult());
      if (*out != nullptr) return arrow::Status::OK();
      parts_.pop_front();
    }
  }

  void Abandon() {
    for (Part& part : parts_) {
      if (part.next.is_valid()) part.next.Wait();
    }
    parts_.clear();
    opened_ = chunks_.size();
  }

  const std::shared_ptr<Context> context_;
  const std::shared_ptr<arrow::Schema> schema_;
  const std::shared_ptr<SqliteTable> table_;
  const std::vector<Chunk> chunks_;
  const ScanOptions options_;
  size_t opened_ = 0;
  std::deque<Part> parts_;
};

// The batches of another reader, and at their end what the check of the file says.
class CheckedReader : public arrow::RecordBatchReader {
 public:
  CheckedReader(Reader reader, std::shared_ptr<IntegrityCheck> check)
      : reader_(std::move(reader)), check_(std::move(check)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return reader_->schema(); }

  arrow::Status ReadNext(Batch* out) override {
    ARROW_RETURN_NOT_OK(reader_->ReadNext(out));
    return *out == nullptr ? check_->Wait() : arrow::Status::OK();
  }

  arrow::Status Close() override { return reader_->Close(); }

 private:
  const Reader reader_;
  const std::shared_ptr<IntegrityCheck> check_;
};

class SqliteSource : public Source {
 public:
  SqliteSource(std::shared_ptr<SqliteSnapshot> snapshot, std::shared_ptr<IntegrityCheck> check,
               std::unique_ptr<SqliteTable> table)
      : snapshot_(std::move(snapshot)), check_(std::move(check)), table_(std::move(table)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return table_->schema(); }
  arrow::Result<std::string> Fingerprint() const override { return table_->Fingerprint(); }
  arrow::Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    return table_->Chunks(target_rows);
  }
  arrow::Result<SourceInfo> Inspect() override {
    ARROW_RETURN_NOT_OK(check_->Wait());
    return table_->Inspect();
  }

  arrow::Result<Reader> Open(const Chunk& chunk, const ScanOptions& options) override {
    if (!options.to_end) {
      ARROW_RETURN_NOT_OK(check_->Wait());
      return OpenUnchecked(chunk, options);
    }
    ARROW_ASSIGN_OR_RAISE(auto reader, OpenUnchecked(chunk, options));
    return std::make_shared<CheckedReader>(std::move(reader), check_);
  }

 private:
  arrow::Result<Reader> OpenUnchecked(const Chunk& chunk, const ScanOptions& options) {
    const auto& context = snapshot_->context();
    const bool whole = chunk.first == 0 && chunk.count < 0;
    if (!whole || options.on_calling_thread || !snapshot_->shared()) {
      return table_->Open(chunk, options);
    }
    // A part is about as long as a batch of narrow rows; wide ones take several batches.
    ARROW_ASSIGN_OR_RAISE(auto parts, table_->Chunks(context->batch_rows(64)));
    std::shared_ptr<arrow::Schema> schema = table_->schema();
    if (options.columns.has_value()) {
      arrow::FieldVector fields;
      for (const int column : *options.columns) fields.push_back(schema->field(column));
      schema = arrow::schema(std::move(fields));
    }
    return std::make_shared<AheadReader>(context, table_, std::move(parts), options,
                                         std::move(schema));
  }

  const std::shared_ptr<SqliteSnapshot> snapshot_;
  const std::shared_ptr<IntegrityCheck> check_;
  const std::shared_ptr<SqliteTable> table_;
};

// A name that a location can hold without quotes.
std::string AsWritten(const std::string& name) {
  return name.starts_with('"') ? SqliteName(name) : name;
}

std::string TheTables(const std::vector<SqliteEntry>& entries) {
  if (entries.empty()) return "the database holds no tables";
  std::string text = "its tables: ";
  constexpr size_t kMost = 20;
  for (size_t i = 0; i < std::min(kMost, entries.size()); ++i) {
    text += (i == 0 ? "" : ", ") + Printable(AsWritten(entries[i].name), 60);
  }
  if (entries.size() > kMost) text += fmt::format(" and {} more", entries.size() - kMost);
  return text;
}

arrow::Result<SqliteRelation> RelationOfTable(SqliteConnection& connection,
                                              const Location& location) {
  ARROW_ASSIGN_OR_RAISE(const std::string name, SqliteTableName(location));
  ARROW_ASSIGN_OR_RAISE(const auto entry, FindSqliteTable(connection, name));
  if (entry.has_value()) return RelationOf(connection, *entry, location.Redacted());
  ARROW_ASSIGN_OR_RAISE(const auto entries, ListSqliteTables(connection));
  const std::string hint = TheTables(entries);
  if (location.table.empty()) {
    return MakeError(
        ErrorCode::kUsage, "the location names no table",
        {.hint = entries.empty() ? hint
                                 : hint + "\nname one of them: " + Printable(location.Redacted()) +
                                       "#" + Printable(AsWritten(entries[0].name), 60)});
  }
  std::vector<std::string> names;
  for (const SqliteEntry& other : entries) names.push_back(other.name);
  return MakeError(ErrorCode::kUnavailable,
                   "there is no table " + Quoted(name) + DidYouMean(name, names), {.hint = hint});
}

arrow::Result<SqliteRelation> RelationOfQuery(SqliteConnection& connection,
                                              const Location& location) {
  std::string sql = location.options.at("query");
  while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ' || sql.back() == '\n')) {
    sql.pop_back();
  }
  const auto refused = [](const std::string& why) {
    return MakeError(ErrorCode::kUsage, "the query of a location is one SELECT: " + why);
  };
  // By itself first: within parentheses anything could close them.
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code = sqlite3_prepare_v2(connection.get(), sql.data(), static_cast<int>(sql.size()),
                                      &statement, &rest);
  const SqliteStatement alone(connection.get(), statement, connection.context().get());
  if (code != SQLITE_OK) return refused(sqlite3_errmsg(connection.get()));
  if (rest != sql.data() + sql.size() || sqlite3_column_count(statement) == 0 ||
      sqlite3_stmt_readonly(statement) == 0 || sqlite3_bind_parameter_count(statement) > 0) {
    return refused("this is another statement, or several");
  }
  // The line end closes a comment at its end.
  SqliteRelation relation{.label = location.Redacted(), .from = "(" + sql + "\n)"};
  auto outer = connection.Prepare("select * from " + relation.from);
  if (!outer.ok()) return refused(outer.status().message());
  for (int i = 0; i < sqlite3_column_count(outer->get()); ++i) {
    const char* declared = sqlite3_column_decltype(outer->get(), i);
    relation.columns.push_back({.name = sqlite3_column_name(outer->get(), i),
                                .declared = declared == nullptr ? "" : declared});
  }
  return relation;
}

}  // namespace

arrow::Result<std::string> SqliteTableName(const Location& location) {
  if (!location.table.starts_with('"')) return location.table;
  return UnquoteName(location.table);
}

arrow::Result<std::unique_ptr<Source>> OpenSqliteSource(const std::shared_ptr<Context>& context,
                                                        const Location& location,
                                                        const ReadOptions& options) {
  const bool is_query = location.options.contains("query");
  if (is_query && !location.table.empty()) {
    return MakeError(ErrorCode::kUsage, "a location names a table or a query, not both");
  }
  for (const auto& option : location.options) {
    if (option.first == "query") continue;
    return MakeError(ErrorCode::kUsage,
                     "there is no option " + Quoted(option.first) + " of a SQLite database",
                     {.hint = "query=SELECT... is one"});
  }
  ARROW_ASSIGN_OR_RAISE(auto snapshot,
                        SqliteSnapshot::Open(context, location.path,
                                             context->threads() + IntegrityCheck::kConnections));
  SqliteRelation relation;
  {
    const auto connection = snapshot->Take();
    const std::lock_guard lock(connection->mutex);
    ARROW_ASSIGN_OR_RAISE(relation, is_query ? RelationOfQuery(*connection, location)
                                             : RelationOfTable(*connection, location));
  }
  ARROW_ASSIGN_OR_RAISE(auto check, IntegrityCheck::Start(snapshot));
  TableReadOptions read{
      .on_mismatch = options.rejects == nullptr ? OnMismatch::kError : OnMismatch::kReject,
      .find_types = true,
      .rejects = options.rejects};
  for (const auto& column : relation.columns) {
    const auto told = options.types.find(column.name);
    // What is not read so is cast behind the source.
    if (told == options.types.end() || !PlanColumn(column.name, told->second).ok()) continue;
    read.types.insert(*told);
  }
  auto table = SqliteTable::Open(snapshot, std::move(relation), read);
  // What the check says of damage is clearer.
  if (!table.ok() && CodeOf(table.status()) == ErrorCode::kData) ARROW_RETURN_NOT_OK(check->Wait());
  ARROW_RETURN_NOT_OK(table.status());
  return std::make_unique<SqliteSource>(std::move(snapshot), std::move(check), *std::move(table));
}

arrow::Result<std::vector<TableFacts>> InspectSqlite(const std::shared_ptr<Context>& context,
                                                     const Location& location) {
  ARROW_ASSIGN_OR_RAISE(auto snapshot, SqliteSnapshot::Open(context, location.path, 1));
  const auto connection = snapshot->Take();
  const std::lock_guard lock(connection->mutex);
  ARROW_ASSIGN_OR_RAISE(const auto entries, ListSqliteTables(*connection));
  std::vector<TableFacts> all;
  for (const SqliteEntry& entry : entries) {
    TableFacts facts{.name = AsWritten(entry.name), .is_view = entry.object == SqliteObject::kView};
    // A view may name what is no longer there: that is no fault of the others.
    const auto relation = RelationOf(*connection, entry, location.Redacted());
    if (relation.ok()) facts.columns = static_cast<int64_t>(relation->columns.size());
    if (relation.ok() && !facts.is_view) {
      ARROW_ASSIGN_OR_RAISE(facts.rows,
                            connection->Number("select count(*) from " + relation->from));
    }
    all.push_back(std::move(facts));
  }
  return all;
}

}  // namespace bowyer
