#include "databases/sqlite/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "bowyer/error.h"
#include "core/name_list.h"
#include "core/text.h"
#include "databases/sqlite/ddl.h"
#include "databases/sqlite/insert.h"
#include "databases/sqlite/types.h"

namespace bowyer {
namespace {

// Does a column declared as `to` keep each value of one declared as `from` as it is?
bool Keeps(const std::string& to, const std::string& from, bool strict) {
  if (FoldedName(to) == FoldedName(from)) return true;
  if (strict && FoldedName(to) == "any") return true;
  const auto there = DeclaredType(to, strict), fresh = DeclaredType(from, false);
  // No type at all, or BLOB: nothing is converted.
  if (to.empty() || (there != nullptr && there->id() == arrow::Type::BINARY)) {
    return to.empty() || from == "BLOB";
  }
  if (there == nullptr || fresh == nullptr) return false;
  if (there->Equals(*fresh) && KeptAsText(to) == KeptAsText(from)) return true;
  // Smaller decimals go into larger ones.
  if (arrow::is_decimal(there->id()) && arrow::is_decimal(fresh->id())) {
    const auto& wide = static_cast<const arrow::DecimalType&>(*there);
    const auto& narrow = static_cast<const arrow::DecimalType&>(*fresh);
    return KeptAsText(to) == KeptAsText(from) && wide.scale() >= narrow.scale() &&
           wide.precision() - wide.scale() >= narrow.precision() - narrow.scale();
  }
  // Texts of moments are kept as they are, with all their digits.
  if (there->id() == arrow::Type::TIMESTAMP && fresh->id() == arrow::Type::TIMESTAMP) {
    const auto has_zone = [](const arrow::DataType& type) {
      return !static_cast<const arrow::TimestampType&>(type).timezone().empty();
    };
    return has_zone(*there) == has_zone(*fresh);
  }
  // Truth values are the integers 0 and 1.
  return there->id() == arrow::Type::INT64 && fresh->id() == arrow::Type::BOOL;
}

}  // namespace

arrow::Result<std::string> LayOutSqliteTable(const arrow::Schema& schema,
                                             const std::vector<std::string>& keys) {
  std::map<std::string, std::string> seen;
  std::string columns;
  for (const auto& field : schema.fields()) {
    if (field->name().find('\0') != std::string::npos) {
      return MakeError(ErrorCode::kData, "a column's name holds NUL, where SQLite's names end",
                       {.column = field->name()});
    }
    const auto [twin, is_new] = seen.emplace(FoldedName(field->name()), field->name());
    if (!is_new) {
      return MakeError(ErrorCode::kData,
                       "SQLite takes the columns " + Quoted(twin->second) + " and " +
                           Quoted(field->name()) + " for one",
                       {.hint = "rename one of them with --select"});
    }
    ARROW_ASSIGN_OR_RAISE(const std::string type, SqliteTypeOf(*field));
    columns += (columns.empty() ? "" : ", ") + SqliteName(field->name()) + " " + type +
               (field->nullable() ? "" : " NOT NULL");
  }
  for (const std::string& key : keys) {
    if (!seen.contains(FoldedName(key))) {
      return NoSuchColumn("--upsert", key, schema.field_names());
    }
  }
  return columns;
}

arrow::Status MatchSqliteColumns(SqliteConnection& connection, const std::string& table,
                                 const arrow::Schema& schema) {
  ARROW_ASSIGN_OR_RAISE(
      auto statement,
      connection.Prepare("select x.name, x.type, x.hidden, x.\"notnull\", x.dflt_value, x.pk, "
                         "coalesce((select strict from pragma_table_list(?1) where schema = 'main'), "
                         "0) from pragma_table_xinfo(?1) x"));
  statement.Bind(1, table);
  std::set<std::string> there;
  std::string differences;
  const auto differs = [&](const std::string& column, const std::string& what) {
    differences += (differences.empty() ? "" : "\n") + Quoted(column) + ": " + what;
  };
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool found, statement.Step());
    if (!found) break;
    const std::string name = statement.Text(0), declared = statement.Text(1);
    there.insert(FoldedName(name));
    std::shared_ptr<arrow::Field> field;
    for (const auto& one : schema.fields()) {
      if (FoldedName(one->name()) == FoldedName(name)) field = one;
    }
    if (statement.Integer(2) != 0) {
      if (field != nullptr) differs(name, "computed by the table");
      continue;
    }
    if (field == nullptr) {
      // Rows without a column get its default, or none: NULL would be made up.
      differs(name, (declared.empty() ? "a column" : declared) + " in the table, not in the rows");
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const std::string fresh, SqliteTypeOf(*field));
    if (!Keeps(declared, fresh, statement.Integer(6) != 0)) {
      differs(name, (declared.empty() ? "no type" : declared) + " in the table, " + fresh +
                        " in the rows");
    }
  }
  for (const auto& field : schema.fields()) {
    if (!there.contains(FoldedName(field->name()))) {
      differs(field->name(), "not in the table, but in the rows");
    }
  }
  if (differences.empty()) return arrow::Status::OK();
  return MakeError(ErrorCode::kData, "the rows have other columns than the table " + Quoted(table),
                   {.hint = differences + "\ntry --select and --type to make them the same"});
}

arrow::Result<SqliteUpsertCounts> MergeSqliteRows(SqliteConnection& connection,
                                                  const std::string& stage,
                                                  const std::string& target,
                                                  const arrow::Schema& schema,
                                                  const std::vector<std::string>& keys) {
  std::string key_list, any_null, same, set, names;
  const auto add = [](std::string& list, const char* separator, const std::string& item) {
    list += (list.empty() ? "" : separator) + item;
  };
  for (const std::string& key : keys) {
    const std::string name = SqliteName(key);
    add(key_list, ", ", name);
    add(any_null, " or ", name + " is null");
    add(same, " and ", "there." + name + " = fresh." + name);
  }
  for (const auto& field : schema.fields()) {
    const std::string name = SqliteName(field->name());
    add(names, ", ", name);
    const bool is_key = std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
      return FoldedName(key) == FoldedName(field->name());
    });
    if (!is_key) add(set, ", ", name + " = fresh." + name);
  }
  const auto shown = [&](const SqliteStatement& row) {
    std::string text;
    for (size_t i = 0; i < keys.size(); ++i) {
      text +=
          (i == 0 ? "" : ", ") + Printable(keys[i]) + " = " +
          (row.IsNull(static_cast<int>(i)) ? "null" : Printable(row.Text(static_cast<int>(i)), 80));
    }
    return text;
  };
  {
    ARROW_ASSIGN_OR_RAISE(auto nulls, connection.Prepare("select " + key_list + " from " + stage +
                                                         " where " + any_null + " limit 1"));
    ARROW_ASSIGN_OR_RAISE(const bool null, nulls.Step());
    if (null) return MakeError(ErrorCode::kData, "a row without a key: " + shown(nulls));
    ARROW_ASSIGN_OR_RAISE(
        auto twice, connection.Prepare("select " + key_list + ", count(*) from " + stage +
                                       " group by " + key_list + " having count(*) > 1 limit 1"));
    ARROW_ASSIGN_OR_RAISE(const bool found, twice.Step());
    if (found) {
      return MakeError(ErrorCode::kData,
                       "a key stands in " + twice.Text(static_cast<int>(keys.size())) +
                           " of the rows: " + shown(twice),
                       {.hint = "nobody could tell which of them is to stay"});
    }
  }
  // Without an index either of the statements would look through the target for every row.
  ARROW_RETURN_NOT_OK(
      connection.Execute("create index temp.bowyer_stage_keys on bowyer_stage (" + key_list + ")"));
  SqliteUpsertCounts counts;
  const std::string exists = "exists (select 1 from " + target + " as there where " + same + ")";
  // Which rows are new is known before any is changed.
  ARROW_RETURN_NOT_OK(
      connection.Execute("create temp table bowyer_fresh as select fresh.rowid as id from " +
                         stage + " as fresh where not " + exists));
  if (!set.empty()) {
    ARROW_RETURN_NOT_OK(connection.Execute("update " + target + " as there set " + set + " from " +
                                           stage + " as fresh where " + same));
  }
  ARROW_RETURN_NOT_OK(connection.Execute("insert into " + target + " (" + names + ") select " +
                                         names + " from " + stage +
                                         " where rowid in (select id from temp.bowyer_fresh)"));
  ARROW_ASSIGN_OR_RAISE(counts.inserted,
                        connection.Number("select count(*) from temp.bowyer_fresh"));
  ARROW_ASSIGN_OR_RAISE(const int64_t all, connection.Number("select count(*) from " + stage));
  counts.updated = all - counts.inserted;
  ARROW_RETURN_NOT_OK(connection.Execute("drop table temp.bowyer_fresh; drop table " + stage));
  return counts;
}

}  // namespace bowyer
