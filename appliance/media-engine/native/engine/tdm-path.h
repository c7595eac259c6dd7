#pragma once
// From a slot to an RTP port: the slot's blocks fill the packets.
#include "dsp/resample.h"
#include "engine/playout-sender.h"
#include "engine/tdm-port.h"

namespace holdfast {

class TdmPath final : public SourcePath, public TdmListener {
 public:
  TdmPath(Engine& engine, TdmPort& origin, RtpPort& hearer);
  ~TdmPath() override;

  PathKind kind() const override { return PathKind::transcoded; }
  void hearerChanged() override;
  void block(const int16_t* samples, const uint8_t* codes, size_t count) override;

 private:
  TdmPort& origin_;
  RtpPort& hearer_;
  /** Found in the sound, and being said as an event. */
  char pressed_ = 0;
  PlayoutSender sender_;
  Resampler resampler_;
};

}  // namespace holdfast
