#pragma once
// What a port and its peer tell each other of their streams, and when: RFC 3550 §6, RFC 3611 where it was offered.
#include <optional>
#include <string>

#include "rtp/burst-metrics.h"
#include "rtp/format.h"
#include "rtp/receive-statistics.h"
#include "rtp/rtcp.h"
#include "rtp/rtp-time.h"

namespace holdfast {

class RtcpSession final : private RtcpReader {
 public:
  struct Peer {
    /** 0-1. */
    double lossFraction;
    double jitterMs;
    std::optional<double> roundTripMs;
  };

  /** What is sent, for a sender report. */
  struct Sent {
    uint64_t packets;
    uint64_t octets;
    /** RTP timestamp of the last packet, when it was sent, and its clock. */
    uint32_t timestamp;
    Nanoseconds at;
    uint32_t clockRate;
  };

  /** What is received, for report block and VoIP metrics. */
  struct Received {
    /** Nothing was received yet: absent. */
    std::optional<uint32_t> ssrc;
    ReceiveStatistics& statistics;
    BurstMetrics& bursts;
    Codec codec;
    uint32_t packetMs;
    uint32_t bufferMs;
  };

  /** `random`: 0-1; `ntpOffset`: 1/2³² s of NTP time at `now` 0. */
  void begin(Nanoseconds now, double random);
  bool due(Nanoseconds now) const { return now >= next_; }
  /** Writes the next report; `random` draws when the one after it is due. */
  size_t report(uint8_t* bytes, size_t capacity, uint32_t ssrc, const std::string& cname, bool xr, const Sent& sent,
                const Received& received, bool bye, Nanoseconds now, uint64_t ntp, double random);
  /** `ours`: the SSRC that reports must be about, `clockRate`: of what is sent. False: it is no RTCP. */
  bool receive(const uint8_t* bytes, size_t length, uint32_t ours, uint32_t clockRate, Nanoseconds now, uint64_t ntp);

  const std::optional<Peer>& peer() const { return peer_; }

 private:
  /** RFC 3550 §6.2: the least interval; two members never need more at the rates of voice. */
  static constexpr Nanoseconds interval = seconds(5);

  struct Heard {
    uint32_t ssrc;
    /** The middle of its NTP time. */
    uint32_t ntp;
    Nanoseconds at;
  };

  void schedule(Nanoseconds now, double random, bool first);
  void roundTrip(uint32_t last, uint32_t delay);

  void senderReport(uint32_t ssrc, const SenderInfo& info) override;
  void report(uint32_t from, const ReportBlock& block) override;
  void bye(uint32_t) override {}
  void referenceTime(uint32_t from, uint64_t ntp) override;
  void delaySinceReference(uint32_t from, uint32_t ssrc, uint32_t lastReference, uint32_t delay) override;

  Nanoseconds next_ = 0;
  uint64_t packetsAtLast_ = 0;
  std::optional<Heard> senderReport_;
  std::optional<Heard> reference_;
  std::optional<Peer> peer_;
  std::optional<double> roundTripMs_;

  // Of the packet that is read.
  uint32_t ours_ = 0;
  uint32_t clockRate_ = 8000;
  Nanoseconds now_ = 0;
  uint64_t ntp_ = 0;
};

}  // namespace holdfast
