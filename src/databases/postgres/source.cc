#include "databases/postgres/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bowyer/error.h"
#include "core/text.h"
#include "databases/postgres/catalog.h"
#include "databases/postgres/find_types.h"
#include "databases/postgres/moment.h"
#include "databases/postgres/reader.h"
#include "databases/postgres/table_source.h"
#include "databases/table_name.h"

namespace bowyer {
namespace {

std::string InLocation(const PostgresRelation& relation) {
  return (relation.schema == "public" ? "" : NameInLocation(relation.schema) + ".") +
         NameInLocation(relation.name);
}

// Names as a location has them, partitions left out.
std::vector<std::string> Names(const PostgresCatalog& catalog) {
  std::vector<std::string> names;
  for (const auto& [oid, relation] : catalog.relations) {
    if (!relation.is_partition) names.push_back(InLocation(relation));
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string TheTables(const std::vector<std::string>& names) {
  if (names.empty()) return "the database holds no tables that this user sees";
  std::string text = "its tables: ";
  constexpr size_t kMost = 20;
  for (size_t i = 0; i < std::min(kMost, names.size()); ++i) {
    text += (i == 0 ? "" : ", ") + Printable(names[i], 60);
  }
  if (names.size() > kMost) text += " and " + std::to_string(names.size() - kMost) + " more";
  return text;
}

// Without a schema, that of the search path in which the table is.
arrow::Result<const PostgresRelation*> FindRelation(PostgresMoment& moment,
                                                    const PostgresCatalog& catalog,
                                                    const std::string& text) {
  ARROW_ASSIGN_OR_RAISE(const QualifiedName name, ParseQualifiedName(text));
  if (!name.schema.empty()) {
    if (const auto* found = catalog.Find(name.schema, name.table)) return found;
  } else {
    ARROW_ASSIGN_OR_RAISE(const PostgresResult path,
                          moment.Query("select unnest(current_schemas(false))"));
    for (int i = 0; i < path.rows(); ++i) {
      if (const auto* found = catalog.Find(path.text(i, 0), name.table)) return found;
    }
  }
  const std::vector<std::string> names = Names(catalog);
  std::string meant;
  for (const auto& [oid, relation] : catalog.relations) {
    // The right name in another schema.
    if (relation.name == name.table) {
      meant = "; did you mean " +
              Quoted(NameInLocation(relation.schema) + "." + NameInLocation(relation.name)) + "?";
    }
  }
  if (meant.empty()) meant = DidYouMean(text, names);
  return MakeError(ErrorCode::kUnavailable, "there is no table " + Quoted(text) + meant,
                   {.hint = TheTables(names)});
}

std::map<std::string, std::shared_ptr<arrow::DataType>> ReadableTypes(
    const PostgresTypes& types, const std::vector<PostgresAttribute>& columns,
    const ReadOptions& options) {
  std::map<std::string, std::shared_ptr<arrow::DataType>> readable;
  for (const PostgresAttribute& column : columns) {
    const auto told = options.types.find(column.name);
    if (told == options.types.end()) continue;
    if (PlanColumn(types, column, PostgresName(column.name), {.type = told->second}).ok()) {
      readable.insert(*told);
    }
  }
  return readable;
}

arrow::Result<PostgresTable> OpenQuery(PostgresMoment& moment, const PostgresTypes& types,
                                       std::string sql, const ReadOptions& options) {
  while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ' || sql.back() == '\n')) {
    sql.pop_back();
  }
  PostgresTable table;
  table.name = "query";
  table.is_view = true;
  std::vector<PostgresAttribute> columns;
  std::string as;
  {
    ARROW_ASSIGN_OR_RAISE(auto lease, moment.Take());
    ARROW_RETURN_NOT_OK(lease->Execute("set local row_security to default"));
    ARROW_ASSIGN_OR_RAISE(const PostgresResult described, lease->Describe(sql));
    std::string names;
    for (int i = 0; i < described.columns(); ++i) {
      PostgresAttribute column;
      column.name = PQfname(described.get(), i);
      column.type = PQftype(described.get(), i);
      column.modifier = PQfmod(described.get(), i);
      names += fmt::format("{}format_type({}, {})", i == 0 ? "select " : ", ", column.type,
                           column.modifier);
      // By a name of ours: those of a query may stand twice.
      as += fmt::format("{}c{}", i == 0 ? "" : ", ", i + 1);
      columns.push_back(std::move(column));
    }
    if (columns.empty()) {
      return MakeError(ErrorCode::kUsage, "the query of a location is one SELECT");
    }
    ARROW_ASSIGN_OR_RAISE(const PostgresResult texts, lease->Query(names));
    for (int i = 0; i < texts.columns(); ++i) {
      columns[static_cast<size_t>(i)].type_text = texts.text(0, i);
    }
  }
  // The line end closes a comment at its end.
  const std::string from = "(" + sql + "\n) as query(" + as + ")";
  const auto told = ReadableTypes(types, columns, options);
  std::map<std::string, ColumnChoice> choices;
  std::vector<PostgresAttribute> aliased = columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    aliased[i].name = fmt::format("c{}", i + 1);
    const auto type = told.find(columns[i].name);
    if (type != told.end()) choices[aliased[i].name].type = type->second;
  }
  ARROW_RETURN_NOT_OK(
      FindTypes(moment, types, aliased, {.from = from, .unsaid_only = true}, &choices));
  for (size_t i = 0; i < columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(ColumnPlan plan,
                          PlanColumn(types, columns[i], aliased[i].name, choices[aliased[i].name]));
    table.columns.push_back(std::move(plan));
    table.info.columns.push_back({.note = columns[i].type_text});
  }
  table.parts.push_back({.from = from});
  table.fingerprint = "postgresql:query:" + sql + ":" + moment.name();
  table.info.format = fmt::format("PostgreSQL {} query", moment.server_version() / 10000);
  return table;
}

arrow::Result<std::unique_ptr<Source>> Open(const std::shared_ptr<Context>& context,
                                            const PostgresTarget& target, const Location& location,
                                            const ReadOptions& options) {
  const auto query = location.options.find("query");
  if (query != location.options.end() && !location.table.empty()) {
    return MakeError(ErrorCode::kUsage, "a location names a table or a query, not both");
  }
  ARROW_ASSIGN_OR_RAISE(auto moment, PostgresMoment::Open(context, target, /*count_writes=*/true));
  ARROW_ASSIGN_OR_RAISE(const PostgresCatalog catalog,
                        LoadPostgresCatalog(*moment, /*structure=*/false));
  PostgresTable table;
  if (query != location.options.end()) {
    ARROW_ASSIGN_OR_RAISE(table, OpenQuery(*moment, catalog.types, query->second, options));
  } else if (location.table.empty()) {
    const auto names = Names(catalog);
    std::string hint = TheTables(names);
    if (!names.empty()) {
      hint += "\nname one of them: " + Printable(location.Redacted()) + "#" +
              Printable(names.front(), 60);
    }
    return MakeError(ErrorCode::kUsage, "the location names no table", {.hint = hint});
  } else {
    ARROW_ASSIGN_OR_RAISE(const PostgresRelation* relation,
                          FindRelation(*moment, catalog, location.table));
    ARROW_ASSIGN_OR_RAISE(
        table,
        OpenPostgresTable(*moment, catalog, *relation,
                          {.types = ReadableTypes(catalog.types, relation->columns, options)},
                          /*unsaid_only=*/true));
  }
  return MakePostgresSource(std::move(moment), std::move(table));
}

}  // namespace

arrow::Result<std::unique_ptr<Source>> OpenPostgresSource(const std::shared_ptr<Context>& context,
                                                          const Location& location,
                                                          const ReadOptions& options) {
  ARROW_ASSIGN_OR_RAISE(const PostgresTarget target, PostgresTarget::From(location));
  auto source = Open(context, target, location, options);
  if (!source.ok()) return AtPlace(source.status(), {.location = target.shown});
  return source;
}

arrow::Result<std::vector<TableFacts>> InspectPostgres(const std::shared_ptr<Context>& context,
                                                       const Location& location) {
  ARROW_ASSIGN_OR_RAISE(const PostgresTarget target, PostgresTarget::From(location));
  ARROW_ASSIGN_OR_RAISE(auto moment, PostgresMoment::Open(context, target, /*count_writes=*/false));
  ARROW_ASSIGN_OR_RAISE(const PostgresCatalog catalog,
                        LoadPostgresCatalog(*moment, /*structure=*/false));
  // Counting reads the whole table.
  constexpr int64_t kCountedBytes = int64_t{64} << 20;
  std::vector<TableFacts> all;
  for (const auto& [oid, relation] : catalog.relations) {
    if (relation.is_partition) continue;
    TableFacts facts{.name = InLocation(relation),
                     .is_view = relation.kind == 'v' || relation.kind == 'm'};
    facts.columns = static_cast<int64_t>(relation.columns.size());
    int64_t bytes = 0;
    for (const PostgresRelation* leaf : catalog.Leaves(oid)) {
      bytes = leaf->bytes < 0 || bytes < 0 ? -1 : bytes + leaf->bytes;
    }
    if (!facts.is_view && bytes >= 0 && bytes <= kCountedBytes) {
      const auto rows = moment->Query(std::string("select count(*) from ") +
                                      (relation.kind == 'r' ? "only " : "") + relation.Sql());
      if (rows.ok()) {
        facts.rows = rows->number(0, 0);
      } else if (CodeOf(rows.status()) != ErrorCode::kUnavailable) {
        return rows.status();  // no right to read it is no fault of the others
      }
    }
    all.push_back(std::move(facts));
  }
  std::sort(all.begin(), all.end(),
            [](const TableFacts& a, const TableFacts& b) { return a.name < b.name; });
  return all;
}

}  // namespace bowyer
