// Tables for others: an Arrow Flight server over any locations. docs/channels.md says what clients
// see.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bowyer/context.h"
#include "bowyer/location.h"
#include "bowyer/options.h"

namespace bowyer {

struct ServeOptions {
  std::string host = "127.0.0.1";
  int port = 8815;               // 0: any
  std::string certificate, key;  // PEM; empty: no TLS
  // Addresses that other machines reach are refused without TLS unless this is set.
  bool plaintext = false;
  std::string token;       // that every call has to bring; empty: none
  bool allow_put = false;  // clients may write the tables
  bool sql = true;         // clients may query the tables, and nothing else, with SQL
};

// Serves until it is destroyed. Thread-safe.
class FlightServer {
 public:
  virtual ~FlightServer() = default;
  virtual int port() const = 0;

  // `tables`: name and location, of which the name is letters, digits, '_', '-', '.', '/'. A
  // location is opened anew by each call; one that is not there yet is no fault with allow_put.
  // Errors: kUsage (names, streams that can be read only once, an address without TLS), those of
  // OpenReader, kUnavailable (the address is taken; there is no Flight).
  static arrow::Result<std::unique_ptr<FlightServer>> Start(
      std::shared_ptr<Context> context, const std::vector<std::pair<std::string, Location>>& tables,
      const ReadOptions& read_options = {}, const ServeOptions& options = {});
};

}  // namespace bowyer
