// PRAGMAs for what they say, the text of CREATE TABLE (ddl.h) for what only it says.
#include "databases/sqlite/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/sqlite/ddl.h"

namespace bowyer {
namespace {

// Above this many bytes of the file nothing is counted that needs a scan.
constexpr int64_t kCountBelow = int64_t{64} << 20;

std::string NameList(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + SqliteName(name);
  return list;
}

bool SameNames(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return FoldedName(x) == FoldedName(y); });
}

std::string NameOf(const std::vector<KeyDefinition>& named,
                   const std::vector<std::string>& columns) {
  for (const KeyDefinition& key : named) {
    if (SameNames(key.columns, columns)) return key.name;
  }
  return "";
}

class CatalogReader {
 public:
  explicit CatalogReader(const std::shared_ptr<SqliteSnapshot>& snapshot)
      : snapshot_(snapshot), lent_(snapshot->Take()), connection_(*lent_) {}

  arrow::Result<Catalog> Run() {
    ARROW_ASSIGN_OR_RAISE(const auto entries,
                          WithLock([&] { return ListSqliteTables(connection_); }));
    ARROW_RETURN_NOT_OK(WithLock([&] { return ReadSizes(); }));
    for (const SqliteEntry& entry : entries) ARROW_RETURN_NOT_OK(Add(entry));
    ARROW_RETURN_NOT_OK(WithLock([&] { return ReadSequences(); }));
    ARROW_RETURN_NOT_OK(WithLock([&] { return ReadRest(); }));
    return std::move(catalog_);
  }

 private:
  template <typename F>
  auto WithLock(F f) -> decltype(f()) {
    const std::lock_guard lock(connection_.mutex);
    return f();
  }

  void LeaveOut(std::string what, std::string reason, std::string ddl = "") {
    catalog_.left_out.push_back({std::move(what), std::move(reason), std::move(ddl)});
  }

  arrow::Status Add(const SqliteEntry& entry) {
    if (entry.object == SqliteObject::kShadow) {
      LeaveOut("table " + entry.name,
               "it is the inner storage of a virtual table, whose rows are carried over");
      return arrow::Status::OK();
    }
    TableDefinition table{.name = entry.name};
    if (entry.object == SqliteObject::kView) table.kind = TableKind::kView;
    auto relation = WithLock(
        [&] { return RelationOf(connection_, entry, snapshot_->path() + "#" + entry.name); });
    if (!relation.ok()) {
      const ErrorCode code = CodeOf(relation.status());
      // A view of what is no longer there, a module that this SQLite has not.
      if (code != ErrorCode::kData || entry.object == SqliteObject::kTable)
        return relation.status();
      LeaveOut((entry.object == SqliteObject::kView ? "view " : "virtual table ") + entry.name,
               "it cannot be read: " + relation.status().message(), entry.ddl);
      return arrow::Status::OK();
    }
    ARROW_RETURN_NOT_OK(AddColumns(*relation, entry, &table));
    if (entry.object == SqliteObject::kVirtual) {
      LeaveOut("virtual table " + entry.name, "its rows are carried over, its module is not",
               entry.ddl);
    }
    if (entry.object == SqliteObject::kTable) {
      ARROW_RETURN_NOT_OK(WithLock([&] { return AddConstraints(*relation, entry, &table); }));
      ARROW_RETURN_NOT_OK(WithLock([&]() -> arrow::Status {
        const bool few = snapshot_->file_bytes() < kCountBelow;
        ARROW_ASSIGN_OR_RAISE(table.rows,
                              few ? connection_.Number("select count(*) from " + relation->from)
                                  : EstimateRows(connection_, *relation));
        return arrow::Status::OK();
      }));
      if (const auto found = bytes_.find(entry.name); found != bytes_.end()) {
        table.bytes = found->second;
      }
    }
    catalog_.tables.push_back(std::move(table));
    return arrow::Status::OK();
  }

  // Names, declared types, and the types that come from them. Rows of views are not looked at here:
  // a view may compute for long.
  arrow::Status AddColumns(const SqliteRelation& relation, const SqliteEntry& entry,
                           TableDefinition* table) {
    std::vector<SqliteColumnPlan> plans;
    std::vector<std::string> notes;
    if (entry.object != SqliteObject::kView) {
      ARROW_ASSIGN_OR_RAISE(plans, PlanColumns(snapshot_, relation, {}, &notes));
    }
    for (size_t i = 0; i < relation.columns.size(); ++i) {
      const auto& from = relation.columns[i];
      ColumnDefinition column{.name = from.name, .type = from.declared};
      auto type = DeclaredType(from.declared, relation.strict);
      if (type == nullptr) {
        column.note = "the declaration names no type of values: the type comes from the rows";
        type = plans.empty() ? arrow::utf8() : plans[i].type;
      }
      column.field = arrow::field(from.name, std::move(type));
      table->columns.push_back(std::move(column));
    }
    return arrow::Status::OK();
  }

  arrow::Status AddConstraints(const SqliteRelation& relation, const SqliteEntry& entry,
                               TableDefinition* table) {
    SqliteDdl ddl;
    if (auto parsed = ParseCreateTable(entry.ddl); parsed.ok()) {
      ddl = *std::move(parsed);
    } else {
      LeaveOut("CHECK conditions of " + entry.name, parsed.status().message(), entry.ddl);
    }
    for (const CheckDefinition& check : ddl.checks) table->checks.push_back(check);
    ARROW_RETURN_NOT_OK(ReadColumnFacts(relation, ddl, table));
    ARROW_RETURN_NOT_OK(ReadIndexes(ddl, table));
    return ReadForeignKeys(ddl, table);
  }

  arrow::Status ReadColumnFacts(const SqliteRelation& relation, const SqliteDdl& ddl,
                                TableDefinition* table) {
    ARROW_ASSIGN_OR_RAISE(
        auto statement, connection_.Prepare("select name, \"notnull\", dflt_value, pk, hidden from "
                                            "pragma_table_xinfo(?1) where hidden <> 1"));
    statement.Bind(1, table->name);
    std::map<int64_t, std::string> key;  // position -> column
    bool nullable_key = false;
    for (ColumnDefinition& column : table->columns) {
      ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
      if (!found) break;
      const SqliteDdl::Column* text = ddl.Find(column.name);
      column.not_null = statement.Integer(1) != 0;
      const int64_t position = statement.Integer(3);
      const bool generated = statement.Integer(4) >= 2;
      if (!generated) column.default_sql = statement.Text(2);
      if (generated && text != nullptr) column.generated_sql = text->generated_sql;
      if (position > 0) {
        key[position] = column.name;
        // INTEGER PRIMARY KEY, and keys of tables WITHOUT ROWID, are never null.
        if (relation.key == SqliteName(column.name) || relation.without_rowid) {
          column.not_null = true;
        }
        nullable_key = nullable_key || !column.not_null;
        column.identity = relation.key == SqliteName(column.name);
      }
      if (text == nullptr) continue;
      if (text->autoincrement) autoincrement_[table->name] = column.name;
      if (!text->collation.empty() && FoldedName(text->collation) != "binary") {
        column.note += (column.note.empty() ? "" : "; ") + ("collation " + text->collation);
        LeaveOut(fmt::format("collation {} of {}.{}", text->collation, table->name, column.name),
                 "texts are compared by their bytes elsewhere");
      }
    }
    if (key.empty()) return arrow::Status::OK();
    KeyDefinition primary;
    for (auto& part : key) primary.columns.push_back(std::move(part.second));
    primary.name = NameOf(ddl.keys, primary.columns);
    for (const std::string& column : primary.columns) {
      if (!nullable_key) break;
      ARROW_ASSIGN_OR_RAISE(
          const int64_t null,
          connection_.Number("select 1 from " + SqliteName(table->name) + " where " +
                             SqliteName(column) + " is null limit 1"));
      if (null == 0) continue;
      LeaveOut("primary key of " + table->name,
               "column " + column + " holds nulls, which only SQLite allows: it is UNIQUE instead",
               "PRIMARY KEY (" + NameList(primary.columns) + ")");
      table->unique.push_back(std::move(primary));
      return arrow::Status::OK();
    }
    table->primary_key = std::move(primary);
    return arrow::Status::OK();
  }

  arrow::Status ReadIndexes(const SqliteDdl& ddl, TableDefinition* table) {
    ARROW_ASSIGN_OR_RAISE(
        auto statement,
        connection_.Prepare(
            "select l.name, l.\"unique\", l.origin, l.partial, coalesce((select sql "
            "from sqlite_schema s where s.type = 'index' and s.name = l.name), '') "
            "from pragma_index_list(?1) l where origin <> 'pk' order by l.seq desc"));
    statement.Bind(1, table->name);
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
      if (!found) return arrow::Status::OK();
      IndexDefinition index{.name = statement.Text(0), .unique = statement.Integer(1) != 0};
      index.ddl = statement.Text(4);
      ARROW_ASSIGN_OR_RAISE(auto parts,
                            connection_.Prepare("select cid, name, upper(coll) from "
                                                "pragma_index_xinfo(?1) where key order by seqno"));
      parts.Bind(1, index.name);
      bool plain = statement.Integer(3) == 0;
      while (true) {
        ARROW_ASSIGN_OR_RAISE(const bool another, parts.Step());
        if (!another) break;
        plain = plain && parts.Integer(0) >= 0 && (parts.Text(2) == "BINARY" || !index.unique);
        index.columns.push_back(parts.Text(1));
      }
      if (statement.Text(2) == "u") {
        // What is unique under another collation is so by its bytes, too.
        table->unique.push_back({NameOf(ddl.keys, index.columns), std::move(index.columns)});
        continue;
      }
      if (!plain) index.columns.clear();
      table->indexes.push_back(std::move(index));
    }
  }

  arrow::Status ReadForeignKeys(const SqliteDdl& ddl, TableDefinition* table) {
    ARROW_ASSIGN_OR_RAISE(
        auto statement,
        connection_.Prepare("select id, \"table\", \"from\", \"to\", on_update, on_delete from "
                            "pragma_foreign_key_list(?1) order by id desc, seq"));
    statement.Bind(1, table->name);
    int64_t id = -1;
    std::vector<ForeignKeyDefinition>& keys = table->foreign_keys;
    std::vector<std::string> actions;
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
      if (!found) break;
      if (statement.Integer(0) != id) {
        id = statement.Integer(0);
        keys.push_back({.table = statement.Text(1)});
        const std::string on_update = statement.Text(4), on_delete = statement.Text(5);
        std::string action;
        if (on_update != "NO ACTION") action += " ON UPDATE " + on_update;
        if (on_delete != "NO ACTION") action += " ON DELETE " + on_delete;
        actions.push_back(std::move(action));
      }
      keys.back().columns.push_back(statement.Text(2));
      if (!statement.IsNull(3)) keys.back().referenced_columns.push_back(statement.Text(3));
    }
    for (size_t i = 0; i < keys.size(); ++i) {
      ForeignKeyDefinition& key = keys[i];
      key.name = NameOf(ddl.foreign_keys, key.columns);
      key.ddl = (key.name.empty() ? "" : "CONSTRAINT " + SqliteName(key.name) + " ") +
                "FOREIGN KEY (" + NameList(key.columns) + ") REFERENCES " + SqliteName(key.table);
      if (!key.referenced_columns.empty()) key.ddl += " (" + NameList(key.referenced_columns) + ")";
      key.ddl += actions[i];
    }
    return arrow::Status::OK();
  }

  // Bytes of each table, where this SQLite counts them and the file is small.
  arrow::Status ReadSizes() {
    if (snapshot_->file_bytes() >= kCountBelow) return arrow::Status::OK();
    auto statement = connection_.Prepare("select name, pgsize from dbstat where aggregate");
    if (!statement.ok()) return arrow::Status::OK();
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool found, statement->Step());
      if (!found) return arrow::Status::OK();
      bytes_[statement->Text(0)] = statement->Integer(1);
    }
  }

  // AUTOINCREMENT counts in a table of its own, which is there once there is such a column.
  arrow::Status ReadSequences() {
    std::map<std::string, int64_t> last;
    ARROW_ASSIGN_OR_RAISE(const int64_t kept,
                          connection_.Number("select 1 from sqlite_schema where "
                                             "name = 'sqlite_sequence'"));
    if (kept != 0) {
      ARROW_ASSIGN_OR_RAISE(auto statement,
                            connection_.Prepare("select name, seq from sqlite_sequence"));
      while (true) {
        ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
        if (!found) break;
        last[statement.Text(0)] = statement.Integer(1);
      }
    }
    for (const auto& [table, column] : autoincrement_) {
      SequenceDefinition sequence{.name = table + "_" + column + "_seq"};
      const auto found = last.find(table);
      const int64_t value = found == last.end() ? 0 : found->second;
      if (value < INT64_MAX) sequence.next = value + 1;
      catalog_.sequences.push_back(std::move(sequence));
    }
    return arrow::Status::OK();
  }

  arrow::Status ReadRest() {
    ARROW_ASSIGN_OR_RAISE(auto statement,
                          connection_.Prepare("select name, tbl_name, sql from sqlite_schema where "
                                              "type = 'trigger' order by name"));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
      if (!found) break;
      LeaveOut("trigger " + statement.Text(0) + " on " + statement.Text(1),
               "triggers are programs in SQLite's own language", statement.Text(2));
    }
    ARROW_ASSIGN_OR_RAISE(auto statistics,
                          connection_.Prepare("select name from sqlite_schema where name like "
                                              "'sqlite\\_stat%' escape '\\' and type = 'table'"));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool found, statistics.Step());
      if (!found) return arrow::Status::OK();
      LeaveOut("table " + statistics.Text(0), "it holds statistics for SQLite's own planner");
    }
  }

  const std::shared_ptr<SqliteSnapshot>& snapshot_;
  const std::shared_ptr<SqliteConnection> lent_;
  SqliteConnection& connection_;
  std::map<std::string, int64_t> bytes_;
  std::map<std::string, std::string> autoincrement_;  // table -> column
  Catalog catalog_;
};

}  // namespace

arrow::Result<Catalog> ReadSqliteCatalog(const std::shared_ptr<SqliteSnapshot>& snapshot) {
  return CatalogReader(snapshot).Run();
}

}  // namespace bowyer
