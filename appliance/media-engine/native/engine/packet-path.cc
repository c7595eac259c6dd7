#include "engine/packet-path.h"

namespace holdfast {

PacketPath::PacketPath(Engine& engine, RtpPort& origin, RtpPort& hearer)
    : engine_(engine), origin_(origin), hearer_(hearer) {
  map();
  origin_.addListener(*this);
}

PacketPath::~PacketPath() { origin_.removeListener(*this); }

void PacketPath::map() {
  relayed_.fill(unmapped);
  kind_ = PathKind::none;
  if (hearer_.settings().opaque || origin_.settings().opaque) {
    kind_ = PathKind::opaque;
    return;
  }
  for (const Format& from : origin_.settings().receives) {
    for (const Format& to : hearer_.settings().sends) {
      if (!from.matches(to)) continue;
      relayed_[from.payloadType] = to.payloadType;
      if (from.isVoice()) kind_ = PathKind::relay;
      break;
    }
  }
}

void PacketPath::packet(const ReceivedPacket& packet) {
  const uint8_t payloadType = relayed_[packet.format.payloadType];
  if (payloadType == unmapped) return;
  hearer_.send({packet.stream, packet.sequence, packet.timestamp, packet.format.clockRate, packet.marker, payloadType,
                packet.payload, packet.payloadBytes});
}

void PacketPath::datagram(const uint8_t* bytes, size_t length) {
  if (hearer_.settings().opaque) hearer_.sendDatagram(bytes, length);
}

}  // namespace holdfast
