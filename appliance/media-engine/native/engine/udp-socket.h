#pragma once
// One UDP socket of a port. Nothing here waits.
#include <cstddef>
#include <cstdint>
#include <string>

#include "rtp/rtp-time.h"
#include "rtp/socket-address.h"

namespace holdfast {

class UdpSocket {
 public:
  /** Bytes of a socket's queue: some 40 voice packets. What waited longer is of no use to anybody. */
  static constexpr int queueBytes = 48 * 1024;

  UdpSocket() = default;
  ~UdpSocket() { close(); }
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  /** Empty, or why it does not open. */
  std::string open(const SocketAddress& local);
  void close();
  /** Differentiated services code point, 0-63. */
  void mark(uint8_t dscp);

  int descriptor() const { return descriptor_; }
  /** From now on the kernel dates what comes. */
  void date();
  /** Bytes of the datagram (also where it was longer than `capacity`); negative: nothing waits. */
  long receive(uint8_t* into, size_t capacity, SocketAddress& from);
  /** When the datagram came that was received last, by the monotonic clock; 0 where nobody knows. */
  Nanoseconds arrival() const { return arrival_; }
  bool send(const uint8_t* bytes, size_t length, const SocketAddress& to);
  /** Datagrams that the kernel dropped because the queue was full. */
  uint64_t overflowed() const;

 private:
  long receiveDated(uint8_t* into, size_t capacity, SocketAddress& from);

  int descriptor_ = -1;
  int family_ = AF_UNSPEC;
  bool dated_ = false;
  Nanoseconds arrival_ = 0;
};

}  // namespace holdfast
