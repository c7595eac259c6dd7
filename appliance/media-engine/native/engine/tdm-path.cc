#include "engine/tdm-path.h"

namespace holdfast {

TdmPath::TdmPath(Engine& engine, TdmPort& origin, RtpPort& hearer)
    : origin_(origin), sender_(engine, hearer, true), resampler_(tdmSampleRate, sender_.sampleRate()) {
  origin_.addListener(*this);
}

TdmPath::~TdmPath() { origin_.removeListener(*this); }

void TdmPath::hearerChanged() {
  const int before = sender_.sampleRate();
  sender_.hearerChanged();
  if (sender_.sampleRate() != before) resampler_ = Resampler(tdmSampleRate, sender_.sampleRate());
}

void TdmPath::block(const int16_t* samples, const uint8_t*, size_t count) {
  int16_t resampled[6 * 2 * maxTdmBlock];
  sender_.push(resampled, resampler_.process(samples, count, resampled, sizeof resampled / sizeof resampled[0]));
}

}  // namespace holdfast
