#include "engine/line-watch.h"

namespace holdfast {

namespace {

template <typename Detector>
void want(std::unique_ptr<Detector>& detector, bool wanted) {
  if (!wanted) detector.reset();
  else if (detector == nullptr) detector = std::make_unique<Detector>();
}

}  // namespace

void LineWatch::configure(const LineListening& listens) {
  want(digits_, listens.digits);
  want(mf_, listens.mf);
  want(fax_, listens.fax);
  if (listens.tones.empty()) tones_.reset();
  else if (tones_ == nullptr || tones_->sets() != listens.tones) tones_ = std::make_unique<ToneDetector>(listens.tones);
  if (listens.fsk == FskKind::off) fsk_.reset();
  else if (fsk_ == nullptr || fsk_->kind() != listens.fsk) fsk_ = std::make_unique<FskReceiver>(listens.fsk);
}

bool LineWatch::hearLine(const int16_t* samples, size_t count) {
  if (mf_ != nullptr) {
    mf_->process(samples, count);
    while (const char* signal = mf_->poll()) engine_.tell(MfEvent{port_, signal});
  }
  if (tones_ != nullptr) {
    tones_->process(samples, count);
    int set = 0;
    while (tones_->poll(set)) {
      engine_.tell(ToneEvent{port_, set < 0 ? std::vector<double>() : tones_->sets()[static_cast<size_t>(set)]});
    }
  }
  if (fsk_ != nullptr) {
    fsk_->process(samples, count);
    if (fsk_->waiting() >= bitsTogether || (!fsk_->carrier() && fsk_->waiting() > 0)) {
      engine_.tell(FskEvent{port_, fsk_->take()});
    }
  }
  if (fax_ == nullptr) return false;
  const FaxTone tone = fax_->process(samples, count);
  if (tone == FaxTone::none) return false;
  engine_.tell(FaxEvent{port_, tone});
  return true;
}

void LineWatch::hearFarEnd(const int16_t* samples, size_t count) {
  if (digits_ == nullptr) return;
  digits_->process(samples, count);
  DtmfEvent event;
  while (digits_->poll(event)) {
    if (event.kind != DtmfEvent::Kind::end) continue;
    engine_.tell(DigitEvent{port_, event.digit, static_cast<uint32_t>(event.durationMs), true});
  }
}

}  // namespace holdfast
