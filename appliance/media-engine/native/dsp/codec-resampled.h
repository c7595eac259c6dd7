// A decoder whose samples have another rate than its codec: PCMU in a wide-band mix.
#pragma once

#include <memory>

#include "dsp/codec.h"

namespace holdfast {

// As `makeDecoder`, at any of 8000, 16000 and 48000 Hz: by the codec itself where it can, else resampled. `settings.sampleRate` is
// the codec's own rate (L16: the payload's; it is not looked at for the others).
std::unique_ptr<Decoder> makeDecoderAt(const CodecSettings& settings, int sampleRate);

}  // namespace holdfast
