#include "engine/playout-sender.h"

#include <algorithm>
#include <cstring>

#include "engine/playout-input.h"

namespace holdfast {

namespace {

/** Opus has frames of 10, 20, 40 and 60 ms: a peer that asked for 30 gets shorter ones (RFC 7587 §6.1: ptime is a wish). */
int opusPacketMs(uint32_t wanted) {
  if (wanted >= 60) return 60;
  if (wanted >= 40) return 40;
  return wanted >= 20 ? 20 : 10;
}

/** Wide band where the peer's codec has it; Opus towards a peer that said it plays no more than 8 kHz has not. */
int sampleRateOf(const Format& format, bool narrow) {
  if (format.codec == Codec::l16) return static_cast<int>(format.clockRate);
  if (narrow) return 8000;
  if (format.codec == Codec::g722) return 16000;
  if (format.codec == Codec::opus) return format.parameters.find("maxplaybackrate=8000") == std::string::npos ? 16000 : 8000;
  return 8000;
}

}  // namespace

PlayoutSender::PlayoutSender(Engine& engine, RtpPort& hearer, bool narrow)
    : engine_(engine), hearer_(hearer), narrow_(narrow), source_(engine.nextStream()) {
  hearerChanged();
}

void PlayoutSender::hearerChanged() {
  const RtpSettings& settings = hearer_.settings();
  gain_.set(settings.gainOutDb);
  const Format* const voice = hearer_.voiceFormat();
  if (voice == nullptr) {
    encoder_.reset();
    format_ = Format{};
    packetMs_ = 0;
    return;
  }
  if (encoder_ != nullptr && *voice == format_ && settings.packetMs == packetMs_) return;
  format_ = *voice;
  packetMs_ = settings.packetMs;
  CodecSettings codec;
  encoder_.reset();
  filled_ = 0;
  if (!codecKindOf(format_.codec, codec.kind)) return;
  codec.sampleRate = sampleRateOf(format_, narrow_);
  codec.packetMs = codec.kind == CodecKind::opus ? opusPacketMs(packetMs_) : static_cast<int>(packetMs_);
  codec.complexity = complexity_ = engine_.complexity();
  codec.inbandFec = format_.parameters.find("useinbandfec=1") != std::string::npos;
  encoder_ = makeEncoder(codec);
  // Nobody is sent what cannot be encoded, but the clock goes on.
  if (encoder_ == nullptr) return;
  rate_ = codec.sampleRate;
  frameSamples_ = encoder_->frameSamples();
}

void PlayoutSender::push(const int16_t* samples, size_t count) {
  if (encoder_ == nullptr) return;
  while (count > 0) {
    const size_t part = std::min(count, frameSamples_ - filled_);
    int16_t* const to = frame_.data() + filled_;
    memcpy(to, samples, part * sizeof(int16_t));
    gain_.apply(to, part);
    filled_ += part;
    samples += part;
    count -= part;
    if (filled_ == frameSamples_) flush();
  }
}

void PlayoutSender::flush() {
  filled_ = 0;
  if (complexity_ != engine_.complexity()) {
    complexity_ = engine_.complexity();
    encoder_->setComplexity(complexity_);
  }
  uint8_t payload[maxPayloadBytes];
  const size_t bytes = encoder_->encode(frame_.data(), frameSamples_, payload, sizeof payload);
  const auto ticks = static_cast<uint32_t>(frameSamples_ * format_.clockRate / static_cast<size_t>(rate_));
  if (bytes > 0) {
    hearer_.send({source_, sequence_++, timestamp_, format_.clockRate, false, format_.payloadType, payload, bytes});
  }
  timestamp_ += ticks;
}

}  // namespace holdfast
