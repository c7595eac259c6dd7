#pragma once
// An engine without a thread, on a clock of the test's own: datagrams are handed to its ports, as if they had come.
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/rtp-port.h"

namespace holdfast::test {

class EngineWorld {
 public:
  EngineWorld() : engine(unthreaded(), [] {}) {}

  void step(Nanoseconds by = milliseconds(1)) {
    now += by;
    engine.step(now);
  }

  RtpPort& port(PortId id) { return static_cast<RtpPort&>(*engine.find(id)); }

  void open(PortId id, const RtpSettings& settings) {
    OpenCommand command{id, {}, settings, std::nullopt, {}};
    command.place.rtp = command.place.rtcp = local(0);
    command.place.ssrc = static_cast<uint32_t>(id);
    command.place.cname = "port@test";
    engine.apply(std::move(command));
    engine.step(now);
  }

  void configure(PortId id, const RtpSettings& settings) {
    engine.apply(ConfigureCommand{id, settings});
    engine.step(now);
  }

  void arrive(PortId id, std::vector<uint8_t> bytes, const SocketAddress& from, int component = 1) {
    // As the engine reads it: at the front of a buffer that is longer.
    uint8_t* const buffer = engine.receiveBuffer();
    const size_t length = std::min(bytes.size(), Engine::bufferBytes);
    std::copy_n(bytes.begin(), length, buffer);
    port(id).arrive(component, buffer, length, from);
  }

  static SocketAddress local(uint16_t port) { return SocketAddress::parse("127.0.0.1", port).value(); }

  static Format format(Codec codec, uint8_t payloadType, uint32_t clockRate = 8000) {
    Format made;
    made.codec = codec;
    made.payloadType = payloadType;
    made.clockRate = clockRate;
    return made;
  }

  static RtpSettings settings() {
    RtpSettings made;
    made.latch = LatchMode::any;
    made.receives = made.sends = {format(Codec::pcmu, 0)};
    return made;
  }

  template <typename Kind>
  size_t told() {
    std::vector<Event> fresh;
    engine.take(fresh);
    for (Event& event : fresh) events.push_back(std::move(event));
    size_t count = 0;
    for (const Event& event : events) count += std::holds_alternative<Kind>(event) ? 1 : 0;
    return count;
  }

  Engine engine;
  Nanoseconds now = seconds(1);
  std::vector<Event> events;

 private:
  static EngineOptions unthreaded() {
    EngineOptions options;
    options.threaded = false;
    return options;
  }
};

inline std::vector<uint8_t> rtp(uint8_t payloadType, uint16_t sequence, uint32_t timestamp, uint32_t ssrc,
                                const std::vector<uint8_t>& payload) {
  std::vector<uint8_t> bytes(rtpHeaderBytes + payload.size());
  writeRtpHeader(bytes.data(), payloadType, false, sequence, timestamp, ssrc);
  std::copy(payload.begin(), payload.end(), bytes.begin() + rtpHeaderBytes);
  return bytes;
}

}  // namespace holdfast::test
