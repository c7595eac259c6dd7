#include "rtp/quality.h"

#include <algorithm>

namespace holdfast {

namespace {
/** Packet-loss robustness factor Bpl, ITU-T G.113 appendix I: G.711 with concealment. Opus conceals from FEC as well. */
double robustnessOf(Codec codec) { return codec == Codec::opus ? 30.0 : 25.1; }
}  // namespace

VoiceQuality estimateQuality(Codec codec, double loss, double oneWayMs) {
  const double percent = std::clamp(loss, 0.0, 1.0) * 100;
  // G.107 §7.2 in its usual reduction: absolute delay above 177.3 ms disturbs conversation.
  const double delay = 0.024 * oneWayMs + (oneWayMs > 177.3 ? 0.11 * (oneWayMs - 177.3) : 0);
  const double equipment = 95 * percent / (percent + robustnessOf(codec));
  const double rating = std::clamp(93.2 - delay - equipment, 0.0, 100.0);
  // G.107 annex B.
  const double mos = rating <= 0 ? 1 : 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
  return {rating, std::clamp(mos, 1.0, 4.5)};
}

}  // namespace holdfast
