#include "rtp/socket-address.h"

#include <arpa/inet.h>
#include <netdb.h>

namespace holdfast {

std::optional<SocketAddress> SocketAddress::parse(const std::string& host, uint16_t port) {
  SocketAddress address;
  if (inet_pton(AF_INET, host.c_str(), &address.any_.v4.sin_addr) == 1) {
    address.any_.v4.sin_family = AF_INET;
    address.any_.v4.sin_port = htons(port);
    return address;
  }
  if (inet_pton(AF_INET6, host.c_str(), &address.any_.v6.sin6_addr) == 1) {
    address.any_.v6.sin6_family = AF_INET6;
    address.any_.v6.sin6_port = htons(port);
    return address;
  }
  if (host.find('%') == std::string::npos) return std::nullopt;
  addrinfo hints{};
  hints.ai_family = AF_INET6;
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
  memcpy(&address.any_.v6, found->ai_addr, sizeof(sockaddr_in6));
  freeaddrinfo(found);
  address.any_.v6.sin6_port = htons(port);
  return address;
}

std::string SocketAddress::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (isV6()) {
    inet_ntop(AF_INET6, &any_.v6.sin6_addr, text, sizeof text);
  } else {
    inet_ntop(AF_INET, &any_.v4.sin_addr, text, sizeof text);
  }
  return text;
}

}  // namespace holdfast
