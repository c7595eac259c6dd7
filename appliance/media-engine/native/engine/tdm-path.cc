#include "engine/tdm-path.h"

namespace holdfast {

TdmPath::TdmPath(Engine& engine, TdmPort& origin, RtpPort& hearer)
    : origin_(origin), hearer_(hearer), sender_(engine, hearer, tdmSampleRate), resampler_(tdmSampleRate, sender_.sampleRate()) {
  origin_.addListener(*this);
}

TdmPath::~TdmPath() {
  if (pressed_ != 0) hearer_.releaseDigit();
  origin_.removeListener(*this);
}

void TdmPath::hearerChanged() {
  const int before = sender_.sampleRate();
  sender_.hearerChanged();
  if (sender_.sampleRate() != before) resampler_ = Resampler(tdmSampleRate, sender_.sampleRate());
}

void TdmPath::block(const int16_t* samples, const uint8_t*, size_t count) {
  // A digit that is found in the sound goes to a peer that takes events as one (RFC 4733 §2.5.1); meanwhile no sound is sent.
  const char digit = hearer_.eventFormat() == nullptr ? '\0' : origin_.digit();
  if (digit != pressed_) {
    if (pressed_ != 0) hearer_.releaseDigit();
    if (digit != 0) hearer_.pressDigit(digit);
    pressed_ = digit;
  }
  int16_t resampled[6 * 2 * maxTdmBlock];
  sender_.push(resampled, resampler_.process(samples, count, resampled, sizeof resampled / sizeof resampled[0]));
}

}  // namespace holdfast
