// Everybody hears everybody but himself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace holdfast {

constexpr size_t maxMixParties = 32;     // what a conference bridge of the trade holds
constexpr size_t maxMixFrame = 16 * 20;  // samples: 20 ms at 16 kHz

class Mixer {
 public:
  // Starts a frame of `count` samples of nobody.
  void begin(size_t count) noexcept;
  // What a party says in this frame.
  void add(const int16_t* samples) noexcept;
  // What a party hears; `own` is what it said in this frame, nullptr: nothing.
  void hear(const int16_t* own, int16_t* out) const noexcept;

 private:
  size_t count_ = 0;
  std::array<int32_t, maxMixFrame> sum_{};
};

}  // namespace holdfast
