#pragma once
// Tones and files: what is heard without anybody saying it.
#include <memory>
#include <string>

#include "dsp/resample.h"
#include "dsp/tone.h"
#include "engine/engine.h"
#include "engine/file-player.h"
#include "engine/playout-sender.h"

namespace holdfast {

/** Samples at a rate, on anybody's clock. */
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  /** At most 20 ms; always all of them. */
  virtual void read(int16_t* samples, size_t count) = 0;
  /** It has ended, and nothing but silence follows. */
  virtual bool finished() const { return false; }
  virtual std::string why() const { return ""; }
};

/** For `tone` and `file`. */
std::unique_ptr<SampleSource> makeSampleSource(Engine& engine, const Source& source, int sampleRate);

class PlayoutPath final : public SourcePath, public Clocked {
 public:
  PlayoutPath(Engine& engine, RtpPort& hearer, const Source& source);
  ~PlayoutPath() override;

  PathKind kind() const override { return PathKind::generated; }
  void hearerChanged() override;
  void beat(Nanoseconds now) override;

 private:
  Engine& engine_;
  RtpPort& hearer_;
  PlayoutSender sender_;
  /** The source keeps the rate it began with: a change of codec must not begin a prompt anew. */
  const int rate_;
  std::unique_ptr<SampleSource> source_;
  Resampler resampler_;
  bool told_ = false;
};

}  // namespace holdfast
