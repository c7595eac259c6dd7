#pragma once
// What the native thread says to the shell: native-engine.ts, src/media/media-event.ts.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dsp/fax.h"
#include "engine/settings.h"

namespace holdfast {

enum class PathKind : uint8_t { none, relay, kernel, transcoded, mixed, generated, opaque };

struct PeerReport {
  double lossFraction;
  double jitterMs;
  std::optional<double> roundTripMs;
};

struct PortStatistics {
  uint64_t received = 0;
  uint64_t receivedBytes = 0;
  uint64_t sent = 0;
  uint64_t sentBytes = 0;
  uint64_t lost = 0;
  uint64_t duplicate = 0;
  uint64_t reordered = 0;
  uint64_t late = 0;
  /** Not read or not sent in time: this machine was too slow. */
  uint64_t dropped = 0;
  double concealedMs = 0;
  double jitterMs = 0;
  double bufferMs = 0;
  std::optional<PeerReport> peer;
  uint64_t refusedSource = 0;
  uint64_t refusedAuthentication = 0;
  uint64_t refusedReplayed = 0;
  uint64_t refusedMalformed = 0;
  uint64_t refusedPayloadType = 0;
  double mos = 1;
  PathKind path = PathKind::none;
  std::optional<uint64_t> slips;
  std::optional<double> driftPpm;
};

struct FailedEvent {
  /** 0: of no port. */
  PortId port;
  std::string command;
  std::string why;
};
struct ClosedEvent {
  PortId port;
  PortStatistics statistics;
};
struct StatisticsEvent {
  PortId port;
  PortStatistics statistics;
};
struct LatchedEvent {
  PortId port;
  SocketAddress address;
};
struct DigitEvent {
  PortId port;
  char digit;
  uint32_t durationMs;
  bool bySound;
};
struct FaxEvent {
  PortId port;
  FaxTone tone;
};
struct PlayedEvent {
  PortId port;
  uint32_t play;
};
struct MfEvent {
  PortId port;
  std::string signal;
};
struct ToneEvent {
  PortId port;
  /** Empty: the tone ended. */
  std::vector<double> frequencies;
};
struct FskEvent {
  PortId port;
  std::string bits;
};
struct LineLostEvent {
  PortId port;
  std::string why;
};
struct SilentEvent {
  PortId port;
  /** 0: packets come again. */
  uint32_t silentMs;
};
struct FinishedEvent {
  PortId port;
  /** Empty: it was played to its end. */
  std::string why;
};
struct RecordedEvent {
  std::string recording;
  std::string path;
  uint32_t durationMs;
  std::string why;
};
struct RolledEvent {
  PortId port;
  Rollover rollover;
};
struct PulseEvent {
  double load;
  uint32_t ports;
  uint32_t packetsPerSecond;
  int complexity;
};
struct PacketEvent {
  PortId port;
  int component;
  std::vector<uint8_t> bytes;
  SocketAddress from;
  /** 0: it did not come as ChannelData. */
  uint16_t channel;
};

using Event = std::variant<FailedEvent, ClosedEvent, StatisticsEvent, LatchedEvent, DigitEvent, FaxEvent, PlayedEvent,
                           MfEvent, ToneEvent, FskEvent, LineLostEvent, SilentEvent, FinishedEvent, RecordedEvent,
                           RolledEvent, PulseEvent, PacketEvent>;

}  // namespace holdfast
