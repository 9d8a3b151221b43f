// A table over a channel: shm:NAME as a source and as a sink.
#pragma once

#include <arrow/result.h>

#include <memory>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"
#include "bowyer/sink.h"
#include "bowyer/source.h"

namespace bowyer {

inline bool IsChannel(const Location& location) { return location.scheme == "shm"; }

// Waits for a producer and its schema. The one reader of the source takes batches.
arrow::Result<std::unique_ptr<Source>> OpenChannelSource(const std::shared_ptr<Context>& context,
                                                         const Location& location,
                                                         const ReadOptions& options);

// Finish waits until consumers have processed all. Errors: kUsage for options of files; as of
// Channel::Produce and ChannelProducer.
arrow::Result<std::unique_ptr<Sink>> MakeChannelSink(std::shared_ptr<Context> context,
                                                     const Location& location,
                                                     const WriteOptions& options);

}  // namespace bowyer
