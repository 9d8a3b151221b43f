// One file, or standard input, as a source.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "bowyer/context.h"
#include "bowyer/options.h"
#include "bowyer/source.h"
#include "formats/format.h"

namespace bowyer {

// "-" is standard input. The format is that of the options, or told by the suffix, or by the first
// bytes. Errors: kUnavailable, kData, kUsage; all name the file.
arrow::Result<std::unique_ptr<Source>> OpenFileSource(const std::shared_ptr<Context>& context,
                                                      const std::string& path,
                                                      const ReadOptions& options);

// By name. Errors: kUsage, with the closest name.
arrow::Result<const Format*> NamedFormat(std::string_view name);

}  // namespace bowyer
