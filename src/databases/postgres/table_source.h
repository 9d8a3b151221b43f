// A table (with its partitions), view or query of a PostgreSQL moment as a source.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>
#include <vector>

#include "databases/database.h"
#include "databases/postgres/moment.h"
#include "databases/postgres/types.h"

namespace bowyer {

// Rows that one COPY can give.
struct PostgresPart {
  std::string from;  // what the FROM of a query names
  // Pages by which it can be divided; 0: it cannot.
  int64_t pages = 0;
  double rows_per_page = 0;
  // Rows come in the same order again: what was read need not be read twice.
  bool is_ordered = false;
};

struct PostgresTable {
  std::string name;  // for messages
  std::vector<ColumnPlan> columns;
  std::vector<PostgresPart> parts;
  std::string condition;  // of rows; empty: all
  // Where rows that a column's type does not hold are set aside.
  struct Misfits {
    std::string condition;  // true of such a row; empty: there are none
    // To select of it: which of the columns does not, that one's value, the row as SQL's literals.
    std::string facts;
    std::shared_ptr<RejectsFile> rejects;
  };
  Misfits misfits;
  std::string fingerprint;
  bool infinities = false;
  bool is_view = false;  // or a query: computed in the time zone of the user
  SourceInfo info;
};

std::unique_ptr<TableSource> MakePostgresSource(std::shared_ptr<PostgresMoment> moment,
                                                PostgresTable table);

}  // namespace bowyer
