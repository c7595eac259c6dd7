#pragma once
// Whatever a port hears leaves it as one stream: one SSRC, sequence numbers and timestamps that only grow (RFC 3550 §5.1).
#include <cstdint>

#include "rtp/rtp-time.h"

namespace holdfast {

class StreamRewriter {
 public:
  struct Out {
    uint16_t sequence;
    uint32_t timestamp;
    /** The first of another source: the receiver's playout starts anew (RFC 3551 §4.1). */
    bool first;
  };

  void begin(uint16_t sequence, uint32_t timestamp) {
    lastSequence_ = static_cast<uint16_t>(sequence - 1);
    lastTimestamp_ = timestamp;
  }

  /**
   * Places a packet of `source` (any number that differs between sources, their SSRC included). Gaps and reordering within
   * a source stay as they are: the receiver must see what was lost. False: it is from before the source's first packet.
   */
  bool place(uint64_t source, uint16_t sequence, uint32_t timestamp, uint32_t clockRate, Nanoseconds now, Out& out);

  /** The next packet begins anew, even of the same source. */
  void interrupt() { source_ = 0; }

  uint16_t lastSequence() const { return lastSequence_; }
  uint32_t lastTimestamp() const { return lastTimestamp_; }
  Nanoseconds lastAt() const { return lastAt_; }

 private:
  /** RFC 3550 A.1: a greater jump is another stream. */
  static constexpr int maxDropout = 3000;
  static constexpr int maxMisorder = 100;

  uint64_t source_ = 0;
  uint16_t highest_ = 0;
  uint16_t firstSequence_ = 0;
  bool nearFirst_ = false;
  uint16_t sequenceOffset_ = 0;
  uint32_t timestampOffset_ = 0;

  uint16_t lastSequence_ = 0;
  uint32_t lastTimestamp_ = 0;
  uint32_t lastStep_ = 0;
  Nanoseconds lastAt_ = 0;
};

}  // namespace holdfast
