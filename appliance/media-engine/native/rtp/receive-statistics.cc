#include "rtp/receive-statistics.h"

namespace holdfast {

namespace {
constexpr uint16_t maxDropout = 3000;
constexpr uint16_t maxMisorder = 100;
}  // namespace

void ReceiveStatistics::restart(uint16_t sequence) {
  lostBefore_ += lostNow();
  receivedBefore_ += received_;
  started_ = true;
  wrapped_ = false;
  highest_ = static_cast<uint16_t>(sequence - 1);
  cycles_ = 0;
  base_ = sequence;
  seen_ = 0;
  received_ = 0;
  expectedPrior_ = 0;
  receivedPrior_ = 0;
  badKnown_ = false;
  transitKnown_ = false;
}

void ReceiveStatistics::pause() {
  lostBefore_ += lostNow();
  receivedBefore_ += received_;
  received_ = 0;
  started_ = false;
}

ReceiveStatistics::Arrival ReceiveStatistics::packet(uint16_t sequence, uint32_t timestamp, uint32_t soundClock,
                                                     Nanoseconds now) {
  if (!started_) restart(sequence);
  auto ahead = static_cast<uint16_t>(sequence - highest_);
  Arrival arrival = Arrival::next;
  if (ahead >= maxDropout && ahead <= static_cast<uint16_t>(-maxMisorder)) {
    // Two in a row far away: the sender started anew.
    const bool again = badKnown_ && sequence == badSequence_;
    badSequence_ = static_cast<uint16_t>(sequence + 1);
    badKnown_ = true;
    if (!again) return Arrival::duplicate;
    restart(sequence);
    ahead = 1;
  }
  if (ahead == 0 || ahead >= 0x8000) {
    const auto behind = static_cast<uint16_t>(-ahead);
    if (behind > 63 || (seen_ >> behind & 1) != 0) {
      ++duplicates_;
      return Arrival::duplicate;
    }
    seen_ |= uint64_t{1} << behind;
    ++received_;
    ++reordered_;
    arrival = Arrival::reordered;
  } else {
    if (sequence < highest_ && received_ > 0) {
      cycles_ += 0x10000;
      wrapped_ = true;
    }
    highest_ = sequence;
    seen_ = ahead > 63 ? 1 : (seen_ << ahead) | 1;
    ++received_;
    badKnown_ = false;
    gap_ = static_cast<uint16_t>(ahead - 1);
    if (ahead > 1) arrival = Arrival::gap;
  }
  if (soundClock != 0) {
    if (soundClock != clockRate_) {
      clockRate_ = soundClock;
      transitKnown_ = false;
      jitter_ = 0;
    }
    const uint32_t transit = ticksOf(now, soundClock) - timestamp;
    if (transitKnown_) {
      const auto change = static_cast<int32_t>(transit - transit_);
      const double size = change < 0 ? -static_cast<double>(change) : static_cast<double>(change);
      // A sender that moved its clock by seconds is not jitter.
      if (size < 4.0 * soundClock) jitter_ += (size - jitter_) / 16;
    }
    transit_ = transit;
    transitKnown_ = true;
  }
  return arrival;
}

uint64_t ReceiveStatistics::lostNow() const {
  const uint32_t all = expected();
  return all > received_ ? all - received_ : 0;
}

uint8_t ReceiveStatistics::fractionLost() {
  const uint32_t all = expected();
  const uint32_t expectedSince = all - expectedPrior_;
  const uint32_t receivedSince = received_ - receivedPrior_;
  expectedPrior_ = all;
  receivedPrior_ = received_;
  if (expectedSince == 0 || receivedSince >= expectedSince) return 0;
  const uint64_t fraction = (static_cast<uint64_t>(expectedSince - receivedSince) << 8) / expectedSince;
  return static_cast<uint8_t>(fraction > 255 ? 255 : fraction);
}

bool ReceiveStatistics::wrapped() {
  const bool did = wrapped_;
  wrapped_ = false;
  return did;
}

}  // namespace holdfast
