// Keys, checks, indexes, sequences; and everything that has no place in another database.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "core/name_list.h"
#include "databases/postgres/catalog.h"

namespace bowyer {
namespace {

std::string Text(const PostgresRelation& relation) { return relation.schema + "." + relation.name; }

using Definitions = std::map<uint32_t, TableDefinition*>;

Definitions ByOid(PostgresCatalog* catalog) {
  Definitions found;
  std::map<std::pair<std::string, std::string>, uint32_t> oids;
  for (const auto& [oid, relation] : catalog->relations) {
    oids[{relation.schema, relation.name}] = oid;
  }
  for (TableDefinition& table : catalog->catalog.tables) {
    found[oids[{table.schema, table.name}]] = &table;
  }
  return found;
}

// The names of the columns whose numbers `numbers` holds, in its order, as ParseNames takes them.
std::string NamesOf(const char* relation, const std::string& numbers) {
  return fmt::format(
      "(select string_agg('\"' || replace(a.attname, '\"', '\"\"') || '\"', ',' order by o.i)"
      " from unnest({1}) with ordinality as o(n, i)"
      " join pg_attribute a on a.attrelid = {0} and a.attnum = o.n)",
      relation, numbers);
}

arrow::Result<std::vector<std::string>> Names(const PostgresResult& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::vector<std::string>();
  return ParseNames(rows.text(row, column));
}

arrow::Status LoadConstraints(PostgresMoment& moment, PostgresCatalog* catalog,
                              const Definitions& tables) {
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult rows,
      moment.Query(fmt::format(
          "select k.conrelid, k.conname, k.contype, {}, k.confrelid, {},"
          " pg_get_constraintdef(k.oid),"
          " case when k.contype = 'c' then pg_get_expr(k.conbin, k.conrelid) end, k.convalidated"
          " from pg_constraint k where k.conrelid <> 0 and k.contype in ('p', 'u', 'c', 'f', 'x')"
          " order by k.conrelid, k.contype, k.conname",
          NamesOf("k.conrelid", "k.conkey"), NamesOf("k.confrelid", "k.confkey"))));
  for (int i = 0; i < rows.rows(); ++i) {
    const auto found = tables.find(static_cast<uint32_t>(rows.number(i, 0)));
    if (found == tables.end()) continue;
    TableDefinition& table = *found->second;
    const std::string name = rows.text(i, 1), ddl = rows.text(i, 6);
    ARROW_ASSIGN_OR_RAISE(auto columns, Names(rows, i, 3));
    switch (rows.text(i, 2)[0]) {
      case 'p':
        table.primary_key = KeyDefinition{name, std::move(columns)};
        break;
      case 'u':
        table.unique.push_back({name, std::move(columns)});
        break;
      case 'c':
        if (rows.text(i, 8) != "t") {
          catalog->catalog.left_out.push_back(
              {"check " + name + " on " + table.schema + "." + table.name,
               "it is NOT VALID: rows that were there before it may not meet it", ddl});
          break;
        }
        table.checks.push_back({name, rows.text(i, 7)});
        break;
      case 'f': {
        const auto there = catalog->relations.find(static_cast<uint32_t>(rows.number(i, 4)));
        if (there == catalog->relations.end()) break;
        ARROW_ASSIGN_OR_RAISE(auto referenced, Names(rows, i, 5));
        table.foreign_keys.push_back({.name = name,
                                      .columns = std::move(columns),
                                      .schema = there->second.schema,
                                      .table = there->second.name,
                                      .referenced_columns = std::move(referenced),
                                      .ddl = ddl});
        break;
      }
      default:
        catalog->catalog.left_out.push_back(
            {"exclusion constraint " + name + " on " + table.schema + "." + table.name,
             "only PostgreSQL has them", ddl});
    }
  }
  return arrow::Status::OK();
}

arrow::Status LoadIndexes(PostgresMoment& moment, const Definitions& tables) {
  const char* keys = moment.server_version() >= 110000 ? "i.indnkeyatts" : "i.indnatts";
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult rows,
      moment.Query(fmt::format(
          "select i.indrelid, c.relname, i.indisunique,"
          " m.amname = 'btree' and i.indpred is null and i.indexprs is null,"
          " {}, pg_get_indexdef(i.indexrelid)"
          " from pg_index i join pg_class c on c.oid = i.indexrelid"
          " join pg_am m on m.oid = c.relam"
          " where i.indisvalid and not exists(select from pg_constraint k where k.conindid ="
          " i.indexrelid and k.contype in ('p', 'u', 'x')) order by i.indrelid, c.relname",
          NamesOf("i.indrelid", fmt::format("(i.indkey::int2[])[0:{} - 1]", keys)))));
  for (int i = 0; i < rows.rows(); ++i) {
    const auto found = tables.find(static_cast<uint32_t>(rows.number(i, 0)));
    if (found == tables.end()) continue;
    IndexDefinition index{
        .name = rows.text(i, 1), .unique = rows.boolean(i, 2), .ddl = rows.text(i, 5)};
    if (rows.boolean(i, 3)) {
      ARROW_ASSIGN_OR_RAISE(index.columns, Names(rows, i, 4));
    }
    found->second->indexes.push_back(std::move(index));
  }
  return arrow::Status::OK();
}

arrow::Status LoadSequences(PostgresMoment& moment, PostgresCatalog* catalog) {
  ARROW_ASSIGN_OR_RAISE(
      const PostgresResult rows,
      moment.Query(fmt::format(
          "select n.nspname, c.relname, s.seqincrement, s.seqmin, s.seqmax, s.seqcycle,"
          " has_sequence_privilege(c.oid, 'select') and not exists(select from pg_depend e"
          "  where e.classid = 'pg_class'::regclass and e.objid = c.oid and e.deptype = 'e'),"
          // Of an identity column: where it stands.
          " d.refobjid, a.attname"
          " from pg_sequence s join pg_class c on c.oid = s.seqrelid"
          " join pg_namespace n on n.oid = c.relnamespace"
          " left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid"
          "  and d.refclassid = 'pg_class'::regclass and d.deptype = 'i'"
          " left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid"
          " where {} order by 1, 2",
          kUserSchemas)));
  // The rows of all sequences in one query.
  std::string sql;
  std::vector<size_t> asked;
  auto& sequences = catalog->catalog.sequences;
  for (int i = 0; i < rows.rows(); ++i) {
    SequenceDefinition sequence{.schema = rows.text(i, 0), .name = rows.text(i, 1)};
    sequence.increment = rows.number(i, 2);
    sequence.minimum = rows.number(i, 3);
    sequence.maximum = rows.number(i, 4);
    sequence.cycle = rows.boolean(i, 5);
    const std::string name = PostgresName(sequence.schema) + "." + PostgresName(sequence.name);
    if (rows.boolean(i, 6)) {
      sql += (sql.empty() ? "" : " union all ") +
             fmt::format("select {}, last_value, is_called from {}", asked.size(), name);
      asked.push_back(sequences.size());
    }
    if (!rows.is_null(i, 7)) {
      const auto relation = catalog->relations.find(static_cast<uint32_t>(rows.number(i, 7)));
      for (TableDefinition& table : catalog->catalog.tables) {
        if (relation == catalog->relations.end() || table.schema != relation->second.schema ||
            table.name != relation->second.name) {
          continue;
        }
        for (ColumnDefinition& column : table.columns) {
          if (column.name != rows.text(i, 8)) continue;
          column.default_sql = "nextval(" + PostgresText(name) + "::regclass)";
        }
      }
    }
    sequences.push_back(std::move(sequence));
  }
  if (asked.empty()) return arrow::Status::OK();
  ARROW_ASSIGN_OR_RAISE(const PostgresResult values, moment.Query(sql));
  for (int i = 0; i < values.rows(); ++i) {
    SequenceDefinition& sequence = sequences[asked[static_cast<size_t>(values.number(i, 0))]];
    int64_t next = values.number(i, 1);
    // At its end there is no next value, unless it starts again.
    if (values.boolean(i, 2)) {
      if (__builtin_add_overflow(next, sequence.increment, &next) || next > sequence.maximum ||
          next < sequence.minimum) {
        if (!sequence.cycle) continue;
        next = sequence.increment > 0 ? sequence.minimum : sequence.maximum;
      }
    }
    sequence.next = next;
  }
  return arrow::Status::OK();
}

// A query of what, reason and DDL.
arrow::Status LeaveOut(PostgresMoment& moment, PostgresCatalog* catalog, const std::string& sql) {
  ARROW_ASSIGN_OR_RAISE(const PostgresResult rows, moment.Query(sql));
  for (int i = 0; i < rows.rows(); ++i) {
    catalog->catalog.left_out.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2)});
  }
  return arrow::Status::OK();
}

void LeaveOutRelations(PostgresCatalog* catalog) {
  auto& left_out = catalog->catalog.left_out;
  for (const auto& [oid, relation] : catalog->relations) {
    if (relation.is_extension) {
      left_out.push_back({"table " + Text(relation), "belongs to an extension", ""});
    } else if (!relation.is_populated) {
      left_out.push_back({"materialised view " + Text(relation), "was never filled with data", ""});
    } else if (relation.kind == 'f' && !relation.is_partition) {
      left_out.push_back(
          {"foreign table " + Text(relation), "its rows are kept by another server", ""});
    } else if (relation.kind == 'p' && !relation.is_partition) {
      std::string ddl = "PARTITION BY " + relation.partition_key;
      for (const PostgresRelation* leaf : catalog->Leaves(oid)) {
        ddl += "\n" + Text(*leaf) + " " + leaf->bound;
      }
      left_out.push_back(
          {"partitions of " + Text(relation), "its rows become those of one table", ddl});
    }
    if (!relation.is_partition && !relation.parents.empty()) {
      std::string ddl;
      for (const uint32_t parent : relation.parents) {
        ddl += (ddl.empty() ? "INHERITS (" : ", ") + Text(catalog->relations.at(parent));
      }
      left_out.push_back({"inheritance of " + Text(relation),
                          "each table keeps its own rows and nothing of the others", ddl + ")"});
    }
  }
}

// Not of an extension, which makes its own objects again.
std::string NoExtension(const char* catalog, const char* oid) {
  return fmt::format(
      "not exists(select from pg_depend e where e.classid = '{}'::regclass and e.objid = {}"
      " and e.deptype = 'e')",
      catalog, oid);
}

}  // namespace

arrow::Status LoadPostgresStructure(PostgresMoment& moment, PostgresCatalog* catalog) {
  const Definitions tables = ByOid(catalog);
  ARROW_RETURN_NOT_OK(LoadConstraints(moment, catalog, tables));
  ARROW_RETURN_NOT_OK(LoadIndexes(moment, tables));
  ARROW_RETURN_NOT_OK(LoadSequences(moment, catalog));
  LeaveOutRelations(catalog);
  const auto leave_out = [&](const std::string& sql) { return LeaveOut(moment, catalog, sql); };
  ARROW_RETURN_NOT_OK(
      leave_out("select 'extension ' || extname, 'only PostgreSQL has it', 'CREATE EXTENSION ' ||"
                " quote_ident(extname) from pg_extension where extname <> 'plpgsql' order by 1"));
  ARROW_RETURN_NOT_OK(leave_out(fmt::format(
      "select 'definition of ' || case c.relkind when 'v' then 'view ' else 'materialised view '"
      " end || n.nspname || '.' || c.relname, 'it is written in PostgreSQL''s SQL',"
      " pg_get_viewdef(c.oid) from pg_class c join pg_namespace n on n.oid = c.relnamespace"
      " where c.relkind in ('v', 'm') and {} and {} order by 1",
      kUserSchemas, NoExtension("pg_class", "c.oid"))));
  ARROW_RETURN_NOT_OK(leave_out(fmt::format(
      "select 'domain ' || n.nspname || '.' || t.typname, 'its columns have the type below it',"
      " 'CREATE DOMAIN ' || t.oid::regtype || ' AS ' || format_type(t.typbasetype, t.typtypmod) ||"
      " case when t.typnotnull then ' NOT NULL' else '' end ||"
      " coalesce(' DEFAULT ' || t.typdefault, '') ||"
      " coalesce((select string_agg(' CONSTRAINT ' || quote_ident(k.conname) || ' ' ||"
      " pg_get_constraintdef(k.oid), '' order by k.conname) from pg_constraint k"
      " where k.contypid = t.oid and k.contype = 'c'), '')"
      " from pg_type t join pg_namespace n on n.oid = t.typnamespace"
      " where t.typtype = 'd' and {} and {} order by 1",
      kUserSchemas, NoExtension("pg_type", "t.oid"))));
  ARROW_RETURN_NOT_OK(leave_out(fmt::format(
      "select 'trigger ' || g.tgname || ' on ' || n.nspname || '.' || c.relname,"
      " 'triggers run PostgreSQL''s functions', pg_get_triggerdef(g.oid)"
      " from pg_trigger g join pg_class c on c.oid = g.tgrelid"
      " join pg_namespace n on n.oid = c.relnamespace where not g.tgisinternal and {} order by 1",
      kUserSchemas)));
  ARROW_RETURN_NOT_OK(leave_out(fmt::format(
      "select case p.prokind when 'p' then 'procedure ' when 'a' then 'aggregate ' else 'function '"
      " end || p.oid::regprocedure, 'is written for PostgreSQL',"
      " case when p.prokind in ('f', 'p', 'w') then pg_get_functiondef(p.oid) end"
      " from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {} and {}"
      // Those that a type or a range makes for itself.
      " and not exists(select from pg_depend i where i.classid = 'pg_proc'::regclass"
      "  and i.objid = p.oid and i.deptype = 'i') order by 1",
      kUserSchemas, NoExtension("pg_proc", "p.oid"))));
  ARROW_RETURN_NOT_OK(leave_out(fmt::format(
      "select 'rule ' || r.rulename || ' on ' || n.nspname || '.' || c.relname,"
      " 'only PostgreSQL has rules', pg_get_ruledef(r.oid) from pg_rewrite r"
      " join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace"
      " where r.rulename <> '_RETURN' and {} order by 1",
      kUserSchemas)));
  ARROW_RETURN_NOT_OK(leave_out(fmt::format(
      "select 'policy ' || p.polname || ' on ' || n.nspname || '.' || c.relname,"
      " 'only PostgreSQL has row security',"
      " 'CREATE POLICY ' || quote_ident(p.polname) || ' ON ' || p.polrelid::regclass ||"
      " case when p.polpermissive then '' else ' AS RESTRICTIVE' end || ' FOR ' ||"
      " case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE'"
      " when 'd' then 'DELETE' else 'ALL' end ||"
      " coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '') ||"
      " coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')"
      " from pg_policy p join pg_class c on c.oid = p.polrelid"
      " join pg_namespace n on n.oid = c.relnamespace where {} order by 1",
      kUserSchemas)));
  return leave_out(
      "select 'event trigger ' || evtname, 'only PostgreSQL has them',"
      " 'CREATE EVENT TRIGGER ' || quote_ident(evtname) || ' ON ' || evtevent ||"
      " coalesce(' WHEN TAG IN (' || (select string_agg(quote_literal(t), ', ') from"
      " unnest(evttags) t) || ')', '') || ' EXECUTE FUNCTION ' || evtfoid::regproc || '()'"
      " from pg_event_trigger order by 1");
}

}  // namespace bowyer
