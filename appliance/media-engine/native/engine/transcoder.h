#pragma once
// Sound of one port for another that speaks something else, on the arrival of each packet: no buffer, so no delay but the
// codecs'. Only behind a gap a packet waits, for as long as a packet lasts, whether the missing one still comes.
#include <array>
#include <memory>
#include <vector>

#include "dsp/comfort-noise.h"
#include "dsp/dtmf.h"
#include "dsp/gain.h"
#include "dsp/resample.h"
#include "engine/voice-sender.h"
#include "rtp/telephone-event.h"

namespace holdfast {

class Transcoder final : private Timer {
 public:
  Transcoder(Engine& engine, RtpPort& origin, RtpPort& hearer);

  /** False: one of the two has no voice format that this engine speaks. */
  bool valid() const { return sender_.valid() && !decoders_.empty(); }
  void packet(const ReceivedPacket& packet);
  /** The voice is relayed, and only signals come here: what is made of them ends. False: a digit sounds, drop the voice. */
  bool yield();
  double concealedMs() const { return concealedMs_; }
  uint64_t late() const { return late_; }

 private:
  /** More is not made up: it would be a guess about words (G.711 appendix I fades within 60 ms). */
  static constexpr uint32_t maxConcealedMs = 60;
  /** A digit whose end was lost does not sound for ever. */
  static constexpr Nanoseconds tonePatience = milliseconds(150);
  /** Longer without a packet of comfort noise: the peer is gone, not silent. */
  static constexpr int maxNoisePackets = 500;

  struct VoiceDecoder {
    uint8_t payloadType;
    std::unique_ptr<Decoder> decoder;
    std::unique_ptr<Resampler> resampler;
  };

  void fire() override;
  void begin(const ReceivedPacket& packet);
  void voice(const ReceivedPacket& packet);
  void hold(const ReceivedPacket& packet);
  void release();
  /** What of a packet is needed once its turn has come: a format may be configured away while it waits. */
  struct Voice {
    uint8_t payloadType;
    uint32_t clockRate;
    uint32_t timestamp;
    const uint8_t* payload;
    size_t bytes;
    bool afterLoss;
  };
  void play(const Voice& packet);
  void fillGap(VoiceDecoder& decoder, const Voice& packet);
  void write(VoiceDecoder& decoder, int16_t* samples, size_t count);
  void comfortNoise(const ReceivedPacket& packet);
  void event(const ReceivedPacket& packet);
  void soundEvent(const TelephoneEvent& event, uint32_t timestamp, uint32_t clockRate);
  void endNoise();
  VoiceDecoder* decoderOf(uint8_t payloadType);

  Engine& engine_;
  RtpPort& origin_;
  RtpPort& hearer_;
  VoiceSender sender_;
  std::vector<VoiceDecoder> decoders_;
  Gain gain_;

  uint64_t stream_ = 0;
  bool started_ = false;
  uint16_t nextSequence_ = 0;
  uint8_t lastPayloadType_ = 0;
  uint32_t nextTimestamp_ = 0;
  uint32_t packetTicks_ = 160;

  /** The packet that waits for the one before it. */
  bool held_ = false;
  uint8_t heldPayloadType_ = 0;
  uint32_t heldClockRate_ = 8000;
  uint16_t heldSequence_ = 0;
  uint32_t heldTimestamp_ = 0;
  size_t heldBytes_ = 0;
  std::array<uint8_t, Engine::bufferBytes> heldPayload_{};

  /** Events: of the origin's timeline, and where they stand in ours. */
  bool eventKnown_ = false;
  uint32_t eventTimestamp_ = 0;
  uint32_t eventSentAt_ = 0;
  uint32_t eventTicks_ = 0;
  DtmfGenerator tone_;
  bool toneOn_ = false;
  Nanoseconds toneAt_ = 0;

  ComfortNoiseGenerator noise_;
  int noisePackets_ = 0;

  double concealedMs_ = 0;
  uint64_t late_ = 0;
};

}  // namespace holdfast
