// RFC 3389: the level of silence in, noise out; and a simple judge of what is speech.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast {

class ComfortNoiseGenerator {
 public:
  // A payload as it came: level, then up to ten reflection coefficients (the rest is ignored). An empty one is refused.
  bool update(const uint8_t* payload, size_t bytes) noexcept;
  // -dBov, 0-127 (RFC 3389 §3.1).
  void setLevel(int level) noexcept;
  void generate(int16_t* samples, size_t count) noexcept;

 private:
  static constexpr size_t maxOrder = 10;
  void settle() noexcept;

  uint32_t random_ = 0x9E3779B9;
  int level_ = 127;
  size_t order_ = 0;
  double gain_ = 0;     // of the white noise, so that what comes out has the level
  double current_ = 0;  // approaches gain_: no steps
  std::array<double, maxOrder> reflection_{};
  std::array<double, maxOrder + 1> lattice_{};
};

// Payload of a CN packet for these samples: one byte, the level. `capacity` ≥ 1.
size_t comfortNoisePayload(const int16_t* samples, size_t count, uint8_t* payload) noexcept;

class VoiceActivityDetector {
 public:
  explicit VoiceActivityDetector(int sampleRate) noexcept : sampleRate_(sampleRate) {}
  // Of one frame (5-60 ms). Speech lasts 200 ms longer than it is heard.
  bool isSpeech(const int16_t* samples, size_t count) noexcept;
  // Of the background, dBm0.
  double noiseLevel() const noexcept { return floor_; }

 private:
  int sampleRate_;
  double floor_ = -60;
  double hangoverMs_ = 0;
};

}  // namespace holdfast
