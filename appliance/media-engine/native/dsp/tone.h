// Cadenced tones of up to four frequencies (ITU-T E.180).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace holdfast {

struct ToneStep {
  std::vector<double> frequencies;  // Hz, the first four are played; none: a pause
  double levelDbm0 = 0;             // of each frequency
  uint32_t durationMs = 0;          // 0: for ever
  bool operator==(const ToneStep& other) const {
    return frequencies == other.frequencies && levelDbm0 == other.levelDbm0 && durationMs == other.durationMs;
  }
};

struct Tone {
  std::vector<ToneStep> steps;
  std::optional<uint32_t> repeatFrom;  // absent: played once, then silence
  bool operator==(const Tone& other) const { return steps == other.steps && repeatFrom == other.repeatFrom; }
};

class ToneGenerator {
 public:
  explicit ToneGenerator(int sampleRate) : sampleRate_(sampleRate) {}
  // From its beginning. Copies: no allocation for a tone that is no longer than the one before.
  void start(const Tone& tone);
  void stop() noexcept { tone_.steps.clear(); done_ = true; }
  // A tone that is played once has ended, or nothing was started.
  bool done() const noexcept { return done_; }
  // Always fills `count`: with silence after the end.
  void generate(int16_t* samples, size_t count) noexcept;

 private:
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
  size_t active_ = 0;
};

}  // namespace holdfast
