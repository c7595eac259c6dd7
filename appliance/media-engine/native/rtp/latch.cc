#include "rtp/latch.h"

namespace holdfast {

void Latch::configure(LatchMode mode, int64_t epoch, const std::optional<SocketAddress>& signalled) {
  mode_ = mode;
  signalled_ = signalled.value_or(SocketAddress());
  if (epoch > epoch_) {
    latched_ = false;
    candidateCount_ = 0;
  }
  epoch_ = epoch;
  if (latched_ && !mayBe(address_)) latched_ = false;
}

void Latch::pin(const SocketAddress& path) {
  pinned_ = true;
  path_ = path;
  // Consent or a better pair moved the path, not the stream: the SSRC stays latched.
  if (latched_ && path.isSet()) address_ = path;
}

void Latch::unpin() { pinned_ = false; }

bool Latch::mayBe(const SocketAddress& from) const {
  if (pinned_) return path_.isSet() && from == path_;
  switch (mode_) {
    case LatchMode::signalled:
      return signalled_.isSet() && from == signalled_;
    case LatchMode::address:
      return signalled_.isSet() && from.sameHost(signalled_);
    case LatchMode::any:
      return true;
  }
  return false;
}

Latch::Verdict Latch::judge(const SocketAddress& from, uint32_t ssrc, uint16_t sequence, bool authenticated,
                            Nanoseconds now) {
  if (!mayBe(from)) return Verdict::refused;
  if (!latched_) return take(from, ssrc, sequence, now);
  const auto ahead = static_cast<uint16_t>(sequence - sequence_);
  if (from == address_) {
    if (ssrc == ssrc_) {
      heardAt_ = now;
      if (ahead < 0x8000) sequence_ = sequence;
      candidateCount_ = 0;
      return Verdict::believed;
    }
    const bool free = authenticated || now - heardAt_ >= ssrcSilence;
    return proven(ssrc, sequence) && free ? take(from, ssrc, sequence, now) : Verdict::refused;
  }
  // The very address that the peer named outranks another port of its host, and whoever was first: a relay sends each
  // branch of a forked call from a port of its own.
  if (signalled_.isSet() && from == signalled_) return take(from, ssrc, sequence, now);
  const bool continues = ssrc == ssrc_ && ahead > 0 && ahead < maxDropout;
  return continues && now - heardAt_ >= addressSilence ? take(from, ssrc, sequence, now) : Verdict::refused;
}

Latch::Verdict Latch::take(const SocketAddress& from, uint32_t ssrc, uint16_t sequence, Nanoseconds now) {
  latched_ = true;
  address_ = from;
  ssrc_ = ssrc;
  sequence_ = sequence;
  heardAt_ = now;
  candidateCount_ = 0;
  return Verdict::changed;
}

/** Counts packets of a new SSRC that follow one another. */
bool Latch::proven(uint32_t ssrc, uint16_t sequence) {
  const bool follows = candidateCount_ > 0 && ssrc == candidate_ &&
                       sequence == static_cast<uint16_t>(candidateSequence_ + 1);
  candidateCount_ = follows ? static_cast<uint8_t>(candidateCount_ < minSequential ? candidateCount_ + 1 : minSequential)
                            : uint8_t{1};
  candidate_ = ssrc;
  candidateSequence_ = sequence;
  return candidateCount_ >= minSequential;
}

}  // namespace holdfast
