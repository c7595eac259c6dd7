#include "dsp/gain.h"

#include <algorithm>
#include <cmath>

#include "dsp/level.h"

namespace holdfast {

void Gain::set(double db) noexcept {
  const double bounded = std::clamp(db, -60.0, 30.0);
  factor_ = static_cast<int32_t>(std::lrint(unity * std::pow(10.0, bounded / 20)));
}

void Gain::apply(int16_t* samples, size_t count) const noexcept {
  if (isUnity()) return;
  for (size_t i = 0; i < count; i++) {
    // 32.6 × 4096 × 32768 does not fit 32 bits.
    const int64_t scaled = (static_cast<int64_t>(samples[i]) * factor_ + unity / 2) >> 12;
    samples[i] = saturate(static_cast<int32_t>(scaled));
  }
}

}  // namespace holdfast
