// MF R1 signals between registers (ITU-T Q.320-Q.323, GR-506) at 8 kHz: two of six frequencies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dsp/sliding-window.h"

namespace holdfast {

class MfDetector {
 public:
  // 8 kHz samples; then ask `poll`.
  void process(const int16_t* samples, size_t count) noexcept;
  // The name of the next signal that has ended, oldest first: `0`-`9`, `KP`, `ST`, `STP`, `ST2P`, `ST3P`; null: none.
  const char* poll() noexcept;

 private:
  static constexpr size_t window = 102;  // samples: 12.75 ms
  static constexpr size_t hop = window / 2;
  static constexpr size_t queueLength = 16;  // nobody polls: that is a second of signals
  // A signal's index, -1: none; and the weaker frequency's power.
  struct Finding {
    int signal = -1;
    float power = 0;
  };
  Finding look() const noexcept;
  void judge(const Finding& finding) noexcept;
  void finish() noexcept;

  SlidingWindow<window, hop> heard_;
  int candidate_ = -1;
  int hits_ = 0;
  int misses_ = 0;
  float strongest_ = 0;
  std::array<int, queueLength> ended_{};
  size_t first_ = 0;
  size_t queued_ = 0;
};

}  // namespace holdfast
