#include "node/command-reader.h"

namespace holdfast {

namespace {

PortId readPortIdOf(const JsObject& object, const std::string& text) {
  PortId id = 0;
  bool good = text.size() == 16;
  for (const char digit : text) {
    int value = 0;
    if (digit >= '0' && digit <= '9') {
      value = digit - '0';
    } else if (digit >= 'a' && digit <= 'f') {
      value = digit - 'a' + 10;
    } else {
      good = false;
    }
    id = (id << 4) | static_cast<PortId>(value);
  }
  if (!good) object.complain("a port's id is 16 lower-case hexadecimal digits");
  return id;
}

PortId readPortId(const JsObject& object, const char* name = "port") { return readPortIdOf(object, object.string(name)); }

SocketAddress readAddress(const JsObject& address) {
  const auto parsed = SocketAddress::parse(address.string("host"), address.integer<uint16_t>("port", 1, 65535));
  if (!parsed) address.complain("host is not an IP address");
  return parsed.value_or(SocketAddress());
}

int readComponent(const JsObject& object) { return object.integer<int>("component", 1, 2); }

Codec readCodec(const JsObject& format) {
  const std::string name = format.string("codec");
  if (name == "PCMU") return Codec::pcmu;
  if (name == "PCMA") return Codec::pcma;
  if (name == "G722") return Codec::g722;
  if (name == "opus") return Codec::opus;
  if (name == "L16") return Codec::l16;
  if (name == "telephone-event") return Codec::telephoneEvent;
  if (name == "CN") return Codec::cn;
  format.complain("codec is unknown");
  return Codec::pcmu;
}

std::vector<Format> readFormats(const JsObject& settings, const char* name) {
  std::vector<Format> formats;
  settings.objects(name, [&](const JsObject& format) {
    Format read;
    read.payloadType = format.integer<uint8_t>("payloadType", 0, 127);
    read.codec = readCodec(format);
    read.clockRate = format.integer<uint32_t>("clockRate", 8000, 192000);
    read.channels = format.integer<uint32_t>("channels", 1, 2);
    read.parameters = format.string("parameters");
    formats.push_back(read);
  });
  if (formats.size() > 127) settings.complain(std::string(name) + " has more than there are payload types");
  return formats;
}

SrtpKey readKey(const JsObject& object, const std::string& suite, const char* name) {
  const auto key = parseSrtpKey(suite, object.string(name));
  if (!key) object.complain(std::string(name) + " is no key of its suite");
  return key.value_or(SrtpKey());
}

SrtpKeys readDtlsKeys(const JsObject& keys) {
  const std::string suite = keys.string("suite");
  SrtpKeys read{readKey(keys, suite, "send"), readKey(keys, suite, "receive"), std::nullopt, std::nullopt};
  if (!keys.has("rtcp")) return read;
  const JsObject rtcp = keys.object("rtcp");
  read.rtcpSend = readKey(rtcp, suite, "send");
  read.rtcpReceive = readKey(rtcp, suite, "receive");
  return read;
}

Security readSecurity(const JsObject& security) {
  const std::string kind = security.string("kind");
  Security read;
  if (kind == "plain") return read;
  if (kind == "dtls") {
    read.kind = Security::Kind::dtls;
    return read;
  }
  if (kind != "sdes") security.complain("security is unknown");
  read.kind = Security::Kind::sdes;
  const JsObject send = security.object("send");
  const JsObject receive = security.object("receive");
  read.keys = SrtpKeys{readKey(send, send.string("suite"), "keyAndSalt"),
                       readKey(receive, receive.string("suite"), "keyAndSalt"), std::nullopt, std::nullopt};
  return read;
}

Tone readTone(const JsObject& tone) {
  Tone read;
  tone.objects("steps", [&](const JsObject& step) {
    read.steps.push_back(
        {step.numbers("frequencies"), step.number("level", -99, 10), step.integer<uint32_t>("durationMs", 0, 86'400'000)});
  });
  if (tone.has("repeatFrom")) read.repeatFrom = tone.integer<uint32_t>("repeatFrom", 0, 1023);
  if (read.repeatFrom && *read.repeatFrom >= read.steps.size()) tone.complain("repeatFrom is beyond the steps");
  return read;
}

Source readSource(const JsObject& source) {
  const std::string kind = source.string("kind");
  Source read;
  if (kind == "nothing") return read;
  if (kind == "port") {
    read.kind = Source::Kind::port;
    read.port = readPortId(source);
  } else if (kind == "mix") {
    read.kind = Source::Kind::mix;
    read.mix = source.string("mix");
    read.speaks = source.boolean("speaks");
  } else if (kind == "tone") {
    read.kind = Source::Kind::tone;
    read.tone = readTone(source.object("tone"));
  } else if (kind == "file") {
    read.kind = Source::Kind::file;
    read.path = source.string("path");
    read.loop = source.boolean("loop");
    read.shared = source.boolean("shared");
  } else {
    source.complain("what is heard is unknown");
  }
  return read;
}

JitterLimits readJitter(const JsObject& settings) {
  const JsObject jitter = settings.object("jitter");
  return {jitter.integer<uint32_t>("minMs", 0, 1000), jitter.integer<uint32_t>("maxMs", 0, 1000)};
}

LatchMode readLatch(const JsObject& settings) {
  const std::string mode = settings.string("latch");
  if (mode == "address") return LatchMode::address;
  if (mode == "any") return LatchMode::any;
  if (mode != "signalled") settings.complain("latch is unknown");
  return LatchMode::signalled;
}

RtpSettings readSettings(const JsObject& settings) {
  RtpSettings read;
  if (settings.has("remote")) {
    const JsObject remote = settings.object("remote");
    read.remote = RemoteAddresses{readAddress(remote.object("rtp")), readAddress(remote.object("rtcp"))};
  }
  read.rtcpMux = settings.boolean("rtcpMux");
  read.latch = readLatch(settings);
  read.latchEpoch = settings.integer<int64_t>("latchEpoch", 0, 9e15);
  read.security = readSecurity(settings.object("security"));
  read.ice = settings.has("ice");
  read.receives = readFormats(settings, "receives");
  read.sends = readFormats(settings, "sends");
  read.packetMs = settings.integer<uint32_t>("packetMs", 10, 60);
  const JsObject direction = settings.object("direction");
  read.directionSends = direction.boolean("sends");
  read.directionReceives = direction.boolean("receives");
  read.rtcpXr = settings.boolean("rtcpXr");
  read.jitter = readJitter(settings);
  read.detectDigits = settings.boolean("detectDigits");
  read.detectFax = settings.boolean("detectFax");
  read.gainInDb = settings.number("gainInDb", -60, 60);
  read.gainOutDb = settings.number("gainOutDb", -60, 60);
  read.dscp = settings.integer<uint8_t>("dscp", 0, 63);
  read.opaque = settings.boolean("opaque");
  read.hears = readSource(settings.object("hears"));
  return read;
}

LineListening readListening(const JsObject& listens) {
  LineListening read;
  read.digits = listens.boolean("digits");
  read.mf = listens.boolean("mf");
  read.tones = listens.numberLists("tones");
  for (const auto& set : read.tones) {
    if (set.empty() || set.size() > 2) listens.complain("a set of tones has one or two frequencies");
    for (const double hz : set) {
      if (hz < 1 || hz > 4000) listens.complain("a tone is beyond what a line carries");
    }
  }
  const std::string fsk = listens.string("fsk");
  if (fsk == "bell202") read.fsk = FskKind::bell202;
  else if (fsk == "v23") read.fsk = FskKind::v23;
  else if (fsk != "off") listens.complain("fsk is unknown");
  read.fax = listens.boolean("fax");
  return read;
}

TdmSettings readTdmSettings(const JsObject& settings) {
  TdmSettings read;
  const std::string law = settings.string("law");
  if (law != "u" && law != "a") settings.complain("law is unknown");
  read.aLaw = law == "a";
  read.echoCanceller = settings.boolean("echoCanceller");
  read.listens = readListening(settings.object("listens"));
  read.gainInDb = settings.number("gainInDb", -60, 60);
  read.gainOutDb = settings.number("gainOutDb", -60, 60);
  read.jitter = readJitter(settings);
  read.hears = readSource(settings.object("hears"));
  return read;
}

OpenCommand readOpen(const JsObject& command) {
  OpenCommand read{readPortId(command), {}, readSettings(command.object("settings")), std::nullopt, {}};
  const JsObject place = command.object("place");
  read.place = {readAddress(place.object("rtp")), readAddress(place.object("rtcp")),
                place.integer<uint32_t>("ssrc", 0, 4294967295.0), place.string("cname")};
  if (read.place.cname.size() > 255) place.complain("cname is longer than RTCP can say");
  if (!command.has("resumed")) return read;
  const JsObject resumed = command.object("resumed");
  if (resumed.has("dtlsKeys")) read.dtlsKeys = readDtlsKeys(resumed.object("dtlsKeys"));
  resumed.objects("received", [&](const JsObject& rollover) {
    read.received.push_back(
        {rollover.integer<uint32_t>("ssrc", 0, 4294967295.0), rollover.integer<uint32_t>("roc", 0, 4294967295.0)});
  });
  return read;
}

PathCommand readPath(const JsObject& command) {
  PathCommand read{readPortId(command), readComponent(command), {}, {}, 0};
  if (command.has("remote")) read.remote = readAddress(command.object("remote"));
  if (!command.has("relay")) return read;
  const JsObject relay = command.object("relay");
  read.relayServer = readAddress(relay.object("server"));
  read.relayChannel = relay.integer<uint16_t>("channel", 0x4000, 0x4fff);
  return read;
}

DigitCommand readDigit(const JsObject& command) {
  const std::string digit = command.string("digit");
  if (digit.size() != 1 || std::string("0123456789ABCD*#").find(digit) == std::string::npos) {
    command.complain("digit is none of 0-9 A-D * #");
  }
  return {readPortId(command), digit.empty() ? '0' : digit[0], command.integer<uint32_t>("durationMs", 1, 10'000)};
}

PlayedSound readPlayedSound(const JsObject& sound) {
  PlayedSound read;
  read.levelDbm0 = sound.number("level", -99, 10);
  const std::string kind = sound.string("kind");
  if (kind == "tone") {
    read.frequencies = sound.numbers("frequencies");
    read.durationMs = sound.number("durationMs", 0, 60'000);
    return read;
  }
  if (kind != "fsk") sound.complain("a sound is unknown");
  read.kind = PlayedSound::Kind::fsk;
  read.markHz = sound.number("markHz", 1, 4000);
  read.spaceHz = sound.number("spaceHz", 1, 4000);
  read.baud = sound.number("baud", 50, 1200);
  read.bits = sound.string("bits");
  if (read.bits.find_first_not_of("01") != std::string::npos) sound.complain("bits are 0 and 1");
  return read;
}

PlayCommand readPlay(const JsObject& command) {
  PlayCommand read{readPortId(command), command.integer<uint32_t>("play", 0, 4294967295.0), {}};
  command.objects("sounds", [&](const JsObject& sound) { read.sounds.push_back(readPlayedSound(sound)); });
  return read;
}

TdmPlace readTdmPlace(const JsObject& place) {
  return {place.string("path"), place.integer<uint32_t>("blockBytes", 8, 160)};
}

RecordCommand readRecord(const JsObject& command) {
  RecordCommand read{command.string("recording"), {}, command.string("path")};
  for (const std::string& id : command.strings("ports")) read.ports.push_back(readPortIdOf(command, id));
  return read;
}

std::optional<Command> readKind(const JsObject& command) {
  const std::string kind = command.string("kind");
  if (kind == "open") return readOpen(command);
  if (kind == "configure") return ConfigureCommand{readPortId(command), readSettings(command.object("settings"))};
  if (kind == "hear") return HearCommand{readPortId(command), readSource(command.object("source"))};
  if (kind == "close") return CloseCommand{readPortId(command)};
  if (kind == "askStatistics") return AskStatisticsCommand{readPortId(command)};
  if (kind == "digit") return readDigit(command);
  if (kind == "send") {
    return SendCommand{readPortId(command), readComponent(command), command.bytes("bytes"),
                       readAddress(command.object("to"))};
  }
  if (kind == "path") return readPath(command);
  if (kind == "keys") return KeysCommand{readPortId(command), readDtlsKeys(command.object("keys"))};
  if (kind == "kernel") return KernelCommand{readPortId(command), command.boolean("forwards")};
  if (kind == "kernelCounts") {
    const auto count = [&](const char* name) { return command.integer<uint64_t>(name, 0, 9e15); };
    return KernelCountsCommand{readPortId(command), count("packets"), count("bytes"), count("sentPackets"),
                               count("sentBytes")};
  }
  if (kind == "play") return readPlay(command);
  if (kind == "record") return readRecord(command);
  if (kind == "stopRecording") return StopRecordingCommand{command.string("recording")};
  if (kind == "openTdm") {
    return OpenTdmCommand{readPortId(command), readTdmPlace(command.object("place")),
                          readTdmSettings(command.object("settings"))};
  }
  if (kind == "configureTdm") return ConfigureTdmCommand{readPortId(command), readTdmSettings(command.object("settings"))};
  command.complain("kind is unknown: " + kind);
  return std::nullopt;
}

}  // namespace

std::optional<Command> readCommand(napi_env env, napi_value value, std::string& fault) {
  JsReader reader(env);
  std::optional<Command> command = readKind(JsObject(reader, value));
  fault = reader.fault();
  if (!fault.empty()) return std::nullopt;
  return command;
}

}  // namespace holdfast
