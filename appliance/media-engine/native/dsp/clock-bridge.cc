#include "dsp/clock-bridge.h"

#include <algorithm>

namespace holdfast {
namespace {

constexpr size_t ringMs = 200;
constexpr size_t longestPullMs = 20;
constexpr double marginMs = 2;          // beyond one push and one pull
constexpr double toleratedMs = 25;      // above the aim, then a part is cut out
constexpr double ppmPerMs = 60;
constexpr double maxSteerPpm = 400;
constexpr double smoothing = 1.0 / 256;  // per pull: 2.5 s of 10 ms

}  // namespace

ClockBridge::ClockBridge(int sampleRate)
    : sampleRate_(sampleRate),
      ring_(static_cast<size_t>(sampleRate) / 1000 * ringMs),
      linear_(static_cast<size_t>(sampleRate) / 1000 * longestPullMs + 8) {}

void ClockBridge::reset() noexcept {
  first_ = count_ = 0;
  primed_ = began_ = false;
  fitter_.reset();
  fitter_.setPpm(0);
}

void ClockBridge::drop(size_t count) noexcept {
  first_ = (first_ + count) % ring_.size();
  count_ -= count;
}

void ClockBridge::push(const int16_t* samples, size_t count, int64_t nowUs) noexcept {
  pushedUs_ = nowUs;
  count = std::min(count, ring_.size() / 2);
  greatestPush_ = std::max(greatestPush_, count);
  if (count_ + count > ring_.size()) {
    drop(count_ + count - ring_.size());
    if (began_) slips_++;
  }
  size_t at = (first_ + count_) % ring_.size();
  for (size_t i = 0; i < count; i++) {
    ring_[at] = samples[i];
    at = at + 1 == ring_.size() ? 0 : at + 1;
  }
  count_ += count;
}

bool ClockBridge::pull(int16_t* samples, size_t count, int64_t nowUs) noexcept {
  greatestPull_ = std::max(greatestPull_, count);
  const double perMs = sampleRate_ / 1000.0;
  const double aim = static_cast<double>(greatestPull_ + greatestPush_) + marginMs * perMs;
  const size_t wanted = fitter_.inputFor(count);
  if (!primed_ && static_cast<double>(count_) >= aim) {
    drop(count_ - static_cast<size_t>(aim));
    primed_ = began_ = true;
    smoothed_ = aim;
  }
  if (!primed_ || count_ < wanted || wanted > linear_.size()) {
    if (primed_) slips_++;
    primed_ = false;
    std::fill(samples, samples + count, int16_t{0});
    return false;
  }
  if (static_cast<double>(count_) > aim + toleratedMs * perMs) {
    drop(count_ - static_cast<size_t>(aim));
    smoothed_ = aim;
    slips_++;
  }
  // What the writer has but did not push yet: without it, how the blocks lie to one another would be taken for drift.
  const double unseen = std::clamp(static_cast<double>(nowUs - pushedUs_) * perMs / 1000, 0.0, static_cast<double>(greatestPush_));
  smoothed_ += (static_cast<double>(count_) + unseen - smoothed_) * smoothing;
  size_t at = first_;
  for (size_t i = 0; i < wanted; i++) {
    linear_[i] = ring_[at];
    at = at + 1 == ring_.size() ? 0 : at + 1;
  }
  drop(wanted);
  fitter_.produce(linear_.data(), samples, count);
  fitter_.setPpm(std::clamp((smoothed_ - aim) / perMs * ppmPerMs, -maxSteerPpm, maxSteerPpm));
  return true;
}

}  // namespace holdfast
