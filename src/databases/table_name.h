// How a location names a table: schema.table; dots inside of double quotes belong to a name.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>

namespace bowyer {

struct QualifiedName {
  std::string schema;  // empty: not said
  std::string table;
};

// Errors: kUsage.
arrow::Result<QualifiedName> ParseQualifiedName(std::string_view text);

// A schema or a table as a location has it: in quotes where it needs them.
std::string NameInLocation(const std::string& name);

}  // namespace bowyer
