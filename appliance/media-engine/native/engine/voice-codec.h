#pragma once
// From what was agreed with a peer to what the codecs are told.
#include <memory>
#include <optional>
#include <string_view>

#include "dsp/codec.h"
#include "rtp/format.h"

namespace holdfast {

/** Sound that this format can carry, Hz: 48000 for Opus unless the peer plays less (RFC 7587 §6.1). */
int soundRate(const Format& format);

/** The nearest rate at or below `wished` that the codec samples at; never 0. */
int codecRate(const Format& format, int wished);

std::unique_ptr<Encoder> makeEncoder(const Format& format, int sampleRate, uint32_t packetMs, int complexity);
std::unique_ptr<Decoder> makeDecoder(const Format& format, int sampleRate);

/** A number among `fmtp` parameters. */
std::optional<long> parameterOf(const Format& format, std::string_view name);

}  // namespace holdfast
