#include "engine/voice-sender.h"

namespace holdfast {

VoiceSender::VoiceSender(Engine& engine, RtpPort& port, int sound) : engine_(engine), port_(port) {
  const Format* const format = port.voiceFormat();
  if (format == nullptr) return;
  rate_ = codecRate(*format, std::min(sound, soundRate(*format)));
  complexity_ = engine.complexity();
  encoder_ = makeEncoder(*format, rate_, port.settings().packetMs, complexity_);
  if (encoder_ == nullptr) return;
  payloadType_ = format->payloadType;
  clockRate_ = format->clockRate;
  frame_ = encoder_->frameSamples();
  waiting_.resize(frame_);
  begin();
}

void VoiceSender::begin() {
  stream_ = engine_.nextStream();
  filled_ = 0;
  marker_ = true;
  if (encoder_ != nullptr) encoder_->reset();
}

void VoiceSender::write(const int16_t* samples, size_t count) {
  while (count > 0) {
    const size_t part = std::min(count, frame_ - filled_);
    memcpy(waiting_.data() + filled_, samples, part * sizeof *samples);
    filled_ += part;
    samples += part;
    count -= part;
    if (filled_ == frame_) sendPacket();
  }
}

void VoiceSender::pause(size_t count) {
  if (filled_ > 0) {
    // What was begun is filled up with silence.
    const size_t part = std::min(count, frame_ - filled_);
    memset(waiting_.data() + filled_, 0, part * sizeof(int16_t));
    filled_ += part;
    count -= part;
    if (filled_ < frame_) return;
    sendPacket();
  }
  if (count == 0) return;
  timestamp_ += ticks(count);
  marker_ = true;
}

void VoiceSender::sendPacket() {
  filled_ = 0;
  if (complexity_ != engine_.complexity()) {
    complexity_ = engine_.complexity();
    encoder_->setComplexity(complexity_);
  }
  if (lossPercent_ != port_.peerLossPercent()) {
    lossPercent_ = port_.peerLossPercent();
    encoder_->setExpectedLoss(lossPercent_);
  }
  uint8_t payload[maxPayloadBytes];
  const size_t bytes = encoder_->encode(waiting_.data(), frame_, payload, sizeof payload);
  if (bytes > 0) port_.send({stream_, sequence_, timestamp_, clockRate_, marker_, payloadType_, payload, bytes});
  ++sequence_;
  marker_ = false;
  timestamp_ += ticks(frame_);
}

bool VoiceSender::signal(const Format& format, uint32_t timestamp, bool marker, const uint8_t* payload, size_t bytes) {
  return port_.send({stream_, sequence_++, timestamp, clockRate_, marker, format.payloadType, payload, bytes});
}

}  // namespace holdfast
