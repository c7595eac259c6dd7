#pragma once
// Where datagrams come from and go to, in the kernel's own form: no conversion on the way of a packet.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>

namespace holdfast {

class SocketAddress {
 public:
  SocketAddress() { memset(&any_, 0, sizeof any_); }

  /** IPv4 or IPv6 without brackets, with a zone where it is link-local (`fe80::1%eth0`). */
  static std::optional<SocketAddress> parse(const std::string& host, uint16_t port);

  std::string host() const;
  uint16_t port() const { return ntohs(isV6() ? any_.v6.sin6_port : any_.v4.sin_port); }

  bool isSet() const { return any_.plain.sa_family != AF_UNSPEC; }
  bool isV6() const { return any_.plain.sa_family == AF_INET6; }
  int family() const { return any_.plain.sa_family; }

  bool sameHost(const SocketAddress& other) const {
    if (any_.plain.sa_family != other.any_.plain.sa_family) return false;
    if (!isV6()) return any_.v4.sin_addr.s_addr == other.any_.v4.sin_addr.s_addr;
    return memcmp(&any_.v6.sin6_addr, &other.any_.v6.sin6_addr, sizeof(in6_addr)) == 0;
  }
  bool operator==(const SocketAddress& other) const {
    // Both families have the port in the same place.
    return any_.v4.sin_port == other.any_.v4.sin_port && sameHost(other);
  }
  bool operator!=(const SocketAddress& other) const { return !(*this == other); }

  const sockaddr* raw() const { return &any_.plain; }
  sockaddr* raw() { return &any_.plain; }
  socklen_t size() const { return isV6() ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }
  static constexpr socklen_t capacity() { return sizeof(sockaddr_in6); }

 private:
  union {
    sockaddr plain;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } any_;
};

}  // namespace holdfast
