// Steady tones of one or two known frequencies, at 8 kHz: what exchanges say in sound (ITU-T E.180).
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dsp/sliding-window.h"

namespace holdfast {

using ToneSets = std::vector<std::vector<double>>;

class ToneDetector {
 public:
  // Each set has one or two frequencies, Hz. Those of one set are at least 40 Hz apart.
  explicit ToneDetector(const ToneSets& sets);
  const ToneSets& sets() const noexcept { return sets_; }

  // 8 kHz samples; then ask `poll`.
  void process(const int16_t* samples, size_t count) noexcept;
  // What changed, oldest first: the index of the set that began to sound (60 ms ago), or -1 when it ended. False: nothing.
  bool poll(int& set) noexcept;

 private:
  static constexpr size_t window = 400;  // samples: 50 ms tell 40 Hz apart
  static constexpr size_t hop = 80;
  static constexpr size_t queueLength = 16;
  struct Finding {
    int set = -1;
    double power = 0;
    // How far the phases turned, of each frequency.
    std::array<std::complex<double>, 2> at{};
  };
  Finding look() noexcept;
  bool steady(const Finding& finding) const noexcept;
  void judge(const Finding& finding) noexcept;
  void change(int set) noexcept;

  ToneSets sets_;
  std::vector<double> frequencies_;                   // of all sets, each once
  std::vector<std::complex<double>> turns_;           // by hop, of each
  std::vector<std::complex<double>> found_;           // this window's
  std::vector<std::array<size_t, 2>> members_;        // of each set: indices into `frequencies_`; twice the same for one
  SlidingWindow<window, hop> heard_;
  Finding last_;
  int hits_ = 0;
  int current_ = -1;
  double level_ = 0;  // power of what sounds
  int misses_ = 0;
  std::array<int, queueLength> changes_{};
  size_t first_ = 0;
  size_t queued_ = 0;
};

}  // namespace holdfast
