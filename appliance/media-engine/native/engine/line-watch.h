#pragma once
// Listens to a line: digits, MF, tones of progress, caller-ID data, fax. What nobody asked for costs nothing.
#include <memory>

#include "dsp/dtmf.h"
#include "dsp/fax.h"
#include "dsp/fsk.h"
#include "dsp/mf.h"
#include "dsp/tone-detector.h"
#include "engine/engine.h"

namespace holdfast {

class LineWatch {
 public:
  LineWatch(Engine& engine, PortId port) : engine_(engine), port_(port) {}
  /** What is looked for already goes on. */
  void configure(const LineListening& listens);
  bool idle() const { return !watchesLine() && digits_ == nullptr; }

  /** As it came from the line: a canceller takes steady tones for echo. True: a fax or modem was found. */
  bool hearLine(const int16_t* samples, size_t count);
  /** Without what the line gives back of ours: digits are pressed while a tone is heard. */
  void hearFarEnd(const int16_t* samples, size_t count);
  /** Found in the sound, and still sounding; 0: none, or nobody looks for it. */
  char digit() const { return digits_ == nullptr ? '\0' : digits_->current(); }
  /** Another call: a fax that was found is news again. */
  void forgetFax() {
    if (fax_ != nullptr) fax_ = std::make_unique<FaxDetector>();
  }

 private:
  /** At 1200 baud, 25 ms: a telephone number is shown as it comes, and events are not many. */
  static constexpr size_t bitsTogether = 30;

  bool watchesLine() const { return mf_ != nullptr || tones_ != nullptr || fsk_ != nullptr || fax_ != nullptr; }

  Engine& engine_;
  const PortId port_;
  std::unique_ptr<DtmfDetector> digits_;
  std::unique_ptr<MfDetector> mf_;
  std::unique_ptr<ToneDetector> tones_;
  std::unique_ptr<FskReceiver> fsk_;
  std::unique_ptr<FaxDetector> fax_;
};

}  // namespace holdfast
