// Arrow Flight behind an interface of ours. Its library brings gRPC, which takes milliseconds to
// load: what implements this is a module (libbowyer_flight.so) that is loaded by the first who
// needs it (channels/flight_library.h). Errors are ours (bowyer/error.h), with the kind that the
// other side told when it is Bowyer, too.
#pragma once

#include <arrow/buffer.h>
#include <arrow/record_batch.h>
#include <arrow/result.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bowyer {

// A server, and how to talk to it.
struct FlightTarget {
  std::string host;
  int port = 0;
  bool tls = false;
  std::string certificates;  // that a server's is checked against, PEM; empty: the system's
  std::string token;         // goes with each call; empty: none
};

// What Flight calls a descriptor: the path of a table, or a command (SQL).
struct FlightName {
  std::vector<std::string> path;
  std::string command;  // if path is empty
};

// What Flight calls an endpoint.
struct FlightPart {
  std::string ticket;
  std::optional<FlightTarget> elsewhere;  // where it is to be had, if not where it was told
};

struct FlightTable {
  FlightName name;
  std::shared_ptr<arrow::Schema> schema;  // null: not told
  std::vector<FlightPart> parts;          // in the order of the table
  int64_t rows = -1, bytes = -1;          // -1: not known
};

// An Arrow IPC message.
struct FlightMessage {
  std::shared_ptr<arrow::Buffer> metadata;  // without a length before it
  std::shared_ptr<arrow::Buffer> body;      // may be null
};

// Messages of one part. Used by one thread, Cancel by any.
class FlightDownload {
 public:
  virtual ~FlightDownload() = default;
  // False: all came, and the server says so. Errors: kPeer (cut), or what the server says.
  virtual arrow::Result<bool> Next(FlightMessage* message) = 0;
  virtual void Cancel() = 0;  // a Next that waits returns an error
};

// Batches on their way to a server. Used by one thread, Cancel by any. Destroyed without Finish,
// the server is told that the table is not whole.
class FlightUpload {
 public:
  virtual ~FlightUpload() = default;
  virtual arrow::Status Write(const arrow::RecordBatch& batch) = 0;
  // Tells the end, and waits until the server says that it has the table.
  virtual arrow::Status Finish() = 0;
  virtual void Cancel() = 0;
  virtual int64_t bytes_sent() const = 0;
};

// Thread-safe. Connects at the first call.
class FlightClient {
 public:
  using Seconds = std::chrono::duration<double>;
  virtual ~FlightClient() = default;
  virtual arrow::Result<std::vector<FlightTable>> List(Seconds timeout) = 0;
  virtual arrow::Result<FlightTable> Find(const FlightName& name, Seconds timeout) = 0;
  virtual arrow::Result<std::unique_ptr<FlightDownload>> Get(const std::string& ticket) = 0;
  // `owner` lives until the last buffer of the batches has left.
  virtual arrow::Result<std::unique_ptr<FlightUpload>> Put(
      const FlightName& name, const std::shared_ptr<arrow::Schema>& schema,
      const std::vector<std::pair<std::string, std::string>>& headers,
      std::shared_ptr<const void> owner) = 0;
};

// What a call to a server tells beside its arguments.
class FlightCall {
 public:
  virtual ~FlightCall() = default;
  virtual std::string header(const std::string& name) const = 0;  // empty: none
};

// What a server serves. Called by many threads. The messages of errors go to the client.
class FlightHandler {
 public:
  using Reader = std::shared_ptr<arrow::RecordBatchReader>;
  virtual ~FlightHandler() = default;
  virtual arrow::Result<std::vector<FlightTable>> List() = 0;
  virtual arrow::Result<FlightTable> Find(const FlightName& name) = 0;
  // Read and destroyed on one thread.
  virtual arrow::Result<Reader> Get(const std::string& ticket) = 0;
  // Returns the rows that were kept, once they are. `rows` gives batches as they came: to be
  // checked before use. It fails (kPeer) when the client does not tell its end.
  virtual arrow::Result<int64_t> Put(const FlightName& name, const FlightCall& call,
                                     const Reader& rows) = 0;
};

struct FlightListenOptions {
  std::string host;
  int port = 0;                  // 0: any
  std::string certificate, key;  // PEM; empty: no TLS
  std::string token;             // that every call has to bring; empty: none
};

// Listens until it is destroyed, which cancels calls that have not ended after `grace`.
class FlightListener {
 public:
  virtual ~FlightListener() = default;
  virtual int port() const = 0;
};

// What the module gives.
struct FlightLibrary {
  arrow::Result<std::unique_ptr<FlightClient>> (*connect)(const FlightTarget& target);
  // `handler` outlives the listener.
  arrow::Result<std::unique_ptr<FlightListener>> (*listen)(const FlightListenOptions& options,
                                                           FlightHandler* handler);
};
inline constexpr char kFlightLibraryFunction[] = "BowyerFlightLibrary";

// The last batch of a table has no rows, and tells in the metadata of its message (kEndBatches and
// kEndRows, formats/arrow/ipc_message.h) and in Flight's app_metadata, as "bowyer:end BATCHES
// ROWS", what came before it.
inline constexpr char kFlightEnd[] = "bowyer:end ";

}  // namespace bowyer
