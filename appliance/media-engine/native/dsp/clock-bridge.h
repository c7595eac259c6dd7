// Samples from one clock to another: a line card's into a mix of the machine's clock, or the other way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dsp/drift.h"

namespace holdfast {

class ClockBridge {
 public:
  explicit ClockBridge(int sampleRate);
  // `nowUs`: monotonic; between two pushes the writer's clock is thought to run on.
  void push(const int16_t* samples, size_t count, int64_t nowUs) noexcept;
  // Always all of them; false: silence, there was not enough.
  bool pull(int16_t* samples, size_t count, int64_t nowUs) noexcept;
  // Gaps and cuts, where the clocks were too far apart to be fitted.
  uint64_t slips() const noexcept { return slips_; }
  // By how much the writer's clock is faster, as it is fitted now.
  double ppm() const noexcept { return fitter_.ppm(); }
  double waitingMs() const noexcept { return static_cast<double>(count_) * 1000 / sampleRate_; }
  void reset() noexcept;

 private:
  void drop(size_t count) noexcept;

  int sampleRate_;
  std::vector<int16_t> ring_;
  size_t first_ = 0;
  size_t count_ = 0;
  std::vector<int16_t> linear_;
  FractionalResampler fitter_;
  size_t greatestPush_ = 0;
  size_t greatestPull_ = 0;
  int64_t pushedUs_ = 0;
  double smoothed_ = 0;
  bool primed_ = false;
  bool began_ = false;
  uint64_t slips_ = 0;
};

}  // namespace holdfast
