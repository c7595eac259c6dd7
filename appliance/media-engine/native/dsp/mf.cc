#include "dsp/mf.h"

#include <algorithm>
#include <cmath>

#include "dsp/level.h"

namespace holdfast {
namespace {

constexpr double pi = 3.14159265358979323846;
constexpr int rate = 8000;
constexpr size_t frequencyCount = 6;
constexpr std::array<double, frequencyCount> frequencies = {700, 900, 1100, 1300, 1500, 1700};  // Q.320 table 1
constexpr double leastLevelDbm0 = -30;  // of each frequency
constexpr float mostTwist = 8.0f;       // power, 9 dB: Q.323 asks for 6, and windows are not exact
constexpr float leastShare = 0.75f;     // of all power in the two: 1.5 % and 5 Hz of deviation leave 0.8
constexpr float thirdBelow = 6.0f;      // power: a third frequency is no signal (Q.323)
constexpr float fallen = 10.0f;         // power: the tail of a signal in a window is its end
constexpr int hitsToBelieve = 3;        // 30 ms is a signal, 10 ms is none (Q.323)
constexpr int missesToEnd = 2;          // 25 ms part two signals

struct Pair {
  size_t low, high;
  const char* name;
};
constexpr std::array<Pair, 15> signals = {{{0, 1, "1"},
                                           {0, 2, "2"},
                                           {1, 2, "3"},
                                           {0, 3, "4"},
                                           {1, 3, "5"},
                                           {2, 3, "6"},
                                           {0, 4, "7"},
                                           {1, 4, "8"},
                                           {2, 4, "9"},
                                           {3, 4, "0"},
                                           {2, 5, "KP"},
                                           {4, 5, "ST"},
                                           {1, 5, "STP"},
                                           {3, 5, "ST2P"},
                                           {0, 5, "ST3P"}}};

struct Tables {
  // Hann window times cosine and sine of each frequency.
  float cosine[frequencyCount][102];
  float sine[frequencyCount][102];
  float window2[102];
  Tables() {
    for (size_t n = 0; n < 102; n++) {
      const double window = 0.5 - 0.5 * std::cos(2 * pi * (static_cast<double>(n) + 0.5) / 102);
      window2[n] = static_cast<float>(window * window);
      for (size_t k = 0; k < frequencyCount; k++) {
        const double angle = 2 * pi * frequencies[k] * static_cast<double>(n) / rate;
        cosine[k][n] = static_cast<float>(window * std::cos(angle));
        sine[k][n] = static_cast<float>(window * std::sin(angle));
      }
    }
  }
};

const Tables tables;

// A sine of amplitude A has |X|² = (A/2 · Σw)² and Σ(w·x)² = A²/2 · Σw²; Σw is 51, Σw² 38.25. Their ratio for a pure tone:
constexpr float pureRatio = 51.0f * 51.0f / 4 / (38.25f / 2);

}  // namespace

MfDetector::Finding MfDetector::look() const noexcept {
  static const float leastPower = static_cast<float>(std::pow(amplitudeOf(leastLevelDbm0) * 25.5, 2));
  float energy = 0;
  for (size_t n = 0; n < window; n++) energy += tables.window2[n] * heard_.samples()[n] * heard_.samples()[n];
  if (energy * pureRatio < leastPower) return {};
  std::array<float, frequencyCount> power{};
  for (size_t k = 0; k < frequencyCount; k++) {
    float re = 0;
    float im = 0;
    for (size_t n = 0; n < window; n++) {
      re += tables.cosine[k][n] * heard_.samples()[n];
      im += tables.sine[k][n] * heard_.samples()[n];
    }
    power[k] = re * re + im * im;
  }
  std::array<size_t, frequencyCount> order = {0, 1, 2, 3, 4, 5};
  std::partial_sort(order.begin(), order.begin() + 3, order.end(), [&](size_t a, size_t b) { return power[a] > power[b]; });
  const float strong = power[order[0]];
  const float weak = power[order[1]];
  if (weak < leastPower || strong > weak * mostTwist || power[order[2]] * thirdBelow > weak) return {};
  if (strong + weak < energy * pureRatio * leastShare) return {};
  const size_t low = std::min(order[0], order[1]);
  const size_t high = std::max(order[0], order[1]);
  for (size_t each = 0; each < signals.size(); each++) {
    if (signals[each].low == low && signals[each].high == high) return {static_cast<int>(each), weak};
  }
  return {};
}

void MfDetector::finish() noexcept {
  if (hits_ >= hitsToBelieve && queued_ < ended_.size()) {
    ended_[(first_ + queued_) % ended_.size()] = candidate_;
    queued_++;
  }
  candidate_ = -1;
  hits_ = misses_ = 0;
  strongest_ = 0;
}

void MfDetector::judge(const Finding& finding) noexcept {
  const bool same = finding.signal == candidate_ && finding.power * fallen > strongest_;
  if (candidate_ >= 0 && same) {
    hits_++;
    misses_ = 0;
    strongest_ = std::max(strongest_, finding.power);
    return;
  }
  // A window may be spoilt within a signal that is known; before it, everything begins anew.
  if (candidate_ >= 0 && hits_ >= hitsToBelieve && ++misses_ < missesToEnd) return;
  finish();
  if (finding.signal < 0) return;
  candidate_ = finding.signal;
  hits_ = 1;
  strongest_ = finding.power;
}

void MfDetector::process(const int16_t* samples, size_t count) noexcept {
  heard_.take(samples, count, [this] { judge(look()); });
}

const char* MfDetector::poll() noexcept {
  if (queued_ == 0) return nullptr;
  const int signal = ended_[first_];
  first_ = (first_ + 1) % ended_.size();
  queued_--;
  return signals[static_cast<size_t>(signal)].name;
}

}  // namespace holdfast
