#pragma once
// The E-model, as far as packets know it: ITU-T G.107 (delay and loss; everything else at its default).
#include "rtp/format.h"

namespace holdfast {

struct VoiceQuality {
  /** Transmission rating factor R, 0-93.2. */
  double rating;
  /** Mean opinion score, 1-4.5. */
  double mos;
};

/** `loss`: 0-1, after concealment nothing is subtracted. `oneWayMs`: mouth to ear. */
VoiceQuality estimateQuality(Codec codec, double loss, double oneWayMs);

}  // namespace holdfast
