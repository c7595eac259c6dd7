#include "rtp/rtcp-session.h"

#include <algorithm>

#include "rtp/quality.h"

namespace holdfast {

namespace {

uint32_t middle(uint64_t ntp) { return static_cast<uint32_t>(ntp >> 16); }

uint32_t delayOf(Nanoseconds span) { return static_cast<uint32_t>(span / 1000 * 65536 / 1'000'000); }

uint8_t fraction(double share) { return static_cast<uint8_t>(std::clamp(share * 256, 0.0, 255.0)); }

uint16_t whole(double ms) { return static_cast<uint16_t>(std::clamp(ms, 0.0, 65535.0)); }

}  // namespace

void RtcpSession::begin(Nanoseconds now, double random) { schedule(now, random, true); }

void RtcpSession::schedule(Nanoseconds now, double random, bool first) {
  // §6.3.1: half the time for the first, drawn from 0.5 to 1.5 of it, and less by e - 1.5 for the reconsideration.
  const double factor = (first ? 0.5 : 1.0) * (0.5 + random) / 1.21828;
  next_ = now + static_cast<Nanoseconds>(static_cast<double>(interval) * factor);
}

size_t RtcpSession::report(uint8_t* bytes, size_t capacity, uint32_t ssrc, const std::string& cname, bool xr,
                           const Sent& sent, const Received& received, bool bye, Nanoseconds now, uint64_t ntp,
                           double random) {
  schedule(now, random, false);
  RtcpWriter writer(bytes, capacity);
  std::optional<ReportBlock> block;
  if (received.ssrc) {
    const bool same = senderReport_ && senderReport_->ssrc == *received.ssrc;
    ReceiveStatistics& statistics = received.statistics;
    block = ReportBlock{*received.ssrc,
                        statistics.fractionLost(),
                        static_cast<int32_t>(std::clamp<int64_t>(statistics.cumulativeLost(), -0x800000, 0x7fffff)),
                        statistics.extendedHighest(),
                        statistics.jitterTicks(),
                        same ? senderReport_->ntp : 0,
                        same ? delayOf(now - senderReport_->at) : 0};
  }
  if (sent.packets > packetsAtLast_) {
    const uint32_t timestamp = sent.timestamp + ticksOf(now - sent.at, sent.clockRate);
    const SenderInfo info{ntp, timestamp, static_cast<uint32_t>(sent.packets), static_cast<uint32_t>(sent.octets)};
    writer.senderReport(ssrc, info, block);
  } else {
    writer.receiverReport(ssrc, block);
  }
  packetsAtLast_ = sent.packets;
  writer.description(ssrc, cname);
  if (xr) {
    std::optional<RtcpWriter::DelaySinceReference> delay;
    if (reference_) delay = {reference_->ssrc, reference_->ntp, delayOf(now - reference_->at)};
    std::optional<VoipMetrics> voip;
    if (received.ssrc) {
      const ReceiveStatistics& statistics = received.statistics;
      const double expected = static_cast<double>(statistics.received() + statistics.lost());
      const double loss = expected > 0 ? static_cast<double>(statistics.lost()) / expected : 0;
      const BurstMetrics::Figures bursts = received.bursts.figures(received.packetMs);
      const double own = received.packetMs + received.bufferMs;
      const VoiceQuality listening = estimateQuality(received.codec, loss, 0);
      const VoiceQuality talking = estimateQuality(received.codec, loss, roundTripMs_.value_or(0) / 2 + own);
      voip = VoipMetrics{*received.ssrc,
                         fraction(loss),
                         0,
                         fraction(bursts.burstDensity),
                         fraction(bursts.gapDensity),
                         whole(bursts.burstMs),
                         whole(bursts.gapMs),
                         whole(roundTripMs_.value_or(0)),
                         whole(own),
                         static_cast<uint8_t>(talking.rating),
                         static_cast<uint8_t>(listening.mos * 10),
                         static_cast<uint8_t>(talking.mos * 10),
                         whole(received.bufferMs),
                         whole(received.bufferMs)};
    }
    writer.extendedReport(ssrc, ntp, delay, voip);
  }
  if (bye) writer.bye(ssrc);
  return writer.length();
}

bool RtcpSession::receive(const uint8_t* bytes, size_t length, uint32_t ours, uint32_t clockRate, Nanoseconds now,
                          uint64_t ntp) {
  ours_ = ours;
  clockRate_ = clockRate;
  now_ = now;
  ntp_ = ntp;
  return read(bytes, length);
}

void RtcpSession::senderReport(uint32_t ssrc, const SenderInfo& info) {
  senderReport_ = Heard{ssrc, middle(info.ntp), now_};
}

void RtcpSession::report(uint32_t, const ReportBlock& block) {
  if (block.ssrc != ours_) return;
  if (block.lastSenderReport != 0) roundTrip(block.lastSenderReport, block.delaySinceLast);
  peer_ = Peer{block.fractionLost / 256.0, block.jitter * 1000.0 / clockRate_, roundTripMs_};
}

void RtcpSession::referenceTime(uint32_t from, uint64_t ntp) { reference_ = Heard{from, middle(ntp), now_}; }

void RtcpSession::delaySinceReference(uint32_t, uint32_t ssrc, uint32_t lastReference, uint32_t delay) {
  if (ssrc != ours_ || lastReference == 0) return;
  roundTrip(lastReference, delay);
  if (peer_) peer_->roundTripMs = roundTripMs_;
}

/** RFC 3550 §6.4.1: now less when ours was sent less how long the peer kept it. */
void RtcpSession::roundTrip(uint32_t last, uint32_t delay) {
  const auto trip = static_cast<int32_t>(middle(ntp_) - last - delay);
  // Clocks of two grains can make it a little less than nothing; more than a minute is a peer's fault.
  if (trip > 60 * 65536 || trip < -65536) return;
  roundTripMs_ = std::max(trip, 0) * 1000.0 / 65536;
}

}  // namespace holdfast
