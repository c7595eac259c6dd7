#include "dsp/mixer.h"

#include <algorithm>

#include "dsp/level.h"

namespace holdfast {

void Mixer::begin(size_t count) noexcept {
  count_ = std::min(count, maxMixFrame);
  std::fill_n(sum_.begin(), count_, 0);
}

void Mixer::add(const int16_t* samples) noexcept {
  for (size_t i = 0; i < count_; i++) sum_[i] += samples[i];
}

void Mixer::hear(const int16_t* own, int16_t* out) const noexcept {
  if (own == nullptr) {
    for (size_t i = 0; i < count_; i++) out[i] = saturate(sum_[i]);
    return;
  }
  for (size_t i = 0; i < count_; i++) out[i] = saturate(sum_[i] - own[i]);
}

}  // namespace holdfast
