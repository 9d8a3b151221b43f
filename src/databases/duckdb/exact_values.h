// The values that Arrow and DuckDB hold differently, and that DuckDB's own conversion would round,
// wrap or invent on the quiet: here they are errors.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

#include <duckdb.hpp>

namespace bowyer {

// Before a batch goes into DuckDB: nanoseconds where it keeps microseconds (timestamps with a zone,
// durations, intervals), date64 that is no whole day. Errors: kData with column and row of the
// batch.
arrow::Status CheckFitsDuckDb(const arrow::RecordBatch& batch);

// Types of a result that have no exact type in Arrow (TIMETZ, UHUGEINT). Errors: kData.
arrow::Status CheckFitsArrow(const duckdb::vector<duckdb::LogicalType>& types,
                             const duckdb::vector<duckdb::string>& names);
// Values of a result likewise: HUGEINT of 39 digits, infinite dates and timestamps.
arrow::Status CheckFitsArrow(const arrow::RecordBatch& batch);

}  // namespace bowyer
