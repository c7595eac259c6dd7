#include "dsp/tone.h"

#include <algorithm>
#include <cmath>

#include "dsp/level.h"

namespace holdfast {
namespace {
constexpr double turn = 2 * 3.14159265358979323846;
}

void ToneGenerator::start(const Tone& tone) {
  tone_ = tone;
  done_ = tone_.steps.empty();
  if (!done_) enter(0);
}

void ToneGenerator::enter(size_t step) noexcept {
  step_ = step;
  const ToneStep& now = tone_.steps[step];
  left_ = now.durationMs > 0 ? static_cast<int64_t>(now.durationMs) * sampleRate_ / 1000 : -1;
  active_ = std::min(now.frequencies.size(), oscillators_.size());
  const double amplitude = amplitudeOf(now.levelDbm0);
  for (size_t i = 0; i < active_; i++) {
    const double angle = turn * now.frequencies[i] / sampleRate_;
    // Begins at a zero of the sine: no click.
    oscillators_[i] = {amplitude, 0, std::cos(angle), std::sin(angle)};
  }
}

void ToneGenerator::next() noexcept {
  if (step_ + 1 < tone_.steps.size()) {
    enter(step_ + 1);
  } else if (tone_.repeatFrom.has_value() && *tone_.repeatFrom < tone_.steps.size()) {
    enter(*tone_.repeatFrom);
  } else {
    done_ = true;
  }
}

void ToneGenerator::generate(int16_t* samples, size_t count) noexcept {
  size_t made = 0;
  while (made < count) {
    if (done_) {
      std::fill(samples + made, samples + count, int16_t{0});
      return;
    }
    size_t run = count - made;
    if (left_ >= 0) run = std::min(run, static_cast<size_t>(left_));
    for (size_t i = 0; i < run; i++) {
      double sum = 0;
      for (size_t k = 0; k < active_; k++) {
        Oscillator& o = oscillators_[k];
        sum += o.sine;
        const double cosine = o.cosine * o.stepCosine - o.sine * o.stepSine;
        o.sine = o.sine * o.stepCosine + o.cosine * o.stepSine;
        o.cosine = cosine;
      }
      samples[made + i] = saturate(static_cast<int32_t>(std::lrint(sum)));
    }
    made += run;
    if (left_ >= 0) {
      left_ -= static_cast<int64_t>(run);
      if (left_ == 0) next();
    }
  }
}

}  // namespace holdfast
