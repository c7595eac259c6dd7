#include "rtp/stream-rewriter.h"

#include <algorithm>

namespace holdfast {

bool StreamRewriter::place(uint64_t source, uint16_t sequence, uint32_t timestamp, uint32_t clockRate, Nanoseconds now,
                           Out& out) {
  const int ahead = static_cast<int16_t>(sequence - highest_);
  out.first = source != source_ || ahead > maxDropout || ahead < -maxMisorder;
  if (out.first) {
    // Time went on while nothing was sent, and never by less than the last packet was long.
    const uint32_t usual = lastStep_ > 0 ? lastStep_ : clockRate / 50;
    const uint32_t since = lastAt_ == 0 ? 0 : std::max(ticksOf(now - lastAt_, clockRate), usual);
    source_ = source;
    highest_ = sequence;
    firstSequence_ = sequence;
    nearFirst_ = true;
    sequenceOffset_ = static_cast<uint16_t>(lastSequence_ + 1 - sequence);
    timestampOffset_ = lastTimestamp_ + since - timestamp;
  } else if (nearFirst_) {
    // What was sent before the first would take numbers that the former source has used.
    if (static_cast<int16_t>(sequence - firstSequence_) < 0) return false;
    if (static_cast<uint16_t>(highest_ - firstSequence_) > maxMisorder) nearFirst_ = false;
  }
  out.sequence = static_cast<uint16_t>(sequence + sequenceOffset_);
  out.timestamp = timestamp + timestampOffset_;
  if (out.first || ahead > 0) {
    const uint32_t step = out.timestamp - lastTimestamp_;
    if (!out.first && ahead == 1 && step > 0 && step <= clockRate / 8) lastStep_ = step;
    highest_ = sequence;
    lastSequence_ = out.sequence;
    // Packets of one event all have the time of its begin: what follows counts from there.
    if (step != 0 || lastAt_ == 0) lastAt_ = now;
    lastTimestamp_ = out.timestamp;
  }
  return true;
}

}  // namespace holdfast
