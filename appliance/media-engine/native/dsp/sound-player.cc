#include "dsp/sound-player.h"

#include <algorithm>
#include <cmath>

#include "dsp/level.h"

namespace holdfast {
namespace {
constexpr double turn = 2 * 3.14159265358979323846;
}

double SoundPlayer::lengthOf(const PlayedSound& sound) const noexcept {
  if (sound.kind == PlayedSound::Kind::tone) return std::max(sound.durationMs, 0.0) * rate_ / 1000;
  return sound.baud > 0 ? static_cast<double>(sound.bits.size()) * rate_ / sound.baud : 0;
}

void SoundPlayer::start(std::vector<PlayedSound>&& sounds) {
  sounds_ = std::move(sounds);
  at_ = 0;
  made_ = 0;
  began_ = ends_ = 0;
  phases_.fill(0);
  if (!sounds_.empty()) enter();
}

void SoundPlayer::enter() noexcept {
  const PlayedSound& sound = sounds_[at_];
  began_ = ends_;
  ends_ = began_ + lengthOf(sound);
  amplitude_ = amplitudeOf(sound.levelDbm0);
  // What does not sound begins at a zero of the sine next time.
  const size_t sounding = sound.kind == PlayedSound::Kind::fsk ? 1 : sound.frequencies.size();
  for (size_t each = sounding; each < oscillatorCount; each++) phases_[each] = 0;
}

int16_t SoundPlayer::sample(const PlayedSound& sound) noexcept {
  const auto advance = [this](size_t oscillator, double hz) {
    const double now = amplitude_ * std::sin(phases_[oscillator]);
    phases_[oscillator] += turn * hz / rate_;
    if (phases_[oscillator] >= turn) phases_[oscillator] -= turn;
    return now;
  };
  double sum = 0;
  if (sound.kind == PlayedSound::Kind::fsk) {
    const double into = std::max(static_cast<double>(made_) - began_, 0.0) * sound.baud / rate_;
    const size_t bit = std::min(static_cast<size_t>(into), sound.bits.size() - 1);
    sum = advance(0, sound.bits[bit] == '1' ? sound.markHz : sound.spaceHz);
  } else {
    for (size_t each = 0; each < std::min(sound.frequencies.size(), oscillatorCount); each++) {
      sum += advance(each, sound.frequencies[each]);
    }
  }
  return saturate(static_cast<int32_t>(std::lrint(sum)));
}

size_t SoundPlayer::generate(int16_t* samples, size_t count) noexcept {
  size_t made = 0;
  while (active()) {
    if (made_ >= std::llround(ends_)) {
      at_++;
      if (active()) enter();
      continue;
    }
    if (made == count) break;
    samples[made++] = sample(sounds_[at_]);
    made_++;
  }
  return made;
}

}  // namespace holdfast
