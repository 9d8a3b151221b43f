// Values from folders' names -> typed columns.
#pragma once

#include <arrow/result.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <memory>
#include <vector>

#include "bowyer/options.h"
#include "connectors/file_list.h"

namespace bowyer {

struct PartitionColumns {
  arrow::FieldVector fields;
  std::vector<std::vector<std::shared_ptr<arrow::Scalar>>> values;  // [file][field]
};

// Types come from all values: int64 if each is an integer that prints back to itself (007 is text),
// date32 if each is an ISO date, otherwise text; options.types and options.all_text overrule.
// Errors: kData for a value that is none of a type asked for.
arrow::Result<PartitionColumns> MakePartitionColumns(const std::vector<ListedFile>& files,
                                                     const ReadOptions& options);

}  // namespace bowyer
