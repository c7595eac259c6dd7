#pragma once
// The native thread: its sockets, its ports, its time. Event-driven when quiet, in ticks of a millisecond under load.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/clock.h"
#include "engine/mailbox.h"
#include "engine/port.h"

namespace holdfast {

struct EngineOptions {
  bool realTime = false;
  int complexity = 5;
  uint32_t batchAbove = 3000;
  /** False: there is no thread, and time is what `step` says. For tests. */
  bool threaded = true;
};

/** Whatever epoll watches: its address is the event's data, so nothing is looked up. */
class Pollable {
 public:
  virtual ~Pollable() = default;
  virtual void ready(uint32_t events) = 0;
};

class FileReader;
class Mixes;
class Recordings;

class Engine {
 public:
  Engine(const EngineOptions& options, std::function<void()> wake);
  ~Engine();

  // For the shell's thread.
  void apply(Command&& command) { mailbox_.push(std::move(command)); }
  void take(std::vector<Event>& into) { events_.take(into); }
  /** Ends the thread and closes every socket. */
  void stop();
  bool realTime() const { return realTime_; }
  /** Without a thread: carries out what was applied and whatever is due by `now`; nothing is read from sockets. */
  void step(Nanoseconds now);

  // For the native thread alone.
  /** Of the present turn; read once per turn. */
  Nanoseconds now() const { return now_; }
  /** False: dropped, the shell takes nothing. */
  bool tell(Event&& event) { return events_.push(std::move(event)); }
  void failed(PortId port, const char* command, const std::string& why) { tell(FailedEvent{port, command, why}); }
  Port* find(PortId id);
  /** Whoever watches must end it before it dies; within a turn others may still be told. */
  bool watch(int descriptor, uint32_t events, Pollable& pollable);
  void unwatch(int descriptor);
  /** As `watch`, for what is a clock: told last in a turn, so that what came until then is in what it is answered with. */
  bool watchLine(int descriptor, Pollable& pollable);
  void unwatchLine(int descriptor);
  Clock& clock() { return clock_; }
  Timers& timers() { return timers_; }
  FileReader& files() { return *files_; }
  Mixes& mixes() { return *mixes_; }
  void countPacket() { ++packets_; }
  uint64_t nextStream() { return ++streams_; }
  uint32_t random();
  /** 0-1. */
  double chance() { return random() / 4294967296.0; }
  /** NTP time (RFC 5905 §6) of the present turn; it never steps, whatever is done to the wall clock. */
  uint64_t ntp() const;
  /** Encoder complexity of Opus now, 0-10. */
  int complexity() const { return complexity_; }
  /** One buffer for whatever is read or built within a call: there is one thread. */
  static constexpr size_t bufferBytes = 2048;
  uint8_t* receiveBuffer() { return receiveBuffer_; }
  uint8_t* scratchBuffer() { return scratchBuffer_; }
  /** The thread was held up: packets wait behind one another, and sockets are read until they are empty. */
  bool heldUp() const { return heldUp_; }

 private:
  static constexpr int maxPollEvents = 512;
  /** Full reads of epoll before time and commands have their turn. */
  static constexpr int maxRounds = 4;
  static constexpr Nanoseconds tick = milliseconds(1);
  /** Longer than two packets of a stream are apart in order. */
  static constexpr Nanoseconds longTurn = milliseconds(5);
  static constexpr Nanoseconds housekeeping = milliseconds(50);

  void run();
  void begin(Nanoseconds now);
  void end();
  void turn();
  void runDue();
  /** Under load: until the lines' clock ticks, or without lines our own. */
  void awaitTick();
  void poll(Nanoseconds timeout);
  void pollLines();
  void carryOutAll();
  void keepHouse();

  void adaptComplexity();
  void pulse();
  void relink(PortId origin, bool gone);
  /** Null: `command` failed, and that was told. */
  class RtpPort* rtpPort(PortId id, const char* command);
  class TdmPort* tdmPort(PortId id, const char* command);

  void carryOut(OpenCommand& command);
  void carryOut(ConfigureCommand& command);
  void carryOut(OpenTdmCommand& command);
  void carryOut(ConfigureTdmCommand& command);
  void carryOut(HearCommand& command);
  void carryOut(DigitCommand& command);
  void carryOut(PlayCommand& command);
  void carryOut(RecordCommand& command);
  void carryOut(StopRecordingCommand& command);
  void carryOut(CloseCommand& command);
  void carryOut(AskStatisticsCommand& command);
  void carryOut(SendCommand& command);
  void carryOut(PathCommand& command);
  void carryOut(KeysCommand& command);
  void carryOut(KernelCommand& command);
  void carryOut(KernelCountsCommand& command);

  const EngineOptions options_;
  CommandMailbox mailbox_;
  EventQueue events_;
  std::vector<Command> commands_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> realTime_{false};
  std::atomic<bool> started_{false};

  int epoll_ = -1;
  /** Of the lines; it is watched by the other one. */
  int lineEpoll_ = -1;
  size_t lines_ = 0;
  Nanoseconds now_ = 0;
  /** Wall clock less monotonic clock, when the thread began. */
  Nanoseconds wallOffset_ = 0;
  Clock clock_;
  Timers timers_;
  // Ports hold on to these: they go last.
  std::unique_ptr<FileReader> files_;
  std::unique_ptr<Mixes> mixes_;
  std::unique_ptr<Recordings> recordings_;
  std::unordered_map<PortId, std::unique_ptr<Port>> ports_;

  uint64_t streams_ = 0;
  uint64_t packets_ = 0;
  bool batching_ = false;
  bool heldUp_ = false;
  int complexity_;
  Nanoseconds nextHousekeeping_ = 0;
  Nanoseconds nextPulse_ = 0;
  Nanoseconds rateSince_ = 0;
  uint64_t packetsAtRate_ = 0;
  Nanoseconds loadSince_ = 0;
  Nanoseconds busyAtLoad_ = 0;
  Nanoseconds calmSince_ = 0;
  Nanoseconds pulseAt_ = 0;
  Nanoseconds busyAtPulse_ = 0;
  uint64_t packetsAtPulse_ = 0;
  uint8_t receiveBuffer_[bufferBytes];
  uint8_t scratchBuffer_[bufferBytes];

  std::thread thread_;
};

}  // namespace holdfast
