#pragma once
// Conferences: whoever hears a mix by its name is in it. One beat of the clock mixes all of them.
#include <array>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "dsp/mixer.h"
#include "dsp/resample.h"
#include "engine/engine.h"
#include "engine/playout-input.h"
#include "engine/playout-sender.h"

namespace holdfast {

class MixMember {
 public:
  virtual ~MixMember() = default;
  /** Best for it, 8000 or 16000 Hz; the mix has the best of all. */
  virtual int wantedRate() const = 0;
  /** What it says and hears has this rate from now on. */
  virtual void setRate(int sampleRate) = 0;
  virtual bool speaks() const = 0;
  /** One beat of what it says; false: nothing. */
  virtual bool say(int16_t* samples, size_t count, Nanoseconds now) = 0;
  virtual void hear(const int16_t* samples, size_t count) = 0;
};

class Mix final : public Clocked {
 public:
  explicit Mix(Engine& engine);
  ~Mix() override;
  /** False: it is full. */
  bool join(MixMember& member);
  void leave(MixMember& member);
  bool empty() const { return members_.empty(); }
  /** A member's formats changed. */
  void settleRate();
  void beat(Nanoseconds now) override;

 private:
  Engine& engine_;
  int rate_ = 8000;
  std::vector<MixMember*> members_;
  Mixer mixer_;
  std::array<std::array<int16_t, maxMixFrame>, maxMixParties> said_;
};

/** All mixes by name: one is there as long as somebody is in it. */
class Mixes {
 public:
  std::shared_ptr<Mix> find(Engine& engine, const std::string& name);

 private:
  std::unordered_map<std::string, std::weak_ptr<Mix>> mixes_;
};

/** An RTP port in a mix. */
class MixPath final : public SourcePath, public MixMember {
 public:
  MixPath(Engine& engine, RtpPort& port, std::shared_ptr<Mix> mix, bool speaks);
  ~MixPath() override;
  bool joined() const { return joined_; }

  PathKind kind() const override { return PathKind::mixed; }
  void hearerChanged() override;
  double bufferMs() const override;
  double concealedMs() const override;
  uint64_t late() const override;

  int wantedRate() const override { return sender_.sampleRate() > 8000 ? 16000 : 8000; }
  void setRate(int sampleRate) override;
  bool speaks() const override { return speaks_; }
  bool say(int16_t* samples, size_t count, Nanoseconds now) override;
  void hear(const int16_t* samples, size_t count) override;

 private:
  RtpPort& port_;
  std::shared_ptr<Mix> mix_;
  const bool speaks_;
  bool joined_ = false;
  int rate_ = 0;
  PlayoutSender sender_;
  std::unique_ptr<PlayoutInput> input_;
  Resampler out_{8000, 8000};
};

}  // namespace holdfast
