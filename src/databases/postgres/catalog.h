// What a PostgreSQL database holds, out of pg_catalog: what migrate carries over as values, the
// rest as left out, with its DDL.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "databases/database.h"
#include "databases/postgres/connection.h"
#include "databases/postgres/moment.h"
#include "databases/postgres/types.h"

namespace bowyer {

// Something with rows.
struct PostgresRelation {
  uint32_t oid = 0;
  std::string schema, name;
  char kind = 'r';  // pg_class.relkind
  bool is_partition = false;
  bool is_populated = true;
  bool is_heap = true;
  bool is_extension = false;
  uint32_t file = 0;  // relfilenode
  int64_t rows = -1, pages = 0, bytes = -1;
  std::string comment, partition_key, bound;  // PARTITION BY ..., FOR VALUES ...
  std::vector<PostgresAttribute> columns;
  std::vector<uint32_t> partitions;  // of a partitioned one, directly below
  std::vector<uint32_t> parents;     // by inheritance, where it is no partition

  std::string Sql() const { return PostgresName(schema) + "." + PostgresName(name); }
};

struct PostgresCatalog {
  PostgresTypes types;
  std::map<uint32_t, PostgresRelation> relations;
  Catalog catalog;

  // The tables that hold the rows of `oid`: itself, or the lowest partitions, by name.
  std::vector<const PostgresRelation*> Leaves(uint32_t oid) const;
  const PostgresRelation* Find(const std::string& schema, const std::string& name) const;
};

// Types and relations; `structure`: also Catalog.
arrow::Result<PostgresCatalog> LoadPostgresCatalog(PostgresMoment& moment, bool structure);

// Constraints, indexes, sequences and all that is left out, into catalog.catalog.
arrow::Status LoadPostgresStructure(PostgresMoment& moment, PostgresCatalog* catalog);

// A condition over pg_namespace `n`: schemas of users.
inline constexpr char kUserSchemas[] =
    "n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'";

}  // namespace bowyer
