// The values that Arrow and DuckDB hold differently, and that DuckDB's own conversion would round,
// wrap or invent on the quiet: here they are errors.
#pragma once

#include <arrow/record_batch.h>
#include <arrow/status.h>

namespace bowyer {

// Before a batch goes into DuckDB: nanoseconds where it keeps microseconds (timestamps with a zone,
// durations, intervals), date64 that is no whole day, times that are none of a day, and the
// greatest dates and timestamps, which DuckDB takes for infinite. Errors: kData with column and row
// of the batch. infinities: the greatest dates and timestamps are meant so.
arrow::Status CheckFitsDuckDb(const arrow::RecordBatch& batch, bool infinities = false);

// Values of a result likewise: infinite dates and timestamps.
arrow::Status CheckFitsArrow(const arrow::RecordBatch& batch);

}  // namespace bowyer
