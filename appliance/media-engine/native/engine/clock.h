#pragma once
// Time for what is not driven by packets: a beat every 10 ms for mixes, tones and files, and single timers for paths that
// wait for a late packet.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "rtp/rtp-time.h"

namespace holdfast {

/** Wants every beat of the clock. */
class Clocked {
 public:
  virtual ~Clocked() = default;
  /** `now` is when this beat should have been; beats never come closer than they are told. */
  virtual void beat(Nanoseconds now) = 0;
};

class Clock {
 public:
  static constexpr Nanoseconds period = milliseconds(10);
  /** Beats made up for after a pause of the thread; more are left out: the sound they were for is late already. */
  static constexpr int maxBehind = 5;

  void add(Clocked& clocked) {
    if (std::find(members_.begin(), members_.end(), &clocked) == members_.end()) members_.push_back(&clocked);
  }
  /** Also from within a beat. */
  void remove(Clocked& clocked) {
    for (Clocked*& member : members_) {
      if (member == &clocked) member = nullptr;
    }
  }

  /** Nanoseconds::max-like when nobody is here. */
  Nanoseconds next() const { return members_.empty() ? INT64_MAX : next_; }

  void run(Nanoseconds now) {
    if (members_.empty()) {
      next_ = 0;
      return;
    }
    if (next_ == 0) next_ = now + period;
    if (now - next_ > period * maxBehind) next_ = now - now % period;
    while (next_ <= now) {
      // By index: a beat may add members.
      for (size_t at = 0; at < members_.size(); ++at) {
        if (members_[at] != nullptr) members_[at]->beat(next_);
      }
      next_ += period;
    }
    members_.erase(std::remove(members_.begin(), members_.end(), nullptr), members_.end());
  }

 private:
  std::vector<Clocked*> members_;
  Nanoseconds next_ = 0;
};

/** Fires once when it is set. Linked into the list of all timers: setting one allocates nothing. */
class Timer {
 public:
  virtual ~Timer() { cancel(); }
  virtual void fire() = 0;
  void cancel() {
    if (previous_ == nullptr) return;
    previous_->next_ = next_;
    if (next_ != nullptr) next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }
  bool isSet() const { return previous_ != nullptr; }

 private:
  friend class Timers;
  Timer* previous_ = nullptr;
  Timer* next_ = nullptr;
  Nanoseconds due_ = 0;
};

class Timers {
 public:
  void set(Timer& timer, Nanoseconds due) {
    timer.cancel();
    timer.due_ = due;
    // Nearly all waits are one packet time: the place is at or near the end, and few wait at all.
    Timer* after = &head_;
    while (after->next_ != nullptr && after->next_->due_ <= due) after = after->next_;
    timer.next_ = after->next_;
    timer.previous_ = after;
    if (timer.next_ != nullptr) timer.next_->previous_ = &timer;
    after->next_ = &timer;
  }

  Nanoseconds next() const { return head_.next_ == nullptr ? INT64_MAX : head_.next_->due_; }

  void run(Nanoseconds now) {
    while (head_.next_ != nullptr && head_.next_->due_ <= now) {
      Timer* due = head_.next_;
      due->cancel();
      due->fire();
    }
  }

 private:
  class Head : public Timer {
    void fire() override {}
  };
  Head head_;
};

}  // namespace holdfast
