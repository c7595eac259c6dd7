// A little less or a little more of the same sound, so that nobody hears it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast {

class TimeScale {
 public:
  explicit TimeScale(int sampleRate) noexcept;
  static bool isSilent(const int16_t* samples, size_t count) noexcept;
  // Takes up to `most` samples out of a frame. Of silence any number; of speech one pitch period, where two that follow one
  // another are alike; of a tone none: its phase would jump. Returns the new length.
  size_t shorten(int16_t* samples, size_t count, size_t most) const noexcept;
  // Puts up to `most` samples into a frame of silence; `capacity` ≥ count + most. Returns the new length.
  size_t lengthen(int16_t* samples, size_t count, size_t most) const noexcept;

 private:
  size_t shortest_, longest_, blend_;
};

}  // namespace holdfast
