// ALTER TABLE gives a table a primary key, defaults and comments. Foreign keys and UNIQUE are
// CREATE TABLE's alone: UNIQUE becomes a unique index, and a table with foreign keys is made anew
// and filled from what it was, if the memory is likely to do: DuckDB keeps the trees of all keys of
// a table in memory until it has committed them.
#include "databases/duckdb/structure.h"

#include <fmt/format.h>

#include <algorithm>
#include <duckdb/storage/buffer_manager.hpp>
#include <map>
#include <set>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/duckdb/expressions.h"
#include "databases/duckdb/part_tables.h"
#include "databases/duckdb/status.h"
#include "databases/duckdb/table_layout.h"

namespace bowyer {
namespace {

// Tables of so many rows are made anew whatever the memory. If it does not do, the key is left out.
constexpr int64_t kRowsAlwaysMadeAnew = 2'000'000;
// Of a key of one whole number, each entry took 38 to 50.
constexpr int64_t kBytesOfKey = 64;

std::string ColumnList(const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) {
    list += (list.empty() ? "(" : ", ") + QuotedIdentifier(column);
  }
  return list + ")";
}

TableName NameOf(const TableTarget& target) {
  return {target.schema.empty() ? "main" : target.schema, target.name};
}

std::string Shown(const TableTarget& target) { return NameOf(target).Text(); }

arrow::Result<int64_t> Number(DuckDbConnection& connection, const std::string& sql) {
  return Guarded([&]() -> arrow::Result<int64_t> {
    const auto rows = connection->Query(sql);
    if (rows->HasError()) return FromDuckDb(rows->GetErrorObject());
    const auto value = rows->GetValue(0, 0);
    return value.IsNull() ? 0 : value.GetValue<int64_t>();
  });
}

int64_t MostMemory(DuckDbConnection& connection) {
  const auto& buffers = duckdb::BufferManager::GetBufferManager(*connection->context);
  return static_cast<int64_t>(std::clamp<uint64_t>(buffers.GetMaxMemory(), 1, INT64_MAX));
}

std::string OfTable(const TableName& table) {
  return " where database_name = current_database() and schema_name = " +
         QuotedLiteral(table.schema) + " and table_name = " + QuotedLiteral(table.table);
}

arrow::Result<bool> HasConstraint(DuckDbConnection& connection, const TableName& table,
                                  const std::string& type) {
  ARROW_ASSIGN_OR_RAISE(
      const int64_t count,
      Number(connection, "select count(*) from duckdb_constraints()" + OfTable(table) +
                             " and constraint_type = " + QuotedLiteral(type)));
  return count > 0;
}

// DuckDB keeps keys in memory as a whole while it makes them: batches, which are given back before,
// leave their part of the budget to it.
class MemoryForKeys {
 public:
  explicit MemoryForKeys(DuckDbConnection& connection)
      : connection_(connection), usual_(MostMemory(connection)) {
    Set(std::max(usual_, connection.context()->memory_budget()));
  }
  ~MemoryForKeys() { Set(usual_); }

 private:
  void Set(int64_t bytes) {
    (void)connection_.Execute(fmt::format("set global memory_limit = '{} bytes'", bytes));
  }

  DuckDbConnection& connection_;
  const int64_t usual_;
};

// The work of MakeStructure.
class Structure {
 public:
  Structure(DuckDbConnection& connection, const Catalog& source,
            const std::vector<TableTarget>& made, const std::vector<TableTarget>& all,
            LeftOutList* left_out)
      : connection_(connection), source_(source), made_(made), left_out_(left_out) {
    for (const TableTarget& target : all) {
      schemas_.emplace(target.definition.schema, NameOf(target).schema);
    }
  }

  arrow::Status Make() {
    ARROW_RETURN_NOT_OK(MakeForeignKeys());
    ARROW_RETURN_NOT_OK(MakeSequences());
    for (const TableTarget& target : made_) {
      ARROW_RETURN_NOT_OK(MakeDefaults(target));
      ARROW_RETURN_NOT_OK(MakeComments(target));
    }
    for (const TableTarget& target : made_) ARROW_RETURN_NOT_OK(MakeIndexes(target));
    return arrow::Status::OK();
  }

 private:
  arrow::Status Try(const std::string& sql, std::string what, const std::string& ddl) {
    return left_out_->Unless(connection_.Execute(sql), std::move(what), ddl.empty() ? sql : ddl);
  }

  // ---- foreign keys

  const TableTarget* Referenced(const ForeignKeyDefinition& key) const {
    for (const TableTarget& target : made_) {
      if (target.definition.schema == key.schema && target.definition.name == key.table) {
        return &target;
      }
    }
    return nullptr;
  }

  // Parents before children; of a circle, one key is left out.
  arrow::Status MakeForeignKeys() {
    std::set<const TableTarget*> begun, done;
    for (const TableTarget& target : made_) {
      if (!target.definition.foreign_keys.empty()) {
        ARROW_RETURN_NOT_OK(MakeForeignKeysOf(target, &begun, &done));
      }
    }
    return arrow::Status::OK();
  }

  void LeaveOut(const TableTarget& target, const ForeignKeyDefinition& key,
                const std::string& reason) {
    left_out_->Add({.what = "foreign key " + Quoted(key.name) + " of " + Shown(target),
                    .reason = reason,
                    .ddl = key.ddl});
  }

  arrow::Status MakeForeignKeysOf(const TableTarget& target, std::set<const TableTarget*>* begun,
                                  std::set<const TableTarget*>* done) {
    if (!begun->insert(&target).second) return arrow::Status::OK();
    TableConstraints constraints;
    std::vector<const ForeignKeyDefinition*> keys;
    for (const ForeignKeyDefinition& key : target.definition.foreign_keys) {
      const TableTarget* parent = Referenced(key);
      if (parent == nullptr) {
        LeaveOut(target, key, "the table that it refers to was not migrated");
        continue;
      }
      if (parent == &target) {
        LeaveOut(target, key, "DuckDB does not find the rows of a table while it is filled");
        continue;
      }
      ARROW_RETURN_NOT_OK(MakeForeignKeysOf(*parent, begun, done));
      if (!done->contains(parent)) {
        LeaveOut(target, key, "the tables refer to each other in a circle");
        continue;
      }
      std::vector<std::string> columns = key.referenced_columns;
      if (columns.empty() && parent->definition.primary_key.has_value()) {
        columns = parent->definition.primary_key->columns;
      }
      constraints.foreign_keys.push_back({key.columns, NameOf(*parent), columns});
      keys.push_back(&key);
    }
    done->insert(&target);
    if (keys.empty() && !IsReferencedByUnique(target)) return arrow::Status::OK();
    const TableName name = NameOf(target);
    ARROW_ASSIGN_OR_RAISE(const bool has_keys, HasConstraint(connection_, name, "FOREIGN KEY"));
    if (has_keys) return arrow::Status::OK();  // a run before was here
    ARROW_ASSIGN_OR_RAISE(const int64_t rows,
                          Number(connection_, "select count(*) from " + name.Sql()));
    arrow::Status status;
    std::string reason;
    const int64_t memory = MemoryToMakeAnew(target, constraints, rows);
    const int64_t given = MostMemory(connection_);
    if (rows > kRowsAlwaysMadeAnew && memory > given) {
      // DuckDB's is a share of --memory.
      reason = fmt::format(
          "DuckDB takes foreign keys when a table is made only, and to make one of {} anew takes "
          "about {} of its memory, which is {}: try {} times as much --memory",
          Plural(rows, "row"), HumanBytes(memory), HumanBytes(given), memory / given + 1);
    } else {
      status = MakeAnew(target, std::move(constraints));
    }
    if (status.ok() && reason.empty()) return status;
    for (const ForeignKeyDefinition* key : keys) {
      if (!reason.empty()) {
        LeaveOut(target, *key, reason);
        continue;
      }
      ARROW_RETURN_NOT_OK(left_out_->Unless(
          status, "foreign key " + Quoted(key->name) + " of " + Shown(target), key->ddl));
    }
    return arrow::Status::OK();
  }

  static int64_t MemoryToMakeAnew(const TableTarget& target, const TableConstraints& constraints,
                                  int64_t rows) {
    const TableDefinition& definition = target.definition;
    const size_t keys = constraints.foreign_keys.size() + definition.unique.size() +
                        (definition.primary_key.has_value() ? 1 : 0);
    return rows * kBytesOfKey * static_cast<int64_t>(keys);
  }

  // Then UNIQUE has to be a constraint.
  bool IsReferencedByUnique(const TableTarget& target) const {
    for (const TableTarget& other : made_) {
      for (const ForeignKeyDefinition& key : other.definition.foreign_keys) {
        if (Referenced(key) != &target || key.referenced_columns.empty()) continue;
        const auto& primary = target.definition.primary_key;
        if (!primary.has_value() || primary->columns != key.referenced_columns) return true;
      }
    }
    return false;
  }

  // The table again, with `constraints` and those of its definition, in a transaction.
  arrow::Status MakeAnew(const TableTarget& target, TableConstraints constraints) {
    const TableName name = NameOf(target);
    ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(connection_, name));
    if (!table.has_value()) {
      return MakeError(ErrorCode::kInternal, "the table " + Quoted(name.Text()) + " is gone");
    }
    LeftOutList told_before;
    constraints.checks = ChecksOf(connection_, target.definition, table->columns, &told_before);
    ARROW_ASSIGN_OR_RAISE(const bool has_primary, HasConstraint(connection_, name, "PRIMARY KEY"));
    if (has_primary) constraints.primary_key = target.definition.primary_key->columns;
    for (const KeyDefinition& key : target.definition.unique) {
      constraints.unique.push_back(key.columns);
    }
    ARROW_ASSIGN_OR_RAISE(const std::string old, NewPartTableName(connection_, name));
    const TableName part{name.schema, old};
    const auto steps = [&]() -> arrow::Status {
      ARROW_RETURN_NOT_OK(connection_.Execute("begin transaction"));
      ARROW_RETURN_NOT_OK(
          connection_.Execute("alter table " + name.Sql() + " rename to " + QuotedIdentifier(old)));
      ARROW_RETURN_NOT_OK(CreateTable(connection_, "", name, table->columns, constraints));
      ARROW_RETURN_NOT_OK(
          connection_.Execute("insert into " + name.Sql() + " select * from " + part.Sql()));
      ARROW_RETURN_NOT_OK(connection_.Execute("drop table " + part.Sql()));
      return connection_.Execute("commit");
    };
    const auto status = steps();
    if (!status.ok()) (void)connection_.Execute("rollback");
    return status;
  }

  // ---- sequences and defaults

  std::string SchemaOf(const std::string& of_source) const {
    const auto found = schemas_.find(of_source);
    if (found != schemas_.end()) return found->second;
    return of_source.empty() || of_source == "public" ? "main" : of_source;
  }

  TableName NameOf(const SequenceDefinition& sequence) const {
    return {SchemaOf(sequence.schema), sequence.name};
  }
  static TableName NameOf(const TableTarget& target) { return ::bowyer::NameOf(target); }

  arrow::Status MakeSequences() {
    for (const SequenceDefinition& sequence : source_.sequences) {
      ARROW_RETURN_NOT_OK(MakeSequence(NameOf(sequence), sequence));
    }
    return arrow::Status::OK();
  }

  arrow::Status MakeSequence(const TableName& name, const SequenceDefinition& sequence) {
    const int64_t start =
        sequence.next.value_or(sequence.increment < 0 ? sequence.maximum : sequence.minimum);
    const std::string sql =
        fmt::format("create sequence {} increment by {} minvalue {} maxvalue {} start with {}{}",
                    name.Sql(), sequence.increment, sequence.minimum, sequence.maximum, start,
                    sequence.cycle ? " cycle" : "");
    const std::string what = "sequence " + name.Text();
    ARROW_ASSIGN_OR_RAISE(
        const int64_t there,
        Number(connection_,
               "select count(*) from duckdb_sequences() where database_name = current_database() "
               "and schema_name = " +
                   QuotedLiteral(name.schema) + " and sequence_name = " +
                   QuotedLiteral(name.table) + fmt::format(" and start_value <> {}", start)));
    if (there > 0) {
      left_out_->Add({.what = what, .reason = "another of this name is there", .ddl = sql});
      return arrow::Status::OK();
    }
    if (name.schema != "main") {
      ARROW_RETURN_NOT_OK(
          connection_.Execute("create schema if not exists " + QuotedIdentifier(name.schema)));
    }
    std::string if_new = sql;
    if_new.insert(std::string_view("create sequence").size(), " if not exists");
    return Try(if_new, what, sql);
  }

  std::optional<TableName> FindSequence(const std::string& text) const {
    const auto wanted = ParseTableName(text);
    if (!wanted.ok()) return std::nullopt;
    const bool has_schema = text.find('.') != std::string::npos;
    for (const SequenceDefinition& sequence : source_.sequences) {
      if (sequence.name != wanted->table) continue;
      if (!has_schema || sequence.schema == wanted->schema) return NameOf(sequence);
    }
    return std::nullopt;
  }

  arrow::Status MakeDefaults(const TableTarget& target) {
    const TableName name = NameOf(target);
    ARROW_ASSIGN_OR_RAISE(const auto table, FindTable(connection_, name));
    if (!table.has_value()) return arrow::Status::OK();
    for (const ColumnDefinition& column : target.definition.columns) {
      const std::string of = Quoted(column.name) + " of " + Shown(target);
      if (!column.generated_sql.empty()) {
        left_out_->Add({.what = "generated column " + of,
                        .reason = "its values are kept as data",
                        .ddl = "as (" + column.generated_sql + ")"});
        continue;
      }
      const auto here =
          std::find_if(table->columns.begin(), table->columns.end(), [&](const DuckDbColumn& one) {
            return duckdb::StringUtil::CIEquals(one.name, column.name);
          });
      if (here == table->columns.end()) continue;
      std::string value;
      if (column.default_sql.empty()) {
        if (!column.identity) continue;
        ARROW_ASSIGN_OR_RAISE(value, NumberIdentity(target, column));
      } else {
        const auto translated =
            TranslateDefault(connection_, column.default_sql, here->type,
                             [this](const std::string& text) { return FindSequence(text); });
        if (translated.sql.empty()) {
          left_out_->Add({.what = "default of " + of,
                          .reason = translated.reason,
                          .ddl = "default " + column.default_sql});
          continue;
        }
        value = translated.sql;
      }
      ARROW_RETURN_NOT_OK(Try("alter table " + name.Sql() + " alter column " +
                                  QuotedIdentifier(column.name) + " set default " + value,
                              "default of " + of, ""));
    }
    return arrow::Status::OK();
  }

  // Its sequence, made unless the source had one: behind the greatest number.
  arrow::Result<std::string> NumberIdentity(const TableTarget& target,
                                            const ColumnDefinition& column) {
    const TableName table = NameOf(target);
    const TableName name{table.schema, table.table + "_" + column.name + "_seq"};
    bool of_source = false;
    for (const SequenceDefinition& sequence : source_.sequences) {
      const TableName other = NameOf(sequence);
      of_source = of_source || (other.schema == name.schema && other.table == name.table);
    }
    if (!of_source) {
      SequenceDefinition sequence;
      ARROW_ASSIGN_OR_RAISE(const int64_t most,
                            Number(connection_, "select max(" + QuotedIdentifier(column.name) +
                                                    ") from " + table.Sql()));
      sequence.next = std::max<int64_t>(1, most < INT64_MAX ? most + 1 : most);
      ARROW_RETURN_NOT_OK(MakeSequence(name, sequence));
    }
    return "nextval(" + QuotedLiteral(name.Sql()) + ")";
  }

  // ---- comments and indexes

  arrow::Status MakeComments(const TableTarget& target) {
    const TableName name = NameOf(target);
    if (!target.definition.comment.empty()) {
      ARROW_RETURN_NOT_OK(
          Try("comment on table " + name.Sql() + " is " + QuotedLiteral(target.definition.comment),
              "comment on " + Shown(target), ""));
    }
    for (const ColumnDefinition& column : target.definition.columns) {
      if (column.comment.empty()) continue;
      ARROW_RETURN_NOT_OK(Try("comment on column " + name.Sql() + "." +
                                  QuotedIdentifier(column.name) + " is " +
                                  QuotedLiteral(column.comment),
                              "comment on " + Quoted(column.name) + " of " + Shown(target), ""));
    }
    return arrow::Status::OK();
  }

  arrow::Status MakeIndexes(const TableTarget& target) {
    const TableName table = NameOf(target);
    ARROW_ASSIGN_OR_RAISE(const bool has_unique, HasConstraint(connection_, table, "UNIQUE"));
    for (const KeyDefinition& key : target.definition.unique) {
      if (has_unique) break;  // it was made anew
      std::string name = key.name;
      if (name.empty() || name.starts_with("sqlite_autoindex_")) {
        name = table.table;
        for (const std::string& column : key.columns) name += "_" + column;
        name += "_key";
      }
      ARROW_RETURN_NOT_OK(
          MakeIndex(target, name, key.columns, true, "UNIQUE " + ColumnList(key.columns)));
    }
    for (const IndexDefinition& index : target.definition.indexes) {
      if (index.columns.empty()) {
        left_out_->Add({.what = "index " + Quoted(index.name) + " on " + Shown(target),
                        .reason = "it is no b-tree over plain columns",
                        .ddl = index.ddl});
        continue;
      }
      ARROW_RETURN_NOT_OK(MakeIndex(target, index.name, index.columns, index.unique, index.ddl));
    }
    return arrow::Status::OK();
  }

  arrow::Status MakeIndex(const TableTarget& target, const std::string& name,
                          const std::vector<std::string>& columns, bool unique,
                          const std::string& ddl) {
    const TableName table = NameOf(target);
    ARROW_ASSIGN_OR_RAISE(
        const int64_t there,
        Number(connection_, "select count(*) from duckdb_indexes()" + OfTable(table) +
                                " and index_name = " + QuotedLiteral(name)));
    if (there > 0) return arrow::Status::OK();
    return Try(std::string("create ") + (unique ? "unique " : "") + "index " +
                   QuotedIdentifier(name) + " on " + table.Sql() + " " + ColumnList(columns),
               (unique ? "unique index " : "index ") + Quoted(name) + " on " + Shown(target), ddl);
  }

  DuckDbConnection& connection_;
  const Catalog& source_;
  const std::vector<TableTarget>& made_;
  LeftOutList* const left_out_;
  std::map<std::string, std::string> schemas_;  // of the source -> of the destination
};

}  // namespace

void LeftOutList::Add(LeftOut left_out) {
  const std::lock_guard lock(mutex_);
  all_.push_back(std::move(left_out));
}

std::vector<LeftOut> LeftOutList::all() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

arrow::Status LeftOutList::Unless(const arrow::Status& made, std::string what, std::string ddl) {
  if (made.ok()) return made;
  switch (CodeOf(made)) {
    case ErrorCode::kInterrupted:
    case ErrorCode::kTerminated:
    case ErrorCode::kInternal:
      return made;
    default:
      break;
  }
  if (made.message().find("No space left") != std::string::npos) return made;
  Add({.what = std::move(what), .reason = made.message(), .ddl = std::move(ddl)});
  return arrow::Status::OK();
}

std::vector<std::string> ChecksOf(DuckDbConnection& connection, const TableDefinition& definition,
                                  const std::vector<DuckDbColumn>& columns, LeftOutList* left_out) {
  std::vector<std::string> checks;
  for (const CheckDefinition& check : definition.checks) {
    auto translated = TranslateCheck(connection, check.sql, columns);
    if (translated.sql.empty()) {
      left_out->Add({.what = "check " + Quoted(check.name) + " of " + Printable(definition.name),
                     .reason = translated.reason,
                     .ddl = "check (" + check.sql + ")"});
    } else {
      checks.push_back(std::move(translated.sql));
    }
  }
  return checks;
}

namespace {

// From this many rows on.
constexpr int64_t kRowsOfLargeKey = 1'000'000;

// A large key goes into the file at once, and not into the log before, whose record of it is made in
// memory; where others write to the database just then, it is in the log.
class StraightToFile {
 public:
  explicit StraightToFile(DuckDbConnection& connection) : connection_(connection) {
    (void)connection_.Execute("set global checkpoint_threshold = '0 bytes'");
    (void)connection_.Execute("set global auto_checkpoint_skip_wal_threshold = 0");
  }
  ~StraightToFile() {
    (void)connection_.Execute("reset global checkpoint_threshold");
    (void)connection_.Execute("reset global auto_checkpoint_skip_wal_threshold");
  }

 private:
  DuckDbConnection& connection_;
};

}  // namespace

arrow::Status AddPrimaryKey(DuckDbConnection& connection, const TableName& table,
                            const TableDefinition& definition, LeftOutList* left_out) {
  if (!definition.primary_key.has_value()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const auto there, FindTable(connection, table));
  if (there.has_value() && there->has_primary_key) return arrow::Status::OK();
  const int64_t rows = there.has_value() ? there->rows : 0;
  const std::string key = " add primary key " + ColumnList(definition.primary_key->columns);
  std::optional<MemoryForKeys> memory;
  std::optional<StraightToFile> straight_to_file;
  if (rows >= kRowsOfLargeKey) {
    memory.emplace(connection);
    straight_to_file.emplace(connection);
  }
  arrow::Status made = connection.Execute("alter table " + table.Sql() + key);
  if (CodeOf(made) == ErrorCode::kResources &&
      made.message().find("No space left") == std::string::npos) {
    // A key of numbers; one of texts takes more.
    constexpr int64_t kBytes = 16;
    const int64_t given = MostMemory(connection);
    made = MakeError(
        ErrorCode::kResources,
        fmt::format("DuckDB makes a key's index in memory, here about {} or more, and has {}: try "
                    "{} times as much --memory",
                    HumanBytes(rows * kBytes), HumanBytes(given), rows * kBytes / given + 2));
  }
  return left_out->Unless(made, "primary key of " + Printable(definition.name),
                          "alter table " + QuotedIdentifier(definition.name) + key);
}

arrow::Status MakeStructure(DuckDbConnection& connection, const Catalog& source,
                            const std::vector<TableTarget>& made,
                            const std::vector<TableTarget>& all, LeftOutList* left_out) {
  const MemoryForKeys memory(connection);
  return Structure(connection, source, made, all, left_out).Make();
}

}  // namespace bowyer
