#pragma once
// From samples by a clock to the packets of an RTP port, whatever is negotiated in between.
#include <optional>

#include "dsp/gain.h"
#include "engine/voice-sender.h"

namespace holdfast {

class PlayoutSender {
 public:
  /** More than telephones have to say: what is mixed or played has no more. */
  static constexpr int wideBand = 16000;

  /** `soundRate`: the most that is in what will be pushed. */
  PlayoutSender(Engine& engine, RtpPort& hearer, int soundRate);
  /** The port's formats, packet time or gain may have changed. */
  void hearerChanged();
  /** Of the samples it takes, Hz. */
  int sampleRate() const { return rate_; }
  /** Sends what makes a packet full. Any count. */
  void push(const int16_t* samples, size_t count);

 private:
  Engine& engine_;
  RtpPort& hearer_;
  const int soundRate_;
  Format format_;
  uint32_t packetMs_ = 0;
  int rate_ = 8000;
  std::optional<VoiceSender> sender_;
  Gain gain_;
};

}  // namespace holdfast
