#include "rtp/rtcp.h"

#include <cstring>

namespace holdfast {

namespace {

constexpr uint8_t senderReportType = 200;
constexpr uint8_t receiverReportType = 201;
constexpr uint8_t descriptionType = 202;
constexpr uint8_t byeType = 203;
constexpr uint8_t extendedReportType = 207;
constexpr size_t headerBytes = 8;
constexpr size_t senderInfoBytes = 20;
constexpr size_t reportBlockBytes = 24;

void writeHeader(uint8_t* at, uint8_t type, size_t count, size_t bytes, uint32_t ssrc) {
  at[0] = static_cast<uint8_t>(0x80 | count);
  at[1] = type;
  write16(at + 2, static_cast<uint16_t>(bytes / 4 - 1));
  write32(at + 4, ssrc);
}

ReportBlock readBlock(const uint8_t* at) {
  // 24 bits with a sign.
  const auto lost = static_cast<int32_t>(read32(at + 4) << 8) >> 8;
  return {read32(at), at[4], lost, read32(at + 8), read32(at + 12), read32(at + 16), read32(at + 20)};
}

uint64_t readNtp(const uint8_t* at) { return (static_cast<uint64_t>(read32(at)) << 32) | read32(at + 4); }

void writeNtp(uint8_t* at, uint64_t ntp) {
  write32(at, static_cast<uint32_t>(ntp >> 32));
  write32(at + 4, static_cast<uint32_t>(ntp));
}

}  // namespace

uint8_t* RtcpWriter::take(size_t bytes) {
  if (length_ + bytes > capacity_) return nullptr;
  uint8_t* const at = bytes_ + length_;
  memset(at, 0, bytes);
  length_ += bytes;
  return at;
}

void RtcpWriter::reportBlock(const ReportBlock& block) {
  uint8_t* const at = take(reportBlockBytes);
  if (at == nullptr) return;
  write32(at, block.ssrc);
  const int32_t lost = block.cumulativeLost > 0x7fffff ? 0x7fffff : block.cumulativeLost < -0x800000 ? -0x800000 : block.cumulativeLost;
  write32(at + 4, static_cast<uint32_t>(lost) & 0xffffff);
  at[4] = block.fractionLost;
  write32(at + 8, block.extendedHighest);
  write32(at + 12, block.jitter);
  write32(at + 16, block.lastSenderReport);
  write32(at + 20, block.delaySinceLast);
}

void RtcpWriter::senderReport(uint32_t ssrc, const SenderInfo& info, const std::optional<ReportBlock>& block) {
  uint8_t* const at = take(headerBytes + senderInfoBytes);
  if (at == nullptr) return;
  const size_t blocks = block ? 1 : 0;
  writeHeader(at, senderReportType, blocks, headerBytes + senderInfoBytes + blocks * reportBlockBytes, ssrc);
  writeNtp(at + 8, info.ntp);
  write32(at + 16, info.timestamp);
  write32(at + 20, info.packets);
  write32(at + 24, info.octets);
  if (block) reportBlock(*block);
}

void RtcpWriter::receiverReport(uint32_t ssrc, const std::optional<ReportBlock>& block) {
  uint8_t* const at = take(headerBytes);
  if (at == nullptr) return;
  const size_t blocks = block ? 1 : 0;
  writeHeader(at, receiverReportType, blocks, headerBytes + blocks * reportBlockBytes, ssrc);
  if (block) reportBlock(*block);
}

void RtcpWriter::description(uint32_t ssrc, const std::string& cname) {
  // One chunk: the CNAME, then at least one zero, up to the next 32 bits.
  const size_t bytes = (headerBytes + 2 + cname.size()) / 4 * 4 + 4;
  uint8_t* const at = take(bytes);
  if (at == nullptr) return;
  writeHeader(at, descriptionType, 1, bytes, ssrc);
  at[8] = 1;
  at[9] = static_cast<uint8_t>(cname.size());
  memcpy(at + 10, cname.data(), cname.size());
}

void RtcpWriter::bye(uint32_t ssrc) {
  uint8_t* const at = take(headerBytes);
  if (at != nullptr) writeHeader(at, byeType, 1, headerBytes, ssrc);
}

void RtcpWriter::extendedReport(uint32_t ssrc, std::optional<uint64_t> referenceNtp,
                                const std::optional<DelaySinceReference>& delay,
                                const std::optional<VoipMetrics>& voip) {
  const size_t bytes = headerBytes + (referenceNtp ? 12u : 0u) + (delay ? 16u : 0u) + (voip ? 36u : 0u);
  uint8_t* at = bytes == headerBytes ? nullptr : take(bytes);
  if (at == nullptr) return;
  writeHeader(at, extendedReportType, 0, bytes, ssrc);
  at += headerBytes;
  if (referenceNtp) {
    at[0] = 4;
    write16(at + 2, 2);
    writeNtp(at + 4, *referenceNtp);
    at += 12;
  }
  if (delay) {
    at[0] = 5;
    write16(at + 2, 3);
    write32(at + 4, delay->ssrc);
    write32(at + 8, delay->lastReference);
    write32(at + 12, delay->delay);
    at += 16;
  }
  if (!voip) return;
  at[0] = 7;
  write16(at + 2, 8);
  write32(at + 4, voip->ssrc);
  at[8] = voip->lossRate;
  at[9] = voip->discardRate;
  at[10] = voip->burstDensity;
  at[11] = voip->gapDensity;
  write16(at + 12, voip->burstMs);
  write16(at + 14, voip->gapMs);
  write16(at + 16, voip->roundTripMs);
  write16(at + 18, voip->endSystemMs);
  // 127: not measured. Signal and noise level, residual echo.
  at[20] = at[21] = at[22] = 127;
  at[23] = 16;
  at[24] = voip->rating;
  at[25] = 127;
  at[26] = voip->mosListening;
  at[27] = voip->mosConversational;
  // Standard concealment, the buffer not adaptive (RFC 3611 §4.7.6).
  at[28] = 0xe0;
  write16(at + 30, voip->bufferNominalMs);
  write16(at + 32, voip->bufferMaxMs);
  write16(at + 34, voip->bufferMaxMs);
}

bool RtcpReader::read(const uint8_t* bytes, size_t length) {
  size_t at = 0;
  for (bool first = true; at < length; first = false) {
    if (length - at < 4 || (bytes[at] >> 6) != 2) return false;
    const size_t size = 4 * (static_cast<size_t>(read16(bytes + at + 2)) + 1);
    if (size > length - at) return false;
    const uint8_t type = bytes[at + 1];
    // RFC 3550 A.2; feedback without a report in front is RFC 5506's.
    if (first && type != senderReportType && type != receiverReportType && (type < 205 || type > 207)) return false;
    at += size;
  }
  if (at == 0) return false;
  for (at = 0; at < length;) {
    const size_t size = 4 * (static_cast<size_t>(read16(bytes + at + 2)) + 1);
    one(bytes + at, size);
    at += size;
  }
  return true;
}

void RtcpReader::one(const uint8_t* bytes, size_t length) {
  const size_t count = bytes[0] & 0x1f;
  switch (bytes[1]) {
    case senderReportType:
    case receiverReportType: {
      const bool sender = bytes[1] == senderReportType;
      size_t at = headerBytes + (sender ? senderInfoBytes : 0);
      if (length < at) return;
      const uint32_t from = read32(bytes + 4);
      if (sender) senderReport(from, {readNtp(bytes + 8), read32(bytes + 16), read32(bytes + 20), read32(bytes + 24)});
      for (size_t index = 0; index < count && length - at >= reportBlockBytes; ++index, at += reportBlockBytes) {
        report(from, readBlock(bytes + at));
      }
      return;
    }
    case byeType:
      for (size_t index = 0; index < count && 8 + index * 4 <= length; ++index) bye(read32(bytes + 4 + index * 4));
      return;
    case extendedReportType:
      return extended(bytes, length);
    default:
      return;
  }
}

void RtcpReader::extended(const uint8_t* bytes, size_t length) {
  if (length < headerBytes) return;
  const uint32_t from = read32(bytes + 4);
  for (size_t at = headerBytes; length - at >= 4;) {
    const size_t size = 4 * (static_cast<size_t>(read16(bytes + at + 2)) + 1);
    if (size > length - at) return;
    if (bytes[at] == 4 && size == 12) referenceTime(from, readNtp(bytes + at + 4));
    if (bytes[at] == 5) {
      for (size_t inner = 4; size - inner >= 12; inner += 12) {
        const uint8_t* const block = bytes + at + inner;
        delaySinceReference(from, read32(block), read32(block + 4), read32(block + 8));
      }
    }
    at += size;
  }
}

}  // namespace holdfast
