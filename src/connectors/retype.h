// Types that the user gave (--type), for every format: what a format cannot read as the type
// itself is cast, exactly or not at all.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "bowyer/source.h"

namespace bowyer {

// `source` with the types of options.types: itself where it has them already. A column is read as
// the source gives it and cast batch by batch; a value that the type cannot hold, or from which
// the old one could not be had back (0.1 as float32, 2^53 + 1 as float64), is an error.
// Names that are no columns of the source are passed over: see CheckTypedColumns.
// Errors: kUsage where no value can be cast from the one type to the other; from reading: kData
// with column, row and value.
arrow::Result<std::unique_ptr<Source>> Retyped(const std::shared_ptr<Context>& context,
                                               std::unique_ptr<Source> source,
                                               const ReadOptions& options);

// Is each name of options.types a column of `schema`, which is that of the whole table? kUsage
// with the closest names otherwise.
arrow::Status CheckTypedColumns(const ReadOptions& options, const arrow::Schema& schema);

}  // namespace bowyer
