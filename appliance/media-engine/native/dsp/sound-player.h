// Sounds with an end, one after another, to the sample: what signals on lines are made of (ITU-T Q.23, Q.320, V.23).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace holdfast {

struct PlayedSound {
  enum class Kind : uint8_t { tone, fsk };
  Kind kind = Kind::tone;
  double levelDbm0 = 0;             // of each frequency
  std::vector<double> frequencies;  // tone: Hz, the first four are played; none: a pause
  double durationMs = 0;            // tone
  double markHz = 0;                // fsk
  double spaceHz = 0;
  double baud = 0;
  std::string bits;  // `0` space, `1` mark
};

class SoundPlayer {
 public:
  explicit SoundPlayer(int sampleRate) : rate_(sampleRate) {}
  // In place of what was under way. None: nothing is played any more.
  void start(std::vector<PlayedSound>&& sounds);
  bool active() const noexcept { return at_ < sounds_.size(); }
  // How many were made: fewer than `count` once it has ended. Lengths add up exactly, whatever fractions of a sample they have.
  size_t generate(int16_t* samples, size_t count) noexcept;

 private:
  static constexpr size_t oscillatorCount = 4;
  double lengthOf(const PlayedSound& sound) const noexcept;
  void enter() noexcept;
  int16_t sample(const PlayedSound& sound) noexcept;

  int rate_;
  std::vector<PlayedSound> sounds_;
  size_t at_ = 0;
  int64_t made_ = 0;   // samples since `start`
  double began_ = 0;   // of this sound, in samples since `start`
  double ends_ = 0;
  double amplitude_ = 0;
  // Of each frequency; they go on from sound to sound, so that a change of frequency is no step.
  std::array<double, oscillatorCount> phases_{};
};

}  // namespace holdfast
