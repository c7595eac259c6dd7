#include "engine/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace holdfast {

CommandMailbox::CommandMailbox() : descriptor_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

CommandMailbox::~CommandMailbox() {
  if (descriptor_ >= 0) close(descriptor_);
}

void CommandMailbox::push(Command&& command) {
  bool first = false;
  {
    const std::lock_guard<std::mutex> guard(lock_);
    first = waiting_.empty();
    waiting_.push_back(std::move(command));
  }
  if (first) ring();
}

void CommandMailbox::ring() {
  const uint64_t one = 1;
  // It can only fail when the counter is full: then it is readable already.
  if (write(descriptor_, &one, sizeof one) < 0) return;
}

void CommandMailbox::take(std::vector<Command>& into) {
  uint64_t count = 0;
  into.clear();
  // Emptied before the swap: what is pushed after it rings again.
  if (read(descriptor_, &count, sizeof count) < 0) count = 0;
  const std::lock_guard<std::mutex> guard(lock_);
  waiting_.swap(into);
}

bool EventQueue::push(Event&& event) {
  bool wake = false;
  {
    const std::lock_guard<std::mutex> guard(lock_);
    const bool packet = std::holds_alternative<PacketEvent>(event);
    if (waiting_.size() >= maxEvents || (packet && packets_ >= maxPackets)) return false;
    if (packet) ++packets_;
    waiting_.push_back(std::move(event));
    wake = !woken_;
    woken_ = true;
  }
  if (wake) wake_();
  return true;
}

void EventQueue::take(std::vector<Event>& into) {
  into.clear();
  const std::lock_guard<std::mutex> guard(lock_);
  waiting_.swap(into);
  packets_ = 0;
  woken_ = false;
}

}  // namespace holdfast
