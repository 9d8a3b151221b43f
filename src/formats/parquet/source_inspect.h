// What a Parquet footer tells.
#pragma once

#include <arrow/result.h>

#include "bowyer/source.h"
#include "formats/parquet/source_file.h"

namespace bowyer {

// Reads nothing: all comes from the footer. May throw what Parquet throws.
arrow::Result<SourceInfo> InspectParquet(const ParquetFile& file);

// Of a field in the row groups [first, end). Likewise.
arrow::Result<ColumnBounds> BoundsOfColumn(const ParquetFile& file, int first, int end, int field);

}  // namespace bowyer
