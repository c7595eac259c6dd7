#include "engine/engine.h"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

#include "engine/file-player.h"
#include "engine/mix.h"
#include "engine/record.h"
#include "engine/rtp-port.h"

namespace holdfast {

namespace {

Nanoseconds readClock(clockid_t which) {
  timespec at{};
  clock_gettime(which, &at);
  return seconds(at.tv_sec) + at.tv_nsec;
}

timespec timespecOf(Nanoseconds span) {
  return {static_cast<time_t>(span / seconds(1)), static_cast<long>(span % seconds(1))};
}

/** Above the kernel's own soft interrupts nothing of ours may be: a low real-time priority is enough to precede all programs. */
bool askRealTime() {
  sched_param priority{};
  priority.sched_priority = 10;
  return pthread_setschedparam(pthread_self(), SCHED_RR | SCHED_RESET_ON_FORK, &priority) == 0;
}

}  // namespace

Engine::Engine(const EngineOptions& options, std::function<void()> wake)
    : options_(options),
      events_(std::move(wake)),
      files_(std::make_unique<FileReader>()),
      mixes_(std::make_unique<Mixes>()),
      recordings_(std::make_unique<Recordings>(*this)),
      complexity_(options.complexity) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, mailbox_.descriptor(), &event);
  lineEpoll_ = epoll_create1(EPOLL_CLOEXEC);
  event.data.ptr = &lineEpoll_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, lineEpoll_, &event);
  if (!options.threaded) {
    begin(seconds(1));
    return;
  }
  thread_ = std::thread([this] { run(); });
  // Whether real time was granted is known once the thread has begun.
  while (!started_) sched_yield();
}

Engine::~Engine() {
  stop();
  ::close(lineEpoll_);
  ::close(epoll_);
}

void Engine::stop() {
  if (!thread_.joinable()) return end();
  stopping_ = true;
  mailbox_.ring();
  thread_.join();
}

void Engine::run() {
  pthread_setname_np(pthread_self(), "holdfast-media");
  if (options_.realTime) realTime_ = askRealTime();
  begin(readClock(CLOCK_MONOTONIC));
  started_ = true;
  while (!stopping_) turn();
  end();
}

void Engine::begin(Nanoseconds now) {
  now_ = now;
  wallOffset_ = readClock(CLOCK_REALTIME) - now_;
  rateSince_ = pulseAt_ = loadSince_ = now_;
  busyAtPulse_ = busyAtLoad_ = readClock(CLOCK_THREAD_CPUTIME_ID);
  nextHousekeeping_ = now_ + housekeeping;
  nextPulse_ = now_ + seconds(1);
}

void Engine::end() {
  // Nobody may listen to a port that is gone already.
  for (const auto& [id, port] : ports_) {
    recordings_->portGone(id);
    port->originChanged(port->heardPort(), true);
  }
  ports_.clear();
}

void Engine::turn() {
  if (batching_) {
    awaitTick();
    poll(0);
  } else {
    Nanoseconds next = std::min({nextPulse_, clock_.next(), timers_.next()});
    if (!ports_.empty()) next = std::min(next, nextHousekeeping_);
    poll(std::max<Nanoseconds>(next - readClock(CLOCK_MONOTONIC), 0));
  }
  runDue();
}

void Engine::awaitTick() {
  if (lines_ == 0) {
    const timespec until = timespecOf((now_ / tick + 1) * tick);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
    return;
  }
  // A little longer than they are apart: who wakes by himself just before them wakes twice.
  const timespec longest = timespecOf(tick + tick / 2);
  epoll_event first;
  epoll_pwait2(lineEpoll_, &first, 1, &longest, nullptr);
}

void Engine::step(Nanoseconds now) {
  now_ = now;
  carryOutAll();
  runDue();
}

void Engine::runDue() {
  timers_.run(now_);
  clock_.run(now_);
  if (now_ >= nextHousekeeping_) keepHouse();
  if (now_ >= nextPulse_) pulse();
}

void Engine::poll(Nanoseconds timeout) {
  epoll_event events[maxPollEvents];
  timespec wait = timespecOf(timeout);
  bool obeyed = false;
  for (int rounds = 0; rounds < maxRounds; ++rounds) {
    const int count = epoll_pwait2(epoll_, events, maxPollEvents, &wait, nullptr);
    const Nanoseconds before = now_;
    now_ = readClock(CLOCK_MONOTONIC);
    if (rounds == 0) heldUp_ = batching_ && now_ - before > longTurn;
    wait = {};
    const bool told = std::any_of(events, events + std::max(count, 0),
                                  [](const epoll_event& event) { return event.data.ptr == nullptr; });
    if (told && !obeyed) {
      // A command holds for packets that come after it. It may also end what the other events point to: they are asked for anew.
      obeyed = true;
      carryOutAll();
      continue;
    }
    bool lines = false;
    for (int index = 0; index < count; ++index) {
      if (events[index].data.ptr == nullptr) continue;
      if (events[index].data.ptr == &lineEpoll_) lines = true;
      else static_cast<Pollable*>(events[index].data.ptr)->ready(events[index].events);
    }
    if (lines) pollLines();
    if (count < maxPollEvents) break;
  }
}

void Engine::pollLines() {
  epoll_event events[maxPollEvents];
  const timespec atOnce{};
  const int count = epoll_pwait2(lineEpoll_, events, maxPollEvents, &atOnce, nullptr);
  for (int index = 0; index < count; ++index) static_cast<Pollable*>(events[index].data.ptr)->ready(events[index].events);
}

void Engine::carryOutAll() {
  mailbox_.take(commands_);
  for (Command& command : commands_) std::visit([this](auto& one) { carryOut(one); }, command);
  commands_.clear();
}

void Engine::keepHouse() {
  nextHousekeeping_ = now_ + housekeeping;
  for (const auto& [id, port] : ports_) port->housekeep(now_);
  if (now_ - loadSince_ >= milliseconds(200)) adaptComplexity();
  if (now_ - rateSince_ < milliseconds(100)) return;
  const auto rate = static_cast<uint32_t>(static_cast<int64_t>(packets_ - packetsAtRate_) * seconds(1) /
                                          (now_ - rateSince_));
  rateSince_ = now_;
  packetsAtRate_ = packets_;
  // A little apart, so that a rate at the edge does not go to and fro.
  batching_ = batching_ ? rate > options_.batchAbove / 5 * 4 : rate > options_.batchAbove;
}

/** Quickly down, slowly up: the ear minds a late packet more than a coarser one. */
void Engine::adaptComplexity() {
  const Nanoseconds busy = readClock(CLOCK_THREAD_CPUTIME_ID);
  const double load = static_cast<double>(busy - busyAtLoad_) / static_cast<double>(now_ - loadSince_);
  loadSince_ = now_;
  busyAtLoad_ = busy;
  if (load > 0.7) {
    complexity_ = std::max(0, complexity_ - (load > 0.85 ? 3 : 1));
    calmSince_ = now_;
  } else if (load > 0.5) {
    calmSince_ = now_;
  } else if (now_ - calmSince_ >= seconds(2) && complexity_ < options_.complexity) {
    ++complexity_;
    calmSince_ = now_;
  }
}

void Engine::pulse() {
  const Nanoseconds busy = readClock(CLOCK_THREAD_CPUTIME_ID);
  const auto span = static_cast<double>(now_ - pulseAt_);
  const double load = std::min(1.0, static_cast<double>(busy - busyAtPulse_) / span);
  const auto rate = static_cast<uint32_t>(static_cast<double>(packets_ - packetsAtPulse_) * 1e9 / span);
  pulseAt_ = now_;
  busyAtPulse_ = busy;
  packetsAtPulse_ = packets_;
  nextPulse_ = now_ + seconds(1);
  tell(PulseEvent{load, static_cast<uint32_t>(ports_.size()), rate, complexity_});
}

Port* Engine::find(PortId id) {
  const auto found = ports_.find(id);
  return found == ports_.end() ? nullptr : found->second.get();
}

bool Engine::watch(int descriptor, uint32_t interest, Pollable& pollable) {
  epoll_event event{};
  event.events = interest;
  event.data.ptr = &pollable;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Engine::unwatch(int descriptor) { epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr); }

bool Engine::watchLine(int descriptor, Pollable& pollable) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &pollable;
  if (epoll_ctl(lineEpoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) return false;
  ++lines_;
  return true;
}

void Engine::unwatchLine(int descriptor) {
  if (epoll_ctl(lineEpoll_, EPOLL_CTL_DEL, descriptor, nullptr) == 0) --lines_;
}

uint64_t Engine::ntp() const {
  constexpr uint64_t unixEpoch = 2'208'988'800;
  const Nanoseconds wall = now_ + wallOffset_;
  const uint64_t part = (static_cast<uint64_t>(wall % seconds(1)) << 32) / static_cast<uint64_t>(seconds(1));
  return ((static_cast<uint64_t>(wall / seconds(1)) + unixEpoch) << 32) + part;
}

uint32_t Engine::random() {
  uint32_t drawn = 0;
  if (getrandom(&drawn, sizeof drawn, 0) != sizeof drawn) drawn = static_cast<uint32_t>(now_ * 2654435761);
  return drawn;
}

}  // namespace holdfast
