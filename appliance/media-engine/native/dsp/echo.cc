#include "dsp/echo.h"

#include <speex/speex_echo.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dsp/level.h"

namespace holdfast {
namespace {

constexpr double farActiveDbm0 = -40;     // below it there is no echo worth removing
constexpr double cancelledDb = 10;        // the filter took at least this: what is left is echo, not speech
constexpr double residualGain = 0.03;     // -30 dB
constexpr double frameDecay = 0.7;        // of the far end's level: echo outlasts it

}  // namespace

EchoCanceller::EchoCanceller(int sampleRate, size_t frameSamples, int tailMs)
    : state_(speex_echo_state_init(static_cast<int>(frameSamples), sampleRate / 1000 * tailMs)),
      frame_(frameSamples),
      cancelled_(frameSamples) {
  if (state_ == nullptr) return;
  // Below 12 kHz the library cuts off everything under 130 Hz against a sound card's offset; a line has none. It believes twice the
  // rate, cuts at 25 Hz, and only smooths a little longer.
  int rate = sampleRate < 12000 ? 2 * sampleRate : sampleRate;
  speex_echo_ctl(state_, SPEEX_ECHO_SET_SAMPLING_RATE, &rate);
}

EchoCanceller::~EchoCanceller() {
  if (state_ != nullptr) speex_echo_state_destroy(state_);
}

void EchoCanceller::reset() noexcept {
  if (state_ != nullptr) speex_echo_state_reset(state_);
  sentLevel_ = 0;
  residualGain_ = 1;
}

void EchoCanceller::process(const int16_t* received, const int16_t* sent, int16_t* out) noexcept {
  if (state_ == nullptr) {
    std::memmove(out, received, frame_ * sizeof(int16_t));
    return;
  }
  speex_echo_cancellation(state_, received, sent, cancelled_.data());
  suppress(received, sent, out);
}

// What the linear filter leaves of an echo is lowered while the far end alone speaks (G.168 §3.19, non-linear processor).
void EchoCanceller::suppress(const int16_t* received, const int16_t* sent, int16_t* out) noexcept {
  const auto power = [this](const int16_t* samples) {
    double sum = 0;
    for (size_t i = 0; i < frame_; i++) sum += static_cast<double>(samples[i]) * samples[i];
    return sum / static_cast<double>(frame_);
  };
  sentLevel_ = std::max(power(sent), sentLevel_ * frameDecay);
  const double active = std::pow(amplitudeOf(farActiveDbm0), 2) / 2;
  const double before = power(received);
  const double after = power(cancelled_.data());
  const bool echoAlone = sentLevel_ > active && after * std::pow(10.0, cancelledDb / 10) < before;
  const double target = echoAlone ? residualGain : 1.0;
  const double from = residualGain_;
  for (size_t i = 0; i < frame_; i++) {
    const double gain = from + (target - from) * static_cast<double>(i + 1) / static_cast<double>(frame_);
    out[i] = saturate(static_cast<int32_t>(std::lrint(gain * cancelled_[i])));
  }
  residualGain_ = target;
}

}  // namespace holdfast
