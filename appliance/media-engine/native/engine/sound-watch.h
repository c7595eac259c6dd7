#pragma once
// Listens to what a port's peer says: digits and fax tones in the sound.
#include <memory>
#include <vector>

#include "dsp/dtmf.h"
#include "dsp/fax.h"
#include "engine/engine.h"
#include "engine/port.h"
#include "engine/voice-codec.h"

namespace holdfast {

class RtpPort;

class SoundWatch final : public PacketListener {
 public:
  SoundWatch(Engine& engine, RtpPort& port, bool digits, bool fax);

  void packet(const ReceivedPacket& packet) override;
  void formatsChanged() override;
  /** The digit that sounds now; 0: none. */
  char digit() const { return digits_ != nullptr ? digits_->current() : '\0'; }

 private:
  /** Of all codecs: what telephone signals need. */
  static constexpr int sampleRate = 8000;

  struct VoiceDecoder {
    uint8_t payloadType;
    std::unique_ptr<Decoder> decoder;
  };

  Engine& engine_;
  RtpPort& port_;
  std::unique_ptr<DtmfDetector> digits_;
  std::unique_ptr<FaxDetector> fax_;
  std::vector<VoiceDecoder> decoders_;
  uint16_t nextSequence_ = 0;
  uint64_t stream_ = 0;
};

}  // namespace holdfast
