#include "channels/flight_address.h"

#include <charconv>
#include <cstdlib>
#include <fstream>

#include "bowyer/error.h"
#include "channels/loopback.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

// "a/b" -> a, b
std::vector<std::string> PathOf(const std::string& text) {
  std::vector<std::string> path;
  for (size_t at = 0; at <= text.size();) {
    const auto slash = std::min(text.find('/', at), text.size());
    if (slash > at) path.push_back(text.substr(at, slash - at));
    at = slash + 1;
  }
  return path;
}

Status SetToken(Context& context, const std::string& file, FlightAddress* to) {
  const char* variable = std::getenv("BOWYER_TOKEN");
  if (!file.empty()) {
    ARROW_ASSIGN_OR_RAISE(to->target.token, ReadTokenFile(file));
  } else if (variable != nullptr) {
    to->target.token = variable;
  }
  if (to->target.token.empty() || to->target.tls || IsLoopback(to->target.host)) {
    return Status::OK();
  }
  to->target.token.clear();
  if (file.empty()) {
    context.progress().Note(to->name + ": the token is not sent, since the way is not encrypted");
    return Status::OK();
  }
  return MakeError(ErrorCode::kUsage,
                   "a token is not sent to another machine without TLS: anybody on the way could "
                   "read it",
                   {.hint = "try grpc+tls://, or leave token-file out"});
}

Status Fill(Context& context, const Location& location, FlightAddress* to) {
  if (!location.table.empty()) {
    return MakeError(ErrorCode::kUsage, "a table of a Flight server stands behind a slash",
                     {.hint = "grpc://HOST:PORT/" + location.table});
  }
  const auto slash = std::min(location.path.find('/'), location.path.size());
  ARROW_RETURN_NOT_OK(ParseHostAndPort(location.path.substr(0, slash), /*any_port=*/false,
                                       &to->target.host, &to->target.port));
  to->target.tls = location.scheme == "grpc+tls";
  to->table.path = PathOf(location.path.substr(slash));
  std::string token_file;
  for (const auto& [name, value] : location.options) {
    if (name == "query") {
      if (!to->table.path.empty()) {
        return MakeError(ErrorCode::kUsage, "a query names its tables itself",
                         {.hint = "leave the name behind the port out"});
      }
      to->table.command = value;
    } else if (name == "token-file") {
      token_file = value;
    } else if (name == "ca") {
      if (!to->target.tls) {
        return MakeError(ErrorCode::kUsage, "the option \"ca\" is for grpc+tls://");
      }
      ARROW_ASSIGN_OR_RAISE(to->target.certificates, ReadSmallFile(value, "the certificates"));
    } else if (name == "timeout") {
      ARROW_ASSIGN_OR_RAISE(to->timeout, DurationOption(name, value));
      if (to->timeout.count() == 0) {
        return MakeError(ErrorCode::kUsage, "a time-out of 0 would leave no time to answer");
      }
    } else if (name == "stall") {
      ARROW_ASSIGN_OR_RAISE(to->stall, DurationOption(name, value));
    } else {
      return MakeError(ErrorCode::kUsage,
                       "a Flight server's location has no option " + Quoted(name) +
                           DidYouMean(name, {"query", "token-file", "ca", "timeout", "stall"}));
    }
  }
  return SetToken(context, token_file, to);
}

}  // namespace

Status ParseHostAndPort(const std::string& text, bool any_port, std::string* host, int* port) {
  const auto colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  uint16_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  if (!is_number || (number == 0 && !any_port)) {
    return MakeError(ErrorCode::kUsage, Quoted(text) + " is not HOST:PORT",
                     {.hint = "for example localhost:8815"});
  }
  *host = text.substr(0, colon);
  *port = number;
  const bool bracketed = host->size() > 2 && host->front() == '[' && host->back() == ']';
  const bool plain = host->find_first_of(":[]@ ") == std::string::npos;
  if (host->empty() || !(bracketed || plain)) {
    return MakeError(ErrorCode::kUsage, Quoted(*host) + " is no host",
                     {.hint = "a name, an IPv4 address, or an IPv6 address in brackets"});
  }
  return Status::OK();
}

Result<std::string> ReadSmallFile(const std::string& path, const std::string& what) {
  constexpr std::streamsize kMost = 1 << 20;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMost, '\0');
  file.read(text.data(), kMost);
  if (!file.eof() || file.bad()) {
    return MakeError(ErrorCode::kUnavailable, what + " cannot be read", {.location = path});
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

Result<std::string> ReadTokenFile(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::string token, ReadSmallFile(path, "the token"));
  token.resize(std::min(token.find_first_of("\r\n"), token.size()));
  if (token.empty()) {
    return MakeError(ErrorCode::kUsage, "the first line, which is the token, is empty",
                     {.location = path});
  }
  return token;
}

Result<FlightAddress> FlightAddress::Of(Context& context, const Location& location) {
  FlightAddress address;
  address.name = location.Redacted();
  ARROW_RETURN_NOT_OK(AtPlace(Fill(context, location, &address), {.location = address.name}));
  return address;
}

}  // namespace bowyer
