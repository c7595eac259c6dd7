#pragma once
// From samples by a clock to the packets of an RTP port: encoder, packet time, gain, digits as sound.
#include <array>
#include <memory>

#include "dsp/codec.h"
#include "dsp/gain.h"
#include "engine/rtp-port.h"

namespace holdfast {

class PlayoutSender {
 public:
  /** `narrow`: what is pushed has 8 kHz from the beginning, so codecs that can are fed with that: they cost half. */
  PlayoutSender(Engine& engine, RtpPort& hearer, bool narrow = false);
  /** The port's formats, packet time or gain may have changed. */
  void hearerChanged();
  /** Of the samples it takes, Hz. */
  int sampleRate() const { return rate_; }
  /** Sends what makes a packet full. Any count. */
  void push(const int16_t* samples, size_t count);

 private:
  static constexpr size_t longestFrame = 48 * 60;

  void flush();

  Engine& engine_;
  RtpPort& hearer_;
  const bool narrow_;
  Format format_;
  uint32_t packetMs_ = 0;
  int rate_ = 8000;
  std::unique_ptr<Encoder> encoder_;
  Gain gain_;
  int complexity_ = -1;
  uint64_t source_;
  uint16_t sequence_ = 0;
  uint32_t timestamp_ = 0;
  std::array<int16_t, longestFrame> frame_{};
  size_t frameSamples_ = 160;
  size_t filled_ = 0;
};

}  // namespace holdfast
