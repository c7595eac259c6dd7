#include "dsp/fax.h"

#include <algorithm>
#include <initializer_list>

#include "dsp/spandsp-library.h"

namespace holdfast {
namespace {

constexpr size_t bins = 4;
constexpr float coefficientOf(double cosine) { return static_cast<float>(2 * cosine); }
/** 2 cos(2π f / 8000) of CNG, CED and the two of V.21. */
constexpr float coefficients[bins] = {coefficientOf(0.64944805), coefficientOf(-0.07845910), coefficientOf(0.27144045),
                                      coefficientOf(0.11753740)};
constexpr float leastShare = 0.25F;     // V.21 is spread between its two
constexpr float quietest = 25.0F * 25;  // some -47 dBm0

FaxTone named(int tone) {
  switch (tone) {
    case MODEM_CONNECT_TONES_FAX_CNG:
      return FaxTone::cng;
    case MODEM_CONNECT_TONES_ANS:
      return FaxTone::ced;
    case MODEM_CONNECT_TONES_ANS_PR:
    case MODEM_CONNECT_TONES_ANSAM:
    case MODEM_CONNECT_TONES_ANSAM_PR:
      return FaxTone::ansam;
    case MODEM_CONNECT_TONES_FAX_PREAMBLE:
      return FaxTone::v21;
    default:
      return FaxTone::none;
  }
}

}  // namespace

FaxDetector::FaxDetector()
    : cng_(modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_FAX_CNG, nullptr, nullptr)),
      answer_(modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_ANS_PR, nullptr, nullptr)),
      preamble_(modem_connect_tones_rx_init(nullptr, MODEM_CONNECT_TONES_FAX_PREAMBLE, nullptr, nullptr)) {}

FaxDetector::~FaxDetector() {
  for (auto* state : {cng_, answer_, preamble_}) {
    if (state != nullptr) modem_connect_tones_rx_free(state);
  }
}

bool FaxDetector::valid() const noexcept { return cng_ != nullptr && answer_ != nullptr && preamble_ != nullptr; }

FaxTone FaxDetector::process(const int16_t* samples, size_t count) noexcept {
  FaxTone found = FaxTone::none;
  while (count > 0) {
    const size_t part = std::min(count, window - waitingCount_);
    std::copy_n(samples, part, waiting_.data() + waitingCount_);
    waitingCount_ += part;
    samples += part;
    count -= part;
    if (waitingCount_ < window) break;
    waitingCount_ = 0;
    held_ = isTonal() ? heldWindows : held_ - 1;
    if (held_ < 0) held_ = 0;
    if (held_ == 0) continue;
    if (const FaxTone tone = find(); tone != FaxTone::none) found = tone;
  }
  return found;
}

bool FaxDetector::isTonal() const noexcept {
  float states[bins][2] = {};
  float energy = 0;
  for (const int16_t sample : waiting_) {
    const auto value = static_cast<float>(sample);
    energy += value * value;
    for (size_t bin = 0; bin < bins; bin++) {
      const float next = value + coefficients[bin] * states[bin][0] - states[bin][1];
      states[bin][1] = states[bin][0];
      states[bin][0] = next;
    }
  }
  if (energy < quietest * static_cast<float>(window)) return false;
  float inTones = 0;
  for (size_t bin = 0; bin < bins; bin++) {
    const float* s = states[bin];
    inTones += s[0] * s[0] + s[1] * s[1] - coefficients[bin] * s[0] * s[1];
  }
  // A pure tone at its bin has half a window's worth of its energy.
  return inTones > leastShare * energy * static_cast<float>(window) / 2;
}

FaxTone FaxDetector::find() noexcept {
  FaxTone found = FaxTone::none;
  for (auto* state : {cng_, answer_, preamble_}) {
    if (state == nullptr) continue;
    modem_connect_tones_rx(state, waiting_.data(), static_cast<int>(window));
    const FaxTone heard = named(modem_connect_tones_rx_get(state));
    if (heard != FaxTone::none && heard != last_) found = heard;
  }
  if (found != FaxTone::none) last_ = found;
  return found;
}

}  // namespace holdfast
