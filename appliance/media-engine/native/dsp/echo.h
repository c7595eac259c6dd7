// Echo of a hybrid (G.168's subject) cancelled by speexdsp. Never used for fax and modems, which do it themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

struct SpeexEchoState_;

namespace holdfast {

class EchoCanceller {
 public:
  // `frameSamples`: of every call of `process`; best a power of two. `tailMs`: the longest echo.
  EchoCanceller(int sampleRate, size_t frameSamples, int tailMs = 64);
  ~EchoCanceller();
  EchoCanceller(const EchoCanceller&) = delete;
  EchoCanceller& operator=(const EchoCanceller&) = delete;

  bool valid() const noexcept { return state_ != nullptr; }
  // `received` came from the line while `sent` went to it. `out` may be `received`. No delay is added.
  void process(const int16_t* received, const int16_t* sent, int16_t* out) noexcept;
  void reset() noexcept;

 private:
  void suppress(const int16_t* received, const int16_t* sent, int16_t* out) noexcept;

  SpeexEchoState_* state_ = nullptr;
  size_t frame_;
  std::vector<int16_t> cancelled_;
  double sentLevel_ = 0;      // smoothed powers
  double residualGain_ = 1;   // of the last frame
};

}  // namespace holdfast
