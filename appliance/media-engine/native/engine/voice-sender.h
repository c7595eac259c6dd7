#pragma once
// Samples in, packets of one port out: collects whole packets, encodes, and keeps the timeline of what is sent.
#include <memory>
#include <vector>

#include "engine/engine.h"
#include "engine/rtp-port.h"
#include "engine/voice-codec.h"

namespace holdfast {

class VoiceSender {
 public:
  /** `soundRate`: the most that the sound to be sent has; the codec may sample at less. */
  VoiceSender(Engine& engine, RtpPort& port, int soundRate);

  /** False: nothing can be encoded for this peer. */
  bool valid() const { return encoder_ != nullptr; }
  /** Of the samples to be given, Hz. */
  int sampleRate() const { return rate_; }
  size_t packetSamples() const { return frame_; }
  /** A new stream: the next packet has the marker. */
  void begin();
  void write(const int16_t* samples, size_t count);
  /** Nothing was said for so long; nothing is sent for it, but the timestamps go on (RFC 3551 §4.1). */
  void pause(size_t count);
  /** Signals stand in the same stream; `timestamp` as `timestamp()` gave it at their begin. */
  bool signal(const Format& format, uint32_t timestamp, bool marker, const uint8_t* payload, size_t bytes);
  /** Of the next sample to be written, in ticks of the voice format's clock. */
  uint32_t timestamp() const { return timestamp_ + ticks(filled_); }

 private:
  void sendPacket();
  uint32_t ticks(size_t samples) const {
    return static_cast<uint32_t>(static_cast<uint64_t>(samples) * clockRate_ / static_cast<uint64_t>(rate_));
  }

  Engine& engine_;
  RtpPort& port_;
  std::unique_ptr<Encoder> encoder_;
  uint8_t payloadType_ = 0;
  uint32_t clockRate_ = 8000;
  int rate_ = 8000;
  size_t frame_ = 160;
  int complexity_ = 0;
  int lossPercent_ = 0;
  uint64_t stream_ = 0;
  uint16_t sequence_ = 0;
  uint32_t timestamp_ = 0;
  bool marker_ = true;
  std::vector<int16_t> waiting_;
  size_t filled_ = 0;
};

}  // namespace holdfast
