#include "engine/digit-sender.h"

#include "rtp/telephone-event.h"

namespace holdfast {

bool DigitSender::say(char digit, uint32_t durationMs) {
  if (!active()) return start(digit, durationMs);
  if (count_ == maxWaiting) return false;
  waiting_[count_++] = {digit, durationMs};
  return true;
}

void DigitSender::press(char digit) {
  // Packets came in a burst, and the digit before is not over here: this one follows in the usual length.
  if (active()) say(digit, usualMs);
  else start(digit, longestMs);
}

void DigitSender::release() {
  if (state_ == State::sounding) leftMs_ = 0;
}

bool DigitSender::start(char digit, uint32_t durationMs) {
  const Format* const format = port_.eventFormat();
  const std::optional<uint8_t> event = eventOfDigit(digit);
  if (!event) return false;
  asEvent_ = format != nullptr;
  event_ = *event;
  if (!asEvent_) {
    sender_ = std::make_unique<VoiceSender>(engine_, port_, 8000);
    if (!sender_->valid()) return false;
    tone_ = std::make_unique<DtmfGenerator>(sender_->sampleRate());
    if (!tone_->start(digit, static_cast<int>(durationMs))) return false;
  }
  state_ = State::sounding;
  stream_ = engine_.nextStream();
  sequence_ = 0;
  saidMs_ = 0;
  leftMs_ = durationMs;
  due_ = engine_.now();
  fire();
  return true;
}

void DigitSender::fire() {
  if (state_ == State::pausing) return finish();
  sending_ = true;
  uint32_t stepped = stepMs;
  if (!asEvent_) {
    int16_t samples[maxFrameSamples];
    const size_t count = sender_->packetSamples();
    stepped = static_cast<uint32_t>(count * 1000 / static_cast<size_t>(sender_->sampleRate()));
    if (!tone_->generate(samples, count)) memset(samples, 0, count * sizeof samples[0]);
    sender_->write(samples, count);
  }
  const bool first = saidMs_ == 0;
  const uint32_t step = std::min(stepped, leftMs_);
  saidMs_ += step;
  leftMs_ -= step;
  const bool last = leftMs_ == 0;
  if (asEvent_) {
    sendEvent(last, first);
    for (int again = 1; last && again < ends; ++again) sendEvent(true, false);
  }
  sending_ = false;
  due_ += milliseconds(stepped);
  if (last) {
    state_ = State::pausing;
    due_ += milliseconds(pauseMs);
  }
  engine_.timers().set(*this, due_);
}

void DigitSender::sendEvent(bool end, bool first) {
  const Format* const format = port_.eventFormat();
  // It was negotiated away meanwhile.
  if (format == nullptr) return;
  uint8_t payload[telephoneEventBytes];
  const uint64_t ticks = static_cast<uint64_t>(saidMs_) * format->clockRate / 1000;
  writeTelephoneEvent(payload, {event_, end, volume, static_cast<uint16_t>(std::min<uint64_t>(ticks, 0xffff))});
  port_.send({stream_, sequence_++, 0, format->clockRate, first, format->payloadType, payload, sizeof payload});
}

void DigitSender::finish() {
  state_ = State::idle;
  sender_.reset();
  tone_.reset();
  while (count_ > 0 && state_ == State::idle) {
    const Waiting next = waiting_[0];
    std::move(waiting_.begin() + 1, waiting_.begin() + static_cast<std::ptrdiff_t>(count_), waiting_.begin());
    --count_;
    start(next.digit, next.durationMs);
  }
}

}  // namespace holdfast
