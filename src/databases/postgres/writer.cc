#include "databases/postgres/writer.h"

#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/postgres/catalog.h"
#include "databases/postgres/copy_encoder.h"
#include "databases/postgres/moment.h"
#include "databases/postgres/reader.h"
#include "databases/postgres/table_sink.h"
#include "databases/postgres/table_source.h"
#include "databases/postgres/write_connections.h"

namespace bowyer {
namespace {

// Counts what its table takes once it is finished.
class CountedSink : public Sink {
 public:
  CountedSink(std::unique_ptr<Sink> sink, std::atomic<int64_t>* bytes)
      : sink_(std::move(sink)), bytes_(bytes) {}

  arrow::Result<std::vector<Receipt>> Begin(const std::shared_ptr<arrow::Schema>& schema,
                                            const std::string& fingerprint) override {
    return sink_->Begin(schema, fingerprint);
  }
  arrow::Result<std::unique_ptr<Writer>> Open(const Chunk& chunk) override {
    return sink_->Open(chunk);
  }
  arrow::Status Finish() override {
    ARROW_RETURN_NOT_OK(sink_->Finish());
    *bytes_ += sink_->bytes_written();
    return arrow::Status::OK();
  }
  int64_t bytes_written() const override { return sink_->bytes_written(); }
  std::vector<std::string> files() const override { return sink_->files(); }

 private:
  std::unique_ptr<Sink> sink_;
  std::atomic<int64_t>* bytes_;
};

class PostgresWriter : public DatabaseWriter {
 public:
  PostgresWriter(std::shared_ptr<PostgresConnections> connections, bool resume)
      : connections_(std::move(connections)), resume_(resume) {}

  arrow::Result<std::string> TypeOf(const arrow::Field& field) override {
    ARROW_ASSIGN_OR_RAISE(const StoredType type, StoredTypeOf(field));
    return type.sql;
  }
  bool holds_infinities() const override { return true; }
  bool folds_case() const override { return false; }

  arrow::Result<std::unique_ptr<Sink>> OpenTable(const TableTarget& target) override {
    ARROW_ASSIGN_OR_RAISE(auto sink,
                          MakePostgresTableSink(connections_, {.target = WithSchema(target),
                                                               .infinities = true,
                                                               .resume = resume_,
                                                               .left_out = &left_out_,
                                                               .left_out_mutex = &mutex_}));
    return std::make_unique<CountedSink>(std::move(sink), &bytes_);
  }

  arrow::Result<std::string> UnfinishedFingerprint(const TableTarget& target) override {
    const TableTarget known = WithSchema(target);
    ARROW_ASSIGN_OR_RAISE(auto connection, connections_->Take());
    ARROW_ASSIGN_OR_RAISE(auto fingerprint,
                          PostgresUnfinishedFingerprint(*connection, known.schema, known.name));
    connections_->GiveBack(std::move(connection));
    return fingerprint;
  }

  arrow::Result<std::unique_ptr<Source>> ReadBack(const TableTarget& target) override {
    const TableTarget known = WithSchema(target);
    ARROW_ASSIGN_OR_RAISE(auto moment,
                          PostgresMoment::Open(connections_->context(), connections_->target(),
                                               /*count_writes=*/false));
    ARROW_ASSIGN_OR_RAISE(const PostgresCatalog catalog,
                          LoadPostgresCatalog(*moment, /*structure=*/false));
    const PostgresRelation* relation = catalog.Find(known.schema, StagingName(known.name));
    if (relation == nullptr) relation = catalog.Find(known.schema, known.name);
    if (relation == nullptr) {
      return MakeError(ErrorCode::kUnavailable, "there is no table " + Quoted(known.name));
    }
    ARROW_ASSIGN_OR_RAISE(PostgresTable table,
                          OpenPostgresTable(*moment, catalog, *relation, {.infinities = true},
                                            /*unsaid_only=*/true));
    return MakePostgresSource(std::move(moment), std::move(table));
  }

  arrow::Result<std::shared_ptr<arrow::Scalar>> GreatestValue(const TableTarget& target,
                                                              const std::string& column) override {
    const TableTarget known = WithSchema(target);
    ARROW_ASSIGN_OR_RAISE(auto moment,
                          PostgresMoment::Open(connections_->context(), connections_->target(),
                                               /*count_writes=*/false));
    ARROW_ASSIGN_OR_RAISE(const PostgresCatalog catalog,
                          LoadPostgresCatalog(*moment, /*structure=*/false));
    const PostgresRelation* relation = catalog.Find(known.schema, known.name);
    if (relation == nullptr) return std::shared_ptr<arrow::Scalar>();
    std::vector<std::string> names;
    for (const PostgresAttribute& attribute : relation->columns) {
      names.push_back(attribute.name);
      if (attribute.name != column) continue;
      PostgresTable table;
      table.name = known.schema + "." + known.name;
      ARROW_ASSIGN_OR_RAISE(ColumnPlan plan, PlanColumn(catalog.types, attribute, "greatest", {}));
      table.columns.push_back(std::move(plan));
      table.parts.push_back({.from = "(select max(" + PostgresName(column) + ") as greatest from " +
                                     relation->Sql() + ") as greatest"});
      const auto source = MakePostgresSource(std::move(moment), std::move(table));
      ARROW_ASSIGN_OR_RAISE(const auto reader, source->Open(Chunk{}, {}));
      ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
      if (batch == nullptr || batch->num_rows() == 0 || batch->column(0)->IsNull(0)) {
        return std::shared_ptr<arrow::Scalar>();
      }
      return batch->column(0)->GetScalar(0);
    }
    return MakeError(ErrorCode::kUsage,
                     "there is no column " + Quoted(column) + DidYouMean(column, names));
  }

  arrow::Status Finish(const Catalog& source, const std::vector<TableTarget>& tables) override {
    ARROW_ASSIGN_OR_RAISE(auto connection, connections_->Take());
    ARROW_RETURN_NOT_OK(connection->Execute("begin"));
    std::map<std::string, std::vector<std::string>> schemas;  // and the tables of each
    for (const TableTarget& given : tables) {
      const TableTarget target = WithSchema(given);
      schemas[target.schema].push_back(target.name);
      for (const ForeignKeyDefinition& key : target.definition.foreign_keys) {
        ARROW_RETURN_NOT_OK(TieForeignKey(*connection, target, key, tables));
      }
    }
    for (const SequenceDefinition& sequence : source.sequences) {
      ARROW_RETURN_NOT_OK(MakeSequence(*connection, sequence, tables));
    }
    for (const auto& [schema, names] : schemas) {
      ARROW_RETURN_NOT_OK(ForgetPostgresReceipts(*connection, schema, names));
    }
    ARROW_RETURN_NOT_OK(connection->Execute("commit"));
    connections_->GiveBack(std::move(connection));
    return arrow::Status::OK();
  }

  std::vector<LeftOut> left_out() const override {
    const std::lock_guard lock(mutex_);
    return left_out_;
  }
  int64_t bytes_written() const override { return bytes_; }

 private:
  static TableTarget WithSchema(TableTarget target) {
    if (target.schema.empty()) target.schema = "public";
    return target;
  }

  // Statements that the server refuses are left out; the rows are there without them.
  arrow::Status Attempt(PostgresConnection& connection, const std::string& what,
                        const std::string& sql, const std::string& ddl) {
    const auto status = TryExecute(connection, sql);
    if (status.ok()) return status;
    if (!connection.alive()) return status;
    ARROW_RETURN_NOT_OK(connections_->context()->CheckStop());
    const std::lock_guard lock(mutex_);
    left_out_.push_back({what, status.message(), ddl});
    return arrow::Status::OK();
  }

  arrow::Status TieForeignKey(PostgresConnection& connection, const TableTarget& target,
                              const ForeignKeyDefinition& key,
                              const std::vector<TableTarget>& tables) {
    const std::string what = "foreign key " + key.name + " of " + target.name;
    // The referenced table under its name here.
    for (const TableTarget& each : tables) {
      if (each.definition.name != key.table || each.definition.schema != key.schema) continue;
      const TableTarget there = WithSchema(each);
      const auto list = [](const std::vector<std::string>& names) {
        std::string text;
        for (const std::string& name : names) {
          text += (text.empty() ? "" : ", ") + PostgresName(name);
        }
        return text;
      };
      std::string sql = "alter table " + PostgresName(target.schema) + "." +
                        PostgresName(target.name) + " add foreign key (" + list(key.columns) +
                        ") references " + PostgresName(there.schema) + "." +
                        PostgresName(there.name);
      if (!key.referenced_columns.empty()) sql += " (" + list(key.referenced_columns) + ")";
      return Attempt(connection, what, sql, key.ddl);
    }
    const std::lock_guard lock(mutex_);
    left_out_.push_back({what, "the table that it refers to was not migrated", key.ddl});
    return arrow::Status::OK();
  }

  // The sequence, and the columns that take their default out of it. An identity column has one of
  // its own here.
  arrow::Status MakeSequence(PostgresConnection& connection, const SequenceDefinition& sequence,
                             const std::vector<TableTarget>& tables) {
    struct User {
      std::string table, column;
    };
    std::vector<User> users;
    for (const TableTarget& given : tables) {
      const TableTarget target = WithSchema(given);
      for (const ColumnDefinition& column : target.definition.columns) {
        if (!TakesFrom(column.default_sql, sequence)) continue;
        if (column.identity) return arrow::Status::OK();
        users.push_back({PostgresName(target.schema) + "." + PostgresName(target.name),
                         PostgresName(column.name)});
      }
    }
    const std::string name =
        PostgresName(sequence.schema.empty() || sequence.schema == "main" ? "public"
                                                                          : sequence.schema) +
        "." + PostgresName(sequence.name);
    std::string sql = fmt::format("create sequence {} increment {} minvalue {} maxvalue {}", name,
                                  sequence.increment, sequence.minimum, sequence.maximum);
    if (sequence.next.has_value()) sql += fmt::format(" start {}", *sequence.next);
    if (sequence.cycle) sql += " cycle";
    for (const User& user : users) {
      sql += fmt::format("; alter table {} alter column {} set default nextval({}::regclass)",
                         user.table, user.column, PostgresText(name));
    }
    if (users.size() == 1) {
      sql +=
          fmt::format("; alter sequence {} owned by {}.{}", name, users[0].table, users[0].column);
    }
    return Attempt(connection, "sequence " + sequence.name, sql, sql);
  }

  // Is `sql` nextval of the sequence: nextval('public.s'::regclass), nextval('s'), with quotes?
  static bool TakesFrom(const std::string& sql, const SequenceDefinition& sequence) {
    constexpr std::string_view kCall = "nextval('";
    if (!sql.starts_with(kCall)) return false;
    std::string name;
    for (size_t i = kCall.size(); i < sql.size(); ++i) {
      if (sql[i] == '\'' && (i + 1 == sql.size() || sql[++i] != '\'')) break;
      if (sql[i] != '"') name += sql[i];
    }
    return name == sequence.name || name == sequence.schema + "." + sequence.name;
  }

  std::shared_ptr<PostgresConnections> connections_;
  const bool resume_;
  std::atomic<int64_t> bytes_{0};
  mutable std::mutex mutex_;
  std::vector<LeftOut> left_out_;
};

}  // namespace

arrow::Result<std::unique_ptr<DatabaseWriter>> OpenPostgresWriter(
    const std::shared_ptr<Context>& context, const Location& location,
    const DatabaseWriteOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const PostgresTarget target, PostgresTarget::From(location));
  auto connections = std::make_shared<PostgresConnections>(context, target);
  // Whether there is a server is told at once.
  ARROW_ASSIGN_OR_RAISE(auto connection, connections->Take());
  connections->GiveBack(std::move(connection));
  return std::make_unique<PostgresWriter>(std::move(connections), options.resume);
}

}  // namespace bowyer
