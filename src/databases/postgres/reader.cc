#include "databases/postgres/reader.h"

#include <arrow/scalar.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "bowyer/error.h"
#include "bowyer/type_text.h"
#include "core/text.h"
#include "databases/postgres/find_types.h"

namespace bowyer {
namespace {

struct LeafFacts {
  uint32_t file = 0;
  int64_t pages = 0, bytes = 0;
};

// Locks the leaves and measures them as they are now.
arrow::Result<std::map<uint32_t, LeafFacts>> Lock(
    PostgresMoment& moment, const std::vector<const PostgresRelation*>& leaves) {
  std::string sql, oids;
  for (const PostgresRelation* leaf : leaves) {
    sql += "select from " + leaf->Sql() + " limit 0; ";
    oids += (oids.empty() ? "" : ",") + std::to_string(leaf->oid);
  }
  sql += fmt::format(
      "select oid, pg_relation_filenode(oid), pg_relation_size(oid),"
      " pg_relation_size(oid) / current_setting('block_size')::int8"
      " from unnest('{{{}}}'::oid[]) as oid",
      oids);
  ARROW_ASSIGN_OR_RAISE(const PostgresResult rows, moment.Query(sql));
  std::map<uint32_t, LeafFacts> facts;
  for (int i = 0; i < rows.rows(); ++i) {
    facts[static_cast<uint32_t>(rows.number(i, 0))] = {
        .file = static_cast<uint32_t>(rows.number(i, 1)),
        .pages = rows.number(i, 3),
        .bytes = rows.number(i, 2)};
  }
  return facts;
}

bool HasFile(const PostgresRelation& relation) {
  return relation.kind == 'r' || relation.kind == 'm';
}

arrow::Result<std::string> BeyondCondition(const PostgresRelation& relation,
                                           const TableReadOptions::Beyond& beyond) {
  const auto column =
      std::find_if(relation.columns.begin(), relation.columns.end(),
                   [&](const PostgresAttribute& each) { return each.name == beyond.column; });
  if (column == relation.columns.end()) {
    std::vector<std::string> names;
    for (const PostgresAttribute& each : relation.columns) names.push_back(each.name);
    return MakeError(ErrorCode::kUsage, "there is no column " + Quoted(beyond.column) +
                                            DidYouMean(beyond.column, names));
  }
  std::string value;
  switch (beyond.value->type->id()) {
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DATE32:
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::TIMESTAMP:
      value = beyond.value->ToString();
      break;
    default:
      return MakeError(
          ErrorCode::kUsage,
          "rows cannot be told apart by a column of type " + TypeText(*beyond.value->type),
          {.column = beyond.column});
  }
  if (beyond.value->type->id() == arrow::Type::TIMESTAMP) {
    const auto& type = static_cast<const arrow::TimestampType&>(*beyond.value->type);
    if (!type.timezone().empty() && !value.ends_with('Z')) value += "+00";
  }
  return PostgresName(beyond.column) + " > " + PostgresText(value) + "::" + column->type_text;
}

PostgresTable::Misfits FindMisfits(const PostgresRelation& relation,
                                   const std::vector<ColumnPlan>& columns,
                                   const TableReadOptions& options) {
  PostgresTable::Misfits misfits{.rejects = options.rejects};
  std::string which, value, row;
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string name = PostgresName(relation.columns[i].name);
    row += fmt::format("{}quote_nullable({}::text)", i == 0 ? "" : ", ", name);
    const std::string condition = columns[i].misfit.empty()
                                      ? MisfitCondition(columns[i].value, name, options.infinities)
                                      : columns[i].misfit;
    if (condition.empty()) continue;
    misfits.condition += (misfits.condition.empty() ? "(" : " or (") + condition + ")";
    which += fmt::format(" when {} then {}", condition, i);
    value += fmt::format(" when {} then left({}::text, 100)", condition, name);
  }
  misfits.facts =
      fmt::format("case{} end, case{} end, array_to_string(array[{}], ',')", which, value, row);
  return misfits;
}

class PostgresReader : public DatabaseReader {
 public:
  PostgresReader(std::shared_ptr<PostgresMoment> moment, PostgresCatalog catalog)
      : moment_(std::move(moment)), catalog_(std::move(catalog)) {}

  const Catalog& catalog() const override { return catalog_.catalog; }
  std::string snapshot() const override { return moment_->name(); }

  arrow::Result<std::unique_ptr<TableSource>> OpenTable(const TableDefinition& table,
                                                        const TableReadOptions& options) override {
    const PostgresRelation* relation = catalog_.Find(table.schema, table.name);
    if (relation == nullptr) {
      return MakeError(ErrorCode::kUnavailable, "there is no such table",
                       {.location = table.schema + "." + table.name});
    }
    auto opened = OpenPostgresTable(*moment_, catalog_, *relation, options, false);
    if (!opened.ok()) {
      return AtPlace(opened.status(), {.location = table.schema + "." + table.name});
    }
    return MakePostgresSource(moment_, *std::move(opened));
  }

 private:
  std::shared_ptr<PostgresMoment> moment_;
  PostgresCatalog catalog_;
};

}  // namespace

arrow::Result<PostgresTable> OpenPostgresTable(PostgresMoment& moment,
                                               const PostgresCatalog& catalog,
                                               const PostgresRelation& relation,
                                               const TableReadOptions& options, bool unsaid_only) {
  if (!relation.is_populated) {
    return MakeError(ErrorCode::kUnavailable, "the materialised view was never filled with data",
                     {.hint = "REFRESH MATERIALIZED VIEW fills it"});
  }
  PostgresTable table;
  table.name = relation.schema + "." + relation.name;
  table.infinities = options.infinities;
  table.is_view = relation.kind == 'v';
  const auto leaves = catalog.Leaves(relation.oid);
  ARROW_ASSIGN_OR_RAISE(const auto facts, Lock(moment, leaves));

  std::map<std::string, ColumnChoice> choices;
  for (const auto& [name, type] : options.types) choices[name].type = type;
  // Rows of the tables that inherit from it are theirs.
  const std::string whole = (relation.kind == 'r' ? "only " : "") + relation.Sql();
  if (options.find_types || unsaid_only) {
    ARROW_RETURN_NOT_OK(FindTypes(
        moment, catalog.types, relation.columns,
        {.from = whole, .infinities = options.infinities, .unsaid_only = !options.find_types},
        &choices));
  }
  for (const PostgresAttribute& column : relation.columns) {
    ARROW_ASSIGN_OR_RAISE(
        ColumnPlan plan,
        PlanColumn(catalog.types, column, PostgresName(column.name), choices[column.name]));
    table.columns.push_back(std::move(plan));
  }
  if (options.on_mismatch == OnMismatch::kReject && options.rejects != nullptr) {
    table.misfits = FindMisfits(relation, table.columns, options);
  }
  if (options.beyond.has_value()) {
    ARROW_ASSIGN_OR_RAISE(table.condition, BeyondCondition(relation, *options.beyond));
  }

  ARROW_ASSIGN_OR_RAISE(const PostgresResult database,
                        moment.Query("select current_database(), d.oid, pg_postmaster_start_time()"
                                     " from pg_database d where datname = current_database()"));
  std::string print =
      "postgresql:" + database.text(0, 0) + ":" + database.text(0, 1) + ";" + relation.Sql();
  bool comes_again = !table.is_view;
  int64_t rows = 0, bytes = 0;
  for (const PostgresRelation* leaf : leaves) {
    PostgresPart part;
    part.from = (leaf->kind == 'r' ? "only " : "") + leaf->Sql();
    const auto fact = facts.find(leaf->oid);
    if (HasFile(*leaf) && fact != facts.end()) {
      if (fact->second.file != leaf->file) {
        return MakeError(ErrorCode::kUnavailable,
                         Quoted(leaf->schema + "." + leaf->name) +
                             " was rewritten (TRUNCATE, ALTER TABLE, VACUUM FULL ...) after the "
                             "snapshot was taken",
                         {.hint = "start again, under a new snapshot"});
      }
      // Ranges of pages are sought since PostgreSQL 14; before, each would be a scan of the whole.
      if (leaf->is_heap && moment.server_version() >= 140000) part.pages = fact->second.pages;
      if (leaf->rows > 0 && leaf->pages > 0) {
        part.rows_per_page = static_cast<double>(leaf->rows) / static_cast<double>(leaf->pages);
      }
      part.is_ordered = leaf->is_heap && table.condition.empty();
      comes_again &= leaf->is_heap;  // who wrote a row is known of these
      rows = leaf->rows < 0 || rows < 0 ? -1 : rows + leaf->rows;
      bytes += fact->second.bytes;
      const std::string* counters = moment.counters(leaf->oid);
      comes_again &= counters != nullptr;
      print += fmt::format(";{}:{}:{}:{}", leaf->oid, leaf->file, fact->second.bytes,
                           counters == nullptr ? "" : *counters);
    } else {
      comes_again = false;
      rows = -1;
    }
    table.parts.push_back(std::move(part));
  }
  for (const ColumnPlan& column : table.columns) {
    print += ";" + column.expression + " " + column.field->ToString(/*show_metadata=*/true);
  }
  if (!table.condition.empty()) print += ";" + table.condition;
  if (!comes_again) {
    print += fmt::format(";once:{}:{}", moment.name(),
                         std::chrono::system_clock::now().time_since_epoch().count());
  }
  table.fingerprint = std::move(print);

  SourceInfo& info = table.info;
  info.format = "PostgreSQL " + std::to_string(moment.server_version() / 10000) + " " +
                (relation.kind == 'v'   ? "view"
                 : relation.kind == 'm' ? "materialised view"
                 : relation.kind == 'f' ? "foreign table"
                 : relation.kind == 'p' ? "partitioned table"
                                        : "table");
  if (HasFile(relation) || relation.kind == 'p') info.stored_bytes = bytes;
  if (rows > 0) info.facts.emplace_back("rows, as last counted", WithThousands(rows));
  if (relation.kind == 'p') info.facts.emplace_back("partitions", std::to_string(leaves.size()));
  for (const PostgresAttribute& column : relation.columns) {
    ColumnInfo facts_of_column;
    facts_of_column.note = column.type_text;
    info.columns.push_back(std::move(facts_of_column));
  }
  return table;
}

arrow::Result<std::unique_ptr<DatabaseReader>> OpenPostgresReader(
    const std::shared_ptr<Context>& context, const Location& location) {
  ARROW_ASSIGN_OR_RAISE(const PostgresTarget target, PostgresTarget::From(location));
  ARROW_ASSIGN_OR_RAISE(auto moment, PostgresMoment::Open(context, target, /*count_writes=*/true));
  auto catalog = LoadPostgresCatalog(*moment, /*structure=*/true);
  if (!catalog.ok()) return AtPlace(catalog.status(), {.location = target.shown});
  return std::make_unique<PostgresReader>(std::move(moment), *std::move(catalog));
}

}  // namespace bowyer
