#pragma once
// What the shell says to the native thread: native-engine.ts. Read on the shell's thread, carried out on ours.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "dsp/sound-player.h"
#include "engine/settings.h"

namespace holdfast {

struct OpenCommand {
  PortId port;
  RtpPlace place;
  RtpSettings settings;
  std::optional<SrtpKeys> dtlsKeys;
  std::vector<Rollover> received;
};
struct ConfigureCommand {
  PortId port;
  RtpSettings settings;
};
struct OpenTdmCommand {
  PortId port;
  TdmPlace place;
  TdmSettings settings;
};
struct ConfigureTdmCommand {
  PortId port;
  TdmSettings settings;
};
struct HearCommand {
  PortId port;
  Source source;
};
struct DigitCommand {
  PortId port;
  char digit;
  uint32_t durationMs;
};
struct PlayCommand {
  PortId port;
  uint32_t play;
  std::vector<PlayedSound> sounds;
};
struct RecordCommand {
  std::string recording;
  std::vector<PortId> ports;
  std::string path;
};
struct StopRecordingCommand {
  std::string recording;
};
struct CloseCommand {
  PortId port;
};
struct AskStatisticsCommand {
  PortId port;
};
struct SendCommand {
  PortId port;
  int component;
  std::vector<uint8_t> bytes;
  SocketAddress to;
};
struct PathCommand {
  PortId port;
  int component;
  /** Not set: nothing may be sent. */
  SocketAddress remote;
  /** A TURN server and the channel bound on it; not set: straight. */
  SocketAddress relayServer;
  uint16_t relayChannel;
};
struct KeysCommand {
  PortId port;
  SrtpKeys keys;
};
struct KernelCommand {
  PortId port;
  bool forwards;
};
struct KernelCountsCommand {
  PortId port;
  uint64_t packets;
  uint64_t bytes;
  uint64_t sentPackets;
  uint64_t sentBytes;
};

using Command = std::variant<OpenCommand, ConfigureCommand, OpenTdmCommand, ConfigureTdmCommand, HearCommand, DigitCommand,
                             PlayCommand, RecordCommand, StopRecordingCommand, CloseCommand, AskStatisticsCommand,
                             SendCommand, PathCommand, KeysCommand, KernelCommand, KernelCountsCommand>;

}  // namespace holdfast
