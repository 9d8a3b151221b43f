#include "databases/postgres/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bowyer/error.h"

namespace bowyer {
namespace {

arrow::Status LoadRelations(PostgresMoment& moment, PostgresCatalog* catalog) {
  // relpages and pg_relation_size of what others drop meanwhile are null.
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult rows,
      moment.Query(fmt::format(
          "select c.oid, n.nspname, c.relname, c.relkind, c.relispartition, c.relispopulated,"
          " coalesce(m.amname = 'heap', false), c.relfilenode, c.reltuples, c.relpages,"
          " case when c.relkind in ('r', 'm') then pg_table_size(c.oid) end,"
          " obj_description(c.oid, 'pg_class'),"
          " case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,"
          " pg_get_expr(c.relpartbound, c.oid),"
          " exists(select from pg_depend d where d.classid = 'pg_class'::regclass"
          "  and d.objid = c.oid and d.deptype = 'e')"
          " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
          " left join pg_am m on m.oid = c.relam"
          " where c.relkind in ('r', 'p', 'v', 'm', 'f') and {}",
          kUserSchemas)));
  for (int i = 0; i < rows.rows(); ++i) {
    PostgresRelation relation;
    relation.oid = static_cast<uint32_t>(rows.number(i, 0));
    relation.schema = rows.text(i, 1);
    relation.name = rows.text(i, 2);
    relation.kind = rows.text(i, 3)[0];
    relation.is_partition = rows.boolean(i, 4);
    relation.is_populated = rows.boolean(i, 5);
    relation.is_heap = rows.boolean(i, 6);
    relation.file = static_cast<uint32_t>(rows.number(i, 7));
    relation.rows = static_cast<int64_t>(std::strtod(rows.text(i, 8).c_str(), nullptr));
    relation.pages = rows.number(i, 9);
    if (!rows.is_null(i, 10)) relation.bytes = rows.number(i, 10);
    relation.comment = rows.text(i, 11);
    relation.partition_key = rows.text(i, 12);
    relation.bound = rows.text(i, 13);
    relation.is_extension = rows.boolean(i, 14);
    catalog->relations[relation.oid] = std::move(relation);
  }
  ARROW_ASSIGN_OR_RAISE(const PostgresResult children,
                        moment.Query("select inhparent, inhrelid from pg_inherits i"
                                     " join pg_class c on c.oid = i.inhrelid"
                                     " order by inhparent, c.relname, inhseqno"));
  for (int i = 0; i < children.rows(); ++i) {
    const auto parent = catalog->relations.find(static_cast<uint32_t>(children.number(i, 0)));
    const auto child = catalog->relations.find(static_cast<uint32_t>(children.number(i, 1)));
    if (parent == catalog->relations.end() || child == catalog->relations.end()) continue;
    if (parent->second.kind == 'p') {
      parent->second.partitions.push_back(child->first);
    } else {
      child->second.parents.push_back(parent->first);
    }
  }
  return arrow::Status::OK();
}

arrow::Status LoadColumns(PostgresMoment& moment, PostgresCatalog* catalog) {
  const char* generated = moment.server_version() >= 120000 ? "a.attgenerated" : "''";
  const char* identity = moment.server_version() >= 100000 ? "a.attidentity" : "''";
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult rows,
      moment.Query(fmt::format(
          "select a.attrelid, a.attname, a.atttypid, a.atttypmod, a.attndims, a.attnotnull, {}, {},"
          " pg_get_expr(d.adbin, d.adrelid), col_description(a.attrelid, a.attnum),"
          " format_type(a.atttypid, a.atttypmod)"
          " from pg_attribute a join pg_class c on c.oid = a.attrelid"
          " join pg_namespace n on n.oid = c.relnamespace"
          " left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum"
          " where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped"
          " and {} order by a.attrelid, a.attnum",
          identity, generated, kUserSchemas)));
  for (int i = 0; i < rows.rows(); ++i) {
    const auto relation = catalog->relations.find(static_cast<uint32_t>(rows.number(i, 0)));
    if (relation == catalog->relations.end()) continue;
    relation->second.columns.push_back({.name = rows.text(i, 1),
                                        .type = static_cast<uint32_t>(rows.number(i, 2)),
                                        .modifier = static_cast<int32_t>(rows.number(i, 3)),
                                        .dimensions = static_cast<int>(rows.number(i, 4)),
                                        .not_null = rows.boolean(i, 5),
                                        .identity = rows.text(i, 6),
                                        .generated = rows.text(i, 7),
                                        .expression = rows.text(i, 8),
                                        .comment = rows.text(i, 9),
                                        .type_text = rows.text(i, 10)});
  }
  return arrow::Status::OK();
}

TableKind KindOf(char kind) {
  switch (kind) {
    case 'v':
      return TableKind::kView;
    case 'm':
      return TableKind::kMaterializedView;
    case 'f':
      return TableKind::kForeign;
    default:
      return TableKind::kTable;
  }
}

arrow::Status DefineTables(PostgresCatalog* catalog) {
  for (const auto& [oid, relation] : catalog->relations) {
    // A partition's rows are its parent's; what an extension makes, it makes again.
    if (relation.is_partition || relation.is_extension || !relation.is_populated) continue;
    TableDefinition table;
    table.schema = relation.schema;
    table.name = relation.name;
    table.kind = KindOf(relation.kind);
    table.comment = relation.comment;
    for (const PostgresAttribute& attribute : relation.columns) {
      ARROW_ASSIGN_OR_RAISE(
          ColumnPlan plan,
          PlanColumn(catalog->types, attribute, PostgresName(attribute.name), ColumnChoice{}));
      ColumnDefinition column;
      column.name = attribute.name;
      column.type = attribute.type_text;
      column.field = std::move(plan.field);
      column.note = std::move(plan.note);
      column.not_null = attribute.not_null;
      column.identity = !attribute.identity.empty();
      (attribute.generated.empty() ? column.default_sql : column.generated_sql) =
          attribute.expression;
      column.comment = attribute.comment;
      table.columns.push_back(std::move(column));
    }
    if (relation.kind != 'v' && relation.kind != 'f') {
      table.rows = table.bytes = 0;
      for (const PostgresRelation* leaf : catalog->Leaves(oid)) {
        table.rows = leaf->rows < 0 || table.rows < 0 ? -1 : table.rows + leaf->rows;
        table.bytes = leaf->bytes < 0 || table.bytes < 0 ? -1 : table.bytes + leaf->bytes;
      }
    }
    catalog->catalog.tables.push_back(std::move(table));
  }
  std::sort(catalog->catalog.tables.begin(), catalog->catalog.tables.end(),
            [](const TableDefinition& a, const TableDefinition& b) {
              return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
            });
  return arrow::Status::OK();
}

}  // namespace

std::vector<const PostgresRelation*> PostgresCatalog::Leaves(uint32_t oid) const {
  const auto found = relations.find(oid);
  if (found == relations.end()) return {};
  if (found->second.kind != 'p') return {&found->second};
  std::vector<const PostgresRelation*> leaves;
  for (const uint32_t child : found->second.partitions) {
    const auto below = Leaves(child);
    leaves.insert(leaves.end(), below.begin(), below.end());
  }
  return leaves;
}

const PostgresRelation* PostgresCatalog::Find(const std::string& schema,
                                              const std::string& name) const {
  for (const auto& [oid, relation] : relations) {
    if (relation.schema == schema && relation.name == name) return &relation;
  }
  return nullptr;
}

arrow::Result<PostgresCatalog> LoadPostgresCatalog(PostgresMoment& moment, bool structure) {
  PostgresCatalog catalog;
  // Expressions then name everything with its schema.
  ARROW_ASSIGN_OR_RAISE(const PostgresResult path,
                        moment.Query("select current_setting('search_path'),"
                                     " set_config('search_path', 'pg_catalog', true)"));
  ARROW_ASSIGN_OR_RAISE(catalog.types, LoadPostgresTypes(moment));
  ARROW_RETURN_NOT_OK(LoadRelations(moment, &catalog));
  ARROW_RETURN_NOT_OK(LoadColumns(moment, &catalog));
  if (structure) {
    ARROW_RETURN_NOT_OK(DefineTables(&catalog));
    ARROW_RETURN_NOT_OK(LoadPostgresStructure(moment, &catalog));
  }
  ARROW_RETURN_NOT_OK(
      moment.Query("select set_config('search_path', " + PostgresText(path.text(0, 0)) + ", true)")
          .status());
  return catalog;
}

}  // namespace bowyer
