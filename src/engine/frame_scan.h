// What a frame's scan reads: a location, opened anew by each run, or what is there already.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <optional>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "databases/duckdb/table_scan.h"
#include "frame/plan.h"

namespace bowyer {

struct FrameScan : public ScanSource {
  std::optional<Location> location;
  ReadOptions options;
  // Of a location: as it was when the frame was made.
  std::shared_ptr<arrow::Schema> schema;
  // Null where the location is opened anew.
  std::shared_ptr<const TableInput> table;
};

// As an input of a query that runs in `context`. Errors: those of OpenReader; kData if the
// location has other columns by now.
arrow::Result<std::shared_ptr<const TableInput>> TableOfScan(
    const std::shared_ptr<Context>& context, const FrameScan& scan);

}  // namespace bowyer
