// DuckDB's types as Arrow's, and back: docs/types.md has the table.
#pragma once

#include <arrow/result.h>
#include <arrow/type.h>

#include <duckdb.hpp>
#include <memory>
#include <string>

#include "databases/type_keys.h"

namespace bowyer {

// The type in which values of `type` leave DuckDB: itself where Arrow has it, text or a decimal
// that holds the same value where it has not. Errors: kData for types that have neither.
arrow::Result<duckdb::LogicalType> CarrierType(const duckdb::LogicalType& type,
                                               const std::string& column);

// The field that values of `type` become. UUID and JSON columns are arrow.uuid and arrow.json.
arrow::Result<std::shared_ptr<arrow::Field>> ToArrowField(const duckdb::LogicalType& type,
                                                          const std::string& name, bool nullable,
                                                          duckdb::ClientProperties properties);

// The type that a column for `field` gets. Errors: kData where DuckDB has none that holds all
// values of the field's type, with the column and what to do.
arrow::Result<duckdb::LogicalType> FromArrowField(duckdb::ClientContext& context,
                                                  const arrow::Field& field);

// Does a column of type `to` take each value of `from` as it is, or else fail?
bool TakesExactly(const duckdb::LogicalType& to, const duckdb::LogicalType& from);

}  // namespace bowyer
