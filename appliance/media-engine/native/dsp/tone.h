// Cadenced tones of up to four frequencies (ITU-T E.180).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace holdfast {

struct ToneStep {
  std::array<double, 4> frequencies{};  // Hz
  int count = 0;                        // of frequencies; 0: a pause
  double level = 0;                     // of each frequency, dBm0
  int durationMs = 0;                   // 0: for ever
};

struct Tone {
  std::vector<ToneStep> steps;
  int repeatFrom = -1;  // -1: played once, then silence
};

class ToneGenerator {
 public:
  explicit ToneGenerator(int sampleRate) : sampleRate_(sampleRate) { tone_.steps.reserve(kUsualSteps); }
  // From its beginning. Copies: no allocation up to the usual number of steps.
  void start(const Tone& tone);
  void stop() noexcept { tone_.steps.clear(); done_ = true; }
  // A tone that is played once has ended, or nothing was started.
  bool done() const noexcept { return done_; }
  // Always fills `count`: with silence after the end.
  void generate(int16_t* samples, size_t count) noexcept;

 private:
  static constexpr size_t kUsualSteps = 16;
  struct Oscillator {
    double cosine = 1, sine = 0;          // where it stands, times the amplitude
    double stepCosine = 1, stepSine = 0;  // by how much it turns per sample
  };
  void enter(size_t step) noexcept;
  void next() noexcept;

  int sampleRate_;
  Tone tone_;
  size_t step_ = 0;
  int64_t left_ = 0;  // samples of this step; -1: for ever
  bool done_ = true;
  std::array<Oscillator, 4> oscillators_{};
  int active_ = 0;
};

}  // namespace holdfast
