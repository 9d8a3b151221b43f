// PostgreSQL's types as Arrow's: docs/types.md has the table. What Arrow has no type for is read as
// the text that the server makes of it.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "databases/postgres/moment.h"
#include "databases/postgres/value.h"

namespace bowyer {

// A column of a table, or a member of a composite type.
struct PostgresAttribute {
  std::string name;
  uint32_t type = 0;
  int32_t modifier = -1;
  int dimensions = 0;
  bool not_null = false;
  std::string identity, generated;  // pg_attribute's letters
  std::string expression;           // of the default, or of a generated column
  std::string comment;
  std::string type_text;  // format_type's
};

struct PostgresType {
  std::string schema, name;
  char kind = 'b';    // pg_type.typtype
  uint32_t base = 0;  // of a domain
  int32_t base_modifier = -1;
  int base_dimensions = 0;
  uint32_t element = 0;             // of an array
  std::vector<std::string> labels;  // of an enum, in their order
  std::vector<PostgresAttribute> members;
};

// What a database has defined, as far as columns need it.
struct PostgresTypes {
  std::map<uint32_t, PostgresType> types;
  int money_digits = 2;  // behind the point, by lc_monetary

  const PostgresType* Find(uint32_t oid) const {
    const auto found = types.find(oid);
    return found == types.end() ? nullptr : &found->second;
  }
};

arrow::Result<PostgresTypes> LoadPostgresTypes(PostgresMoment& moment);

// What a look at the values, or the user, has decided.
struct ColumnChoice {
  bool as_text = false;
  std::optional<std::pair<int, int>> decimal;  // precision and scale, also of an array's elements
  std::optional<int> dimensions;               // of an array
  std::shared_ptr<arrow::DataType> type;       // told by the user
};

struct ColumnPlan {
  std::shared_ptr<arrow::Field> field;
  PostgresValue value;
  std::string expression;  // what is selected
  bool unlimited = false;  // a numeric (or an array of them) without a precision that decimals have
  // A condition that is true of values that the type cannot hold, where the user told the type.
  std::string misfit;
  std::string note;
};

// `expression` gives the column's values; it may be repeated.
// Errors: kUsage for a choice.type that values cannot take exactly, with the column.
arrow::Result<ColumnPlan> PlanColumn(const PostgresTypes& types, const PostgresAttribute& column,
                                     const std::string& expression, const ColumnChoice& choice);

// A condition that is true of values of `expression` which `value` cannot hold; empty if there are
// none. infinities: as TableReadOptions has them.
std::string MisfitCondition(const PostgresValue& value, const std::string& expression,
                            bool infinities);

}  // namespace bowyer
