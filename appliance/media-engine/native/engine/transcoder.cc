#include "engine/transcoder.h"

namespace holdfast {

namespace {

/** The best sound that the origin's formats have, Hz. */
int soundOf(const RtpPort& origin) {
  int best = 8000;
  for (const Format& format : origin.settings().receives) {
    if (format.isVoice()) best = std::max(best, soundRate(format));
  }
  return best;
}

uint32_t ticksOfMs(uint32_t ms, uint32_t clockRate) { return ms * (clockRate / 1000); }

}  // namespace

Transcoder::Transcoder(Engine& engine, RtpPort& origin, RtpPort& hearer)
    : engine_(engine),
      origin_(origin),
      hearer_(hearer),
      sender_(engine, hearer, soundOf(origin)),
      gain_(origin.settings().gainInDb + hearer.settings().gainOutDb),
      tone_(sender_.sampleRate()) {
  if (!sender_.valid()) return;
  for (const Format& format : origin.settings().receives) {
    const int rate = codecRate(format, sender_.sampleRate());
    VoiceDecoder made{format.payloadType, makeDecoder(format, rate), nullptr};
    if (made.decoder == nullptr) continue;
    if (rate != sender_.sampleRate()) made.resampler = std::make_unique<Resampler>(rate, sender_.sampleRate());
    decoders_.push_back(std::move(made));
  }
}

Transcoder::VoiceDecoder* Transcoder::decoderOf(uint8_t payloadType) {
  for (VoiceDecoder& decoder : decoders_) {
    if (decoder.payloadType == payloadType) return &decoder;
  }
  return nullptr;
}

void Transcoder::packet(const ReceivedPacket& packet) {
  if (!started_ || packet.stream != stream_) begin(packet);
  if (packet.format.codec == Codec::telephoneEvent) return event(packet);
  if (packet.format.codec == Codec::cn) return comfortNoise(packet);
  voice(packet);
}

void Transcoder::begin(const ReceivedPacket& packet) {
  cancel();
  held_ = false;
  started_ = true;
  stream_ = packet.stream;
  nextSequence_ = packet.sequence;
  nextTimestamp_ = packet.timestamp;
  lastPayloadType_ = packet.format.payloadType;
  eventKnown_ = false;
  toneOn_ = false;
  noisePackets_ = 0;
  for (VoiceDecoder& decoder : decoders_) decoder.decoder->reset();
  sender_.begin();
}

void Transcoder::voice(const ReceivedPacket& packet) {
  const auto ahead = static_cast<int16_t>(packet.sequence - nextSequence_);
  if (ahead < 0) {
    ++late_;
    return;
  }
  if (ahead > 0 && !held_) return hold(packet);
  if (held_) {
    const auto behind = static_cast<int16_t>(packet.sequence - heldSequence_);
    if (behind > 0 || ahead > 0) {
      // The next one is here before the missing one: it is lost.
      if (behind <= 0) {
        ++late_;
        return;
      }
      release();
      if (packet.sequence != nextSequence_) return hold(packet);
    }
  }
  play({packet.format.payloadType, packet.format.clockRate, packet.timestamp, packet.payload, packet.payloadBytes, false});
  nextSequence_ = static_cast<uint16_t>(packet.sequence + 1);
  if (held_ && heldSequence_ == nextSequence_) release();
}

void Transcoder::hold(const ReceivedPacket& packet) {
  if (packet.payloadBytes > heldPayload_.size()) return;
  held_ = true;
  heldPayloadType_ = packet.format.payloadType;
  heldClockRate_ = packet.format.clockRate;
  heldSequence_ = packet.sequence;
  heldTimestamp_ = packet.timestamp;
  heldBytes_ = packet.payloadBytes;
  memcpy(heldPayload_.data(), packet.payload, packet.payloadBytes);
  const Nanoseconds wait = static_cast<Nanoseconds>(packetTicks_) * seconds(1) / packet.format.clockRate;
  engine_.timers().set(*this, engine_.now() + std::min(wait, milliseconds(60)));
}

void Transcoder::release() {
  if (!held_) return;
  held_ = false;
  cancel();
  const bool afterLoss = heldSequence_ != nextSequence_;
  play({heldPayloadType_, heldClockRate_, heldTimestamp_, heldPayload_.data(), heldBytes_, afterLoss});
  nextSequence_ = static_cast<uint16_t>(heldSequence_ + 1);
}

void Transcoder::fire() {
  if (held_) return release();
  if (noisePackets_ == 0) return;
  int16_t samples[maxFrameSamples];
  const size_t count = sender_.packetSamples();
  noise_.generate(samples, count);
  sender_.write(samples, count);
  if (--noisePackets_ > 0) {
    const Nanoseconds packet = static_cast<Nanoseconds>(count) * seconds(1) / sender_.sampleRate();
    engine_.timers().set(*this, engine_.now() + packet);
  }
}

bool Transcoder::yield() {
  endNoise();
  if (toneOn_ && engine_.now() - toneAt_ >= tonePatience) toneOn_ = false;
  return !toneOn_;
}

void Transcoder::endNoise() {
  if (noisePackets_ == 0) return;
  noisePackets_ = 0;
  cancel();
}

void Transcoder::play(const Voice& packet) {
  VoiceDecoder* const decoder = decoderOf(packet.payloadType);
  if (decoder == nullptr) return;
  const bool afterNoise = noisePackets_ > 0;
  endNoise();
  toneOn_ = false;
  const size_t duration = decoder->decoder->duration(packet.payload, packet.bytes);
  if (duration == 0 || duration > maxFrameSamples) return;
  const auto rate = static_cast<uint32_t>(decoder->decoder->sampleRate());
  if (packet.payloadType != lastPayloadType_ || afterNoise) {
    // Another codec counts otherwise (RFC 7160), and noise has filled its own time.
    lastPayloadType_ = packet.payloadType;
  } else {
    fillGap(*decoder, packet);
  }
  packetTicks_ = static_cast<uint32_t>(duration * static_cast<uint64_t>(packet.clockRate) / rate);
  nextTimestamp_ = packet.timestamp + packetTicks_;
  int16_t samples[maxFrameSamples];
  const size_t count = decoder->decoder->decode(packet.payload, packet.bytes, samples, maxFrameSamples);
  write(*decoder, samples, count);
}

void Transcoder::fillGap(VoiceDecoder& decoder, const Voice& packet) {
  const uint32_t gap = packet.timestamp - nextTimestamp_;
  if (gap == 0 || gap > packet.clockRate * 60) return;
  const auto rate = static_cast<uint32_t>(decoder.decoder->sampleRate());
  const uint32_t lost = packet.afterLoss ? std::min(gap, ticksOfMs(maxConcealedMs, packet.clockRate)) : 0;
  if (lost > 0) {
    const auto count = static_cast<size_t>(static_cast<uint64_t>(lost) * rate / packet.clockRate);
    int16_t samples[maxFrameSamples];
    // Redundancy is of the packet just before: only when exactly that is missing it tells the whole gap.
    const bool one = lost == gap && lost <= packetTicks_;
    if (one && decoder.decoder->hasRedundancy(packet.payload, packet.bytes)) {
      decoder.decoder->recover(packet.payload, packet.bytes, samples, count);
    } else {
      decoder.decoder->conceal(samples, count);
    }
    concealedMs_ += static_cast<double>(lost) * 1000 / packet.clockRate;
    write(decoder, samples, count);
  }
  if (gap == lost) return;
  sender_.pause(static_cast<size_t>(static_cast<uint64_t>(gap - lost) * static_cast<uint64_t>(sender_.sampleRate()) /
                                    packet.clockRate));
}

void Transcoder::write(VoiceDecoder& decoder, int16_t* samples, size_t count) {
  if (!gain_.isUnity() && !origin_.passesThrough() && !hearer_.passesThrough()) gain_.apply(samples, count);
  if (decoder.resampler == nullptr) return sender_.write(samples, count);
  int16_t resampled[maxFrameSamples];
  sender_.write(resampled, decoder.resampler->process(samples, count, resampled, maxFrameSamples));
}

void Transcoder::comfortNoise(const ReceivedPacket& packet) {
  release();
  if (static_cast<int16_t>(packet.sequence - nextSequence_) < 0) return;
  nextSequence_ = static_cast<uint16_t>(packet.sequence + 1);
  const Format* const format = hearer_.comfortNoiseFormat();
  if (format != nullptr) {
    // The timeline stands where the voice ended; the next voice finds the gap by its timestamp.
    sender_.signal(*format, sender_.timestamp(), false, packet.payload, packet.payloadBytes);
    return;
  }
  if (!noise_.update(packet.payload, packet.payloadBytes)) return;
  const bool silent = noisePackets_ == 0;
  noisePackets_ = maxNoisePackets;
  if (silent) fire();
}

void Transcoder::event(const ReceivedPacket& packet) {
  release();
  const std::optional<TelephoneEvent> read = readTelephoneEvent(packet.payload, packet.payloadBytes);
  if (!read) return;
  endNoise();
  if (static_cast<int16_t>(packet.sequence - nextSequence_) >= 0) {
    nextSequence_ = static_cast<uint16_t>(packet.sequence + 1);
  }
  const bool begins = !eventKnown_ || packet.timestamp != eventTimestamp_;
  const Format* const format = hearer_.eventFormat();
  if (begins) {
    eventKnown_ = true;
    eventTimestamp_ = packet.timestamp;
    eventSentAt_ = sender_.timestamp();
    eventTicks_ = 0;
  }
  if (format == nullptr) return soundEvent(*read, packet.timestamp, packet.format.clockRate);
  TelephoneEvent sent = *read;
  const uint64_t duration = static_cast<uint64_t>(read->duration) * format->clockRate / packet.format.clockRate;
  sent.duration = static_cast<uint16_t>(std::min<uint64_t>(duration, 0xffff));
  uint8_t payload[telephoneEventBytes];
  writeTelephoneEvent(payload, sent);
  sender_.signal(*format, eventSentAt_, begins, payload, sizeof payload);
}

/** The peer takes no events: it hears the tones, as long as the packets say. */
void Transcoder::soundEvent(const TelephoneEvent& event, uint32_t timestamp, uint32_t clockRate) {
  const char digit = digitOfEvent(event.event);
  if (event.end && event.duration <= eventTicks_) toneOn_ = false;
  if (digit == '\0' || event.duration <= eventTicks_) return;
  constexpr int longestMs = 10'000;
  if (eventTicks_ == 0) toneOn_ = tone_.start(digit, longestMs);
  const uint32_t most = ticksOfMs(maxPacketMs, clockRate);
  const uint32_t ticks = std::min<uint32_t>(event.duration - eventTicks_, most);
  eventTicks_ = event.duration;
  int16_t samples[maxFrameSamples];
  const auto count =
      static_cast<size_t>(static_cast<uint64_t>(ticks) * static_cast<uint64_t>(sender_.sampleRate()) / clockRate);
  if (!toneOn_ || !tone_.generate(samples, std::min(count, maxFrameSamples))) return;
  sender_.write(samples, std::min(count, maxFrameSamples));
  nextTimestamp_ = timestamp + event.duration;
  toneAt_ = engine_.now();
  if (event.end) toneOn_ = false;
}

}  // namespace holdfast
