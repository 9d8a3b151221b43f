#include "channels/socket_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <charconv>
#include <cstring>

#include "bowyer/error.h"
#include "channels/listener.h"
#include "core/text.h"

namespace bowyer {
namespace {

using arrow::Result;
using arrow::Status;

template <typename Address>
SocketAddress::Endpoint EndpointOf(const Address& address) {
  SocketAddress::Endpoint endpoint;
  std::memcpy(&endpoint.address, &address, sizeof(address));
  endpoint.length = sizeof(address);
  return endpoint;
}

Status SetPath(const std::string& path, SocketAddress* to) {
  ARROW_ASSIGN_OR_RAISE(const auto endpoint, EndpointOfPath(path));
  to->path = path;
  to->endpoints = {endpoint};
  return Status::OK();
}

Status SetHost(const std::string& text, SocketAddress* to) {
  constexpr char kForm[] = "for example tcp://localhost:5555";
  const auto colon = text.rfind(':');
  const std::string digits = colon == std::string::npos ? "" : text.substr(colon + 1);
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) {
    return MakeError(ErrorCode::kUsage, "a TCP address needs a port from 1 to 65535",
                     {.hint = kForm});
  }
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  sockaddr_in four = {};
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  sockaddr_in6 six = {};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  if (host == "localhost") {
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    six.sin6_addr = in6addr_loopback;
    to->endpoints = {EndpointOf(four), EndpointOf(six)};
    return Status::OK();
  }
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1 &&
      (ntohl(four.sin_addr.s_addr) >> 24) == IN_LOOPBACKNET) {
    to->endpoints = {EndpointOf(four)};
    return Status::OK();
  }
  if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1 &&
      IN6_IS_ADDR_LOOPBACK(&six.sin6_addr)) {
    to->endpoints = {EndpointOf(six)};
    return Status::OK();
  }
  return MakeError(
      ErrorCode::kUsage,
      Quoted(host) +
          " is not this machine's own address, and connections to others are refused: "
          "there is no TLS yet, so anybody on the way could read and change the data",
      {.hint = fmt::format("try an encrypted tunnel (ssh -L {0}:localhost:{0} HOST) and "
                           "tcp://localhost:{0}",
                           port)});
}

Status SetOptions(const Location& location, SocketAddress* to) {
  for (const auto& [name, value] : location.options) {
    if (name == "listen" || name == "connect") {
      if (!value.empty()) {
        return MakeError(ErrorCode::kUsage, "the option " + Quoted(name) + " takes no value");
      }
      if (to->role != SocketRole::kEither) {
        return MakeError(ErrorCode::kUsage, "listen and connect exclude each other");
      }
      to->role = name == "listen" ? SocketRole::kListen : SocketRole::kConnect;
    } else if (name == "timeout") {
      ARROW_ASSIGN_OR_RAISE(to->timeout, DurationOption(name, value));
      if (to->timeout.count() == 0) {
        return MakeError(ErrorCode::kUsage, "a time-out of 0 would leave no time to meet");
      }
    } else if (name == "stall") {
      ARROW_ASSIGN_OR_RAISE(to->stall, DurationOption(name, value));
    } else {
      return MakeError(ErrorCode::kUsage,
                       "a socket has no option " + Quoted(name) +
                           DidYouMean(name, {"listen", "connect", "timeout", "stall"}));
    }
  }
  return Status::OK();
}

}  // namespace

bool IsSocket(const Location& location) {
  return location.scheme == "unix" || location.scheme == "tcp";
}

Result<SocketAddress> SocketAddress::Of(const Location& location) {
  SocketAddress address;
  address.name = location.Redacted();
  const auto fill = [&]() -> Status {
    if (!location.table.empty()) {
      return MakeError(ErrorCode::kUsage, "a socket carries one table, which has no name",
                       {.hint = "leave #" + location.table + " out"});
    }
    ARROW_RETURN_NOT_OK(location.scheme == "unix" ? SetPath(location.path, &address)
                                                  : SetHost(location.path, &address));
    return SetOptions(location, &address);
  };
  ARROW_RETURN_NOT_OK(AtPlace(fill(), {.location = address.name}));
  return address;
}

}  // namespace bowyer
