// Packets in any order in, sound without gaps out: an adaptive jitter buffer (packets wait undecoded, so that a lost one can be
// had from the next one's redundancy), concealment and the making shorter or longer of what waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dsp/codec.h"

namespace holdfast {

struct JitterSettings {
  int minMs = 10;  // of delay, at the least and at the most
  int maxMs = 200;
  int clockRate = 8000;  // of RTP timestamps, Hz (8000 for G.722, 48000 for Opus)
  // The reader's clock is not the machine's but a line card's: what is read is resampled so that the delay stays.
  bool fitRate = false;
  // The delay never changes (fax, modems): no time-scaling, no adaption; it is `maxMs`'s and `minMs`'s mean.
  bool fixedDelay = false;
};

struct JitterFigures {
  double delayMs = 0;          // of what was read last: how much later than it could have been
  double targetMs = 0;
  double jitterMs = 0;         // what of the delay is owed to the network: 98 % of packets came within it
  uint64_t received = 0;
  uint64_t lost = 0;           // packets never played, late ones among them
  uint64_t late = 0;
  uint64_t reordered = 0;
  uint64_t duplicate = 0;
  uint64_t overflow = 0;       // thrown away: more waited than the buffer holds
  uint64_t recovered = 0;      // from redundancy
  uint64_t concealedSamples = 0;
  uint64_t shortened = 0;      // samples taken out and put in to reach the target delay
  uint64_t lengthened = 0;
  double driftPpm = 0;         // the sender's clock against the reader's
  uint64_t slips = 0;          // packets left out, because the delay had gone beyond the greatest
};

class JitterBuffer {
 public:
  // `sampleRate`: of what is read, Hz; every decoder has it.
  JitterBuffer(int sampleRate, const JitterSettings& settings);
  ~JitterBuffer();
  JitterBuffer(const JitterBuffer&) = delete;
  JitterBuffer& operator=(const JitterBuffer&) = delete;

  void configure(const JitterSettings& settings) noexcept;
  // A packet whose payload `decoder` will decode when it is its turn; the decoder must outlive it (`reset` forgets all packets).
  // `nowUs`: monotonic.
  void put(uint16_t sequence, uint32_t timestamp, bool marker, const uint8_t* payload, size_t bytes, Decoder* decoder,
           int64_t nowUs) noexcept;
  // A pause that the peer told of (comfort noise): what follows is no loss.
  void pause() noexcept;
  // The next `count` samples (at most 20 ms), always all of them: sound, made-up sound, or silence. Returns false when there is
  // nothing to be heard at all: before the first packet and in long silence.
  bool read(int16_t* samples, size_t count, int64_t nowUs) noexcept;
  const JitterFigures& figures() const noexcept;
  // A new stream (other SSRC or source): forgets packets and clocks, keeps the counts.
  void reset() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace holdfast
