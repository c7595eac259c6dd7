#include "dsp/dtmf.h"

#include <algorithm>
#include <cmath>

#include "dsp/level.h"

namespace holdfast {
namespace {

constexpr char keypad[] = "123A456B789C*0#D";
constexpr std::array<double, 4> rows = {697, 770, 852, 941};
constexpr std::array<double, 4> columns = {1209, 1336, 1477, 1633};
constexpr int pauseMs = 50;  // Q.24 annex A

}  // namespace

bool dtmfFrequencies(char digit, double& low, double& high) noexcept {
  const char* found = digit == 0 ? nullptr : std::strchr(keypad, digit);
  if (found == nullptr) return false;
  const auto index = static_cast<size_t>(found - keypad);
  low = rows[index / 4];
  high = columns[index % 4];
  return true;
}

namespace {

constexpr double pi = 3.14159265358979323846;
constexpr int rate = 8000;
constexpr float leastLevelDbm0 = -32;      // of each frequency; Q.24: -25 must do
constexpr float mostLowLouder = 8.9f;      // power, 9.5 dB: Q.24 asks for 8, and windows are not exact
constexpr float mostHighLouder = 4.0f;     // 6 dB, for 4
constexpr float leastShare = 0.80f;       // of all power in the two frequencies: 15 dB of noise and 1.5 % of deviation leave 0.9
constexpr double mostDeviation = 0.0245;   // between 1.5 % and 3.5 %
constexpr float leastUnison = 0.92f;       // of the phases' turns: 1 is a pure tone
constexpr float mostSwell = 1.5f;          // power from window to window: 1.8 dB
constexpr int hitsToBelieve = 5;           // 34 to 40 ms of tone: 20 is none, 40 is one (Q.24)
constexpr int missesToEnd = 4;             // a gap of 10 ms ends nothing, one of 30 does
constexpr double edgeMs = 11.3;            // of a tone beyond its first and last hit, on average

struct Tables {
  // Hann window times cosine and sine of each frequency.
  float cosine[8][102];
  float sine[8][102];
  float window2[102];
  float turnRe[8], turnIm[8];  // of the frequency itself over one hop, backwards
  Tables() {
    for (size_t n = 0; n < 102; n++) {
      const double window = 0.5 - 0.5 * std::cos(2 * pi * (static_cast<double>(n) + 0.5) / 102);
      window2[n] = static_cast<float>(window * window);
      for (size_t k = 0; k < 8; k++) {
        const double angle = 2 * pi * (k < 4 ? rows[k] : columns[k - 4]) * static_cast<double>(n) / rate;
        cosine[k][n] = static_cast<float>(window * std::cos(angle));
        sine[k][n] = static_cast<float>(-window * std::sin(angle));
      }
    }
    for (size_t k = 0; k < 8; k++) {
      const double angle = 2 * pi * (k < 4 ? rows[k] : columns[k - 4]) * 51 / rate;
      turnRe[k] = static_cast<float>(std::cos(angle));
      turnIm[k] = static_cast<float>(-std::sin(angle));
    }
  }
};

const Tables tables;

// A sine of amplitude A has |X|² = (A/2 · Σw)² and Σ(w·x)² = A²/2 · Σw²; Σw is 51, Σw² 38.25. Their ratio for a pure tone:
constexpr float pureRatio = 51.0f * 51.0f / 4 / (38.25f / 2);

}  // namespace

DtmfDetector::DtmfDetector() = default;

void DtmfDetector::push(const DtmfEvent& event) noexcept {
  if (queued_ == events_.size()) return;  // nobody polls: 16 events are seconds of digits
  events_[(first_ + queued_) % events_.size()] = event;
  queued_++;
}

DtmfDetector::Finding DtmfDetector::look() noexcept {
  static const float leastPower = static_cast<float>(std::pow(amplitudeOf(leastLevelDbm0) * 25.5, 2));
  Finding finding;
  float energy = 0;
  for (size_t n = 0; n < window; n++) energy += tables.window2[n] * heard_.samples()[n] * heard_.samples()[n];
  // Both frequencies at their least: below that nothing is looked for.
  if (energy * pureRatio < leastPower) return finding;
  std::array<Phasor, frequencyCount> found;
  for (size_t k = 0; k < frequencyCount; k++) {
    float re = 0;
    float im = 0;
    for (size_t n = 0; n < window; n++) {
      re += tables.cosine[k][n] * heard_.samples()[n];
      im += tables.sine[k][n] * heard_.samples()[n];
    }
    found[k] = {re, im};
  }
  size_t low = 0;
  size_t high = 4;
  for (size_t k = 1; k < 4; k++) {
    if (found[k].power() > found[low].power()) low = k;
    if (found[k + 4].power() > found[high].power()) high = k + 4;
  }
  const float lowPower = found[low].power();
  const float highPower = found[high].power();
  if (lowPower < leastPower || highPower < leastPower) return finding;
  if (lowPower > highPower * mostLowLouder || highPower > lowPower * mostHighLouder) return finding;
  if (lowPower + highPower < energy * pureRatio * leastShare) return finding;
  finding.digit = keypad[low * 4 + (high - 4)];
  finding.low = found[low];
  finding.high = found[high];
  return finding;
}

// Whether the phases over all windows say that both frequencies are the digit's.
bool DtmfDetector::steady() const noexcept {
  double low = 0;
  double high = 0;
  if (!dtmfFrequencies(candidate_, low, high)) return false;
  const auto deviates = [](const Phasor& turn, double hz) {
    return std::abs(std::atan2(static_cast<double>(turn.im), static_cast<double>(turn.re)) * rate / (2 * pi * hop)) > mostDeviation * hz;
  };
  if (deviates(lowTurn_, low) || deviates(highTurn_, high)) return false;
  // Voices glide and swell where oscillators do not.
  const auto wavers = [](const Phasor& turn, float turned) { return turn.power() < turned * turned * leastUnison; };
  if (wavers(lowTurn_, turnedLow_) || wavers(highTurn_, turnedHigh_)) return false;
  return most_[0] < least_[0] * mostSwell && most_[1] < least_[1] * mostSwell;
}

void DtmfDetector::finish() noexcept {
  if (current_ != 0) {
    const double ms = static_cast<double>(lastHit_ - firstHit_) * hop * 1000 / rate + edgeMs;
    push({DtmfEvent::Kind::end, current_, 0, static_cast<int>(ms)});
  }
  current_ = 0;
  candidate_ = 0;
  hits_ = 0;
}

void DtmfDetector::judge(const Finding& finding) noexcept {
  hops_++;
  if (finding.digit != candidate_ || finding.digit == 0) {
    // Within a digit a window may be spoilt; before it, everything begins anew.
    if (candidate_ != 0 && (finding.digit == 0 || current_ != 0) && ++misses_ < (current_ != 0 ? missesToEnd : 2)) {
      last_ = finding;
      return;
    }
    finish();
    candidate_ = finding.digit;
    hits_ = finding.digit == 0 ? 0 : 1;
    misses_ = 0;
    lowTurn_ = highTurn_ = Phasor{};
    turnedLow_ = turnedHigh_ = 0;
    firstHit_ = lastHit_ = hops_;
    last_ = finding;
    return;
  }
  misses_ = 0;
  hits_++;
  lastHit_ = hops_;
  // The first two windows may still hold the beginning, the last one the end.
  const std::array<float, 2> powers = {finding.low.power(), finding.high.power()};
  for (size_t i = 0; i < 2; i++) {
    least_[i] = hits_ <= 3 ? powers[i] : std::min(least_[i], powers[i]);
    most_[i] = hits_ <= 3 ? powers[i] : std::max(most_[i], powers[i]);
  }
  if (last_.digit == finding.digit) {
    const auto index = static_cast<size_t>(std::strchr(keypad, finding.digit) - keypad);
    const auto turn = [](Phasor& sum, float& length, const Phasor& before, const Phasor& now, size_t k) {
      // now · conj(before), turned back by the frequency's own advance.
      const float re = now.re * before.re + now.im * before.im;
      const float im = now.im * before.re - now.re * before.im;
      length += std::sqrt(re * re + im * im);
      sum.re += re * tables.turnRe[k] - im * tables.turnIm[k];
      sum.im += im * tables.turnRe[k] + re * tables.turnIm[k];
    };
    turn(lowTurn_, turnedLow_, last_.low, finding.low, index / 4);
    turn(highTurn_, turnedHigh_, last_.high, finding.high, index % 4 + 4);
  }
  last_ = finding;
  if (current_ != 0 || hits_ < hitsToBelieve || !steady()) return;
  current_ = finding.digit;
  const double amplitude = std::sqrt(static_cast<double>(finding.low.power() + finding.high.power())) / 25.5;
  push({DtmfEvent::Kind::begin, current_, 20 * std::log10(amplitude / amplitudeOf(0)), 0});
}

void DtmfDetector::process(const int16_t* samples, size_t count) noexcept {
  heard_.take(samples, count, [this] { judge(look()); });
}

void DtmfDetector::skip(size_t count) noexcept {
  const auto passed = static_cast<int64_t>(count / hop);
  hops_ += passed;
  if (current_ != 0) lastHit_ += passed;
  last_ = Finding{};
}

bool DtmfDetector::poll(DtmfEvent& event) noexcept {
  if (queued_ == 0) return false;
  event = events_[first_];
  first_ = (first_ + 1) % events_.size();
  queued_--;
  return true;
}

DtmfGenerator::DtmfGenerator(int sampleRate) : generator_(sampleRate) {
  digit_.steps.resize(2);
  digit_.steps[0].frequencies.resize(2);
  digit_.steps[1].durationMs = pauseMs;
}

bool DtmfGenerator::start(char digit, int durationMs, double level) {
  ToneStep& sounding = digit_.steps[0];
  if (durationMs <= 0 || !dtmfFrequencies(digit, sounding.frequencies[0], sounding.frequencies[1])) return false;
  sounding.levelDbm0 = level;
  sounding.durationMs = static_cast<uint32_t>(durationMs);
  generator_.start(digit_);
  return true;
}

bool DtmfGenerator::generate(int16_t* samples, size_t count) noexcept {
  if (generator_.done()) return false;
  generator_.generate(samples, count);
  return true;
}

}  // namespace holdfast
