#include "engine/udp-socket.h"

#include <linux/sock_diag.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace holdfast {

namespace {

/** Of what waits in a socket: longer ago the machine stood still. */
constexpr Nanoseconds oldest = milliseconds(100);

Nanoseconds nanosecondsOf(const timespec& at) { return seconds(at.tv_sec) + at.tv_nsec; }

Nanoseconds readClock(clockid_t which) {
  timespec at{};
  clock_gettime(which, &at);
  return nanosecondsOf(at);
}

}  // namespace

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

void UdpSocket::date() {
  const int one = 1;
  dated_ = setsockopt(descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) == 0;
}

long UdpSocket::receive(uint8_t* into, size_t capacity, SocketAddress& from) {
  if (dated_) return receiveDated(into, capacity, from);
  socklen_t size = SocketAddress::capacity();
  return recvfrom(descriptor_, into, capacity, MSG_DONTWAIT | MSG_TRUNC, from.raw(), &size);
}

long UdpSocket::receiveDated(uint8_t* into, size_t capacity, SocketAddress& from) {
  iovec bytes{into, capacity};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
  msghdr message{};
  message.msg_name = from.raw();
  message.msg_namelen = SocketAddress::capacity();
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t length = recvmsg(descriptor_, &message, MSG_DONTWAIT | MSG_TRUNC);
  arrival_ = 0;
  if (length < 0) return length;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec came{};
    memcpy(&came, CMSG_DATA(header), sizeof came);
    // By the wall clock: if it is set just now, nobody knows.
    const Nanoseconds age = readClock(CLOCK_REALTIME) - nanosecondsOf(came);
    if (age > 0 && age < oldest) arrival_ = readClock(CLOCK_MONOTONIC) - age;
  }
  return length;
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
