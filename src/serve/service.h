// What a Flight server's calls mean: names -> tables, parts, queries, and tables that are put.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/serve.h"
#include "flight/flight.h"

namespace bowyer {

// Errors: those of FlightServer::Start about tables.
arrow::Result<std::unique_ptr<FlightHandler>> MakeFlightService(
    std::shared_ptr<Context> context, const std::vector<std::pair<std::string, Location>>& tables,
    const ReadOptions& read_options, const ServeOptions& options);

}  // namespace bowyer
