// A look at every value, by the server: the narrowest type that holds each of a column's values.
#pragma once

#include <arrow/result.h>

#include <map>
#include <string>
#include <vector>

#include "databases/postgres/moment.h"
#include "databases/postgres/types.h"

namespace bowyer {

struct TypeSearch {
  std::string from;  // what the FROM of a query names
  bool infinities = false;
  // Only what no declaration says: the digits of numerics without a precision, the dimensions of
  // arrays. Otherwise also NaN and infinities, and timestamps beyond Arrow's.
  bool unsaid_only = false;
};

// Adds to `choices` (by column; those that have a type or are text already are passed over) what
// the values ask for.
arrow::Status FindTypes(PostgresMoment& moment, const PostgresTypes& types,
                        const std::vector<PostgresAttribute>& columns, const TypeSearch& search,
                        std::map<std::string, ColumnChoice>* choices);

}  // namespace bowyer
