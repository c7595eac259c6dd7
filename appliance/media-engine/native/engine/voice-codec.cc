#include "engine/voice-codec.h"

#include <algorithm>
#include <cstdlib>

namespace holdfast {

namespace {

CodecKind kindOf(Codec codec) {
  switch (codec) {
    case Codec::pcma:
      return CodecKind::pcma;
    case Codec::g722:
      return CodecKind::g722;
    case Codec::opus:
      return CodecKind::opus;
    case Codec::l16:
      return CodecKind::l16;
    case Codec::pcmu:
    case Codec::telephoneEvent:
    case Codec::cn:
      return CodecKind::pcmu;
  }
  return CodecKind::pcmu;
}

/** Opus has no frames of 30 and 50 ms. */
int packetTime(Codec codec, uint32_t packetMs) {
  const int whole = std::clamp(static_cast<int>(packetMs) / 10 * 10, 10, 60);
  return codec == Codec::opus && (whole == 30 || whole == 50) ? whole - 10 : whole;
}

}  // namespace

std::optional<long> parameterOf(const Format& format, std::string_view name) {
  const std::string_view all = format.parameters;
  for (size_t at = 0; at < all.size();) {
    const size_t end = std::min(all.find(';', at), all.size());
    std::string_view one = all.substr(at, end - at);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    if (one.size() > name.size() && one.substr(0, name.size()) == name && one[name.size()] == '=') {
      return strtol(std::string(one.substr(name.size() + 1)).c_str(), nullptr, 10);
    }
    at = end + 1;
  }
  return std::nullopt;
}

int soundRate(const Format& format) {
  switch (format.codec) {
    case Codec::g722:
      return 16000;
    case Codec::opus: {
      const long plays = parameterOf(format, "maxplaybackrate").value_or(48000);
      return plays <= 12000 ? 8000 : plays <= 24000 ? 16000 : 48000;
    }
    case Codec::l16:
      return static_cast<int>(format.clockRate);
    case Codec::pcmu:
    case Codec::pcma:
    case Codec::telephoneEvent:
    case Codec::cn:
      return 8000;
  }
  return 8000;
}

int codecRate(const Format& format, int wished) {
  if (format.codec == Codec::opus) return wished >= 48000 ? 48000 : wished >= 16000 ? 16000 : 8000;
  if (format.codec == Codec::g722) return wished >= 16000 ? 16000 : 8000;
  return soundRate(format);
}

std::unique_ptr<Encoder> makeEncoder(const Format& format, int sampleRate, uint32_t packetMs, int complexity) {
  if (!format.isVoice() || (format.codec == Codec::l16 && format.channels != 1)) return nullptr;
  CodecSettings settings;
  settings.kind = kindOf(format.codec);
  settings.sampleRate = sampleRate;
  settings.packetMs = packetTime(format.codec, packetMs);
  settings.complexity = complexity;
  settings.inbandFec = parameterOf(format, "useinbandfec").value_or(0) == 1;
  settings.bitRate = static_cast<int>(std::clamp(parameterOf(format, "maxaveragebitrate").value_or(0), 0L, 510'000L));
  return makeEncoder(settings);
}

std::unique_ptr<Decoder> makeDecoder(const Format& format, int sampleRate) {
  if (!format.isVoice() || (format.codec == Codec::l16 && format.channels != 1)) return nullptr;
  CodecSettings settings;
  settings.kind = kindOf(format.codec);
  settings.sampleRate = sampleRate;
  return makeDecoder(settings);
}

}  // namespace holdfast
