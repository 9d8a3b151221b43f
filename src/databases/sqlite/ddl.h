// What only the text of CREATE TABLE says: CHECK conditions, generated columns' expressions,
// AUTOINCREMENT, collations, the names of constraints. The text is tokenised by SQLite's rules, so
// that quotes, comments and parentheses within it mislead nobody.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>
#include <vector>

#include "databases/database.h"

namespace bowyer {

struct SqliteDdl {
  struct Column {
    std::string name;
    std::string collation;      // as declared; empty: none
    std::string generated_sql;  // the expression alone
    std::string generated_ddl;  // "GENERATED ALWAYS AS (...) STORED"
    bool autoincrement = false;
  };
  std::vector<Column> columns;
  std::vector<CheckDefinition> checks;
  std::vector<KeyDefinition> keys;          // PRIMARY KEY and UNIQUE, as far as they have names
  std::vector<KeyDefinition> foreign_keys;  // likewise: names and the columns that refer

  const Column* Find(std::string_view name) const;
};

// Errors: kData for text that is no CREATE TABLE.
arrow::Result<SqliteDdl> ParseCreateTable(std::string_view sql);

// Letters of ASCII without their case, as SQLite compares names.
std::string FoldedName(std::string_view name);

}  // namespace bowyer
