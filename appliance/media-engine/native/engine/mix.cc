#include "engine/mix.h"

#include <algorithm>

namespace holdfast {

Mix::Mix(Engine& engine) : engine_(engine) {
  members_.reserve(maxMixParties);
  engine_.clock().add(*this);
}

Mix::~Mix() { engine_.clock().remove(*this); }

bool Mix::join(MixMember& member) {
  if (members_.size() >= maxMixParties) return false;
  members_.push_back(&member);
  member.setRate(rate_);
  settleRate();
  return true;
}

void Mix::leave(MixMember& member) {
  members_.erase(std::remove(members_.begin(), members_.end(), &member), members_.end());
  settleRate();
}

void Mix::settleRate() {
  int best = 8000;
  for (const MixMember* member : members_) best = std::max(best, member->wantedRate());
  if (best == rate_) return;
  rate_ = best;
  for (MixMember* member : members_) member->setRate(best);
}

void Mix::beat(Nanoseconds now) {
  const auto count = static_cast<size_t>(static_cast<int64_t>(rate_) * Clock::period / seconds(1));
  std::array<const int16_t*, maxMixParties> own{};
  mixer_.begin(count);
  for (size_t index = 0; index < members_.size(); ++index) {
    // Read even where it is not to speak: its buffer must not run over.
    if (members_[index]->say(said_[index].data(), count, now) && members_[index]->speaks()) {
      own[index] = said_[index].data();
      mixer_.add(own[index]);
    }
  }
  std::array<int16_t, maxMixFrame> heard;
  for (size_t index = 0; index < members_.size(); ++index) {
    mixer_.hear(own[index], heard.data());
    members_[index]->hear(heard.data(), count);
  }
}

std::shared_ptr<Mix> Mixes::find(Engine& engine, const std::string& name) {
  if (auto found = mixes_[name].lock(); found != nullptr) return found;
  // Names of mixes that are gone are swept when another one begins.
  for (auto each = mixes_.begin(); each != mixes_.end();) each = each->second.expired() ? mixes_.erase(each) : std::next(each);
  auto made = std::make_shared<Mix>(engine);
  mixes_[name] = made;
  return made;
}

MixPath::MixPath(Engine& engine, RtpPort& port, std::shared_ptr<Mix> mix, bool speaks)
    : port_(port), mix_(std::move(mix)), speaks_(speaks), sender_(engine, port, PlayoutSender::wideBand) {
  joined_ = mix_->join(*this);
}

MixPath::~MixPath() {
  if (joined_) mix_->leave(*this);
}

void MixPath::hearerChanged() {
  sender_.hearerChanged();
  mix_->settleRate();
  out_ = Resampler(rate_, sender_.sampleRate());
}

void MixPath::setRate(int sampleRate) {
  if (sampleRate == rate_) return;
  rate_ = sampleRate;
  if (speaks_) input_ = std::make_unique<PlayoutInput>(port_, rate_, port_.settings().jitter, false);
  out_ = Resampler(rate_, sender_.sampleRate());
}

bool MixPath::say(int16_t* samples, size_t count, Nanoseconds now) {
  return input_ != nullptr && input_->read(samples, count, now);
}

void MixPath::hear(const int16_t* samples, size_t count) {
  int16_t resampled[48 * 20];
  const size_t made = out_.process(samples, count, resampled, sizeof resampled / sizeof resampled[0]);
  sender_.push(resampled, made);
}

double MixPath::bufferMs() const { return input_ == nullptr ? 0 : input_->figures().delayMs; }
double MixPath::concealedMs() const { return input_ == nullptr ? 0 : input_->concealedMs(); }
uint64_t MixPath::late() const { return input_ == nullptr ? 0 : input_->figures().late; }

}  // namespace holdfast
