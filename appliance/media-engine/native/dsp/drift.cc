#include "dsp/drift.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "dsp/level.h"

namespace holdfast {
namespace {

constexpr int64_t secondUs = 1000000;
constexpr double limitPpm = 1000;  // beyond it something is broken, and no resampling makes it good
constexpr size_t longestInput = 1024;  // 20 ms at 48 kHz
constexpr double pi = 3.14159265358979323846;

constexpr size_t filterTaps = 16;
constexpr size_t phaseCount = 512;   // a wrong place by half of it is 53 dB below a tone of 3 kHz
constexpr double lookAhead = 3;      // samples; less of it costs accuracy at both ends of the band, more of it costs time
constexpr double band = 0.85;        // of half the sample rate: telephony's 3.4 kHz
constexpr double noisePower = 1e-4;  // of what is beside the band: keeps the filter from making it louder

/** One place between two samples: the newest sample is the last. */
struct Taps {
  std::array<float, filterTaps> taps;
  float of(const float* samples) const {
    float sums[4] = {};
    for (size_t tap = 0; tap < filterTaps; tap += 4) {
      for (size_t lane = 0; lane < 4; lane++) sums[lane] += taps[tap + lane] * samples[tap + lane];
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
  }
};

double sinc(double x) { return std::abs(x) < 1e-9 ? 1 : std::sin(pi * x) / (pi * x); }

/** The filters that err least within the band although they see but `lookAhead` samples after their place: 40 dB below a tone. */
std::array<Taps, phaseCount + 1> designFilters() {
  // Least squares: R h = p, with R by Cholesky once for all places.
  std::array<std::array<double, filterTaps>, filterTaps> lower{};
  for (size_t i = 0; i < filterTaps; i++) {
    for (size_t j = 0; j <= i; j++) {
      double sum = sinc(band * static_cast<double>(i - j)) + (i == j ? noisePower : 0);
      for (size_t k = 0; k < j; k++) sum -= lower[i][k] * lower[j][k];
      lower[i][j] = i == j ? std::sqrt(sum) : sum / lower[j][j];
    }
  }
  std::array<Taps, phaseCount + 1> filters{};
  for (size_t phase = 0; phase <= phaseCount; phase++) {
    const double place = static_cast<double>(filterTaps) - 1 - lookAhead + static_cast<double>(phase) / phaseCount;
    std::array<double, filterTaps> h{};
    for (size_t i = 0; i < filterTaps; i++) {
      double sum = sinc(band * (static_cast<double>(i) - place));
      for (size_t k = 0; k < i; k++) sum -= lower[i][k] * h[k];
      h[i] = sum / lower[i][i];
    }
    double total = 0;
    for (size_t i = filterTaps; i-- > 0;) {
      for (size_t k = i + 1; k < filterTaps; k++) h[i] -= lower[k][i] * h[k];
      h[i] /= lower[i][i];
      total += h[i];
    }
    for (size_t i = 0; i < filterTaps; i++) filters[phase].taps[i] = static_cast<float>(h[i] / total);
  }
  return filters;
}

const std::array<Taps, phaseCount + 1> filters = designFilters();

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
  std::array<float, tapCount + longestInput> line;
  const size_t length = std::min(available, line.size() - tapCount);
  std::copy(history_.begin(), history_.end(), line.begin());
  std::copy(in, in + length, line.begin() + tapCount);
  for (size_t i = 0; i < count; i++) {
    // The same sum as in inputFor, so that rounding never asks for one sample more or less.
    const double at = began + static_cast<double>(i) * step;
    const auto whole = std::min(static_cast<size_t>(at), length);
    const auto phase = static_cast<size_t>((at - static_cast<double>(static_cast<size_t>(at))) * phaseCount + 0.5);
    out[i] = saturate(static_cast<int32_t>(std::lrint(filters[phase].of(line.data() + whole))));
  }
  position_ = began + static_cast<double>(count) * step - static_cast<double>(available);
  for (size_t tap = 0; tap < tapCount; tap++) history_[tap] = static_cast<int16_t>(line[length + tap]);
}

}  // namespace holdfast
