#include "engine/playout-input.h"

#include <algorithm>
#include <cmath>

#include "dsp/codec-resampled.h"
#include "dsp/dtmf.h"
#include "engine/voice-codec.h"
#include "rtp/byte-order.h"

namespace holdfast {

namespace {

constexpr char eventDigits[] = "0123456789*#ABCD";
constexpr double digitLevel = -9;
constexpr uint32_t defaultMaxMs = 200;
constexpr int fixedDelayMs = 60;  // a fax's packets may be three late, and the machines at the ends mind no delay

}  // namespace

PlayoutInput::PlayoutInput(RtpPort& origin, int sampleRate, const JitterLimits& limits, bool fitRate)
    : origin_(origin),
      rate_(sampleRate),
      limits_(limits),
      fitRate_(fitRate),
      buffer_(sampleRate, JitterSettings{}),
      digit_(sampleRate) {
  digitTone_.steps.resize(1);
  digitTone_.steps[0].frequencies.resize(2);
  digitTone_.steps[0].levelDbm0 = digitLevel;
  formatsChanged();
  origin_.addListener(*this);
  if (fitRate_) origin_.dateArrivals();
}

PlayoutInput::~PlayoutInput() { origin_.removeListener(*this); }

JitterSettings PlayoutInput::jitter() const {
  JitterSettings settings;
  settings.minMs = static_cast<int>(limits_.minMs);
  settings.maxMs = static_cast<int>(std::max(limits_.minMs, limits_.maxMs == 0 ? defaultMaxMs : limits_.maxMs));
  if (fixedMs_ > 0) settings.minMs = settings.maxMs = std::max(settings.minMs, fixedMs_);
  settings.clockRate = static_cast<int>(clockRate_);
  settings.fitRate = fitRate_;
  settings.fixedDelay = fixedMs_ > 0;
  return settings;
}

void PlayoutInput::formatsChanged() {
  buffer_.reset();
  for (auto& decoder : decoders_) decoder.reset();
  bool first = true;
  for (const Format& format : origin_.settings().receives) {
    if (!format.isVoice()) continue;
    decoders_[format.payloadType & 0x7f] = resampledDecoder(makeDecoder(format, codecRate(format, rate_)), rate_);
    if (first) clockRate_ = format.clockRate;
    first = false;
  }
  buffer_.configure(jitter());
  gain_.set(gainDb_ = origin_.settings().gainInDb);
}

void PlayoutInput::fixDelay() {
  // Not less than this network has been seen to need.
  fixedMs_ = std::max(fixedDelayMs, static_cast<int>(std::ceil(figures().targetMs)));
  buffer_.configure(jitter());
}

double PlayoutInput::concealedMs() const {
  return static_cast<double>(figures().concealedSamples) * 1000 / static_cast<double>(rate_);
}

void PlayoutInput::packet(const ReceivedPacket& packet) {
  if (packet.stream != stream_) {
    stream_ = packet.stream;
    buffer_.reset();
    eventKnown_ = false;
  }
  if (packet.format.codec == Codec::telephoneEvent) return event(packet);
  if (packet.format.codec == Codec::cn) {
    noisy_ = noise_.update(packet.payload, packet.payloadBytes);
    buffer_.pause();
    return;
  }
  Decoder* const decoder = decoders_[packet.format.payloadType & 0x7f].get();
  if (decoder == nullptr) return;
  if (packet.format.clockRate != clockRate_) {
    // The peer changed to a codec of another clock: timestamps cannot be compared.
    clockRate_ = packet.format.clockRate;
    buffer_.reset();
    buffer_.configure(jitter());
  }
  noisy_ = false;
  if (const double db = origin_.settings().gainInDb; db != gainDb_) gain_.set(gainDb_ = db);
  buffer_.put(packet.sequence, packet.timestamp, packet.marker, packet.payload, packet.payloadBytes, decoder,
              packet.arrival / 1000);
}

void PlayoutInput::event(const ReceivedPacket& packet) {
  if (packet.payloadBytes < 4 || packet.payload[0] > 15) return;
  // While digits are sent there is no voice, and that is no loss.
  buffer_.pause();
  const bool end = (packet.payload[1] & 0x80) != 0;
  const auto duration = static_cast<size_t>(read16(packet.payload + 2)) * static_cast<size_t>(rate_) / packet.format.clockRate;
  if (!eventKnown_ || packet.timestamp != eventTimestamp_) {
    eventKnown_ = true;
    eventTimestamp_ = packet.timestamp;
    eventPlayed_ = 0;
    ToneStep& step = digitTone_.steps[0];
    dtmfFrequencies(eventDigits[packet.payload[0]], step.frequencies[0], step.frequencies[1]);
    digit_.start(digitTone_);
  }
  eventUntil_ = end ? duration : std::max(eventPlayed_, duration) + static_cast<size_t>(rate_ / 1000 * eventSilenceMs);
}

bool PlayoutInput::read(int16_t* samples, size_t count, Nanoseconds now) {
  bool heard = buffer_.read(samples, count, now / 1000);
  if (eventKnown_ && eventPlayed_ < eventUntil_) {
    const size_t part = std::min(count, eventUntil_ - eventPlayed_);
    digit_.generate(samples, part);
    std::fill(samples + part, samples + count, int16_t{0});
    eventPlayed_ += part;
    heard = true;
  } else if (!heard && noisy_) {
    noise_.generate(samples, count);
    heard = true;
  }
  if (heard) gain_.apply(samples, count);
  return heard;
}

}  // namespace holdfast
