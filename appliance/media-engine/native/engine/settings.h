#pragma once
// What the controller wishes of a port: src/media/port-settings.ts and media-command.ts, as the native thread holds it.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dsp/fsk.h"
#include "dsp/tone-detector.h"
#include "dsp/tone.h"
#include "rtp/format.h"
#include "rtp/latch.h"
#include "rtp/socket-address.h"
#include "rtp/srtp.h"

namespace holdfast {

/** Sixteen hexadecimal digits on the other side. */
using PortId = uint64_t;

struct Source {
  enum class Kind : uint8_t { nothing, port, mix, tone, file };
  Kind kind = Kind::nothing;
  PortId port = 0;
  std::string mix;
  bool speaks = true;
  Tone tone;
  std::string path;
  bool loop = false;
  bool shared = false;
  bool operator==(const Source& other) const {
    return kind == other.kind && port == other.port && mix == other.mix && speaks == other.speaks &&
           tone == other.tone && path == other.path && loop == other.loop && shared == other.shared;
  }
};

struct RemoteAddresses {
  SocketAddress rtp;
  SocketAddress rtcp;
};

struct Security {
  enum class Kind : uint8_t { plain, sdes, dtls };
  Kind kind = Kind::plain;
  /** SDES: as negotiated. DTLS: they come by a command of their own. */
  std::optional<SrtpKeys> keys;
};

struct JitterLimits {
  uint32_t minMs = 0;
  uint32_t maxMs = 0;
};

struct RtpSettings {
  std::optional<RemoteAddresses> remote;
  bool rtcpMux = false;
  LatchMode latch = LatchMode::signalled;
  int64_t latchEpoch = 0;
  Security security;
  /** ICE has been agreed: addresses come by `path` only. */
  bool ice = false;
  std::vector<Format> receives;
  std::vector<Format> sends;
  uint32_t packetMs = 20;
  bool directionSends = true;
  bool directionReceives = true;
  bool rtcpXr = false;
  JitterLimits jitter;
  bool detectDigits = false;
  bool detectFax = false;
  double gainInDb = 0;
  double gainOutDb = 0;
  uint8_t dscp = 0;
  bool opaque = false;
  Source hears;
};

struct RtpPlace {
  SocketAddress rtp;
  SocketAddress rtcp;
  uint32_t ssrc = 0;
  std::string cname;
};

struct TdmPlace {
  std::string path;
  uint32_t blockBytes = 80;
};

/** What is looked for in the sound of a line. */
struct LineListening {
  bool digits = false;
  bool mf = false;
  ToneSets tones;
  FskKind fsk = FskKind::off;
  bool fax = false;
};

struct TdmSettings {
  bool aLaw = false;
  bool echoCanceller = false;
  LineListening listens;
  double gainInDb = 0;
  double gainOutDb = 0;
  JitterLimits jitter;
  Source hears;
};

}  // namespace holdfast
