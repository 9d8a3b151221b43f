// What a client wants done with a table that the server has already under the name of the one that
// it puts, as headers of the call.
#pragma once

#include <arrow/result.h>

#include <string>
#include <utility>
#include <vector>

#include "bowyer/options.h"
#include "flight/flight.h"

namespace bowyer {

std::vector<std::pair<std::string, std::string>> HeadersOfPut(const WriteOptions& options);

// A call without these headers wants an error. Errors: kUsage.
arrow::Status ReadPutHeaders(const FlightCall& call, WriteOptions* options);

}  // namespace bowyer
