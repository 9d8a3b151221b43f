// Feather V1, the format of 2016 to 2020, for reading.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/options.h"
#include "bowyer/source.h"
#include "files/file_input.h"

namespace bowyer {

// Errors: kData.
arrow::Result<std::unique_ptr<Source>> OpenFeather1(std::shared_ptr<Context> context,
                                                    FileInput input, const ReadOptions& options);

}  // namespace bowyer
