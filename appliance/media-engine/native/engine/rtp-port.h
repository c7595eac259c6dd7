#pragma once
// An RTP port: two sockets, whom it believes, what it sends, and its figures.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/port.h"
#include "engine/sound-watch.h"
#include "engine/source-path.h"
#include "engine/udp-socket.h"
#include "rtp/receive-statistics.h"
#include "rtp/rtcp-session.h"
#include "rtp/rtp-packet.h"
#include "rtp/stream-rewriter.h"
#include "rtp/telephone-event.h"

namespace holdfast {

class DigitSender;

class RtpPort final : public Port {
 public:
  RtpPort(Engine& engine, PortId id, const RtpPlace& place);
  ~RtpPort() override;

  /** Empty, or why it cannot be opened: then nothing of it is left. */
  std::string open();
  void configure(const RtpSettings& settings);
  void hear(const Source& source);
  void setKeys(const SrtpKeys& keys);
  void resume(const std::vector<Rollover>& received);
  void setPath(int component, const SocketAddress& remote, const SocketAddress& relayServer, uint16_t channel);
  void sendRaw(int component, const std::vector<uint8_t>& bytes, const SocketAddress& to);
  /** False: it cannot be said. */
  bool sayDigit(char digit, uint32_t durationMs);
  void setKernel(bool forwards);
  void setKernelCounts(const KernelCountsCommand& counts);

  // Port
  PortId heardPort() const override { return settings_.hears.kind == Source::Kind::port ? settings_.hears.port : 0; }
  void originChanged(PortId origin, bool gone) override;
  PortStatistics statistics() override;
  void housekeep(Nanoseconds now) override;

  /** A datagram that came to one of the sockets. */
  void arrive(int component, uint8_t* bytes, size_t length, const SocketAddress& from) {
    datagram(endpoints_[component == 2 ? 1 : 0], bytes, length, from);
  }

  // For paths.
  const RtpSettings& settings() const { return settings_; }
  void addListener(PacketListener& listener);
  void removeListener(PacketListener& listener);
  /** For who plays by a clock: packets are told with when they came, not with when they were read. */
  void dateArrivals() { endpoints_[0].socket.date(); }
  /** The voice format that is sent; null: none was agreed. */
  const Format* voiceFormat() const { return voice_; }
  /** Signals that the peer takes, of the voice format's clock where there is a choice; null: it takes none. */
  const Format* eventFormat() const { return event_; }
  const Format* comfortNoiseFormat() const { return comfortNoise_; }
  /** A fax or a modem was heard: nothing is done to the sound any more (V.152). */
  bool passesThrough() const { return passesThrough_; }
  void passThrough() { passesThrough_ = true; }
  /** The digit in the sound of this port's peer; 0: none, or nobody looks. */
  char soundingDigit() const { return watch_ != nullptr && !passesThrough_ ? watch_->digit() : '\0'; }
  /** From the peer's reports, per cent. */
  int peerLossPercent() const { return rtcp_.peer() ? static_cast<int>(rtcp_.peer()->lossFraction * 100) : 0; }
  /** Tells the peer that the stream ends. */
  void sayGoodbye() { sendReport(true); }
  /** The peer sends events. */
  bool hearsEvents() const { return hearsEvents_; }
  /** A digit to this port's peer, for as long as it is pressed. */
  void pressDigit(char digit);
  void releaseDigit();
  /** What a path gives to be sent: `source` names it (Engine::nextStream), its own numbers count from anywhere. */
  struct Outgoing {
    uint64_t source;
    uint16_t sequence;
    uint32_t timestamp;
    uint32_t clockRate;
    bool marker;
    uint8_t payloadType;
    const uint8_t* payload;
    size_t payloadBytes;
  };
  /** At once, as one stream with whatever was sent before. False: there is no way, it is held, or it did not fit. */
  bool send(const Outgoing& packet);
  void sendDatagram(const uint8_t* bytes, size_t length);

 private:
  /** One of the port's sockets. */
  class Endpoint final : public Pollable {
   public:
    void ready(uint32_t) override { port->readable(*this); }
    RtpPort* port = nullptr;
    int component = 1;
    UdpSocket socket;
    /** ICE's choice; not set: nothing may be sent. */
    SocketAddress path;
    SocketAddress relayServer;
    uint16_t relayChannel = 0;
  };

  static constexpr int readsPerTurn = 16;
  static constexpr uint32_t maxPunted = 100;
  static constexpr size_t channelHeaderBytes = 4;
  static constexpr size_t longestPayload = Engine::bufferBytes - rtpHeaderBytes;
  static constexpr Nanoseconds silenceStep = seconds(5);
  /** RFC 6263 §4: well below the 30 s after which NATs forget. */
  static constexpr Nanoseconds keepalive = seconds(15);

  void readable(Endpoint& endpoint);
  void datagram(Endpoint& endpoint, uint8_t* bytes, size_t length, const SocketAddress& from);
  void channelData(Endpoint& endpoint, uint8_t* bytes, size_t length, const SocketAddress& from);
  void punt(const Endpoint& endpoint, const uint8_t* bytes, size_t length, const SocketAddress& from, uint16_t channel);
  void receiveRtp(uint8_t* bytes, size_t length, const SocketAddress& from);
  void receiveRtcp(const Endpoint& endpoint, uint8_t* bytes, size_t length, const SocketAddress& from);
  void receiveOpaque(const uint8_t* bytes, size_t length, const SocketAddress& from);
  void heard(Nanoseconds now);
  void hearEvent(const ReceivedPacket& packet);
  void tellDigit(const std::optional<TelephoneEventReceiver::Digit>& digit);
  void applySecurity();
  void applyKeys(const SrtpKeys& keys);
  bool openSrtp(uint8_t* bytes, size_t& length);
  void count(SrtpReceiver::Result refusal);
  bool secured() const { return settings_.security.kind != Security::Kind::plain; }
  bool rtcpMayBe(const Endpoint& endpoint, const SocketAddress& from) const;
  void sendReport(bool bye);
  const SocketAddress* rtcpDestination();
  /** Where RTP goes; null: nowhere. */
  const SocketAddress* rtpDestination();
  /** `bytes` has room for a ChannelData header before it. */
  bool transmit(Endpoint& endpoint, uint8_t* bytes, size_t length, const SocketAddress& to);
  void makePath();
  void dropPath();
  void watchSound(const RtpSettings& before);
  DigitSender& digits();

  Engine& engine_;
  const RtpPlace place_;
  RtpSettings settings_;
  bool configured_ = false;
  std::array<Endpoint, 2> endpoints_;
  SrtpSender sender_;
  SrtpReceiver receiver_;
  /** Of a DTLS handshake; they outlive a configuration. */
  std::optional<SrtpKeys> dtlsKeys_;
  Security::Kind securityNow_ = Security::Kind::plain;
  /** Of what is sent; another one than the place's after some changes of keys. */
  uint32_t ssrc_;
  Latch latch_;
  bool latchTold_ = false;
  SocketAddress toldAddress_;

  /** By payload type: where in `settings_.receives`; -1: not agreed. */
  std::array<int8_t, 128> receivable_;
  const Format* voice_ = nullptr;
  const Format* event_ = nullptr;
  const Format* comfortNoise_ = nullptr;

  bool hearsEvents_ = false;
  /** First of the listeners: what it finds holds for the same packet. */
  std::unique_ptr<SoundWatch> watch_;
  std::unique_ptr<DigitSender> digits_;
  std::vector<PacketListener*> listeners_;
  std::unique_ptr<SourcePath> path_;
  /** Of the datagram that is read; 0: not known. */
  Nanoseconds arrival_ = 0;
  uint64_t stream_ = 0;
  uint32_t streamSsrc_ = 0;
  bool streamKnown_ = false;
  Codec heardCodec_ = Codec::pcmu;

  bool passesThrough_ = false;
  TelephoneEventReceiver events_;

  StreamRewriter out_;
  ReceiveStatistics in_;
  BurstMetrics bursts_;
  RtcpSession rtcp_;
  /** Whence RTCP came, where that is not on the RTP socket. */
  SocketAddress rtcpAddress_;
  uint64_t sentOctets_ = 0;
  uint32_t sentClockRate_ = 8000;
  PortStatistics figures_;
  Nanoseconds heardAt_ = 0;
  uint32_t silencesTold_ = 0;
  Nanoseconds sentAt_ = 0;
  uint32_t punted_ = 0;
  Nanoseconds puntedSince_ = 0;
  bool kernel_ = false;
  /** What the kernel has forwarded, both ways. */
  KernelCountsCommand kernelCounts_{};
};

}  // namespace holdfast
