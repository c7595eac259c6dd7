#include "node/event-writer.h"

#include <cstring>

namespace holdfast {

namespace {

class JsObjectWriter {
 public:
  explicit JsObjectWriter(napi_env env) : env_(env) { napi_create_object(env, &object_); }
  JsObjectWriter(napi_env env, const char* kind) : JsObjectWriter(env) { string("kind", kind); }

  JsObjectWriter& string(const char* name, const std::string& text) {
    napi_value value = nullptr;
    napi_create_string_utf8(env_, text.c_str(), text.size(), &value);
    return set(name, value);
  }
  JsObjectWriter& number(const char* name, double number) {
    napi_value value = nullptr;
    napi_create_double(env_, number, &value);
    return set(name, value);
  }
  JsObjectWriter& number(const char* name, uint64_t count) { return number(name, static_cast<double>(count)); }
  JsObjectWriter& number(const char* name, uint32_t count) { return number(name, static_cast<double>(count)); }
  JsObjectWriter& number(const char* name, int count) { return number(name, static_cast<double>(count)); }
  JsObjectWriter& port(const char* name, PortId id) {
    char text[17];
    snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(id));
    return string(name, text);
  }
  JsObjectWriter& bytes(const char* name, const std::vector<uint8_t>& content) {
    napi_value value = nullptr;
    napi_create_buffer_copy(env_, content.size(), content.data(), nullptr, &value);
    return set(name, value);
  }
  JsObjectWriter& numbers(const char* name, const std::vector<double>& numbers) {
    napi_value list = nullptr;
    napi_create_array_with_length(env_, numbers.size(), &list);
    for (uint32_t index = 0; index < numbers.size(); ++index) {
      napi_value value = nullptr;
      napi_create_double(env_, numbers[index], &value);
      napi_set_element(env_, list, index, value);
    }
    return set(name, list);
  }
  JsObjectWriter& object(const char* name, const JsObjectWriter& inner) { return set(name, inner.object_); }
  JsObjectWriter& address(const char* name, const SocketAddress& address) {
    return object(name, JsObjectWriter(env_).string("host", address.host()).number("port", static_cast<int>(address.port())));
  }
  napi_value value() const { return object_; }

 private:
  JsObjectWriter& set(const char* name, napi_value value) {
    napi_set_named_property(env_, object_, name, value);
    return *this;
  }

  napi_env env_;
  napi_value object_ = nullptr;
};

const char* nameOf(PathKind kind) {
  switch (kind) {
    case PathKind::none:
      return "none";
    case PathKind::relay:
      return "relay";
    case PathKind::kernel:
      return "kernel";
    case PathKind::transcoded:
      return "transcoded";
    case PathKind::mixed:
      return "mixed";
    case PathKind::generated:
      return "generated";
    case PathKind::opaque:
      return "opaque";
  }
  return "none";
}

const char* nameOf(FaxTone tone) {
  switch (tone) {
    case FaxTone::none:
    case FaxTone::cng:
      return "cng";
    case FaxTone::ced:
      return "ced";
    case FaxTone::v21:
      return "v21";
    case FaxTone::ansam:
      return "ansam";
  }
  return "cng";
}

JsObjectWriter writeStatistics(napi_env env, const PortStatistics& of) {
  JsObjectWriter writer(env);
  writer.number("received", of.received)
      .number("receivedBytes", of.receivedBytes)
      .number("sent", of.sent)
      .number("sentBytes", of.sentBytes)
      .number("lost", of.lost)
      .number("duplicate", of.duplicate)
      .number("reordered", of.reordered)
      .number("late", of.late)
      .number("dropped", of.dropped)
      .number("concealedMs", of.concealedMs)
      .number("jitterMs", of.jitterMs)
      .number("bufferMs", of.bufferMs)
      .object("refused", JsObjectWriter(env)
                             .number("source", of.refusedSource)
                             .number("authentication", of.refusedAuthentication)
                             .number("replayed", of.refusedReplayed)
                             .number("malformed", of.refusedMalformed)
                             .number("payloadType", of.refusedPayloadType))
      .number("mos", of.mos)
      .string("path", nameOf(of.path));
  if (of.peer) {
    JsObjectWriter peer(env);
    peer.number("lossFraction", of.peer->lossFraction).number("jitterMs", of.peer->jitterMs);
    if (of.peer->roundTripMs) peer.number("roundTripMs", *of.peer->roundTripMs);
    writer.object("peer", peer);
  }
  if (of.slips) writer.number("slips", *of.slips);
  if (of.driftPpm) writer.number("driftPpm", *of.driftPpm);
  return writer;
}

struct Writer {
  napi_env env;

  JsObjectWriter of(const char* kind) const { return JsObjectWriter(env, kind); }

  napi_value operator()(const FailedEvent& event) const {
    JsObjectWriter writer = of("failed");
    if (event.port != 0) writer.port("port", event.port);
    return writer.string("command", event.command).string("why", event.why).value();
  }
  napi_value operator()(const ClosedEvent& event) const {
    return of("closed").port("port", event.port).object("statistics", writeStatistics(env, event.statistics)).value();
  }
  napi_value operator()(const StatisticsEvent& event) const {
    return of("statistics").port("port", event.port).object("statistics", writeStatistics(env, event.statistics)).value();
  }
  napi_value operator()(const LatchedEvent& event) const {
    return of("latched").port("port", event.port).address("address", event.address).value();
  }
  napi_value operator()(const DigitEvent& event) const {
    return of("digit")
        .port("port", event.port)
        .string("digit", std::string(1, event.digit))
        .number("durationMs", event.durationMs)
        .string("by", event.bySound ? "sound" : "telephone-event")
        .value();
  }
  napi_value operator()(const FaxEvent& event) const {
    return of("fax").port("port", event.port).string("tone", nameOf(event.tone)).value();
  }
  napi_value operator()(const PlayedEvent& event) const {
    return of("played").port("port", event.port).number("play", event.play).value();
  }
  napi_value operator()(const MfEvent& event) const {
    return of("mf").port("port", event.port).string("signal", event.signal).value();
  }
  napi_value operator()(const ToneEvent& event) const {
    return of("tone").port("port", event.port).numbers("frequencies", event.frequencies).value();
  }
  napi_value operator()(const FskEvent& event) const {
    return of("fsk").port("port", event.port).string("bits", event.bits).value();
  }
  napi_value operator()(const LineLostEvent& event) const {
    return of("lineLost").port("port", event.port).string("why", event.why).value();
  }
  napi_value operator()(const SilentEvent& event) const {
    return of("silent").port("port", event.port).number("silentMs", event.silentMs).value();
  }
  napi_value operator()(const FinishedEvent& event) const {
    JsObjectWriter writer = of("finished").port("port", event.port);
    if (!event.why.empty()) writer.string("why", event.why);
    return writer.value();
  }
  napi_value operator()(const RecordedEvent& event) const {
    JsObjectWriter writer = of("recorded");
    writer.string("recording", event.recording).string("path", event.path).number("durationMs", event.durationMs);
    if (!event.why.empty()) writer.string("why", event.why);
    return writer.value();
  }
  napi_value operator()(const RolledEvent& event) const {
    const JsObjectWriter rollover =
        JsObjectWriter(env).number("ssrc", event.rollover.ssrc).number("roc", event.rollover.roc);
    return of("rolled").port("port", event.port).object("rollover", rollover).value();
  }
  napi_value operator()(const PulseEvent& event) const {
    return of("pulse")
        .number("load", event.load)
        .number("ports", event.ports)
        .number("packetsPerSecond", event.packetsPerSecond)
        .number("complexity", event.complexity)
        .value();
  }
  napi_value operator()(const PacketEvent& event) const {
    JsObjectWriter writer = of("packet");
    writer.port("port", event.port)
        .number("component", event.component)
        .bytes("bytes", event.bytes)
        .address("from", event.from);
    if (event.channel != 0) writer.number("channel", static_cast<int>(event.channel));
    return writer.value();
  }
};

}  // namespace

napi_value writeEvent(napi_env env, const Event& event) { return std::visit(Writer{env}, event); }

}  // namespace holdfast
