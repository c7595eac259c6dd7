#include "engine/packet-path.h"

namespace holdfast {

PacketPath::PacketPath(Engine& engine, RtpPort& origin, RtpPort& hearer)
    : engine_(engine), origin_(origin), hearer_(hearer) {
  map();
  origin_.addListener(*this);
}

PacketPath::~PacketPath() {
  origin_.removeListener(*this);
  if (pressed_ != '\0') hearer_.releaseDigit();
}

void PacketPath::map() {
  if (transcoder_ != nullptr) {
    concealedMs_ += transcoder_->concealedMs();
    late_ += transcoder_->late();
    transcoder_.reset();
  }
  relayed_.fill(unmapped);
  kind_ = PathKind::none;
  const RtpSettings& from = origin_.settings();
  const RtpSettings& to = hearer_.settings();
  if (to.opaque || from.opaque) {
    kind_ = PathKind::opaque;
    return;
  }
  gains_ = from.gainInDb + to.gainOutDb != 0;
  const Format* const voice = hearer_.voiceFormat();
  for (const Format& theirs : from.receives) {
    for (const Format& ours : to.sends) {
      if (!theirs.matches(ours) || (theirs.isVoice() && gains_)) continue;
      // Events and noise are told in the voice's time: they pass as they are only beside a voice that does.
      relayed_[theirs.payloadType] = ours.payloadType;
      break;
    }
  }
  for (const Format& theirs : from.receives) {
    if (!theirs.isVoice() || voice == nullptr) continue;
    if (kind_ == PathKind::none) {
      kind_ = relayed_[theirs.payloadType] == unmapped ? PathKind::transcoded : PathKind::relay;
    }
  }
  if (needsTranscoder()) makeTranscoder();
}

void PacketPath::makeTranscoder() {
  transcoder_ = std::make_unique<Transcoder>(engine_, origin_, hearer_);
  if (!transcoder_->valid()) {
    transcoder_.reset();
    if (kind_ == PathKind::transcoded) kind_ = PathKind::none;
  }
}

bool PacketPath::needsTranscoder() const {
  if (hearer_.voiceFormat() == nullptr) return false;
  const std::vector<Format>& receives = origin_.settings().receives;
  return std::any_of(receives.begin(), receives.end(),
                     [this](const Format& format) { return relayed_[format.payloadType] == unmapped; });
}

double PacketPath::concealedMs() const {
  return concealedMs_ + (transcoder_ == nullptr ? 0 : transcoder_->concealedMs());
}

uint64_t PacketPath::late() const { return late_ + (transcoder_ == nullptr ? 0 : transcoder_->late()); }

/** Of codecs whose packets can be cut and joined without loss. */
bool PacketPath::otherPacketTime(const ReceivedPacket& packet) const {
  const Format& format = packet.format;
  if (format.codec != Codec::pcmu && format.codec != Codec::pcma && format.codec != Codec::l16) return false;
  const size_t sampleBytes = format.codec == Codec::l16 ? 2u * format.channels : 1u;
  return packet.payloadBytes * 1000 != hearer_.settings().packetMs * sampleBytes * format.clockRate;
}

void PacketPath::packet(const ReceivedPacket& packet) {
  const uint8_t payloadType = relayed_[packet.format.payloadType];
  if (packet.format.isVoice()) {
    if (pressDigit()) return;
    const bool other = payloadType != unmapped && otherPacketTime(packet);
    // Once for a stream, at its first packet.
    if (other && transcoder_ == nullptr) makeTranscoder();
    const bool relay = payloadType != unmapped && (transcoder_ == nullptr || !other);
    kind_ = relay ? PathKind::relay : transcoder_ != nullptr ? PathKind::transcoded : PathKind::none;
    if (relay && transcoder_ != nullptr && !transcoder_->yield()) return;
  }
  if (transcoder_ != nullptr && (kind_ == PathKind::transcoded || payloadType == unmapped)) {
    return transcoder_->packet(packet);
  }
  if (payloadType == unmapped) return;
  hearer_.send({packet.stream, packet.sequence, packet.timestamp, packet.format.clockRate, packet.marker, payloadType,
                packet.payload, packet.payloadBytes});
}

/** True: a digit sounds, and the hearer's peer is told of it by events instead. */
bool PacketPath::pressDigit() {
  const char digit = origin_.soundingDigit();
  if (digit == pressed_) return digit != '\0';
  if (pressed_ != '\0') hearer_.releaseDigit();
  const bool events = hearer_.eventFormat() != nullptr && !origin_.hearsEvents();
  pressed_ = events ? digit : '\0';
  if (pressed_ != '\0') hearer_.pressDigit(pressed_);
  return pressed_ != '\0';
}

void PacketPath::datagram(const uint8_t* bytes, size_t length) {
  if (hearer_.settings().opaque) hearer_.sendDatagram(bytes, length);
}

}  // namespace holdfast
