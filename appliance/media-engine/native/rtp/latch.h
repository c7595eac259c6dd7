#pragma once
// Symmetric RTP: whose packets are believed. Whoever cannot continue what is heard already does not get in.
#include <cstdint>
#include <optional>

#include "rtp/rtp-time.h"
#include "rtp/socket-address.h"

namespace holdfast {

enum class LatchMode : uint8_t { signalled, address, any };

class Latch {
 public:
  enum class Verdict : uint8_t {
    refused,
    believed,
    /** Believed, and it is a source that was not heard before: another address or another SSRC. */
    changed,
  };

  /** A latched source is silent after so long: its address may change (a NAT's new binding), its SSRC staying. */
  static constexpr Nanoseconds addressSilence = milliseconds(500);
  /** The same for a new SSRC from the latched address; above the longest packet time of 60 ms. */
  static constexpr Nanoseconds ssrcSilence = milliseconds(100);
  /** RFC 3550 A.1: MAX_DROPOUT and MIN_SEQUENTIAL. */
  static constexpr uint16_t maxDropout = 3000;
  static constexpr uint8_t minSequential = 2;

  /** A greater `epoch` forgets the source: the peer re-negotiated. */
  void configure(LatchMode mode, int64_t epoch, const std::optional<SocketAddress>& signalled);
  /** ICE decides instead: only from this address; an address that is not set: from nobody. */
  void pin(const SocketAddress& path);
  void unpin();

  /** Whether anything of this address may be looked at: cheap, before decryption. */
  bool mayBe(const SocketAddress& from) const;
  /** `authenticated`: SRTP proved who sent it, so a new SSRC need not wait for the old one's silence. */
  Verdict judge(const SocketAddress& from, uint32_t ssrc, uint16_t sequence, bool authenticated, Nanoseconds now);

  bool latched() const { return latched_; }
  const SocketAddress& address() const { return address_; }
  uint32_t ssrc() const { return ssrc_; }

 private:
  Verdict take(const SocketAddress& from, uint32_t ssrc, uint16_t sequence, Nanoseconds now);
  bool proven(uint32_t ssrc, uint16_t sequence);

  LatchMode mode_ = LatchMode::signalled;
  int64_t epoch_ = -1;
  SocketAddress signalled_;
  bool pinned_ = false;
  SocketAddress path_;

  bool latched_ = false;
  SocketAddress address_;
  uint32_t ssrc_ = 0;
  uint16_t sequence_ = 0;
  Nanoseconds heardAt_ = 0;

  /** A new SSRC on probation. */
  uint32_t candidate_ = 0;
  uint16_t candidateSequence_ = 0;
  uint8_t candidateCount_ = 0;
};

}  // namespace holdfast
