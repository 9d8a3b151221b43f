// grpc://HOST:PORT/NAME and grpc+tls://...: which server, which table of it, how long to wait.
#pragma once

#include <arrow/result.h>

#include <string>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "channels/duration.h"
#include "flight/flight.h"

namespace bowyer {

inline bool IsFlight(const Location& location) {
  return location.scheme == "grpc" || location.scheme == "grpc+tls";
}

// "HOST:PORT", "[::1]:PORT" -> the two. Port 0 only if `any_port`. Errors: kUsage.
arrow::Status ParseHostAndPort(const std::string& text, bool any_port, std::string* host,
                               int* port);

// The first line of a file that only its user may read. Errors: kUnavailable, kUsage (empty).
arrow::Result<std::string> ReadTokenFile(const std::string& path);
// All of a (small) file. `what`: for messages. Errors: kUnavailable.
arrow::Result<std::string> ReadSmallFile(const std::string& path, const std::string& what);

struct FlightAddress {
  std::string name;  // for messages
  FlightTarget target;
  FlightName table;              // nothing in it: the server as a whole
  Milliseconds timeout{30'000};  // until the server answers, and until its first byte
  Milliseconds stall{600'000};   // how long it may send or take nothing after that; 0: for ever

  bool names_table() const { return !table.path.empty() || !table.command.empty(); }

  // The token comes from ?token-file or BOWYER_TOKEN; it goes to other machines only by TLS.
  // Errors: kUsage, kUnavailable (files that the options name).
  static arrow::Result<FlightAddress> Of(Context& context, const Location& location);
};

}  // namespace bowyer
