#include "channels/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace bowyer {

bool IsLoopback(const std::string& host) {
  if (host == "localhost") return true;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string plain = bracketed ? host.substr(1, host.size() - 2) : host;
  in_addr four = {};
  if (::inet_pton(AF_INET, plain.c_str(), &four) == 1) {
    return (ntohl(four.s_addr) >> 24) == IN_LOOPBACKNET;
  }
  in6_addr six = {};
  return ::inet_pton(AF_INET6, plain.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

}  // namespace bowyer
