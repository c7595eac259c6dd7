#include "dsp/comfort-noise.h"

#include <algorithm>
#include <cmath>

#include "dsp/level.h"

namespace holdfast {
namespace {

// 0 dBov is a full-scale square wave: 3.01 dB above a full-scale sine.
constexpr double dbovInDbm0 = fullScaleSineDbm0 + 3.01;
constexpr int quietest = 127;
constexpr double settling = 1.0 / 400;  // per sample
constexpr double uniformDeviation = 0.57735;  // of -1 to 1
constexpr double speechAboveNoiseDb = 9;
constexpr double neverSpeechDbm0 = -55;
constexpr double floorRisesDbPerSecond = 3;
constexpr double hangoverMs = 200;

}  // namespace

bool ComfortNoiseGenerator::update(const uint8_t* payload, size_t bytes) noexcept {
  if (bytes == 0) return false;
  level_ = payload[0] & 0x7F;
  order_ = std::min(bytes - 1, maxOrder);
  for (size_t i = 0; i < order_; i++) {
    // RFC 3389 §3.2: index 127 is zero; the field is 258 × (index - 127) / 32768.
    const double k = 258.0 * (static_cast<int>(payload[i + 1]) - 127) / 32768;
    reflection_[i] = std::clamp(k, -0.99, 0.99);
  }
  settle();
  return true;
}

void ComfortNoiseGenerator::setLevel(int level) noexcept {
  level_ = std::clamp(level, 0, quietest);
  order_ = 0;
  settle();
}

void ComfortNoiseGenerator::settle() noexcept {
  // An all-pole lattice raises the power of white noise by the product of 1 / (1 - k²).
  double power = std::pow(10.0, -level_ / 10.0) * 32768.0 * 32768.0;
  for (size_t i = 0; i < order_; i++) power *= 1 - reflection_[i] * reflection_[i];
  gain_ = level_ >= quietest ? 0 : std::sqrt(power) / uniformDeviation;
}

void ComfortNoiseGenerator::generate(int16_t* samples, size_t count) noexcept {
  for (size_t i = 0; i < count; i++) {
    random_ = random_ * 1664525 + 1013904223;
    current_ += (gain_ - current_) * settling;
    double forward = current_ * (static_cast<double>(random_) / 2147483648.0 - 1);
    for (size_t k = order_; k-- > 0;) {
      forward -= reflection_[k] * lattice_[k];
      lattice_[k + 1] = lattice_[k] + reflection_[k] * forward;
    }
    lattice_[0] = forward;
    samples[i] = saturate(static_cast<int32_t>(std::lrint(std::clamp(forward, -40000.0, 40000.0))));
  }
}

size_t comfortNoisePayload(const int16_t* samples, size_t count, uint8_t* payload) noexcept {
  const double dbov = levelOf(samples, count) - dbovInDbm0;
  payload[0] = static_cast<uint8_t>(std::clamp<long>(std::lrint(-dbov), 0, quietest));
  return 1;
}

bool VoiceActivityDetector::isSpeech(const int16_t* samples, size_t count) noexcept {
  const double level = levelOf(samples, count);
  const double ms = static_cast<double>(count) * 1000 / sampleRate_;
  // The floor falls at once and rises slowly: what lasts is background.
  if (level < floor_) {
    floor_ = std::max(level, -80.0);
  } else {
    floor_ = std::min(level, floor_ + floorRisesDbPerSecond * ms / 1000);
  }
  if (level > std::max(floor_ + speechAboveNoiseDb, neverSpeechDbm0)) {
    hangoverMs_ = hangoverMs;
    return true;
  }
  hangoverMs_ = std::max(0.0, hangoverMs_ - ms);
  return hangoverMs_ > 0;
}

}  // namespace holdfast
