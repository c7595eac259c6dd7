#pragma once
// A time slot of a line card: blocks of samples from a file descriptor, whose readiness is the clock. Each block that is read is
// answered by one that is written.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "dsp/clock-bridge.h"
#include "dsp/dtmf.h"
#include "dsp/echo.h"
#include "dsp/g711.h"
#include "dsp/gain.h"
#include "dsp/sound-player.h"
#include "engine/engine.h"
#include "engine/line-descriptor.h"
#include "engine/line-watch.h"
#include "engine/port.h"

namespace holdfast {

class TdmPort;

constexpr size_t maxTdmBlock = 160;
constexpr int tdmSampleRate = 8000;

/** Hears every block as it comes. */
class TdmListener {
 public:
  virtual ~TdmListener() = default;
  /** `samples`: after gain and echo canceller. `codes`: as they came, null when they are not the same sound any more. */
  virtual void block(const int16_t* samples, const uint8_t* codes, size_t count) = 0;
};

/** What is heard on a slot. */
class TdmEar {
 public:
  virtual ~TdmEar() = default;
  virtual PathKind kind() const = 0;
  /** `count` samples for the line: as codes of its law in `codes` (returns true), or as samples. */
  virtual bool fill(int16_t* samples, uint8_t* codes, size_t count, Nanoseconds now) = 0;
  /** A fax or modem is on the line. */
  virtual void passThrough() {}
  virtual double bufferMs() const { return 0; }
  virtual double concealedMs() const { return 0; }
  virtual uint64_t late() const { return 0; }
  virtual uint64_t slips() const { return 0; }
  virtual double driftPpm() const { return 0; }
};

/** Null: nothing is to be heard (yet); `why` is set when that is a fault. */
std::unique_ptr<TdmEar> makeTdmEar(Engine& engine, TdmPort& hearer, const Source& source, std::string& why);

class TdmPort final : public Port, public LineDescriptor::User {
 public:
  TdmPort(Engine& engine, PortId id, const TdmPlace& place);
  ~TdmPort() override;

  /** Empty, or why it cannot be opened. */
  std::string open() { return line_.open(place_.path); }
  void configure(const TdmSettings& settings);
  void hear(const Source& source);
  /** As sound, in place of what is heard. False: no such digit. */
  bool playDigit(char digit, int durationMs) { return digits_.start(digit, durationMs); }
  /** In place of what is heard, and of what is played already. None: what is heard is heard again. */
  void play(uint32_t number, std::vector<PlayedSound>&& sounds);

  // Port
  PortId heardPort() const override { return settings_.hears.kind == Source::Kind::port ? settings_.hears.port : 0; }
  void originChanged(PortId origin, bool gone) override;
  PortStatistics statistics() override;
  void housekeep(Nanoseconds) override {}
  // LineDescriptor::User
  void readable() override;
  void lost(const std::string& why) override { engine_.tell(LineLostEvent{id(), why}); }

  const TdmSettings& settings() const { return settings_; }
  Law law() const { return settings_.aLaw ? Law::a : Law::u; }
  size_t blockBytes() const { return block_; }
  /** Found in the sound, and still sounding; 0: none, or nobody looks for it. */
  char digit() const { return passThrough_ ? '\0' : watch_.digit(); }
  /** A fax or a modem is on the line, or at the other end of the call: nothing is done to the sound any more (V.152 §6, G.168 §7.2). */
  void passThrough();
  bool passesThrough() const { return passThrough_; }
  void addListener(TdmListener& listener) { listeners_.push_back(&listener); }
  void removeListener(TdmListener& listener);

 private:
  /** A thread that was held up answers what has gathered, but does not forget the others over it. */
  static constexpr size_t maxBlocksPerTurn = 32;

  void makeEar();
  void receive(const uint8_t* codes);
  void cancelEcho(const int16_t* samples);
  void deliver(const int16_t* samples, const uint8_t* codes, size_t count);
  void answer();
  /** One block more than those that answer. */
  void sendAhead();
  void send();

  Engine& engine_;
  const TdmPlace place_;
  const size_t block_;
  TdmSettings settings_;
  bool configured_ = false;
  LineDescriptor line_;
  std::array<uint8_t, maxTdmBlock> in_{};  // what came of a block that is not whole yet
  size_t got_ = 0;
  std::array<uint8_t, maxTdmBlock> out_{};
  size_t unsent_ = 0;  // of `out_`, at its end
  bool ahead_ = false;
  std::array<int16_t, maxTdmBlock> lastOut_{};

  std::vector<TdmListener*> listeners_;
  std::unique_ptr<TdmEar> ear_;
  Gain gainIn_;
  Gain gainOut_;
  DtmfGenerator digits_{tdmSampleRate};
  SoundPlayer player_{tdmSampleRate};
  uint32_t play_ = 0;
  /** Its last sample is not written yet. */
  bool playing_ = false;
  LineWatch watch_;
  bool passThrough_ = false;

  std::unique_ptr<EchoCanceller> canceller_;
  size_t echoFrame_ = 0;  // a whole number of blocks
  size_t echoFilled_ = 0;
  std::vector<int16_t> echoReceived_;
  std::vector<int16_t> echoSent_;

  PortStatistics figures_;
  uint64_t slips_ = 0;
};

/** What a slot says, for who reads by the machine's clock. */
class TdmInput final : public TdmListener {
 public:
  TdmInput(Engine& engine, TdmPort& origin) : engine_(engine), origin_(origin), bridge_(tdmSampleRate) {
    origin_.addListener(*this);
  }
  ~TdmInput() override { origin_.removeListener(*this); }
  TdmInput(const TdmInput&) = delete;
  TdmInput& operator=(const TdmInput&) = delete;
  void block(const int16_t* samples, const uint8_t*, size_t count) override {
    bridge_.push(samples, count, engine_.now() / 1000);
  }
  bool read(int16_t* samples, size_t count, Nanoseconds now) { return bridge_.pull(samples, count, now / 1000); }
  const ClockBridge& bridge() const { return bridge_; }

 private:
  Engine& engine_;
  TdmPort& origin_;
  ClockBridge bridge_;
};

}  // namespace holdfast
