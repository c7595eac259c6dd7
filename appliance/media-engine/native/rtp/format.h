#pragma once
// One payload type as agreed with a peer: src/media/format.ts.
#include <cstdint>
#include <string>

namespace holdfast {

enum class Codec : uint8_t { pcmu, pcma, g722, opus, l16, telephoneEvent, cn };

struct Format {
  uint8_t payloadType = 0;
  Codec codec = Codec::pcmu;
  /** Of the RTP clock, Hz, as `rtpmap` says it: 8000 for G722, 48000 for opus. */
  uint32_t clockRate = 8000;
  uint32_t channels = 1;
  std::string parameters;

  bool isVoice() const { return codec != Codec::telephoneEvent && codec != Codec::cn; }
  /** The same bytes mean the same: what the payload types are called does not matter. */
  bool matches(const Format& other) const {
    return codec == other.codec && clockRate == other.clockRate && channels == other.channels;
  }
  bool operator==(const Format& other) const {
    return payloadType == other.payloadType && matches(other) && parameters == other.parameters;
  }
};

}  // namespace holdfast
