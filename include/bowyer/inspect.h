// Looks at a source without reading more than it must.
#pragma once

#include <arrow/table.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bowyer/reader.h"
#include "bowyer/source.h"

namespace bowyer {

struct InspectOptions {
  int64_t head_rows = 0;    // first rows to return, of the unit if there is one
  int64_t sample_rows = 0;  // rows drawn evenly over the whole source (reads all of a text file)
  int64_t unit = -1;        // a single batch or row group to return, 0-based
};

struct Inspection {
  std::shared_ptr<arrow::Schema> schema;
  SourceInfo info;
  std::shared_ptr<arrow::Table> rows;  // what head, sample or unit asked for; null if nothing
  int64_t first_row = -1;              // of `rows` in the source, where they are consecutive
  int64_t bytes_allocated = 0;         // by Arrow, at peak, for all this
  bool memory_mapped = false;          // an IPC file, read through a mapping
};

// Errors: those of OpenReader; kUsage for a unit that the source does not have.
arrow::Result<Inspection> Inspect(std::shared_ptr<Context> context, const Location& location,
                                  const ReadOptions& read_options = {},
                                  const InspectOptions& options = {});

// A table or view of a database.
struct TableFacts {
  std::string name;  // as a location has it behind '#'
  bool is_view = false;
  std::optional<int64_t> rows;  // not of views
  int64_t columns = 0;
};

// What a database holds, by schema and name. `location` names a database and no table.
// Errors: kUnavailable, kData (no database), kUsage (no location of a database).
arrow::Result<std::vector<TableFacts>> ListTables(std::shared_ptr<Context> context,
                                                  const Location& location);

}  // namespace bowyer
