// bowyer serve: tables for others by Arrow Flight, until a signal ends it.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <thread>
#include <tuple>

#include "bowyer/error.h"
#include "bowyer/serve.h"
#include "channels/flight_address.h"
#include "cli/command.h"
#include "cli/run.h"
#include "core/text.h"

namespace bowyer::cli {
namespace {

arrow::Result<ServeOptions> OptionsOf(const ServeArguments& arguments) {
  ServeOptions options = arguments.options;
  if (!arguments.bind.empty()) {
    ARROW_RETURN_NOT_OK(
        ParseHostAndPort(arguments.bind, /*any_port=*/true, &options.host, &options.port));
  }
  // An empty one must not mean that there is no TLS.
  for (const auto& [file, what, out] :
       {std::tuple(&arguments.certificate_file, "the certificate", &options.certificate),
        std::tuple(&arguments.key_file, "the key", &options.key)}) {
    if (file->empty()) continue;
    ARROW_ASSIGN_OR_RAISE(*out, ReadSmallFile(*file, what));
    if (!out->empty()) continue;
    return MakeError(ErrorCode::kUsage, fmt::format("{} is empty", what), {.location = *file});
  }
  const char* token = std::getenv("BOWYER_TOKEN");
  if (!arguments.token_file.empty()) {
    ARROW_ASSIGN_OR_RAISE(options.token, ReadTokenFile(arguments.token_file));
  } else if (token != nullptr) {
    options.token = token;
  }
  return options;
}

}  // namespace

arrow::Status RunServe(const Arguments& arguments, Terminal& terminal) {
  std::vector<std::pair<std::string, Location>> tables;
  for (const std::string& word : arguments.words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return MakeError(ErrorCode::kUsage, Quoted(word) + " is not NAME=LOCATION",
                       {.hint = "for example orders=orders.parquet"});
    }
    ARROW_ASSIGN_OR_RAISE(auto location, Location::Parse(word.substr(equals + 1)));
    tables.emplace_back(word.substr(0, equals), std::move(location));
  }
  if (tables.empty()) {
    return MakeError(ErrorCode::kUsage, "serve takes one table or more",
                     {.hint = "bowyer serve orders=orders.parquet\nsee bowyer help serve"});
  }
  ARROW_ASSIGN_OR_RAISE(const auto options, OptionsOf(arguments.serve));
  ARROW_ASSIGN_OR_RAISE(auto running, StartRunning(arguments, terminal));
  ARROW_ASSIGN_OR_RAISE(auto server,
                        FlightServer::Start(running.context, tables, arguments.read, options));
  const std::string at =
      fmt::format("{}://{}:{}", options.certificate.empty() ? "grpc" : "grpc+tls", options.host,
                  server->port());
  if (terminal.json()) {
    nlohmann::ordered_json document = {{"location", at}, {"port", server->port()}};
    document["tables"] = nlohmann::ordered_json::array();
    for (const auto& [name, location] : tables) {
      document["tables"].push_back({{"name", name}, {"location", at + "/" + name}});
    }
    ARROW_RETURN_NOT_OK(terminal.PrintJson(document));
  } else {
    std::string text;
    for (const auto& [name, location] : tables) text += at + "/" + name + "\n";
    ARROW_RETURN_NOT_OK(terminal.Print(text));
    terminal.Note("Ctrl-C ends the server");
  }
  while (!running.context->stop_requested()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  server.reset();
  return running.context->CheckStop();
}

}  // namespace bowyer::cli
