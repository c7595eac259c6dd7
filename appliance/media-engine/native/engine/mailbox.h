#pragma once
// Between the two threads: commands in, events out. The lock is held for a push or a swap, never while anything is done.
#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "engine/command.h"
#include "engine/event.h"

namespace holdfast {

/** Commands for the native thread; its eventfd is readable while there are any. */
class CommandMailbox {
 public:
  CommandMailbox();
  ~CommandMailbox();
  CommandMailbox(const CommandMailbox&) = delete;
  CommandMailbox& operator=(const CommandMailbox&) = delete;

  int descriptor() const { return descriptor_; }
  void push(Command&& command);
  /** Wakes the thread without a command. */
  void ring();
  /** Replaces `into` by all that waits. */
  void take(std::vector<Command>& into);

 private:
  int descriptor_;
  std::mutex lock_;
  std::vector<Command> waiting_;
};

/** Events for the shell; `wake` is called once until they are taken. */
class EventQueue {
 public:
  /** A shell that takes nothing for long must not cost all memory; packets for it are dropped first. */
  static constexpr size_t maxEvents = 100'000;
  static constexpr size_t maxPackets = 10'000;

  explicit EventQueue(std::function<void()> wake) : wake_(std::move(wake)) {}

  /** False: it was dropped, the queue is full. */
  bool push(Event&& event);
  void take(std::vector<Event>& into);

 private:
  std::function<void()> wake_;
  std::mutex lock_;
  std::vector<Event> waiting_;
  size_t packets_ = 0;
  bool woken_ = false;
};

}  // namespace holdfast
