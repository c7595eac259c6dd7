// Opus by libopus (RFC 6716, RFC 7587), mono.
#pragma once

#include <memory>

#include "dsp/codec.h"

namespace holdfast {

std::unique_ptr<Encoder> makeOpusEncoder(const CodecSettings& settings);
std::unique_ptr<Decoder> makeOpusDecoder(const CodecSettings& settings);

}  // namespace holdfast
