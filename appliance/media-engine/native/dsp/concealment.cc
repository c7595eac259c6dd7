#include "dsp/concealment.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dsp/level.h"

namespace holdfast {
namespace {

constexpr int shortestPitchHz = 400;
constexpr int longestPitchHz = 66;
constexpr int spanMs = 20;  // that is compared to find the pitch
constexpr int blendMs = 4;
constexpr int fullMs = 10;  // at full level, then it fades
constexpr int fadeMs = 50;

}  // namespace

size_t pitchLag(const int16_t* end, size_t span, size_t shortest, size_t longest, double& likeness) noexcept {
  const int16_t* recent = end - span;
  double energy = 0;
  for (size_t i = 0; i < span; i++) energy += static_cast<double>(recent[i]) * recent[i];
  const auto correlate = [&](size_t lag, size_t stride) {
    int64_t product = 0;
    int64_t power = 0;
    for (size_t i = 0; i < span; i += stride) {
      const int32_t before = recent[static_cast<ptrdiff_t>(i) - static_cast<ptrdiff_t>(lag)];
      product += static_cast<int64_t>(recent[i]) * before;
      power += static_cast<int64_t>(before) * before;
    }
    const double scaled = energy / static_cast<double>(stride);
    const double norm = std::sqrt(scaled * static_cast<double>(power));
    return norm > 0 ? static_cast<double>(product) / norm : 0.0;
  };
  // Every second lag of every second sample first, then around the best one exactly.
  size_t best = longest;
  double most = -2;
  for (size_t lag = shortest; lag <= longest; lag += 2) {
    const double found = correlate(lag, 2);
    if (found > most) {
      most = found;
      best = lag;
    }
  }
  const size_t from = best > shortest ? best - 1 : best;
  const size_t to = std::min(best + 1, longest);
  most = -2;
  for (size_t lag = from; lag <= to; lag++) {
    const double found = correlate(lag, 1);
    if (found > most) {
      most = found;
      best = lag;
    }
  }
  likeness = most;
  return best;
}

Concealment::Concealment(int sampleRate)
    : shortest_(static_cast<size_t>(sampleRate / shortestPitchHz)),
      longest_(static_cast<size_t>(sampleRate / longestPitchHz)),
      blend_(static_cast<size_t>(sampleRate / 1000 * blendMs)),
      fadePerSample_(1.0 / (sampleRate / 1000 * fadeMs)),
      fadeFrom_(static_cast<size_t>(sampleRate / 1000 * fullMs)),
      history_(static_cast<size_t>(sampleRate / 1000 * spanMs) + longest_ + blend_),
      period_(longest_) {}

void Concealment::reset() noexcept {
  std::fill(history_.begin(), history_.end(), int16_t{0});
  made_ = 0;
}

void Concealment::heard(int16_t* samples, size_t count) noexcept {
  if (made_ > 0) {
    const size_t over = std::min(blend_, count);
    for (size_t i = 0; i < over; i++) {
      const double part = static_cast<double>(i + 1) / static_cast<double>(over + 1);
      samples[i] = saturate(static_cast<int32_t>(std::lrint(part * samples[i] + (1 - part) * next())));
    }
    made_ = 0;
  }
  const size_t size = history_.size();
  if (count >= size) {
    std::memcpy(history_.data(), samples + (count - size), size * sizeof(int16_t));
    return;
  }
  std::memmove(history_.data(), history_.data() + count, (size - count) * sizeof(int16_t));
  std::memcpy(history_.data() + (size - count), samples, count * sizeof(int16_t));
}

void Concealment::begin() noexcept {
  const int16_t* end = history_.data() + history_.size();
  double likeness = 0;
  pitch_ = pitchLag(end, history_.size() - longest_ - blend_, shortest_, longest_, likeness);
  std::memcpy(period_.data(), end - pitch_, pitch_ * sizeof(int16_t));
  // The end of the period runs into its own beginning: blended with what came before that, it joins without a step.
  const size_t over = std::min(blend_, pitch_ / 4);
  for (size_t i = 0; i < over; i++) {
    const double part = static_cast<double>(i + 1) / static_cast<double>(over + 1);
    const size_t at = pitch_ - over + i;
    const int16_t earlier = *(end - 2 * static_cast<ptrdiff_t>(pitch_) + static_cast<ptrdiff_t>(at));
    period_[at] = saturate(static_cast<int32_t>(std::lrint((1 - part) * period_[at] + part * earlier)));
  }
  offset_ = 0;
}

int16_t Concealment::next() noexcept {
  double level = 1;
  if (made_ > fadeFrom_) level = std::max(0.0, 1 - static_cast<double>(made_ - fadeFrom_) * fadePerSample_);
  made_++;
  if (level == 0) return 0;
  const int16_t sample = period_[offset_];
  offset_ = offset_ + 1 == pitch_ ? 0 : offset_ + 1;
  return static_cast<int16_t>(std::lrint(level * sample));
}

void Concealment::conceal(int16_t* samples, size_t count) noexcept {
  if (made_ == 0) begin();
  for (size_t i = 0; i < count; i++) samples[i] = next();
}

}  // namespace holdfast
