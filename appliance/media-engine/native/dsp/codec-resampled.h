// A decoder whose samples have another rate than its codec: PCMU in a wide-band mix.
#pragma once

#include <memory>

#include "dsp/codec.h"

namespace holdfast {

// `inner` as it is where it has that rate already. nullptr: there is no inner, or no way to that rate.
std::unique_ptr<Decoder> resampledDecoder(std::unique_ptr<Decoder> inner, int sampleRate);

}  // namespace holdfast
