#pragma once
// Says digits to a port's peer: as telephone-events where it takes them (RFC 4733 §2.5.1), else as tones. While it does,
// nothing else is sent.
#include <array>
#include <memory>

#include "dsp/dtmf.h"
#include "engine/engine.h"
#include "engine/voice-sender.h"

namespace holdfast {

class DigitSender final : private Timer {
 public:
  /** More than anybody dials ahead. */
  static constexpr size_t maxWaiting = 64;

  DigitSender(Engine& engine, RtpPort& port) : engine_(engine), port_(port) {}

  /** False: too many wait, or the peer takes neither events nor sound. */
  bool say(char digit, uint32_t durationMs);
  /** A digit that goes on until `release`: it was found in the sound of another port. */
  void press(char digit);
  void release();
  bool active() const { return state_ != State::idle; }
  /** Its own packets pass while it is active. */
  bool sending() const { return sending_; }

 private:
  enum class State : uint8_t { idle, sounding, pausing };
  static constexpr uint32_t stepMs = 20;
  static constexpr uint32_t pauseMs = 60;
  static constexpr uint32_t longestMs = 10'000;
  static constexpr uint32_t usualMs = 100;
  static constexpr uint8_t volume = 10;
  /** The last packet three times: RFC 4733 §2.5.1.4. */
  static constexpr int ends = 3;

  struct Waiting {
    char digit;
    uint32_t durationMs;
  };

  void fire() override;
  bool start(char digit, uint32_t durationMs);
  void sendEvent(bool end, bool first);
  void finish();

  Engine& engine_;
  RtpPort& port_;
  State state_ = State::idle;
  bool sending_ = false;
  std::array<Waiting, maxWaiting> waiting_{};
  size_t count_ = 0;

  Nanoseconds due_ = 0;
  uint32_t leftMs_ = 0;
  /** As an event. */
  uint8_t event_ = 0;
  uint64_t stream_ = 0;
  uint16_t sequence_ = 0;
  uint32_t saidMs_ = 0;
  bool asEvent_ = false;
  /** As tones. */
  std::unique_ptr<VoiceSender> sender_;
  std::unique_ptr<DtmfGenerator> tone_;
};

}  // namespace holdfast
