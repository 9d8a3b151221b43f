// Small tables for tests: columns as JSON arrays.
#pragma once

#include <arrow/json/from_string.h>
#include <arrow/table.h>

#include <memory>
#include <string>
#include <vector>

namespace bowyer {

struct ColumnOf {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string values;
};

inline std::shared_ptr<arrow::Table> TableOf(const std::vector<ColumnOf>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const ColumnOf& column : columns) {
    fields.push_back(arrow::field(column.name, column.type));
    arrays.push_back(arrow::json::ArrayFromJSONString(column.type, column.values).ValueOrDie());
  }
  return arrow::Table::Make(arrow::schema(std::move(fields)), arrays);
}

}  // namespace bowyer
