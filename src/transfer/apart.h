// Does a destination lie among what is read?
#pragma once

#include <arrow/status.h>

#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"

namespace bowyer {

// A destination that is one of the sources' files, or a folder that holds one, would be replaced
// while, or after, it is read: kUsage.
arrow::Status CheckApart(Context& context, const std::vector<Location>& sources,
                         const ReadOptions& options, const Location& destination);

}  // namespace bowyer
