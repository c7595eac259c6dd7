#include "engine/udp-socket.h"

#include <linux/sock_diag.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace holdfast {

std::string UdpSocket::open(const SocketAddress& local) {
  family_ = local.family();
  descriptor_ = socket(family_, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) return std::string("socket: ") + strerror(errno);
  const int one = 1;
  if (family_ == AF_INET6) setsockopt(descriptor_, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &queueBytes, sizeof queueBytes);
  if (bind(descriptor_, local.raw(), local.size()) == 0) return "";
  const std::string why = "bind " + local.host() + " " + std::to_string(local.port()) + ": " + strerror(errno);
  close();
  return why;
}

void UdpSocket::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void UdpSocket::mark(uint8_t dscp) {
  const int trafficClass = dscp << 2;
  if (family_ == AF_INET6) {
    setsockopt(descriptor_, IPPROTO_IPV6, IPV6_TCLASS, &trafficClass, sizeof trafficClass);
  } else {
    setsockopt(descriptor_, IPPROTO_IP, IP_TOS, &trafficClass, sizeof trafficClass);
  }
}

long UdpSocket::receive(uint8_t* into, size_t capacity, SocketAddress& from) {
  socklen_t size = SocketAddress::capacity();
  return recvfrom(descriptor_, into, capacity, MSG_DONTWAIT | MSG_TRUNC, from.raw(), &size);
}

bool UdpSocket::send(const uint8_t* bytes, size_t length, const SocketAddress& to) {
  return sendto(descriptor_, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, to.raw(), to.size()) >= 0;
}

uint64_t UdpSocket::overflowed() const {
  uint32_t figures[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof figures;
  if (descriptor_ < 0 || getsockopt(descriptor_, SOL_SOCKET, SO_MEMINFO, figures, &size) != 0) return 0;
  return figures[SK_MEMINFO_DROPS];
}

}  // namespace holdfast
