// Tables on their way by Flight, each on a thread of its own, so that whoever waits for one can
// stop, and stops when the other side does nothing for too long.
#pragma once

#include <arrow/io/interfaces.h>

#include <functional>
#include <memory>
#include <string>

#include "bowyer/context.h"
#include "channels/flight_address.h"
#include "flight/flight.h"

namespace bowyer {

// Calls `work` on another thread and waits for it. A stop is noticed; what `work` still does then
// is of no interest any more, so it owns what it needs.
arrow::Status RunStoppably(Context& context, std::function<arrow::Status()> work);

// Parts of a table, one after the other, as one Arrow IPC stream of bytes for each; a few messages
// are fetched ahead. That the server's end is missing is an error of Read. Used by one thread,
// Abort by any.
arrow::Result<std::shared_ptr<arrow::io::InputStream>> OpenFlightStream(
    std::shared_ptr<Context> context, const FlightAddress& address,
    std::shared_ptr<FlightClient> client, const FlightPart& part);

// Batches to a server. Used by one thread. Destroyed without Finish, the server is told that the
// table is not whole.
class FlightOutput {
 public:
  virtual ~FlightOutput() = default;
  // Errors: what the server says, kPeer when it has gone, kResources when it takes nothing for
  // longer than the address allows.
  virtual arrow::Status Write(const std::shared_ptr<arrow::RecordBatch>& batch) = 0;
  // Returns when the server says that it keeps the table.
  virtual arrow::Status Finish() = 0;
  virtual int64_t bytes_sent() const = 0;

  static std::unique_ptr<FlightOutput> Open(
      std::shared_ptr<Context> context, const FlightAddress& address,
      std::shared_ptr<FlightClient> client, std::shared_ptr<arrow::Schema> schema,
      std::vector<std::pair<std::string, std::string>> headers);
};

}  // namespace bowyer
