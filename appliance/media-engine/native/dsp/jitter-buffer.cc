#include "dsp/jitter-buffer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "dsp/drift.h"
#include "dsp/time-scale.h"
#include "dsp/transit.h"

namespace holdfast {
namespace {

constexpr size_t slotCount = 64;                // packets: 640 ms of the shortest
constexpr int64_t restartUs = 1000000;      // a jump of the sender's clock by more than this begins a new stream
constexpr int64_t restartSequence = 3000;   // RFC 3550 appendix A.1, MAX_DROPOUT
constexpr int maxReadMs = 20;
constexpr int silentAfterMs = 200;          // of nothing but made-up sound
constexpr int maxGapMs = 120;               // that is made up; a longer one starts anew
constexpr double hysteresisMs = 5;          // above the target that is left alone
constexpr double silentToleranceMs = 1;     // of the delay beside the target, where cutting is heard by nobody
constexpr double ppmPerMs = 500;            // of delay beyond the target: half of it gone in 1.4 s
constexpr double maxSteerPpm = 800;        // a seventieth of a semitone: heard by nobody
constexpr double smoothing = 1.0 / 32;      // of the delay, per packet
constexpr double noiseMs = 0.125;           // of a quiet network and of this thread: the quickest packet is not always the same

}  // namespace

struct JitterBuffer::Impl {
  struct Slot {
    bool used = false;
    int64_t sequence = 0;
    int64_t timestamp = 0;
    size_t bytes = 0;
    size_t samples = 0;
    Decoder* decoder = nullptr;
    std::array<uint8_t, maxPayloadBytes> payload;
  };

  Impl(int rate, const JitterSettings& wanted)
      : sampleRate(rate),
        settings(wanted),
        slots(slotCount),
        waiting(2 * maxFrameSamples),
        timeScale(rate) {}

  int sampleRate;
  JitterSettings settings;
  JitterFigures figures;
  std::vector<Slot> slots;
  TransitStatistics transit;
  DriftEstimator senderClock;
  DriftEstimator readerClock;
  FractionalResampler fitter;
  std::vector<int16_t> waiting;  // decoded, not yet read
  size_t waitingCount = 0;
  TimeScale timeScale;

  bool known = false;    // a packet came: sequence and timestamp are extended from the newest
  bool playing = false;
  bool paused = false;
  int64_t newest = 0;
  int64_t newestTimestamp = 0;
  int64_t next = 0;           // sequence to be played next; `nextTimestamp` goes with it
  int64_t nextTimestamp = 0;
  uint64_t played = 0;        // bit n: packet next-1-n was there
  size_t owed = 0;            // samples made up while nothing was known to be lost
  Decoder* lastDecoder = nullptr;
  int64_t samplesRead = 0;
  size_t readCount = 0;  // at a time
  double smoothDelayMs = 0;
  bool smoothKnown = false;

  int64_t toUs(int64_t timestamp) const { return timestamp * 1000000 / settings.clockRate; }
  int64_t samplesOf(int64_t units) const { return units * sampleRate / settings.clockRate; }
  int64_t unitsOf(size_t samples) const { return static_cast<int64_t>(samples) * settings.clockRate / sampleRate; }
  Slot& slotOf(int64_t sequence) { return slots[static_cast<size_t>(sequence) % slotCount]; }
  double targetMs() const {
    if (settings.fixedDelay) return (settings.minMs + settings.maxMs) / 2.0;
    double wanted = transit.spreadMs();
    // A line's clock moves against the packets': in the end what is read first of a block needs what is due last in it.
    if (settings.fitRate) wanted = std::max(wanted, noiseMs) + static_cast<double>(readCount) * 1000 / sampleRate;
    return std::clamp(wanted, static_cast<double>(settings.minMs), static_cast<double>(settings.maxMs));
  }

  void forget() {
    for (Slot& slot : slots) slot.used = false;
    known = false;
    playing = false;
    paused = false;
    owed = 0;
    played = 0;
    smoothKnown = false;
    transit.reset();
    senderClock.reset();
  }

  Slot* find(int64_t sequence) {
    Slot& slot = slotOf(sequence);
    return slot.used && slot.sequence == sequence ? &slot : nullptr;
  }

  Slot* firstWaiting() {
    for (int64_t sequence = next; sequence <= newest; sequence++) {
      if (Slot* slot = find(sequence); slot != nullptr) return slot;
    }
    return nullptr;
  }

  void advanceTo(int64_t sequence, int64_t timestamp) {
    const int64_t step = sequence - next;
    played = step >= 64 ? 0 : played << step;
    next = sequence;
    nextTimestamp = timestamp;
  }

  void put(uint16_t sequence, uint32_t timestamp, bool marker, const uint8_t* payload, size_t bytes, Decoder* decoder,
           int64_t nowUs);
  bool read(int16_t* samples, size_t count, int64_t nowUs);
  bool fill(size_t wanted, int64_t nowUs);
  void decode(Slot& slot, int64_t nowUs);
  void conceal(size_t count);
  void makeUp(size_t wanted);
  void skipLoss(Slot& later);
  void fitDelay(size_t at, size_t count, double delayMs);
  void steer();
};

void JitterBuffer::Impl::put(uint16_t sequence, uint32_t timestamp, bool marker, const uint8_t* payload, size_t bytes,
                             Decoder* decoder, int64_t nowUs) {
  if (bytes == 0 || bytes > maxPayloadBytes) return;
  const size_t samples = decoder->duration(payload, bytes);
  if (samples == 0 || samples > maxFrameSamples) return;
  int64_t extended = sequence + 0x10000;
  int64_t time = static_cast<int64_t>(timestamp) + 0x100000000;
  if (known) {
    extended = newest + static_cast<int16_t>(static_cast<uint16_t>(sequence - static_cast<uint16_t>(newest)));
    time = newestTimestamp + static_cast<int32_t>(timestamp - static_cast<uint32_t>(newestTimestamp));
    const int64_t late = nowUs - toUs(time) - transit.least();
    if (std::abs(extended - newest) > restartSequence || std::abs(late) > restartUs) {
      forget();
      extended = sequence + 0x10000;
      time = static_cast<int64_t>(timestamp) + 0x100000000;
    }
  }
  figures.received++;
  transit.add(toUs(time), nowUs);
  senderClock.add(toUs(time), nowUs);
  if (!known) {
    known = true;
    newest = extended;
    newestTimestamp = time;
    next = extended;
    nextTimestamp = time;
    played = 0;
  } else if (extended > newest) {
    newest = extended;
    newestTimestamp = time;
  } else if (find(extended) != nullptr) {
    figures.duplicate++;
    return;
  } else {
    const int64_t age = next - 1 - extended;
    if (age >= 0 && age < 64 && ((played >> age) & 1) != 0) {
      figures.duplicate++;
      return;
    }
    figures.reordered++;
    if (age >= 0 && (playing || played != 0)) {
      figures.late++;
      return;
    }
    if (age >= 0) {  // nothing was played yet: the first packets came in disorder
      next = extended;
      nextTimestamp = time;
    }
  }
  if (extended >= next + static_cast<int64_t>(slotCount)) {
    // Nobody reads, or a burst: the oldest make room.
    const int64_t first = extended - static_cast<int64_t>(slotCount) + 1;
    for (int64_t old = next; old < first && old < next + static_cast<int64_t>(slotCount); old++) {
      if (Slot* slot = find(old); slot != nullptr) {
        slot->used = false;
        figures.overflow++;
      }
    }
    advanceTo(first, nextTimestamp);
    if (Slot* slot = firstWaiting(); slot != nullptr) nextTimestamp = slot->timestamp;
    else nextTimestamp = time;
  }
  if (marker && waitingCount == 0 && owed > 0 && firstWaiting() == nullptr) {
    // A talkspurt begins after silence: it waits for the delay that suits now.
    playing = false;
  }
  paused = false;
  Slot& slot = slotOf(extended);
  slot.used = true;
  slot.sequence = extended;
  slot.timestamp = time;
  slot.bytes = bytes;
  slot.samples = samples;
  slot.decoder = decoder;
  std::memcpy(slot.payload.data(), payload, bytes);
}

void JitterBuffer::Impl::conceal(size_t count) {
  int16_t* to = waiting.data() + waitingCount;
  count = std::min(count, waiting.size() - waitingCount);
  if (lastDecoder != nullptr) {
    lastDecoder->conceal(to, count);
  } else {
    std::fill(to, to + count, int16_t{0});
  }
  waitingCount += count;
  figures.concealedSamples += count;
}

// Nothing is there: sound goes on, and whether it replaces something or delays it shows later.
void JitterBuffer::Impl::makeUp(size_t wanted) {
  const size_t unit = lastDecoder != nullptr ? lastDecoder->concealUnit() : 1;
  const size_t count = (wanted + unit - 1) / unit * unit;
  conceal(count);
  owed += count;
  if (owed > static_cast<size_t>(sampleRate / 1000 * silentAfterMs)) {
    playing = false;
    owed = 0;
    figures.slips += settings.fitRate ? 1 : 0;
  }
}

// What was to come next is not there but something after it is: it counts as lost.
void JitterBuffer::Impl::skipLoss(Slot& later) {
  const int64_t missing = std::max<int64_t>(0, samplesOf(later.timestamp - nextTimestamp));
  figures.lost += static_cast<uint64_t>(later.sequence - next);
  const auto gap = static_cast<size_t>(missing);
  if (missing > sampleRate / 1000 * maxGapMs) {
    // A pause or a long outage: what comes begins with its own delay.
    playing = false;
    owed = 0;
  } else if (gap > owed) {
    const size_t rest = gap - owed;
    if (owed == 0 && later.decoder->hasRedundancy(later.payload.data(), later.bytes) &&
        waitingCount + rest <= waiting.size()) {
      later.decoder->recover(later.payload.data(), later.bytes, waiting.data() + waitingCount, rest);
      waitingCount += rest;
      figures.recovered++;
    } else {
      conceal(rest);
    }
    owed = 0;
  } else {
    owed -= gap;
  }
  advanceTo(later.sequence, later.timestamp);
}

void JitterBuffer::Impl::fitDelay(size_t at, size_t count, double delayMs) {
  if (settings.fixedDelay) return;
  const double beyond = delayMs - targetMs();
  const double perMs = sampleRate / 1000.0;
  // Where the rate is fitted, small differences are steered away; only great ones are cut, but in silence.
  double tolerated = settings.fitRate ? 2 * hysteresisMs : hysteresisMs;
  if (settings.fitRate && std::abs(beyond) > silentToleranceMs && TimeScale::isSilent(waiting.data() + at, count)) {
    tolerated = silentToleranceMs;
  }
  size_t length = count;
  if (beyond > tolerated) {
    length = timeScale.shorten(waiting.data() + at, count, static_cast<size_t>(beyond * perMs));
    figures.shortened += count - length;
  } else if (beyond < -tolerated) {
    const auto most = std::min(static_cast<size_t>(-beyond * perMs), waiting.size() - at - count);
    length = timeScale.lengthen(waiting.data() + at, count, std::min(most, count / 2));
    figures.lengthened += length - count;
  }
  if (length != count) smoothDelayMs += (static_cast<double>(length) - static_cast<double>(count)) / perMs;
  waitingCount = at + length;
}

void JitterBuffer::Impl::decode(Slot& slot, int64_t nowUs) {
  const int64_t due = nowUs + static_cast<int64_t>(waitingCount) * 1000000 / sampleRate;
  const double delayMs = static_cast<double>(due - transit.least() - toUs(slot.timestamp)) / 1000;
  smoothDelayMs = smoothKnown ? smoothDelayMs + (delayMs - smoothDelayMs) * smoothing : delayMs;
  smoothKnown = true;
  slot.used = false;
  advanceTo(slot.sequence + 1, slot.timestamp + unitsOf(slot.samples));
  played |= 1;
  lastDecoder = slot.decoder;
  owed = 0;
  if (delayMs > settings.maxMs + 2.0 * static_cast<double>(slot.samples) * 1000 / sampleRate && firstWaiting() != nullptr) {
    figures.slips++;  // too far behind to be caught up with: heard as a click, but never again
    smoothKnown = false;
    return;
  }
  const size_t at = waitingCount;
  if (at + 2 * slot.samples > waiting.size()) return;
  const size_t count = slot.decoder->decode(slot.payload.data(), slot.bytes, waiting.data() + at, waiting.size() - at);
  waitingCount += count;
  if (count == 0) {
    conceal(slot.samples);
    return;
  }
  fitDelay(at, count, delayMs);
}

// Until `wanted` samples wait. False: silence was put in.
bool JitterBuffer::Impl::fill(size_t wanted, int64_t nowUs) {
  bool heard = waitingCount > 0;
  while (waitingCount < wanted) {
    Slot* first = known ? firstWaiting() : nullptr;
    if (!playing) {
      size_t silence = wanted - waitingCount;
      if (first != nullptr) {
        const int64_t due = transit.least() + toUs(first->timestamp) + static_cast<int64_t>(targetMs() * 1000);
        const int64_t at = nowUs + static_cast<int64_t>(waitingCount) * 1000000 / sampleRate;
        const int64_t early = (due - at) * sampleRate / 1000000;
        if (early <= 0) silence = 0;
        else silence = std::min(silence, static_cast<size_t>(early));
        if (early <= static_cast<int64_t>(silence)) {
          playing = true;
          owed = 0;
          advanceTo(first->sequence, first->timestamp);
        }
      }
      std::fill_n(waiting.begin() + static_cast<ptrdiff_t>(waitingCount), silence, int16_t{0});
      waitingCount += silence;
      continue;
    }
    heard = true;
    if (first == nullptr) {
      if (paused) playing = false;
      else makeUp(wanted - waitingCount);
    } else if (first->sequence != next || samplesOf(first->timestamp - nextTimestamp) > static_cast<int64_t>(owed)) {
      skipLoss(*first);
    } else {
      decode(*first, nowUs);
    }
  }
  return heard;
}

void JitterBuffer::Impl::steer() {
  double ppm = senderClock.settled() && readerClock.settled() ? senderClock.ppm() - readerClock.ppm() : 0;
  figures.driftPpm = ppm;
  if (!settings.fitRate) return;
  if (smoothKnown) ppm += std::clamp((smoothDelayMs - targetMs()) * ppmPerMs, -maxSteerPpm, maxSteerPpm);
  fitter.setPpm(ppm);
}

bool JitterBuffer::Impl::read(int16_t* samples, size_t count, int64_t nowUs) {
  count = std::min(count, static_cast<size_t>(sampleRate / 1000 * maxReadMs));
  readerClock.add(samplesRead * 1000000 / sampleRate, nowUs);
  samplesRead += static_cast<int64_t>(count);
  readCount = count;
  const size_t wanted = settings.fitRate ? fitter.inputFor(count) : count;
  const bool heard = fill(wanted, nowUs);
  if (settings.fitRate) {
    fitter.produce(waiting.data(), samples, count);
  } else {
    std::memcpy(samples, waiting.data(), count * sizeof(int16_t));
  }
  waitingCount -= wanted;
  std::memmove(waiting.data(), waiting.data() + wanted, waitingCount * sizeof(int16_t));
  steer();
  figures.delayMs = smoothKnown ? smoothDelayMs : 0;
  figures.targetMs = targetMs();
  figures.jitterMs = transit.spreadMs();
  return heard;
}

JitterBuffer::JitterBuffer(int sampleRate, const JitterSettings& settings)
    : impl_(std::make_unique<Impl>(sampleRate, settings)) {}
JitterBuffer::~JitterBuffer() = default;

void JitterBuffer::configure(const JitterSettings& settings) noexcept {
  if (settings.clockRate != impl_->settings.clockRate) impl_->forget();
  // What comes next waits for the delay that is to stay; afterwards nothing would bring it there.
  if (settings.fixedDelay && !impl_->settings.fixedDelay) impl_->playing = false;
  impl_->settings = settings;
}

void JitterBuffer::put(uint16_t sequence, uint32_t timestamp, bool marker, const uint8_t* payload, size_t bytes,
                       Decoder* decoder, int64_t nowUs) noexcept {
  if (decoder != nullptr) impl_->put(sequence, timestamp, marker, payload, bytes, decoder, nowUs);
}

void JitterBuffer::pause() noexcept { impl_->paused = true; }

bool JitterBuffer::read(int16_t* samples, size_t count, int64_t nowUs) noexcept {
  return impl_->read(samples, count, nowUs);
}

const JitterFigures& JitterBuffer::figures() const noexcept { return impl_->figures; }

void JitterBuffer::reset() noexcept {
  impl_->forget();
  impl_->waitingCount = 0;
  impl_->lastDecoder = nullptr;
}

}  // namespace holdfast
