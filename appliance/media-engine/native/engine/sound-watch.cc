#include "engine/sound-watch.h"

#include "engine/rtp-port.h"

namespace holdfast {

SoundWatch::SoundWatch(Engine& engine, RtpPort& port, bool digits, bool fax) : engine_(engine), port_(port) {
  if (digits) digits_ = std::make_unique<DtmfDetector>();
  if (fax) fax_ = std::make_unique<FaxDetector>();
  formatsChanged();
}

void SoundWatch::formatsChanged() {
  decoders_.clear();
  for (const Format& format : port_.settings().receives) {
    // L16 of other rates carries no telephone's signals.
    if (codecRate(format, sampleRate) != sampleRate) continue;
    VoiceDecoder made{format.payloadType, makeDecoder(format, sampleRate)};
    if (made.decoder != nullptr) decoders_.push_back(std::move(made));
  }
}

void SoundWatch::packet(const ReceivedPacket& packet) {
  for (VoiceDecoder& each : decoders_) {
    if (each.payloadType != packet.format.payloadType) continue;
    int16_t samples[maxFrameSamples];
    const size_t count = each.decoder->decode(packet.payload, packet.payloadBytes, samples, maxFrameSamples);
    if (count == 0) return;
    const auto missing = static_cast<int16_t>(packet.sequence - nextSequence_);
    if (packet.stream == stream_ && missing < 0) return;
    const bool gap = packet.stream == stream_ && missing > 0;
    stream_ = packet.stream;
    nextSequence_ = static_cast<uint16_t>(packet.sequence + 1);
    if (digits_ != nullptr) {
      if (gap) digits_->skip(std::min<size_t>(static_cast<size_t>(missing), 5) * count);
      digits_->process(samples, count);
      DtmfEvent event;
      while (digits_->poll(event)) {
        if (event.kind != DtmfEvent::Kind::end) continue;
        engine_.tell(DigitEvent{port_.id(), event.digit, static_cast<uint32_t>(event.durationMs), true});
      }
    }
    if (fax_ == nullptr) return;
    const FaxTone tone = fax_->process(samples, count);
    if (tone == FaxTone::none) return;
    engine_.tell(FaxEvent{port_.id(), tone});
    port_.passThrough();
    return;
  }
}

}  // namespace holdfast
