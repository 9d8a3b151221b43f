// A table of an Arrow Flight server: grpc://HOST:PORT/NAME as a source and as a sink.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/inspect.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"
#include "bowyer/source.h"
#include "channels/flight_address.h"

namespace bowyer {

// Asks the server for the table's schema and parts (endpoints); each is a chunk of the source, and
// asked for when it is read. Errors: as of FlightAddress::Of; kUnavailable, kResources, or what the
// server says.
arrow::Result<std::unique_ptr<Source>> OpenFlightSource(const std::shared_ptr<Context>& context,
                                                        const Location& location,
                                                        const ReadOptions& options);

// Finish waits until the server says that it keeps the table. What it does with a table of that
// name that it has already is told to it, and only a Bowyer server heeds it. Errors: kUsage for
// options of files; as of FlightAddress::Of.
arrow::Result<std::unique_ptr<Sink>> MakeFlightSink(const std::shared_ptr<Context>& context,
                                                    const Location& location,
                                                    const WriteOptions& options);

// What a server has.
arrow::Result<std::vector<TableFacts>> ListFlightTables(const std::shared_ptr<Context>& context,
                                                        const Location& location);

}  // namespace bowyer
