#pragma once
// The fixed header and what lies around the payload: RFC 3550 §5.1, §5.3.1.
#include <cstddef>
#include <cstdint>

#include "rtp/byte-order.h"

namespace holdfast {

constexpr size_t rtpHeaderBytes = 12;

/** What a datagram is by its first bytes: RFC 7983 §7, RFC 5761 §4. */
enum class DatagramKind : uint8_t { stun, dtls, channelData, rtp, rtcp, unknown };

inline DatagramKind classify(const uint8_t* bytes, size_t length) {
  if (length < 4) return DatagramKind::unknown;
  const uint8_t first = bytes[0];
  if (first >= 128 && first <= 191) {
    // Payload types 64-95 are not used for RTP where both share a socket.
    return bytes[1] >= 192 && bytes[1] <= 223 ? DatagramKind::rtcp : DatagramKind::rtp;
  }
  if (first <= 3) return DatagramKind::stun;
  if (first >= 20 && first <= 63) return DatagramKind::dtls;
  if (first >= 64 && first <= 79) return DatagramKind::channelData;
  return DatagramKind::unknown;
}

struct RtpPacket {
  uint8_t payloadType;
  bool marker;
  uint16_t sequence;
  uint32_t timestamp;
  uint32_t ssrc;
  /** Without header, contributing sources, extension and padding. */
  const uint8_t* payload;
  size_t payloadBytes;
};

/** Header fields alone: enough to judge a source before anything is decrypted. False: too short or not version 2. */
inline bool readRtpHeader(const uint8_t* bytes, size_t length, RtpPacket& packet) {
  if (length < rtpHeaderBytes || (bytes[0] >> 6) != 2) return false;
  packet.payloadType = bytes[1] & 0x7f;
  packet.marker = (bytes[1] & 0x80) != 0;
  packet.sequence = read16(bytes + 2);
  packet.timestamp = read32(bytes + 4);
  packet.ssrc = read32(bytes + 8);
  return true;
}

/** Finds the payload of a packet in clear. False: the lengths within do not add up. */
inline bool readRtpPayload(const uint8_t* bytes, size_t length, RtpPacket& packet) {
  size_t at = rtpHeaderBytes + 4 * static_cast<size_t>(bytes[0] & 0x0f);
  if ((bytes[0] & 0x10) != 0) {
    if (length < at + 4) return false;
    at += 4 + 4 * static_cast<size_t>(read16(bytes + at + 2));
  }
  if (at > length) return false;
  size_t end = length;
  if ((bytes[0] & 0x20) != 0) {
    const size_t padding = bytes[length - 1];
    if (padding == 0 || padding > length - at) return false;
    end -= padding;
  }
  packet.payload = bytes + at;
  packet.payloadBytes = end - at;
  return true;
}

inline void writeRtpHeader(uint8_t* bytes, uint8_t payloadType, bool marker, uint16_t sequence, uint32_t timestamp,
                           uint32_t ssrc) {
  bytes[0] = 0x80;
  bytes[1] = static_cast<uint8_t>(payloadType | (marker ? 0x80 : 0));
  write16(bytes + 2, sequence);
  write32(bytes + 4, timestamp);
  write32(bytes + 8, ssrc);
}

}  // namespace holdfast
