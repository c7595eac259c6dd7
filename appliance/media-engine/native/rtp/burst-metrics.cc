#include "rtp/burst-metrics.h"

#include <algorithm>

namespace holdfast {

void BurstMetrics::lost(uint32_t count) {
  // Longer than any burst that a call survives; the rest says nothing more.
  for (uint32_t each = 0; each < std::min(count, 1000u); ++each) lose();
}

void BurstMetrics::lose() {
  if (first_ || good_ >= gmin) {
    if (lostInBurst_ == 1) {
      c14_ += 1;
    } else if (lostInBurst_ > 1) {
      c13_ += 1;
    }
    lostInBurst_ = 1;
    c11_ += good_;
  } else {
    ++lostInBurst_;
    if (good_ == 0) {
      c33_ += 1;
    } else {
      c23_ += 1;
      c22_ += good_ - 1;
    }
  }
  first_ = false;
  good_ = 0;
}

BurstMetrics::Figures BurstMetrics::figures(double packetMs) const {
  double c11 = c11_, c13 = c13_, c14 = c14_;
  // What is under way counts as well.
  if (lostInBurst_ == 1) c14 += 1;
  if (lostInBurst_ > 1) c13 += 1;
  c11 += good_;
  const double c31 = c13, c32 = c23_;
  Figures figures{0, 0, 0, 0};
  const double p32 = c31 + c32 + c33_ > 0 ? c32 / (c31 + c32 + c33_) : 0;
  const double p23 = c22_ + c23_ > 0 ? c23_ / (c22_ + c23_) : 1;
  if (c13 > 0) figures.burstDensity = p23 + p32 > 0 ? p23 / (p23 + p32) : 1;
  figures.gapDensity = c11 + c14 > 0 ? c14 / (c11 + c14) : 0;
  // Each step from received to lost has one of both.
  const double burstPackets = c13 > 0 ? (c22_ + 2 * c23_ + c33_ + c13) / c13 : 0;
  figures.burstMs = burstPackets * packetMs;
  figures.gapMs = (c11 + c14 + c13) / (c13 + 1) * packetMs;
  return figures;
}

}  // namespace holdfast
