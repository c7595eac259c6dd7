#pragma once
// What an RTP port's peer says, as samples for whoever reads by a clock: jitter buffer, decoders, comfort noise, and the digits
// that came as telephone-events, as sound.
#include <array>
#include <memory>

#include "dsp/codec.h"
#include "dsp/comfort-noise.h"
#include "dsp/gain.h"
#include "dsp/jitter-buffer.h"
#include "dsp/tone.h"
#include "engine/rtp-port.h"

namespace holdfast {

class PlayoutInput final : public PacketListener {
 public:
  /** `fitRate`: read by another clock than the machine's. */
  PlayoutInput(RtpPort& origin, int sampleRate, const JitterLimits& limits, bool fitRate);
  ~PlayoutInput() override;
  PlayoutInput(const PlayoutInput&) = delete;
  PlayoutInput& operator=(const PlayoutInput&) = delete;

  /** At most 20 ms, always all of them. False: there is nothing to be heard. */
  bool read(int16_t* samples, size_t count, Nanoseconds now);
  /** For fax and modems: the delay stays, nothing is stretched. */
  void fixDelay();
  const JitterFigures& figures() const { return buffer_.figures(); }
  double concealedMs() const;

  void packet(const ReceivedPacket& packet) override;
  void formatsChanged() override;

 private:
  /** RFC 4733 §2.3: the same event, said again and again; it ends when it says so, or is said no longer. */
  static constexpr int eventSilenceMs = 100;

  JitterSettings jitter() const;
  void event(const ReceivedPacket& packet);

  RtpPort& origin_;
  const int rate_;
  const JitterLimits limits_;
  const bool fitRate_;
  /** 0: it follows the network. */
  int fixedMs_ = 0;
  uint32_t clockRate_ = 8000;
  uint64_t stream_ = 0;
  std::array<std::unique_ptr<Decoder>, 128> decoders_;
  JitterBuffer buffer_;
  ComfortNoiseGenerator noise_;
  bool noisy_ = false;
  Gain gain_;
  double gainDb_ = 0;
  ToneGenerator digit_;
  Tone digitTone_;
  uint32_t eventTimestamp_ = 0;
  bool eventKnown_ = false;
  size_t eventPlayed_ = 0;
  size_t eventUntil_ = 0;
};

}  // namespace holdfast
