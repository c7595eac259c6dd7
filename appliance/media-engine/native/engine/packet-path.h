#pragma once
// From one RTP port to another, driven by the packets themselves: each is on its way again before the next is read.
#include <array>

#include "engine/port.h"
#include "engine/rtp-port.h"
#include "engine/source-path.h"

namespace holdfast {

class PacketPath final : public SourcePath, public PacketListener {
 public:
  PacketPath(Engine& engine, RtpPort& origin, RtpPort& hearer);
  ~PacketPath() override;

  PathKind kind() const override { return kind_; }
  void hearerChanged() override { map(); }
  void packet(const ReceivedPacket& packet) override;
  void datagram(const uint8_t* bytes, size_t length) override;
  void formatsChanged() override { map(); }

 private:
  /** By the origin's payload type: the hearer's, or that it has none. */
  static constexpr uint8_t unmapped = 0xff;

  void map();

  Engine& engine_;
  RtpPort& origin_;
  RtpPort& hearer_;
  PathKind kind_ = PathKind::none;
  std::array<uint8_t, 128> relayed_;
};

}  // namespace holdfast
