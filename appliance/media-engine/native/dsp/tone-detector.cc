#include "dsp/tone-detector.h"

#include <algorithm>
#include <cmath>

#include "dsp/level.h"

namespace holdfast {
namespace {

constexpr double pi = 3.14159265358979323846;
constexpr int rate = 8000;
constexpr double leastLevelDbm0 = -38;  // of each frequency
constexpr double mostTwist = 10;        // power, 10 dB
// Of all power in the window. Two frequencies 40 Hz apart beat within it, and take a sixth of it to and fro.
constexpr double leastShareOfOne = 0.85;
constexpr double leastShareOfTwo = 0.75;
constexpr double mostSwell = 1.35;  // power from window to window, 1.3 dB: voices swell
constexpr double mostTurn = 0.75;   // radians from window to window: 12 Hz beside the frequency
constexpr double fallen = 4;        // power: half the window is beyond the tone's end
constexpr int hitsToBelieve = 3;    // windows, 10 ms apart
constexpr int missesToEnd = 5;      // as late as the beginning is told, so that lengths are right

struct Hann {
  std::array<float, 400> at{};
  double sum = 0;
  double sum2 = 0;
  Hann() {
    for (size_t n = 0; n < at.size(); n++) {
      const double w = 0.5 - 0.5 * std::cos(2 * pi * (static_cast<double>(n) + 0.5) / static_cast<double>(at.size()));
      at[n] = static_cast<float>(w);
      sum += w;
      sum2 += w * w;
    }
  }
};

const Hann hann;

}  // namespace

ToneDetector::ToneDetector(const ToneSets& sets) : sets_(sets) {
  const auto indexOf = [this](double hz) {
    const auto known = std::find(frequencies_.begin(), frequencies_.end(), hz);
    if (known != frequencies_.end()) return static_cast<size_t>(known - frequencies_.begin());
    frequencies_.push_back(hz);
    return frequencies_.size() - 1;
  };
  for (const auto& set : sets_) {
    if (set.empty()) members_.push_back({SIZE_MAX, SIZE_MAX});
    else members_.push_back({indexOf(set.front()), indexOf(set.back())});
  }
  found_.resize(frequencies_.size());
  for (const double hz : frequencies_) turns_.push_back(std::polar(1.0, -2 * pi * hz * static_cast<double>(hop) / rate));
}

ToneDetector::Finding ToneDetector::look() noexcept {
  static const double leastPower = std::pow(amplitudeOf(leastLevelDbm0) * hann.sum / 2, 2);
  // |X|² of a pure sine by Σ(w·x)².
  const double pureRatio = hann.sum * hann.sum / 2 / hann.sum2;
  std::array<float, window> windowed;
  double energy = 0;
  for (size_t n = 0; n < window; n++) {
    windowed[n] = hann.at[n] * heard_.samples()[n];
    energy += static_cast<double>(windowed[n]) * windowed[n];
  }
  if (energy * pureRatio < leastPower) return {};
  for (size_t k = 0; k < frequencies_.size(); k++) {
    // Goertzel's; the phase is that of the window's last sample.
    const double angle = 2 * pi * frequencies_[k] / rate;
    const double coefficient = 2 * std::cos(angle);
    double before = 0;
    double last = 0;
    for (const float sample : windowed) {
      const double now = static_cast<double>(sample) + coefficient * last - before;
      before = last;
      last = now;
    }
    found_[k] = {last - before * std::cos(angle), before * std::sin(angle)};
  }
  Finding best;
  double bestShare = 0;
  for (size_t each = 0; each < members_.size(); each++) {
    const auto [one, other] = members_[each];
    if (one == SIZE_MAX) continue;
    const double a = std::norm(found_[one]);
    const double b = std::norm(found_[other]);
    if (std::min(a, b) < leastPower || std::max(a, b) > std::min(a, b) * mostTwist) continue;
    const double power = one == other ? a : a + b;
    const double share = power / (energy * pureRatio);
    if (share < (one == other ? leastShareOfOne : leastShareOfTwo) || share <= bestShare) continue;
    bestShare = share;
    best = {static_cast<int>(each), power, {found_[one], found_[other]}};
  }
  return best;
}

bool ToneDetector::steady(const Finding& finding) const noexcept {
  if (finding.power > last_.power * mostSwell || last_.power > finding.power * mostSwell) return false;
  const auto& members = members_[static_cast<size_t>(finding.set)];
  for (size_t i = 0; i < 2; i++) {
    const std::complex<double> turned = finding.at[i] * std::conj(last_.at[i]) * turns_[members[i]];
    if (std::abs(std::arg(turned)) > mostTurn) return false;
  }
  return true;
}

void ToneDetector::change(int set) noexcept {
  current_ = set;
  misses_ = 0;
  if (queued_ == changes_.size()) return;  // nobody polls
  changes_[(first_ + queued_) % changes_.size()] = set;
  queued_++;
}

void ToneDetector::judge(const Finding& finding) noexcept {
  const bool goesOn = finding.set >= 0 && finding.set == last_.set && steady(finding);
  hits_ = finding.set < 0 ? 0 : goesOn ? hits_ + 1 : 1;
  last_ = finding;
  if (current_ >= 0) {
    const bool sounds = finding.set == current_ && finding.power * fallen > level_;
    misses_ = sounds ? 0 : misses_ + 1;
    if (sounds) level_ = std::max(level_, finding.power);
    if (misses_ >= missesToEnd) change(-1);
  }
  if (hits_ < hitsToBelieve || finding.set == current_) return;
  if (current_ >= 0) change(-1);
  change(finding.set);
  level_ = finding.power;
}

void ToneDetector::process(const int16_t* samples, size_t count) noexcept {
  heard_.take(samples, count, [this] { judge(look()); });
}

bool ToneDetector::poll(int& set) noexcept {
  if (queued_ == 0) return false;
  set = changes_[first_];
  first_ = (first_ + 1) % changes_.size();
  queued_--;
  return true;
}

}  // namespace holdfast
