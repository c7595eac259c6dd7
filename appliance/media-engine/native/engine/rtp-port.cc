#include "engine/rtp-port.h"

#include <sys/epoll.h>

#include "engine/digit-sender.h"
#include "rtp/quality.h"

namespace holdfast {

RtpPort::RtpPort(Engine& engine, PortId id, const RtpPlace& place) : Port(id, Kind::rtp), engine_(engine), place_(place), ssrc_(place.ssrc) {
  receivable_.fill(-1);
  for (size_t index = 0; index < endpoints_.size(); ++index) {
    endpoints_[index].port = this;
    endpoints_[index].component = static_cast<int>(index) + 1;
  }
  heardAt_ = engine.now();
  rtcp_.begin(engine.now(), engine.chance());
  // RFC 3711 §3.3.1: a first number in the lower half cannot wrap before the peer has heard it.
  out_.begin(static_cast<uint16_t>(engine.random() & 0x7fff), engine.random());
}

RtpPort::~RtpPort() {
  dropPath();
  for (Endpoint& endpoint : endpoints_) {
    if (endpoint.socket.descriptor() >= 0) engine_.unwatch(endpoint.socket.descriptor());
  }
}

std::string RtpPort::open() {
  const SocketAddress* const places[] = {&place_.rtp, &place_.rtcp};
  for (size_t index = 0; index < endpoints_.size(); ++index) {
    Endpoint& endpoint = endpoints_[index];
    const std::string why = endpoint.socket.open(*places[index]);
    if (!why.empty()) return why;
    if (!engine_.watch(endpoint.socket.descriptor(), EPOLLIN, endpoint)) return "epoll takes no more sockets";
  }
  return "";
}

void RtpPort::configure(const RtpSettings& settings) {
  const bool formats = !configured_ || settings.receives != settings_.receives || settings.opaque != settings_.opaque ||
                       settings.gainInDb != settings_.gainInDb;
  const bool outgoing = !configured_ || settings.sends != settings_.sends || settings.opaque != settings_.opaque ||
                        settings.packetMs != settings_.packetMs || settings.gainOutDb != settings_.gainOutDb;
  const RtpSettings before = settings_;
  const bool heard = configured_ && settings.hears == settings_.hears;
  if (!configured_ || settings.dscp != settings_.dscp) {
    for (Endpoint& endpoint : endpoints_) endpoint.socket.mark(settings.dscp);
  }
  if (!configured_ || settings.directionReceives != settings_.directionReceives) {
    // What was not to be heard has left a gap that is no loss.
    streamKnown_ = false;
    heardAt_ = engine_.now();
    silencesTold_ = 0;
  }
  if (configured_ && settings.directionSends != settings_.directionSends) out_.interrupt();
  settings_ = settings;
  configured_ = true;

  std::optional<SocketAddress> signalled;
  if (settings_.remote) signalled = settings_.remote->rtp;
  latch_.configure(settings_.latch, settings_.latchEpoch, signalled);
  if (settings_.ice) {
    latch_.pin(endpoints_[0].path);
  } else {
    latch_.unpin();
  }
  applySecurity();
  receivable_.fill(-1);
  for (size_t index = 0; index < settings_.receives.size() && index < 128; ++index) {
    receivable_[settings_.receives[index].payloadType & 0x7f] = static_cast<int8_t>(index);
  }
  hearsEvents_ = std::any_of(settings_.receives.begin(), settings_.receives.end(),
                             [](const Format& format) { return format.codec == Codec::telephoneEvent; });
  voice_ = event_ = comfortNoise_ = nullptr;
  for (const Format& format : settings_.sends) {
    if (format.isVoice() && voice_ == nullptr) voice_ = &format;
    if (format.codec == Codec::cn && comfortNoise_ == nullptr) comfortNoise_ = &format;
    if (format.codec != Codec::telephoneEvent) continue;
    if (event_ == nullptr || (voice_ != nullptr && format.clockRate == voice_->clockRate)) event_ = &format;
  }
  watchSound(before);
  if (formats) {
    for (PacketListener* listener : listeners_) listener->formatsChanged();
  }
  if (!heard) {
    makePath();
  } else if (outgoing && path_ != nullptr) {
    path_->hearerChanged();
  }
}

void RtpPort::hear(const Source& source) {
  if (source == settings_.hears) return;
  settings_.hears = source;
  makePath();
}

void RtpPort::originChanged(PortId origin, bool gone) {
  if (heardPort() != origin) return;
  if (gone) {
    // The last figures of a call tell how its sound went, whichever of its ports is closed first.
    if (path_ != nullptr) {
      figures_.path = path_->kind();
      figures_.concealedMs = path_->concealedMs();
      figures_.late += path_->late();
    }
    dropPath();
  } else {
    makePath();
  }
}

void RtpPort::makePath() {
  dropPath();
  figures_.path = PathKind::none;
  out_.interrupt();
  std::string why;
  path_ = makeSourcePath(engine_, *this, settings_.hears, why);
  if (!why.empty()) engine_.failed(id(), "hear", why);
}

void RtpPort::dropPath() { path_.reset(); }

void RtpPort::watchSound(const RtpSettings& before) {
  if (before.detectFax != settings_.detectFax) passesThrough_ = false;
  const bool wanted = settings_.detectDigits || settings_.detectFax;
  const bool same = before.detectDigits == settings_.detectDigits && before.detectFax == settings_.detectFax;
  if (wanted == (watch_ != nullptr) && same) return;
  if (watch_ != nullptr) removeListener(*watch_);
  watch_.reset();
  if (!wanted) return;
  watch_ = std::make_unique<SoundWatch>(engine_, *this, settings_.detectDigits, settings_.detectFax);
  listeners_.insert(listeners_.begin(), watch_.get());
}

DigitSender& RtpPort::digits() {
  if (digits_ == nullptr) digits_ = std::make_unique<DigitSender>(engine_, *this);
  return *digits_;
}

bool RtpPort::sayDigit(char digit, uint32_t durationMs) { return digits().say(digit, durationMs); }

void RtpPort::pressDigit(char digit) { digits().press(digit); }

void RtpPort::releaseDigit() {
  if (digits_ != nullptr) digits_->release();
}

void RtpPort::addListener(PacketListener& listener) { listeners_.push_back(&listener); }

void RtpPort::removeListener(PacketListener& listener) {
  listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), &listener), listeners_.end());
}

void RtpPort::setKeys(const SrtpKeys& keys) {
  dtlsKeys_ = keys;
  if (settings_.security.kind == Security::Kind::dtls) applyKeys(keys);
}

void RtpPort::resume(const std::vector<Rollover>& received) { receiver_.resume(received); }

void RtpPort::applySecurity() {
  const Security& security = settings_.security;
  if (security.kind != securityNow_) {
    // From one way of keying to another nothing of the old one holds, and a key that comes again meets another SSRC.
    if (sender_.ready()) ssrc_ = engine_.random();
    sender_.clear();
    receiver_.clear();
    if (securityNow_ == Security::Kind::dtls) dtlsKeys_.reset();
    securityNow_ = security.kind;
  }
  const std::optional<SrtpKeys>& keys = security.kind == Security::Kind::dtls ? dtlsKeys_ : security.keys;
  if (security.kind != Security::Kind::plain && keys) applyKeys(*keys);
}

void RtpPort::applyKeys(const SrtpKeys& keys) {
  receiver_.setKeys(keys.receive, keys.rtcpReceive, engine_.now());
  if (!sender_.setKeys(keys.send, keys.rtcpSend, ssrc_)) ssrc_ = engine_.random();
}

bool RtpPort::openSrtp(uint8_t* bytes, size_t& length) {
  if (!receiver_.ready()) {
    ++figures_.refusedAuthentication;
    return false;
  }
  const SrtpReceiver::Result result = receiver_.open(bytes, length, engine_.scratchBuffer(), engine_.now());
  if (result == SrtpReceiver::Result::opened) return true;
  count(result);
  return false;
}

void RtpPort::count(SrtpReceiver::Result refusal) {
  ++(refusal == SrtpReceiver::Result::replayed ? figures_.refusedReplayed : figures_.refusedAuthentication);
}

void RtpPort::setPath(int component, const SocketAddress& remote, const SocketAddress& relayServer, uint16_t channel) {
  Endpoint& endpoint = endpoints_[component == 2 ? 1 : 0];
  endpoint.path = remote;
  endpoint.relayServer = relayServer;
  endpoint.relayChannel = channel;
  if (component == 1 && settings_.ice) latch_.pin(remote);
}

void RtpPort::sendRaw(int component, const std::vector<uint8_t>& bytes, const SocketAddress& to) {
  endpoints_[component == 2 ? 1 : 0].socket.send(bytes.data(), bytes.size(), to);
}

void RtpPort::setKernel(bool forwards) {
  kernel_ = forwards;
  heardAt_ = engine_.now();
  in_.pause();
}

void RtpPort::setKernelCounts(const KernelCountsCommand& counts) {
  if (counts.packets != kernelCounts_.packets) heard(engine_.now());
  kernelCounts_ = counts;
}

void RtpPort::readable(Endpoint& endpoint) {
  uint8_t* const buffer = engine_.receiveBuffer();
  for (int reads = 0; reads < readsPerTurn; ++reads) {
    SocketAddress from;
    const long length = endpoint.socket.receive(buffer, Engine::bufferBytes, from);
    if (length < 0) return;
    engine_.countPacket();
    arrival_ = endpoint.socket.arrival();
    if (static_cast<size_t>(length) > Engine::bufferBytes) {
      ++figures_.refusedMalformed;
      continue;
    }
    datagram(endpoint, buffer, static_cast<size_t>(length), from);
    // Nearly always there is one: asking for another costs a system call, and epoll tells of it anyway, in the next turn.
    if (!engine_.heldUp()) return;
  }
}

void RtpPort::datagram(Endpoint& endpoint, uint8_t* bytes, size_t length, const SocketAddress& from) {
  if (settings_.opaque) return receiveOpaque(bytes, length, from);
  switch (classify(bytes, length)) {
    case DatagramKind::rtp:
      if (endpoint.component == 1) return receiveRtp(bytes, length, from);
      break;
    case DatagramKind::rtcp:
      return receiveRtcp(endpoint, bytes, length, from);
    case DatagramKind::stun:
    case DatagramKind::dtls:
      return punt(endpoint, bytes, length, from, 0);
    case DatagramKind::channelData:
      return channelData(endpoint, bytes, length, from);
    case DatagramKind::unknown:
      // An empty datagram keeps a NAT's binding (RFC 6263 §4.1) and says nothing.
      if (length == 0) return;
      break;
  }
  ++figures_.refusedMalformed;
}

void RtpPort::channelData(Endpoint& endpoint, uint8_t* bytes, size_t length, const SocketAddress& from) {
  // RFC 8656 §12.4; over UDP there may be padding behind it.
  const uint16_t channel = read16(bytes);
  const size_t inner = read16(bytes + 2);
  if (channel < 0x4000 || channel > 0x4fff || inner > length - channelHeaderBytes) {
    ++figures_.refusedMalformed;
    return;
  }
  uint8_t* const content = bytes + channelHeaderBytes;
  const DatagramKind kind = classify(content, inner);
  if (kind == DatagramKind::stun || kind == DatagramKind::dtls) return punt(endpoint, content, inner, from, channel);
  if (!endpoint.relayServer.isSet() || from != endpoint.relayServer || channel != endpoint.relayChannel) {
    ++figures_.refusedSource;
    return;
  }
  if (kind == DatagramKind::rtp) return receiveRtp(content, inner, endpoint.path);
  if (kind == DatagramKind::rtcp) return receiveRtcp(endpoint, content, inner, endpoint.path);
  ++figures_.refusedMalformed;
}

void RtpPort::punt(const Endpoint& endpoint, const uint8_t* bytes, size_t length, const SocketAddress& from,
                   uint16_t channel) {
  const Nanoseconds now = engine_.now();
  if (now - puntedSince_ >= seconds(1)) {
    puntedSince_ = now;
    punted_ = 0;
  }
  if (punted_ >= maxPunted) {
    ++figures_.refusedMalformed;
    return;
  }
  ++punted_;
  PacketEvent event{id(), endpoint.component, std::vector<uint8_t>(bytes, bytes + length), from, channel};
  if (!engine_.tell(std::move(event))) ++figures_.refusedMalformed;
}

void RtpPort::receiveRtp(uint8_t* bytes, size_t length, const SocketAddress& from) {
  RtpPacket packet;
  if (!readRtpHeader(bytes, length, packet)) {
    ++figures_.refusedMalformed;
    return;
  }
  if (!latch_.mayBe(from)) {
    ++figures_.refusedSource;
    return;
  }
  const int index = receivable_[packet.payloadType];
  if (index < 0) {
    ++figures_.refusedPayloadType;
    return;
  }
  if (secured() && !openSrtp(bytes, length)) return;
  if (!readRtpPayload(bytes, length, packet)) {
    ++figures_.refusedMalformed;
    return;
  }
  const Format& format = settings_.receives[static_cast<size_t>(index)];
  const Nanoseconds now = engine_.now();
  const Latch::Verdict verdict = latch_.judge(from, packet.ssrc, packet.sequence, secured(), now);
  if (verdict == Latch::Verdict::refused) {
    ++figures_.refusedSource;
    return;
  }
  if (verdict == Latch::Verdict::changed && (!latchTold_ || toldAddress_ != from)) {
    latchTold_ = true;
    toldAddress_ = from;
    engine_.tell(LatchedEvent{id(), from});
  }
  if (!streamKnown_ || packet.ssrc != streamSsrc_) {
    if (!in_.started() || packet.ssrc != streamSsrc_) in_.restart(packet.sequence);
    streamKnown_ = true;
    streamSsrc_ = packet.ssrc;
    stream_ = engine_.nextStream();
  }
  figures_.receivedBytes += length;
  if (format.isVoice()) heardCodec_ = format.codec;
  const auto arrival = in_.packet(packet.sequence, packet.timestamp, format.isVoice() ? format.clockRate : 0, now);
  heard(now);
  if (arrival == ReceiveStatistics::Arrival::gap) bursts_.lost(in_.gap());
  if (arrival != ReceiveStatistics::Arrival::duplicate) bursts_.received();
  if (in_.wrapped() && secured()) {
    const std::optional<uint32_t> roc = receiver_.rollover(packet.ssrc);
    if (roc) engine_.tell(RolledEvent{id(), {packet.ssrc, *roc}});
  }
  if (arrival == ReceiveStatistics::Arrival::duplicate || !settings_.directionReceives) return;
  const ReceivedPacket received{format,           stream_,        packet.marker,       packet.sequence,
                                packet.timestamp, packet.payload, packet.payloadBytes, arrival_ == 0 ? now : arrival_};
  if (format.codec == Codec::telephoneEvent) hearEvent(received);
  for (PacketListener* listener : listeners_) listener->packet(received);
}

void RtpPort::hearEvent(const ReceivedPacket& packet) {
  const std::optional<TelephoneEvent> event = readTelephoneEvent(packet.payload, packet.payloadBytes);
  if (event) tellDigit(events_.packet(*event, packet.timestamp, packet.format.clockRate, packet.arrival));
}

void RtpPort::tellDigit(const std::optional<TelephoneEventReceiver::Digit>& digit) {
  if (digit) engine_.tell(DigitEvent{id(), digit->digit, digit->durationMs, false});
}


void RtpPort::receiveOpaque(const uint8_t* bytes, size_t length, const SocketAddress& from) {
  const Nanoseconds now = engine_.now();
  // There is no SSRC to tell streams apart: whoever was first stays until the peer re-negotiates.
  const Latch::Verdict verdict = latch_.judge(from, 0, 0, false, now);
  if (verdict == Latch::Verdict::refused) {
    ++figures_.refusedSource;
    return;
  }
  if (verdict == Latch::Verdict::changed) engine_.tell(LatchedEvent{id(), from});
  ++figures_.received;
  figures_.receivedBytes += length;
  heard(now);
  if (!settings_.directionReceives) return;
  for (PacketListener* listener : listeners_) listener->datagram(bytes, length);
}

void RtpPort::heard(Nanoseconds now) {
  heardAt_ = now;
  if (silencesTold_ == 0) return;
  silencesTold_ = 0;
  engine_.tell(SilentEvent{id(), 0});
}

const SocketAddress* RtpPort::rtpDestination() {
  if (settings_.ice) return endpoints_[0].path.isSet() ? &endpoints_[0].path : nullptr;
  if (latch_.latched() && settings_.latch != LatchMode::signalled) return &latch_.address();
  return settings_.remote ? &settings_.remote->rtp : nullptr;
}

bool RtpPort::transmit(Endpoint& endpoint, uint8_t* bytes, size_t length, const SocketAddress& to) {
  if (settings_.ice && endpoint.relayServer.isSet()) {
    uint8_t* const wrapped = bytes - channelHeaderBytes;
    write16(wrapped, endpoint.relayChannel);
    write16(wrapped + 2, static_cast<uint16_t>(length));
    return endpoint.socket.send(wrapped, length + channelHeaderBytes, endpoint.relayServer);
  }
  return endpoint.socket.send(bytes, length, to);
}

bool RtpPort::send(const Outgoing& packet) {
  if (!settings_.directionSends || (secured() && !sender_.ready()) || packet.payloadBytes > longestPayload) return false;
  // A digit is said: the rest waits for nothing, it is not sent.
  if (digits_ != nullptr && digits_->active() && !digits_->sending()) return false;
  const SocketAddress* const to = rtpDestination();
  if (to == nullptr) return false;
  StreamRewriter::Out out;
  const Nanoseconds now = engine_.now();
  if (!out_.place(packet.source, packet.sequence, packet.timestamp, packet.clockRate, now, out)) {
    ++figures_.late;
    return false;
  }
  uint8_t buffer[channelHeaderBytes + rtpHeaderBytes + longestPayload + maxSrtpTrailerBytes];
  uint8_t* const bytes = buffer + channelHeaderBytes;
  writeRtpHeader(bytes, packet.payloadType, packet.marker || out.first, out.sequence, out.timestamp, ssrc_);
  memcpy(bytes + rtpHeaderBytes, packet.payload, packet.payloadBytes);
  size_t length = rtpHeaderBytes + packet.payloadBytes;
  if (secured() && !sender_.protect(bytes, length)) return false;
  if (!transmit(endpoints_[0], bytes, length, *to)) {
    ++figures_.dropped;
    return false;
  }
  ++figures_.sent;
  figures_.sentBytes += length;
  sentOctets_ += packet.payloadBytes;
  sentClockRate_ = packet.clockRate;
  sentAt_ = now;
  return true;
}

void RtpPort::sendDatagram(const uint8_t* bytes, size_t length) {
  const SocketAddress* const to = rtpDestination();
  uint8_t buffer[channelHeaderBytes + Engine::bufferBytes];
  if (to == nullptr || !settings_.directionSends || length > Engine::bufferBytes) return;
  memcpy(buffer + channelHeaderBytes, bytes, length);
  if (!transmit(endpoints_[0], buffer + channelHeaderBytes, length, *to)) {
    ++figures_.dropped;
    return;
  }
  ++figures_.sent;
  figures_.sentBytes += length;
  sentAt_ = engine_.now();
}

void RtpPort::housekeep(Nanoseconds now) {
  tellDigit(events_.idle(now));
  if (settings_.directionReceives && !kernel_) {
    const auto silences = static_cast<uint32_t>((now - heardAt_) / silenceStep);
    if (silences > silencesTold_) {
      silencesTold_ = silences;
      engine_.tell(SilentEvent{id(), static_cast<uint32_t>(silences * (silenceStep / milliseconds(1)))});
    }
  }
  if (rtcp_.due(now)) sendReport(false);
  const bool behindNat = settings_.latch != LatchMode::signalled && !settings_.ice && !kernel_;
  if (behindNat && now - sentAt_ >= keepalive) {
    sentAt_ = now;
    const SocketAddress* const to = rtpDestination();
    if (to != nullptr) endpoints_[0].socket.send(nullptr, 0, *to);
  }
}

PortStatistics RtpPort::statistics() {
  PortStatistics all = figures_;
  all.received += in_.received() + kernelCounts_.packets;
  all.receivedBytes += kernelCounts_.bytes;
  all.sent += kernelCounts_.sentPackets;
  all.sentBytes += kernelCounts_.sentBytes;
  all.lost = in_.lost();
  all.duplicate = in_.duplicates();
  all.reordered = in_.reordered();
  all.jitterMs = in_.jitterMs();
  for (const Endpoint& endpoint : endpoints_) all.dropped += endpoint.socket.overflowed();
  if (path_ != nullptr) {
    all.path = path_->kind();
    all.bufferMs = path_->bufferMs();
    all.concealedMs = path_->concealedMs();
    all.late += path_->late();
  }
  if (rtcp_.peer()) all.peer = {rtcp_.peer()->lossFraction, rtcp_.peer()->jitterMs, rtcp_.peer()->roundTripMs};
  if (kernel_) all.path = PathKind::kernel;
  const double expected = static_cast<double>(in_.received() + in_.lost());
  const double loss = expected > 0 ? static_cast<double>(in_.lost()) / expected : 0;
  const double roundTripMs = all.peer && all.peer->roundTripMs ? *all.peer->roundTripMs : 0;
  all.mos = estimateQuality(heardCodec_, loss, roundTripMs / 2 + all.bufferMs + settings_.packetMs + all.jitterMs).mos;
  return all;
}

}  // namespace holdfast
