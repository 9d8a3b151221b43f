#include "bowyer/serve.h"

#include "bowyer/error.h"
#include "channels/flight_library.h"
#include "channels/loopback.h"
#include "core/text.h"
#include "serve/service.h"

namespace bowyer {
namespace {

class Server : public FlightServer {
 public:
  Server(std::shared_ptr<Context> context, std::unique_ptr<FlightHandler> handler)
      : context_(std::move(context)), handler_(std::move(handler)) {}

  arrow::Status Begin(const FlightListenOptions& options) {
    ARROW_ASSIGN_OR_RAISE(const FlightLibrary* library, LoadFlight());
    return library->listen(options, handler_.get()).Value(&listener_);
  }

  int port() const override { return listener_->port(); }

 private:
  const std::shared_ptr<Context> context_;
  const std::unique_ptr<FlightHandler> handler_;
  std::unique_ptr<FlightListener> listener_;  // goes first: it calls the handler
};

arrow::Status CheckAddress(const ServeOptions& options) {
  if (options.certificate.empty() != options.key.empty()) {
    return MakeError(ErrorCode::kUsage, "TLS needs a certificate and its key");
  }
  if (IsLoopback(options.host) || !options.certificate.empty() || options.plaintext) {
    return arrow::Status::OK();
  }
  return MakeError(ErrorCode::kUsage,
                   Quoted(options.host) +
                       " is not this machine's own address: without TLS anybody on the way could "
                       "read and change the data",
                   {.hint = "try --tls-cert and --tls-key, or --plaintext if that is as it should "
                            "be"});
}

}  // namespace

arrow::Result<std::unique_ptr<FlightServer>> FlightServer::Start(
    std::shared_ptr<Context> context, const std::vector<std::pair<std::string, Location>>& tables,
    const ReadOptions& read_options, const ServeOptions& options) {
  ARROW_RETURN_NOT_OK(CheckAddress(options));
  ARROW_ASSIGN_OR_RAISE(auto handler, MakeFlightService(context, tables, read_options, options));
  if (options.token.empty() && !IsLoopback(options.host)) {
    context->progress().Note("no token is set: whoever reaches the address may " +
                             std::string(options.allow_put ? "read and write" : "read") +
                             " the tables");
  }
  auto server = std::make_unique<Server>(std::move(context), std::move(handler));
  ARROW_RETURN_NOT_OK(server->Begin({.host = options.host,
                                     .port = options.port,
                                     .certificate = options.certificate,
                                     .key = options.key,
                                     .token = options.token}));
  return server;
}

}  // namespace bowyer
