// Whole-ratio rate conversion between 8, 16 and 48 kHz (speexdsp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

struct SpeexResamplerState_;

namespace holdfast {

class Resampler {
 public:
  // Rates in Hz. Equal rates copy.
  Resampler(int from, int to);
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  // False: memory was short or the rates are senseless; `process` then gives silence.
  bool valid() const noexcept { return from_ == to_ || state_ != nullptr; }
  // Samples out for `count` in, exactly, when `count` is a whole number of milliseconds.
  size_t outputFor(size_t count) const noexcept;
  // Returns the samples written; never more than `capacity`. Delay: below 3 ms of the lower rate.
  size_t process(const int16_t* in, size_t count, int16_t* out, size_t capacity) noexcept;
  // For any ratio: takes what it can of `count` (says how many) and returns what it made.
  size_t stream(const int16_t* in, size_t& count, int16_t* out, size_t capacity) noexcept;
  void reset() noexcept;

 private:
  int from_;
  int to_;
  SpeexResamplerState_* state_ = nullptr;
};

}  // namespace holdfast
