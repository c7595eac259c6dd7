#include "dsp/drift.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dsp/level.h"

namespace holdfast {
namespace {

constexpr int64_t secondUs = 1000000;
constexpr double limitPpm = 1000;  // beyond it something is broken, and no resampling makes it good
constexpr double pi = 3.14159265358979323846;

}  // namespace

void DriftEstimator::reset() noexcept {
  seconds_ = 0;
  newest_ = 0;
  started_ = false;
  warming_ = warmingSeconds;
  ppm_ = 0;
}

void DriftEstimator::add(int64_t theirs, int64_t ours) noexcept {
  if (!started_) {
    started_ = true;
    base_ = ours - theirs;
    secondBegan_ = ours;
    least_ = {ours, 0};
    return;
  }
  const int64_t offset = ours - theirs - base_;
  if (ours - secondBegan_ >= secondUs && warming_ > 0) {
    // What begins is late: buffers fill, paths are found. It would bend the slope for a minute.
    warming_--;
    secondBegan_ = ours;
    least_ = {ours, offset};
    return;
  }
  if (ours - secondBegan_ >= secondUs) {
    newest_ = (newest_ + 1) % secondsKept;
    history_[newest_] = least_;
    seconds_ = std::min(seconds_ + 1, secondsKept);
    secondBegan_ = ours;
    least_ = {ours, offset};
    if (settled()) fit();
    return;
  }
  if (offset < least_.offset) least_ = {ours, offset};
}

void DriftEstimator::fit() noexcept {
  double meanTime = 0;
  double meanOffset = 0;
  const auto at = [this](size_t age) -> const Second& { return history_[(newest_ + secondsKept - age) % secondsKept]; };
  const int64_t origin = at(0).ours;
  for (size_t i = 0; i < seconds_; i++) {
    meanTime += static_cast<double>(at(i).ours - origin);
    meanOffset += static_cast<double>(at(i).offset);
  }
  const auto n = static_cast<double>(seconds_);
  meanTime /= n;
  meanOffset /= n;
  double covariance = 0;
  double variance = 0;
  for (size_t i = 0; i < seconds_; i++) {
    const double time = static_cast<double>(at(i).ours - origin) - meanTime;
    covariance += time * (static_cast<double>(at(i).offset) - meanOffset);
    variance += time * time;
  }
  // Their clock is faster when what they date comes ever earlier.
  if (variance > 0) ppm_ = -covariance / variance * 1e6;
}

FractionalResampler::FractionalResampler() {
  // Blackman-windowed sinc: 16 taps, flat to 3.2 of 4 kHz.
  for (size_t phase = 0; phase <= phaseCount; phase++) {
    const double shift = static_cast<double>(phase) / phaseCount;
    double sum = 0;
    for (size_t tap = 0; tap < tapCount; tap++) {
      const double x = static_cast<double>(tap) - (static_cast<double>(tapCount) / 2 - 1) - shift;
      const double sinc = std::abs(x) < 1e-9 ? 1 : std::sin(pi * x) / (pi * x);
      const double w = (x + static_cast<double>(tapCount) / 2) / static_cast<double>(tapCount);
      const double window = 0.42 - 0.5 * std::cos(2 * pi * w) + 0.08 * std::cos(4 * pi * w);
      filter_[phase][tap] = static_cast<float>(sinc * window);
      sum += sinc * window;
    }
    for (float& tap : filter_[phase]) tap = static_cast<float>(tap / sum);
  }
}

void FractionalResampler::setPpm(double ppm) noexcept { ppm_ = std::clamp(ppm, -limitPpm, limitPpm); }

void FractionalResampler::reset() noexcept {
  history_.fill(0);
  position_ = 0;
}

size_t FractionalResampler::inputFor(size_t count) const noexcept {
  return static_cast<size_t>(position_ + static_cast<double>(count) * (1 + ppm_ * 1e-6));
}

void FractionalResampler::produce(const int16_t* in, int16_t* out, size_t count) noexcept {
  const size_t available = inputFor(count);
  const double step = 1 + ppm_ * 1e-6;
  const double began = position_;
  size_t taken = 0;
  for (size_t i = 0; i < count; i++) {
    const double scaled = position_ * phaseCount;
    const auto phase = std::min(static_cast<size_t>(scaled), phaseCount - 1);
    const auto part = static_cast<float>(scaled - static_cast<double>(phase));
    const auto& near = filter_[phase];
    const auto& far = filter_[phase + 1];
    float sum = 0;
    for (size_t tap = 0; tap < tapCount; tap++) {
      sum += static_cast<float>(history_[tap]) * (near[tap] + part * (far[tap] - near[tap]));
    }
    out[i] = saturate(static_cast<int32_t>(std::lrint(sum)));
    // The same sum as in inputFor, so that rounding never asks for one sample more or less.
    const double total = began + static_cast<double>(i + 1) * step;
    const auto whole = static_cast<size_t>(total);
    while (taken < whole && taken < available) {
      std::memmove(history_.data(), history_.data() + 1, (tapCount - 1) * sizeof(int16_t));
      history_[tapCount - 1] = in[taken++];
    }
    position_ = total - static_cast<double>(taken);
  }
}

}  // namespace holdfast
