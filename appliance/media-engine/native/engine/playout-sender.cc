#include "engine/playout-sender.h"

#include <algorithm>

namespace holdfast {

PlayoutSender::PlayoutSender(Engine& engine, RtpPort& hearer, int soundRate)
    : engine_(engine), hearer_(hearer), soundRate_(soundRate) {
  hearerChanged();
}

void PlayoutSender::hearerChanged() {
  const RtpSettings& settings = hearer_.settings();
  gain_.set(settings.gainOutDb);
  const Format* const voice = hearer_.voiceFormat();
  if (voice != nullptr && sender_ && *voice == format_ && settings.packetMs == packetMs_) return;
  sender_.reset();
  if (voice == nullptr) return;
  format_ = *voice;
  packetMs_ = settings.packetMs;
  // Nobody is sent what cannot be encoded, but the clock goes on.
  if (!sender_.emplace(engine_, hearer_, soundRate_).valid()) return sender_.reset();
  rate_ = sender_->sampleRate();
}

void PlayoutSender::push(const int16_t* samples, size_t count) {
  if (!sender_) return;
  if (gain_.isUnity()) return sender_->write(samples, count);
  while (count > 0) {
    int16_t louder[480];
    const size_t part = std::min(count, sizeof louder / sizeof louder[0]);
    std::copy(samples, samples + part, louder);
    gain_.apply(louder, part);
    sender_->write(louder, part);
    samples += part;
    count -= part;
  }
}

}  // namespace holdfast
