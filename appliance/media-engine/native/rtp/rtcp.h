#pragma once
// RTCP packets as they lie: RFC 3550 §6.4-6.6, RFC 3611 §4.4, §4.5, §4.7. Nothing is kept here.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "rtp/byte-order.h"

namespace holdfast {

constexpr size_t maxRtcpBytes = 1200;

struct ReportBlock {
  uint32_t ssrc;
  uint8_t fractionLost;
  int32_t cumulativeLost;
  uint32_t extendedHighest;
  uint32_t jitter;
  uint32_t lastSenderReport;
  /** 1/65536 s. */
  uint32_t delaySinceLast;
};

struct SenderInfo {
  uint64_t ntp;
  uint32_t timestamp;
  uint32_t packets;
  uint32_t octets;
};

struct VoipMetrics {
  uint32_t ssrc;
  uint8_t lossRate;
  uint8_t discardRate;
  uint8_t burstDensity;
  uint8_t gapDensity;
  uint16_t burstMs;
  uint16_t gapMs;
  uint16_t roundTripMs;
  uint16_t endSystemMs;
  uint8_t rating;
  /** Tenfold. */
  uint8_t mosListening;
  uint8_t mosConversational;
  uint16_t bufferNominalMs;
  uint16_t bufferMaxMs;
};

/** Puts a compound packet together. What does not fit is left out: nothing here is near that. */
class RtcpWriter {
 public:
  RtcpWriter(uint8_t* bytes, size_t capacity) : bytes_(bytes), capacity_(capacity) {}

  void senderReport(uint32_t ssrc, const SenderInfo& info, const std::optional<ReportBlock>& block);
  void receiverReport(uint32_t ssrc, const std::optional<ReportBlock>& block);
  void description(uint32_t ssrc, const std::string& cname);
  void bye(uint32_t ssrc);
  /** RFC 3611: receiver reference time, the answer to a peer's, and figures of a voice stream. */
  struct DelaySinceReference {
    uint32_t ssrc;
    uint32_t lastReference;
    uint32_t delay;
  };
  void extendedReport(uint32_t ssrc, std::optional<uint64_t> referenceNtp,
                      const std::optional<DelaySinceReference>& delay, const std::optional<VoipMetrics>& voip);
  size_t length() const { return length_; }

 private:
  /** Null: it does not fit. */
  uint8_t* take(size_t bytes);
  void reportBlock(const ReportBlock& block);

  uint8_t* bytes_;
  size_t capacity_;
  size_t length_ = 0;
};

/** Told of what a compound packet holds, once all of it was found to be sound. */
class RtcpReader {
 public:
  virtual ~RtcpReader() = default;
  virtual void senderReport(uint32_t ssrc, const SenderInfo& info) = 0;
  virtual void report(uint32_t from, const ReportBlock& block) = 0;
  virtual void bye(uint32_t ssrc) = 0;
  virtual void referenceTime(uint32_t from, uint64_t ntp) = 0;
  virtual void delaySinceReference(uint32_t from, uint32_t ssrc, uint32_t lastReference, uint32_t delay) = 0;

  /** False: it is no RTCP (RFC 3550 A.2), and nothing was told. */
  bool read(const uint8_t* bytes, size_t length);

 private:
  void one(const uint8_t* bytes, size_t length);
  void extended(const uint8_t* bytes, size_t length);
};

}  // namespace holdfast
