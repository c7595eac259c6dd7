#pragma once
// What came of a stream and what did not: RFC 3550 A.1, A.3, A.8.
#include <cstdint>

#include "rtp/rtp-time.h"

namespace holdfast {

class ReceiveStatistics {
 public:
  enum class Arrival : uint8_t { next, gap, reordered, duplicate };

  /** Another stream (SSRC) from here on; the sums stay. */
  void restart(uint16_t sequence);
  /** What comes until the next packet is counted elsewhere, and is not lost. */
  void pause();
  /** `soundClock`: Hz of the timestamp, 0 where it says nothing of time (telephone-event repeats it). */
  Arrival packet(uint16_t sequence, uint32_t timestamp, uint32_t soundClock, Nanoseconds now);

  uint64_t received() const { return receivedBefore_ + received_; }
  uint64_t duplicates() const { return duplicates_; }
  uint64_t reordered() const { return reordered_; }
  /** Over all streams; duplicates do not make up for losses. */
  uint64_t lost() const { return lostBefore_ + lostNow(); }
  double jitterMs() const { return clockRate_ == 0 ? 0 : jitter_ * 1000.0 / clockRate_; }

  /** Of the present stream, as a report block wants them (RFC 3550 §6.4.1). */
  uint32_t extendedHighest() const { return cycles_ + highest_; }
  uint32_t cycles() const { return cycles_ >> 16; }
  uint32_t jitterTicks() const { return static_cast<uint32_t>(jitter_); }
  int64_t cumulativeLost() const { return static_cast<int64_t>(expected()) - static_cast<int64_t>(received_); }
  /** 0-255, since the last call. */
  uint8_t fractionLost();
  bool started() const { return started_; }
  /** Packets missing before the last one that came in order. */
  uint16_t gap() const { return gap_; }
  /** A wrap since the last call. */
  bool wrapped();

 private:
  uint32_t expected() const { return started_ ? extendedHighest() - base_ + 1 : 0; }
  uint64_t lostNow() const;

  bool started_ = false;
  bool wrapped_ = false;
  uint16_t highest_ = 0;
  uint32_t cycles_ = 0;
  uint32_t base_ = 0;
  /** Bit n: `highest_` - n was received. */
  uint64_t seen_ = 0;
  uint32_t received_ = 0;
  uint32_t expectedPrior_ = 0;
  uint32_t receivedPrior_ = 0;
  uint16_t gap_ = 0;
  uint16_t badSequence_ = 0;
  bool badKnown_ = false;

  bool transitKnown_ = false;
  uint32_t transit_ = 0;
  uint32_t clockRate_ = 0;
  double jitter_ = 0;

  uint64_t receivedBefore_ = 0;
  uint64_t lostBefore_ = 0;
  uint64_t duplicates_ = 0;
  uint64_t reordered_ = 0;
};

}  // namespace holdfast
