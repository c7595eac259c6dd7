#include "engine/playout-path.h"

namespace holdfast {

namespace {

class ToneSource final : public SampleSource {
 public:
  ToneSource(const Tone& tone, int sampleRate) : generator_(sampleRate) { generator_.start(tone); }
  void read(int16_t* samples, size_t count) override { generator_.generate(samples, count); }

 private:
  ToneGenerator generator_;
};

class FileSource final : public SampleSource {
 public:
  explicit FileSource(std::shared_ptr<FilePlayer> player) : player_(std::move(player)) {}
  void read(int16_t* samples, size_t count) override { player_->read(samples, count); }
  bool finished() const override { return player_->finished(); }
  std::string why() const override { return player_->why(); }

 private:
  std::shared_ptr<FilePlayer> player_;
};

class SharedFileSource final : public SampleSource {
 public:
  SharedFileSource(std::shared_ptr<SharedFile> file, int sampleRate)
      : file_(std::move(file)), place_(file_->place()), rate_(sampleRate), resampler_(SharedFile::sampleRate, sampleRate) {}
  void read(int16_t* samples, size_t count) override {
    int16_t buffer[SharedFile::sampleRate / 50 + 2];
    // Rates are 8, 16 or 48 kHz: a beat is a whole number of samples at each.
    const size_t wanted = count * SharedFile::sampleRate / static_cast<size_t>(rate_);
    file_->read(place_, buffer, wanted);
    resampler_.process(buffer, wanted, samples, count);
  }
  bool finished() const override { return file_->finished(); }
  std::string why() const override { return file_->why(); }

 private:
  std::shared_ptr<SharedFile> file_;
  uint64_t place_;
  int rate_;
  Resampler resampler_;
};

}  // namespace

std::unique_ptr<SampleSource> makeSampleSource(Engine& engine, const Source& source, int sampleRate) {
  if (source.kind == Source::Kind::tone) return std::make_unique<ToneSource>(source.tone, sampleRate);
  if (source.shared) return std::make_unique<SharedFileSource>(engine.files().share(source.path, source.loop), sampleRate);
  return std::make_unique<FileSource>(engine.files().play(source.path, source.loop, sampleRate));
}

PlayoutPath::PlayoutPath(Engine& engine, RtpPort& hearer, const Source& source)
    : engine_(engine),
      hearer_(hearer),
      sender_(engine, hearer, PlayoutSender::wideBand),
      rate_(sender_.sampleRate()),
      source_(makeSampleSource(engine, source, rate_)),
      resampler_(rate_, rate_) {
  engine_.clock().add(*this);
}

PlayoutPath::~PlayoutPath() { engine_.clock().remove(*this); }

void PlayoutPath::hearerChanged() {
  const int before = sender_.sampleRate();
  sender_.hearerChanged();
  if (sender_.sampleRate() != before) resampler_ = Resampler(rate_, sender_.sampleRate());
}

void PlayoutPath::beat(Nanoseconds) {
  int16_t samples[48 * 10];
  int16_t resampled[48 * 10];
  const auto count = static_cast<size_t>(static_cast<int64_t>(rate_) * Clock::period / seconds(1));
  source_->read(samples, count);
  const size_t made = resampler_.process(samples, count, resampled, sizeof resampled / sizeof resampled[0]);
  sender_.push(resampled, made);
  if (told_ || !source_->finished()) return;
  told_ = true;
  engine_.tell(FinishedEvent{hearer_.id(), source_->why()});
}

}  // namespace holdfast
