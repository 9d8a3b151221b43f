// A table over a socket: the Arrow IPC stream on a connection between two processes.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"
#include "bowyer/source.h"

namespace bowyer {

// Waits for the writer and its schema. The one reader of the source gives what comes until the
// stream says that it ends: one that does not say so is an error, kPeer.
arrow::Result<std::unique_ptr<Source>> OpenSocketSource(const std::shared_ptr<Context>& context,
                                                        const Location& location,
                                                        const ReadOptions& options);

// Begin waits for the reader and sends it the schema, Finish the end, and waits until all is read.
// Errors: kUsage for options of files; as of SocketAddress::Of, Meet and SocketWriter.
arrow::Result<std::unique_ptr<Sink>> MakeSocketSink(std::shared_ptr<Context> context,
                                                    const Location& location,
                                                    const WriteOptions& options);

}  // namespace bowyer
