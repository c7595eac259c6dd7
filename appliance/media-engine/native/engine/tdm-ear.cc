// What a slot hears: another slot, an RTP port, a mix, a tone or a file. All of it by the slot's own clock.
#include <algorithm>
#include <array>
#include <cstring>

#include "engine/mix.h"
#include "engine/playout-input.h"
#include "engine/playout-path.h"
#include "engine/tdm-port.h"

namespace holdfast {

namespace {

/** Slot to slot: codes as they are. At most two blocks wait, so that is all the delay there is. */
class SlotEar final : public TdmEar, public TdmListener {
 public:
  SlotEar(TdmPort& origin, TdmPort& hearer)
      : origin_(origin), hearer_(hearer), longest_(2 * std::max(origin.blockBytes(), hearer.blockBytes())) {
    origin_.addListener(*this);
  }
  ~SlotEar() override { origin_.removeListener(*this); }

  PathKind kind() const override { return PathKind::relay; }

  void block(const int16_t* samples, const uint8_t* codes, size_t count) override {
    // An echo canceller gives longer blocks than the slot does.
    longest_ = std::max(longest_, 2 * std::max(count, hearer_.blockBytes()));
    if (waiting_ + count > longest_) {
      // The other clock is slower: the oldest block is left out (a controlled slip, G.822).
      const size_t excess = waiting_ + count - longest_;
      const size_t dropped = std::min(waiting_, std::max(excess, count));
      waiting_ -= dropped;
      memmove(codes_.data(), codes_.data() + dropped, waiting_);
      ++slips_;
    }
    if (codes == nullptr) {
      g711Encode(hearer_.law(), samples, count, codes_.data() + waiting_);
    } else {
      g711Convert(origin_.law(), hearer_.law(), codes, count, codes_.data() + waiting_);
    }
    waiting_ += count;
  }

  bool fill(int16_t* samples, uint8_t* codes, size_t count, Nanoseconds) override {
    if (waiting_ < count) {
      // Once at the beginning it is only that this slot is read before the other.
      if (began_ && settled_) ++slips_;
      settled_ = began_;
      return false;
    }
    began_ = true;
    memcpy(codes, codes_.data(), count);
    waiting_ -= count;
    memmove(codes_.data(), codes_.data() + count, waiting_);
    if (hearer_.settings().gainOutDb == 0) return true;
    g711Decode(hearer_.law(), codes, count, samples);
    return false;
  }

  double bufferMs() const override { return static_cast<double>(waiting_) * 1000 / tdmSampleRate; }
  uint64_t slips() const override { return slips_; }

 private:
  TdmPort& origin_;
  TdmPort& hearer_;
  size_t longest_;
  std::array<uint8_t, 8 * maxTdmBlock> codes_{};
  size_t waiting_ = 0;
  bool settled_ = false;
  bool began_ = false;
  uint64_t slips_ = 0;
};

class RtpEar final : public TdmEar {
 public:
  RtpEar(RtpPort& origin, TdmPort& hearer)
      : origin_(origin), hearer_(hearer), input_(origin, tdmSampleRate, hearer.settings().jitter, true) {}
  PathKind kind() const override { return PathKind::transcoded; }
  bool fill(int16_t* samples, uint8_t*, size_t count, Nanoseconds now) override {
    // Found at the other end first.
    if (origin_.passesThrough() && !hearer_.passesThrough()) hearer_.passThrough();
    if (!input_.read(samples, count, now)) std::fill(samples, samples + count, int16_t{0});
    return false;
  }
  void passThrough() override {
    origin_.passThrough();
    input_.fixDelay();
  }
  double bufferMs() const override { return input_.figures().delayMs; }
  double concealedMs() const override { return input_.concealedMs(); }
  uint64_t late() const override { return input_.figures().late; }
  uint64_t slips() const override { return input_.figures().slips; }
  double driftPpm() const override { return input_.figures().driftPpm; }

 private:
  RtpPort& origin_;
  TdmPort& hearer_;
  PlayoutInput input_;
};

class GeneratedEar final : public TdmEar {
 public:
  GeneratedEar(Engine& engine, TdmPort& hearer, const Source& source)
      : engine_(engine), hearer_(hearer), source_(makeSampleSource(engine, source, tdmSampleRate)) {}
  PathKind kind() const override { return PathKind::generated; }
  bool fill(int16_t* samples, uint8_t*, size_t count, Nanoseconds) override {
    source_->read(samples, count);
    if (!told_ && source_->finished()) {
      told_ = true;
      engine_.tell(FinishedEvent{hearer_.id(), source_->why()});
    }
    return false;
  }

 private:
  Engine& engine_;
  TdmPort& hearer_;
  std::unique_ptr<SampleSource> source_;
  bool told_ = false;
};

class MixEar final : public TdmEar, public MixMember {
 public:
  MixEar(Engine& engine, TdmPort& port, std::shared_ptr<Mix> mix, bool speaks)
      : engine_(engine), mix_(std::move(mix)), speaks_(speaks), input_(engine, port), output_(tdmSampleRate) {
    joined_ = mix_->join(*this);
  }
  ~MixEar() override {
    if (joined_) mix_->leave(*this);
  }
  bool joined() const { return joined_; }

  PathKind kind() const override { return PathKind::mixed; }
  bool fill(int16_t* samples, uint8_t*, size_t count, Nanoseconds now) override {
    output_.pull(samples, count, now / 1000);
    return false;
  }
  double bufferMs() const override { return output_.waitingMs(); }
  uint64_t slips() const override { return input_.bridge().slips() + output_.slips(); }
  double driftPpm() const override { return output_.ppm(); }

  int wantedRate() const override { return tdmSampleRate; }
  void setRate(int sampleRate) override {
    if (sampleRate == rate_) return;
    rate_ = sampleRate;
    up_ = Resampler(tdmSampleRate, rate_);
    down_ = Resampler(rate_, tdmSampleRate);
  }
  bool speaks() const override { return speaks_; }
  bool say(int16_t* samples, size_t count, Nanoseconds now) override {
    int16_t own[maxMixFrame];
    const size_t wanted = count * tdmSampleRate / static_cast<size_t>(rate_);
    const bool heard = input_.read(own, wanted, now);
    up_.process(own, wanted, samples, count);
    return heard;
  }
  void hear(const int16_t* samples, size_t count) override {
    int16_t own[maxMixFrame];
    output_.push(own, down_.process(samples, count, own, maxMixFrame), engine_.now() / 1000);
  }

 private:
  Engine& engine_;
  std::shared_ptr<Mix> mix_;
  const bool speaks_;
  bool joined_ = false;
  int rate_ = tdmSampleRate;
  TdmInput input_;
  ClockBridge output_;
  Resampler up_{tdmSampleRate, tdmSampleRate};
  Resampler down_{tdmSampleRate, tdmSampleRate};
};

}  // namespace

std::unique_ptr<TdmEar> makeTdmEar(Engine& engine, TdmPort& hearer, const Source& source, std::string& why) {
  switch (source.kind) {
    case Source::Kind::nothing:
      return nullptr;
    case Source::Kind::port: {
      Port* const origin = engine.find(source.port);
      // It may be opened later, and is found then.
      if (origin == nullptr) return nullptr;
      if (origin->kind() == Port::Kind::tdm) return std::make_unique<SlotEar>(static_cast<TdmPort&>(*origin), hearer);
      return std::make_unique<RtpEar>(static_cast<RtpPort&>(*origin), hearer);
    }
    case Source::Kind::mix: {
      auto ear = std::make_unique<MixEar>(engine, hearer, engine.mixes().find(engine, source.mix), source.speaks);
      if (ear->joined()) return ear;
      why = "the mix is full";
      return nullptr;
    }
    case Source::Kind::tone:
    case Source::Kind::file:
      return std::make_unique<GeneratedEar>(engine, hearer, source);
  }
  return nullptr;
}

}  // namespace holdfast
