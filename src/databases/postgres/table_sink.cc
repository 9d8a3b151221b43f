#include "databases/postgres/table_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/postgres/copy_encoder.h"
#include "databases/postgres/define_table.h"
#include "databases/postgres/sink.h"
#include "databases/table_name.h"

namespace bowyer {
namespace {

constexpr size_t kLongestName = 63;  // of an identifier, in bytes; PostgreSQL cuts what is longer
constexpr char kStagingPrefix[] = "bowyer-part ";
constexpr char kReceipts[] = "bowyer-receipts";
constexpr size_t kSendBytes = size_t{1} << 20;
// Of a table's first receipt, which is of no chunk: how far the table is.
constexpr char kShown[] = "shown", kAdded[] = "added";

struct SinkColumn {
  std::string name;
  StoredType type;
  bool not_null = false;
};

// FNV-1a: the same in every run and on every machine.
uint64_t NameHash(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (const unsigned char c : text) hash = (hash ^ c) * 1099511628211ULL;
  return hash;
}

struct FirstOfReceipts {
  std::string fingerprint, state;
};

// Of a table that an earlier run did not come to the end with; nothing: none did.
arrow::Result<std::optional<FirstOfReceipts>> FirstReceipt(PostgresConnection& connection,
                                                           const std::string& schema,
                                                           const std::string& table) {
  const std::string receipts = PostgresName(schema) + "." + PostgresName(kReceipts);
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult there,
      connection.Query("select to_regclass(" + PostgresText(receipts) + ") is not null"));
  if (!there.boolean(0, 0)) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const PostgresResult found,
                        connection.Query(fmt::format("select fingerprint, snapshot from {} where "
                                                     "destination = {} and chunk < 0",
                                                     receipts, PostgresText(table))));
  if (found.rows() == 0) return std::nullopt;
  return FirstOfReceipts{found.text(0, 0), found.text(0, 1)};
}

class CopyInWriter : public Writer {
 public:
  // `connection` is in a transaction. finish(receipt) ends it; lost() takes back what was sent.
  CopyInWriter(std::shared_ptr<PostgresConnections> connections,
               std::unique_ptr<PostgresConnection> own, PostgresConnection* connection,
               CopyEncoder encoder, std::function<arrow::Status(const Receipt&)> finish)
      : connections_(std::move(connections)),
        own_(std::move(own)),
        connection_(connection),
        encoder_(std::move(encoder)),
        finish_(std::move(finish)) {}

  arrow::Status Start(const std::string& sql) {
    ARROW_RETURN_NOT_OK(connection_->BeginCopyIn(sql));
    encoder_.Begin(&buffer_);
    return arrow::Status::OK();
  }

  arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) override {
    // So many rows that the buffer outgrows its size by little, whatever the rows' widths.
    constexpr int64_t kStep = 64;
    for (int64_t first = 0; first < batch->num_rows(); first += kStep) {
      const int64_t count = std::min(kStep, batch->num_rows() - first);
      ARROW_RETURN_NOT_OK(encoder_.Append(*batch, first, count, &buffer_));
      if (buffer_.size() >= kSendBytes) ARROW_RETURN_NOT_OK(Send());
    }
    rows_ += batch->num_rows();
    return arrow::Status::OK();
  }

  arrow::Status Commit(const Receipt& receipt) override {
    encoder_.End(&buffer_);
    ARROW_RETURN_NOT_OK(Send());
    ARROW_ASSIGN_OR_RAISE(const int64_t taken, connection_->EndCopyIn());
    if (taken != rows_) {
      return MakeError(ErrorCode::kData, fmt::format("the server took {} of {} rows", taken, rows_),
                       {.hint = "a trigger or rule of the table may change what comes in"});
    }
    ARROW_RETURN_NOT_OK(finish_(receipt));
    if (own_ != nullptr) connections_->GiveBack(std::move(own_));
    return arrow::Status::OK();
  }

 private:
  arrow::Status Send() {
    ARROW_RETURN_NOT_OK(connection_->CopyIn(buffer_));
    buffer_.clear();
    return arrow::Status::OK();
  }

  std::shared_ptr<PostgresConnections> connections_;
  std::unique_ptr<PostgresConnection> own_;  // null: the sink's
  PostgresConnection* connection_;
  CopyEncoder encoder_;
  std::function<arrow::Status(const Receipt&)> finish_;
  std::string buffer_;
  int64_t rows_ = 0;
};

class TableSink : public Sink {
 public:
  TableSink(std::shared_ptr<PostgresConnections> connections, PostgresSinkOptions options)
      : connections_(std::move(connections)),
        options_(std::move(options)),
        target_(options_.target),
        table_(PostgresName(target_.schema) + "." + PostgresName(target_.name)),
        stage_(PostgresName(target_.schema) + "." + PostgresName(StagingName(target_.name))),
        receipts_(PostgresName(target_.schema) + "." + PostgresName(kReceipts)) {}

  // The connection that holds the table for this run, and whether it may be written.
  arrow::Status Open() {
    ARROW_RETURN_NOT_OK(CheckName(target_.schema, "schema"));
    ARROW_RETURN_NOT_OK(CheckName(target_.name, "table"));
    ARROW_ASSIGN_OR_RAISE(control_, connections_->Take());
    const auto key = static_cast<int64_t>(NameHash("bowyer:" + table_));
    ARROW_ASSIGN_OR_RAISE(const PostgresResult held,
                          control_->Query(fmt::format("select pg_try_advisory_lock({})", key)));
    if (!held.boolean(0, 0)) {
      return MakeError(ErrorCode::kUnavailable,
                       "another run writes to table " + Quoted(target_.name) + " just now");
    }
    lock_ = key;
    return FindTable();
  }

  ~TableSink() override {
    if (control_ == nullptr || !control_->alive() || control_->busy()) return;
    if (PQtransactionStatus(control_->get()) != PQTRANS_IDLE) {
      if (!control_->Execute("rollback").ok()) return;
    }
    if (lock_.has_value() &&
        !control_->Execute(fmt::format("select pg_advisory_unlock({})", *lock_)).ok()) {
      return;
    }
    connections_->GiveBack(std::move(control_));
  }

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string& fingerprint) override {
    schema_ = schema;
    ARROW_RETURN_NOT_OK(LayOut());
    ARROW_RETURN_NOT_OK(MatchExisting());
    if (options_.one_transaction) {
      ARROW_RETURN_NOT_OK(control_->Execute("begin"));
      ARROW_RETURN_NOT_OK(MakeSchema());
      if (Direct()) return std::vector<Receipt>();
      ARROW_RETURN_NOT_OK(control_->Execute("drop table if exists " + stage_));
      ARROW_RETURN_NOT_OK(control_->Execute(CreateStage()));
      return std::vector<Receipt>();
    }
    ARROW_RETURN_NOT_OK(control_->Execute("begin"));
    ARROW_RETURN_NOT_OK(MakeSchema());
    ARROW_RETURN_NOT_OK(MakeReceipts());
    const std::string print = fingerprint + "\n" + CreateStage();
    if (target_.resume) {
      ARROW_ASSIGN_OR_RAISE(auto kept, Kept(print));
      if (kept.has_value()) {
        ARROW_RETURN_NOT_OK(control_->Execute("commit"));
        finished_ = !state_.empty();
        return *std::move(kept);
      }
    }
    if (state_ == kAdded) {
      return MakeError(ErrorCode::kUnavailable,
                       "an earlier run that was not finished has added its rows to table " +
                           Quoted(target_.name) + ", and its source has changed since",
                       {.hint = "run it without --resume to add the rows of now beside them"});
    }
    ARROW_RETURN_NOT_OK(control_->Execute(fmt::format(
        "drop table if exists {0}; delete from {1} where destination = {2}; {3};"
        " insert into {1} values ({2}, -1, 0, '', '', {4}); commit",
        stage_, receipts_, PostgresText(target_.name), CreateStage(), PostgresText(print))));
    return std::vector<Receipt>();
  }

  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk&) override {
    if (finished_) return MakeError(ErrorCode::kInternal, "the table is whole already");
    std::unique_ptr<PostgresConnection> own;
    PostgresConnection* connection = control_.get();
    std::function<arrow::Status(const Receipt&)> finish = [](const Receipt&) {
      return arrow::Status::OK();
    };
    if (!options_.one_transaction) {
      ARROW_ASSIGN_OR_RAISE(own, connections_->Take());
      connection = own.get();
      ARROW_RETURN_NOT_OK(connection->Execute("begin"));
      finish = [connection, into = receipts_, name = target_.name](const Receipt& receipt) {
        return connection->Execute(
            fmt::format("insert into {} values ({}, {}, {}, {}, {}, ''); commit", into,
                        PostgresText(name), receipt.chunk, receipt.rows,
                        PostgresText(receipt.digest), PostgresText(receipt.snapshot)));
      };
    }
    std::vector<StoredType> types;
    for (const SinkColumn& column : columns_) types.push_back(column.type);
    auto writer = std::make_unique<CopyInWriter>(
        connections_, std::move(own), connection,
        CopyEncoder(schema_, std::move(types), options_.infinities), std::move(finish));
    const std::string names = columns_.empty() ? "" : " (" + Names() + ")";
    ARROW_RETURN_NOT_OK(writer->Start("copy " + (Direct() ? table_ : stage_) + names +
                                      " from stdin (format binary)"));
    return writer;
  }

  arrow::Status Finish() override {
    if (finished_) return arrow::Status::OK();
    if (!options_.one_transaction) ARROW_RETURN_NOT_OK(control_->Execute("begin"));
    // Whoever reads the old table, or what ReadBack gave, holds the names: not for ever.
    ARROW_RETURN_NOT_OK(control_->Execute("set local lock_timeout = '60s'"));
    if (exists_ && target_.if_exists == IfExists::kUpsert) {
      ARROW_RETURN_NOT_OK(Merge());
    } else if (exists_ && target_.if_exists == IfExists::kAppend) {
      if (!Direct()) {
        ARROW_RETURN_NOT_OK(control_->Execute("insert into " + table_ + " (" + Names() +
                                              ") select " + Names() + " from " + stage_ +
                                              "; drop table " + stage_));
      }
    } else {
      if (exists_ || state_ == kShown) {
        ARROW_RETURN_NOT_OK(control_->Execute("drop table if exists " + table_));
      }
      ARROW_RETURN_NOT_OK(
          control_->Execute("alter table " + stage_ + " rename to " + PostgresName(target_.name)));
      ARROW_ASSIGN_OR_RAISE(auto left_out, DefineTable(*control_, table_, target_));
      if (target_.if_exists == IfExists::kUpsert) {
        std::string keys;
        for (const std::string& key : target_.keys) {
          keys += (keys.empty() ? "" : ", ") + PostgresName(key);
        }
        ARROW_RETURN_NOT_OK(
            control_->Execute("alter table " + table_ + " add primary key (" + keys + ")"));
      }
      if (options_.left_out != nullptr) {
        const std::lock_guard lock(*options_.left_out_mutex);
        options_.left_out->insert(options_.left_out->end(), left_out.begin(), left_out.end());
      }
    }
    if (!options_.one_transaction) {
      const bool added = exists_ && target_.if_exists != IfExists::kOverwrite;
      ARROW_RETURN_NOT_OK(control_->Execute(
          fmt::format("update {} set snapshot = '{}' where destination = {} and chunk < 0",
                      receipts_, added ? kAdded : kShown, PostgresText(target_.name))));
    }
    ARROW_RETURN_NOT_OK(connections_->context()->CheckStop());
    ARROW_RETURN_NOT_OK(control_->Execute("commit"));
    ARROW_ASSIGN_OR_RAISE(
        const PostgresResult size,
        control_->Query("select pg_table_size(" + PostgresText(table_) + "::regclass)"));
    bytes_written_ = std::max<int64_t>(0, size.number(0, 0) - bytes_before_);
    return arrow::Status::OK();
  }

  int64_t bytes_written() const override { return bytes_written_; }
  std::vector<std::string> files() const override {
    return {connections_->target().shown + "#" + target_.schema + "." + target_.name};
  }

 private:
  arrow::Status CheckName(const std::string& name, const char* what) const {
    if (name.size() <= kLongestName && !name.empty()) return arrow::Status::OK();
    return MakeError(
        ErrorCode::kData,
        fmt::format("the name of {} {} has more than {} bytes", what, Quoted(name), kLongestName),
        {.hint = "PostgreSQL would cut it; give it another one"});
  }

  arrow::Status FindTable() {
    ARROW_ASSIGN_OR_RAISE(
        const PostgresResult found,
        control_->Query(fmt::format(
            "select c.relkind, case when c.relkind = 'r' then pg_table_size(c.oid) end"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = {} and c.relname = {} and c.relkind in ('r', 'p', 'v', 'm', 'f')",
            PostgresText(target_.schema), PostgresText(target_.name))));
    if (options_.resume) {
      ARROW_ASSIGN_OR_RAISE(const auto first,
                            FirstReceipt(*control_, target_.schema, target_.name));
      if (first.has_value()) state_ = first->state;
    }
    // What an unfinished run of ours has shown is no table of somebody's.
    exists_ = found.rows() > 0 && state_ != kShown;
    if (!exists_) return arrow::Status::OK();
    const std::string kind = found.text(0, 0);
    if (kind != "r" && kind != "p") {
      return MakeError(ErrorCode::kUnavailable,
                       Quoted(target_.name) + " is a view or a foreign table: rows go into tables");
    }
    if (target_.if_exists == IfExists::kError) {
      return MakeError(ErrorCode::kUnavailable,
                       "table " + Quoted(target_.schema + "." + target_.name) + " exists already",
                       {.hint = "try --overwrite, --append or --upsert KEYS"});
    }
    if (target_.if_exists != IfExists::kOverwrite) bytes_before_ = found.number(0, 1);
    return arrow::Status::OK();
  }

  arrow::Status LayOut() {
    columns_.clear();
    for (const auto& field : schema_->fields()) {
      ARROW_RETURN_NOT_OK(CheckName(field->name(), "column"));
      ARROW_ASSIGN_OR_RAISE(StoredType type, StoredTypeOf(*field));
      columns_.push_back({field->name(), std::move(type), !field->nullable()});
    }
    for (const ColumnDefinition& defined : target_.definition.columns) {
      for (SinkColumn& column : columns_) {
        if (column.name == defined.name) column.not_null |= defined.not_null;
      }
    }
    for (const std::string& key : target_.keys) {
      if (schema_->GetFieldIndex(key) < 0) {
        return MakeError(ErrorCode::kUsage, "there is no column " + Quoted(key) + " for the key" +
                                                DidYouMean(key, schema_->field_names()));
      }
    }
    return arrow::Status::OK();
  }

  // Of rows that go into a table that is there.
  arrow::Status MatchExisting() {
    same_types_ = true;
    if (!exists_ || target_.if_exists == IfExists::kOverwrite) return arrow::Status::OK();
    ARROW_ASSIGN_OR_RAISE(
        const PostgresResult rows,
        control_->Query("select attname, format_type(atttypid, atttypmod), attnotnull or"
                        " attidentity = 'a' or attgenerated <> '' from pg_attribute"
                        " where attrelid = " +
                        PostgresText(table_) +
                        "::regclass and attnum > 0 and not attisdropped order by attnum"));
    std::map<std::string, std::string> there;
    std::vector<std::string> names;
    for (int i = 0; i < rows.rows(); ++i) {
      there[rows.text(i, 0)] = rows.text(i, 1);
      names.push_back(rows.text(i, 0));
    }
    for (const SinkColumn& column : columns_) {
      const auto found = there.find(column.name);
      if (found == there.end()) {
        return MakeError(ErrorCode::kData, "the table has no column " + Quoted(column.name) +
                                               DidYouMean(column.name, names));
      }
      same_types_ &= found->second == column.type.sql;
      if (!TakesExactly(found->second, column.type.sql)) {
        return MakeError(
            ErrorCode::kData,
            "values of type " + column.type.sql + " do not go into " + found->second + " exactly",
            {.column = column.name,
             .hint = "try --type, or --overwrite for a table of other types"});
      }
    }
    if (columns_.size() != there.size()) {
      std::string missing;
      for (const std::string& name : names) {
        if (schema_->GetFieldIndex(name) < 0)
          missing += (missing.empty() ? "" : ", ") + Quoted(name);
      }
      return MakeError(ErrorCode::kData, "the rows have no column " + missing);
    }
    return arrow::Status::OK();
  }

  // Straight into the table: the transaction is what hides the rows.
  bool Direct() const {
    return options_.one_transaction && exists_ && target_.if_exists == IfExists::kAppend &&
           same_types_;
  }

  arrow::Status MakeSchema() {
    ARROW_ASSIGN_OR_RAISE(const PostgresResult there,
                          control_->Query("select from pg_namespace where nspname = " +
                                          PostgresText(target_.schema)));
    if (there.rows() > 0) return arrow::Status::OK();
    return control_->Execute("create schema if not exists " + PostgresName(target_.schema));
  }

  // Tables of a run come here side by side, and IF NOT EXISTS alone does not bear that.
  arrow::Status MakeReceipts() {
    return control_->Execute(fmt::format(
        "select pg_advisory_xact_lock({}); set local client_min_messages = error;"
        " create table if not exists {} (destination text, chunk bigint, rows bigint, digest text,"
        " snapshot text, fingerprint text, primary key (destination, chunk))",
        static_cast<int64_t>(NameHash("bowyer:" + receipts_)), receipts_));
  }

  std::string CreateStage() const {
    std::string list;
    for (const SinkColumn& column : columns_) {
      list += (list.empty() ? "" : ", ") + PostgresName(column.name) + " " + column.type.sql +
              (column.not_null ? " not null" : "");
    }
    return "create table " + stage_ + " (" + list + ")";
  }

  std::string Names() const {
    std::string names;
    for (const SinkColumn& column : columns_) {
      names += (names.empty() ? "" : ", ") + PostgresName(column.name);
    }
    return names;
  }

  arrow::Result<std::optional<std::vector<Receipt>>> Kept(const std::string& print) {
    ARROW_ASSIGN_OR_RAISE(
        const PostgresResult rows,
        control_->Query(fmt::format(
            "select chunk, rows, digest, snapshot, fingerprint = {}, to_regclass({}) is not null"
            " from {} where destination = {} order by chunk",
            PostgresText(print), PostgresText(state_.empty() ? stage_ : table_), receipts_,
            PostgresText(target_.name))));
    std::optional<std::vector<Receipt>> kept;
    for (int i = 0; i < rows.rows(); ++i) {
      if (rows.number(i, 0) < 0) {
        if (!rows.boolean(i, 4) || !rows.boolean(i, 5)) return std::nullopt;
        kept.emplace();
      } else if (kept.has_value()) {
        kept->push_back({.chunk = rows.number(i, 0),
                         .rows = rows.number(i, 1),
                         .digest = rows.text(i, 2),
                         .snapshot = rows.text(i, 3)});
      }
    }
    return kept;
  }

  // Rows of the stage replace those of the same key, and come beside the others.
  arrow::Status Merge() {
    std::string keys, any_null, same, set;
    const auto add = [](std::string& list, const char* separator, const std::string& item) {
      list += (list.empty() ? "" : separator) + item;
    };
    for (const std::string& key : target_.keys) {
      const std::string name = PostgresName(key);
      add(keys, ", ", name);
      add(any_null, " or ", name + " is null");
      add(same, " and ", "there." + name + " = fresh." + name);
    }
    for (const SinkColumn& column : columns_) {
      const bool is_key =
          std::find(target_.keys.begin(), target_.keys.end(), column.name) != target_.keys.end();
      const std::string name = PostgresName(column.name);
      if (!is_key) add(set, ", ", name + " = fresh." + name);
    }
    const auto shown = [&](const PostgresResult& row) {
      std::string text;
      for (size_t i = 0; i < target_.keys.size(); ++i) {
        const int at = static_cast<int>(i);
        text += (i == 0 ? "" : ", ") + Printable(target_.keys[i]) + " = " +
                (row.is_null(0, at) ? "null" : Printable(row.text(0, at), 80));
      }
      return text;
    };
    // Nobody else adds a row of the same key meanwhile; readers go on.
    ARROW_RETURN_NOT_OK(control_->Execute("lock table " + table_ + " in share row exclusive mode"));
    ARROW_ASSIGN_OR_RAISE(
        const PostgresResult nulls,
        control_->Query("select " + keys + " from " + stage_ + " where " + any_null + " limit 1"));
    if (nulls.rows() > 0) {
      return MakeError(ErrorCode::kData, "a row without a key: " + shown(nulls));
    }
    ARROW_ASSIGN_OR_RAISE(const PostgresResult twice,
                          control_->Query("select " + keys + " from " + stage_ + " group by " +
                                          keys + " having count(*) > 1 limit 1"));
    if (twice.rows() > 0) {
      return MakeError(ErrorCode::kData, "two rows of one key: " + shown(twice));
    }
    int64_t updated = 0;
    if (set.empty()) {  // all columns are keys: what is there is as it should be
      ARROW_ASSIGN_OR_RAISE(
          const PostgresResult there,
          control_->Query("select count(*) from " + stage_ + " fresh where exists(select from " +
                          table_ + " there where " + same + ")"));
      updated = there.number(0, 0);
    } else {
      ARROW_ASSIGN_OR_RAISE(const PostgresResult done,
                            control_->Query("update " + table_ + " there set " + set + " from " +
                                            stage_ + " fresh where " + same));
      updated = done.affected();
    }
    ARROW_ASSIGN_OR_RAISE(
        const PostgresResult inserted,
        control_->Query("insert into " + table_ + " (" + Names() + ") select " + Names() +
                        " from " + stage_ + " fresh where not exists(select from " + table_ +
                        " there where " + same + ")"));
    connections_->context()->progress().Note(fmt::format(
        "{} updated, {} inserted", Plural(updated, "row"), Plural(inserted.affected(), "row")));
    return control_->Execute("drop table " + stage_);
  }

  const std::shared_ptr<PostgresConnections> connections_;
  const PostgresSinkOptions options_;
  const TableTarget& target_;
  const std::string table_, stage_, receipts_;  // as SQL names them
  std::unique_ptr<PostgresConnection> control_;
  std::optional<int64_t> lock_;
  std::string state_;      // of what an earlier run left: kShown, kAdded; empty: on its way
  bool exists_ = false;    // a table of somebody's
  bool finished_ = false;  // by the earlier run
  bool same_types_ = true;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<SinkColumn> columns_;
  int64_t bytes_before_ = 0, bytes_written_ = 0;
};

}  // namespace

std::string StagingName(const std::string& table) {
  std::string name = kStagingPrefix + table;
  if (name.size() <= kLongestName) return name;
  const std::string hash = fmt::format(" {:016x}", NameHash(table));
  size_t end = kLongestName - hash.size();
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end) + hash;
}

arrow::Result<std::string> PostgresUnfinishedFingerprint(PostgresConnection& connection,
                                                         const std::string& schema,
                                                         const std::string& table) {
  ARROW_ASSIGN_OR_RAISE(const auto first, FirstReceipt(connection, schema, table));
  return first.has_value() ? first->fingerprint : "";
}

arrow::Status ForgetPostgresReceipts(PostgresConnection& connection, const std::string& schema,
                                     const std::vector<std::string>& tables) {
  std::string names;
  for (const std::string& table : tables) {
    names += (names.empty() ? "" : ", ") + PostgresText(table);
  }
  const std::string receipts = PostgresName(schema) + "." + PostgresName(kReceipts);
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult there,
      connection.Query("select to_regclass(" + PostgresText(receipts) + ") is not null"));
  if (!there.boolean(0, 0)) return arrow::Status::OK();
  ARROW_RETURN_NOT_OK(connection.Execute(
      fmt::format("lock table {0} in access exclusive mode; delete from {0} where destination in "
                  "({1})",
                  receipts, names)));
  // Receipts of other tables stay for whoever resumes them.
  ARROW_ASSIGN_OR_RAISE(const PostgresResult others,
                        connection.Query("select exists(select from " + receipts + ")"));
  return others.boolean(0, 0) ? arrow::Status::OK() : connection.Execute("drop table " + receipts);
}

arrow::Result<std::unique_ptr<Sink>> MakePostgresTableSink(
    std::shared_ptr<PostgresConnections> connections, PostgresSinkOptions options) {
  auto sink = std::make_unique<TableSink>(std::move(connections), std::move(options));
  ARROW_RETURN_NOT_OK(sink->Open());
  return sink;
}

arrow::Result<std::unique_ptr<Sink>> MakePostgresSink(std::shared_ptr<Context> context,
                                                      const Location& location,
                                                      const WriteOptions& options) {
  if (location.options.contains("query")) {
    return MakeError(ErrorCode::kUsage, "a destination is a table, not a query");
  }
  if (location.table.empty()) {
    return MakeError(ErrorCode::kUsage, "the destination names no table",
                     {.hint = "for example " + location.Redacted() + "#orders"});
  }
  ARROW_ASSIGN_OR_RAISE(const PostgresTarget target, PostgresTarget::From(location));
  ARROW_ASSIGN_OR_RAISE(const QualifiedName name, ParseQualifiedName(location.table));
  PostgresSinkOptions sink;
  sink.one_transaction = true;
  sink.target.schema = name.schema.empty() ? "public" : name.schema;
  sink.target.name = name.table;
  sink.target.if_exists = options.if_exists;
  sink.target.keys = options.keys;
  return MakePostgresTableSink(std::make_shared<PostgresConnections>(std::move(context), target),
                               std::move(sink));
}

}  // namespace bowyer
