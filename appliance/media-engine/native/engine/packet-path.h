#pragma once
// From one RTP port to another, driven by the packets themselves: each is on its way again before the next is read.
#include <array>

#include "engine/port.h"
#include "engine/rtp-port.h"
#include "engine/source-path.h"
#include "engine/transcoder.h"

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
  double concealedMs() const override;
  uint64_t late() const override;

 private:
  /** By the origin's payload type: the hearer's, or that it has none. */
  static constexpr uint8_t unmapped = 0xff;

  void map();
  bool needsTranscoder() const;
  void makeTranscoder();
  bool pressDigit();
  bool otherPacketTime(const ReceivedPacket& packet) const;

  Engine& engine_;
  RtpPort& origin_;
  RtpPort& hearer_;
  PathKind kind_ = PathKind::none;
  std::array<uint8_t, 128> relayed_;
  std::unique_ptr<Transcoder> transcoder_;
  bool gains_ = false;
  /** The digit of the origin's sound that the hearer is told by events; 0: none. */
  char pressed_ = '\0';
  /** Of transcoders before this one. */
  double concealedMs_ = 0;
  uint64_t late_ = 0;
};

}  // namespace holdfast
