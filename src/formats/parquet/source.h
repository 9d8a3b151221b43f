// Parquet files as sources.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/options.h"
#include "bowyer/source.h"
#include "files/file_input.h"

namespace bowyer {

// Row groups are the natural units. Inspecting reads no more than the footer.
// Errors: kData for what is no Parquet file, is damaged, encrypted, or has a type that Arrow lacks.
arrow::Result<std::unique_ptr<Source>> OpenParquet(std::shared_ptr<Context> context,
                                                   FileInput input, const ReadOptions& options);

}  // namespace bowyer
