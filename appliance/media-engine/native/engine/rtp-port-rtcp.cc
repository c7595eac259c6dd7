// RTCP of a port: each port reports its own stream, nothing is relayed (RFC 3550 §7.1: a translator that changes streams).
#include "engine/rtp-port.h"

namespace holdfast {

bool RtpPort::rtcpMayBe(const Endpoint& endpoint, const SocketAddress& from) const {
  if (settings_.ice) return endpoint.path.isSet() && from == endpoint.path;
  if (endpoint.component == 1 && latch_.latched() && from == latch_.address()) return true;
  switch (settings_.latch) {
    case LatchMode::signalled:
      return settings_.remote && (from == settings_.remote->rtcp || from == settings_.remote->rtp);
    case LatchMode::address:
      return settings_.remote && from.sameHost(settings_.remote->rtcp);
    case LatchMode::any:
      // Whoever speaks may report; before that, who was signalled.
      if (latch_.latched()) return from.sameHost(latch_.address());
      return settings_.remote && from.sameHost(settings_.remote->rtcp);
  }
  return false;
}

void RtpPort::receiveRtcp(const Endpoint& endpoint, uint8_t* bytes, size_t length, const SocketAddress& from) {
  if (!rtcpMayBe(endpoint, from)) {
    ++figures_.refusedSource;
    return;
  }
  const Nanoseconds now = engine_.now();
  if (secured()) {
    const SrtpReceiver::Result result = receiver_.openRtcp(bytes, length, engine_.scratchBuffer(), now);
    if (result != SrtpReceiver::Result::opened) return count(result);
  }
  const uint32_t clockRate = voice_ == nullptr ? 8000 : voice_->clockRate;
  if (!rtcp_.receive(bytes, length, ssrc_, clockRate, now, engine_.ntp())) {
    ++figures_.refusedMalformed;
    return;
  }
  if (endpoint.component == 2) rtcpAddress_ = from;
}

const SocketAddress* RtpPort::rtcpDestination() {
  if (settings_.rtcpMux) return rtpDestination();
  if (settings_.ice) return endpoints_[1].path.isSet() ? &endpoints_[1].path : nullptr;
  if (rtcpAddress_.isSet() && settings_.latch != LatchMode::signalled) return &rtcpAddress_;
  return settings_.remote ? &settings_.remote->rtcp : nullptr;
}

void RtpPort::sendReport(bool bye) {
  const SocketAddress* const to = rtcpDestination();
  if (settings_.opaque || to == nullptr || (secured() && !sender_.ready())) return;
  uint8_t buffer[channelHeaderBytes + maxRtcpBytes + maxSrtpTrailerBytes];
  uint8_t* const bytes = buffer + channelHeaderBytes;
  const RtcpSession::Sent sent{figures_.sent, sentOctets_, out_.lastTimestamp(), out_.lastAt(), sentClockRate_};
  const std::optional<uint32_t> heard = in_.started() ? std::optional<uint32_t>(streamSsrc_) : std::nullopt;
  const auto bufferMs = static_cast<uint32_t>(path_ == nullptr ? 0 : path_->bufferMs());
  const RtcpSession::Received received{heard, in_, bursts_, heardCodec_, settings_.packetMs, bufferMs};
  size_t length = rtcp_.report(bytes, maxRtcpBytes, ssrc_, place_.cname, settings_.rtcpXr, sent, received, bye,
                               engine_.now(), engine_.ntp(), engine_.chance());
  if (secured() && !sender_.protectRtcp(bytes, length)) return;
  transmit(endpoints_[settings_.rtcpMux ? 0 : 1], bytes, length, *to);
}

}  // namespace holdfast
